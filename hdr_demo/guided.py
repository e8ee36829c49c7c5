"""Explain one image as a local linear function of another, so that a small result can be carried up along edges."""

import cv2
import numpy as np


def fit_locally(guide: np.ndarray, target: np.ndarray, window: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Explain an image as a linear function of another one around each pixel (He, Sun & Tang 2010, equations 5 to 8).

    Carried up to the size of a larger guide, slope and offset make a large target of it (fast guided filter, He & Sun
    2015).

    Args:
        guide: float32, (H, W) or (H, W, C).
        target: float32, of the same shape; each channel is explained by its own.
        window: Side of the surroundings, in pixels.
        noise: The variance of the guide under which it explains nothing, in its squared units.

    Returns:
        Slope and offset, float32, of the same shape: target is nearly slope * guide + offset.
    """
    size = (window, window)
    mean_guide, mean_target = cv2.blur(guide, size), cv2.blur(target, size)
    variance = cv2.blur(guide * guide, size) - mean_guide * mean_guide
    covariance = cv2.blur(guide * target, size) - mean_guide * mean_target
    slope = covariance / (np.maximum(variance, 0) + np.float32(noise))
    return cv2.blur(slope, size), cv2.blur(mean_target - slope * mean_guide, size)
