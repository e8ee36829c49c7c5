"""Explain one image as a local linear function of another, so that a small result can be carried up along edges."""

from collections.abc import Callable

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
    slope, mean_guide, mean_target = _fit(guide, target, lambda image: cv2.blur(image, size), noise)
    return cv2.blur(slope, size), cv2.blur(mean_target - slope * mean_guide, size)


def find_slopes(guide: np.ndarray, target: np.ndarray, weight: np.ndarray, window: int, noise: float) -> np.ndarray:
    """Find by how much an image changes with another one around each pixel, some pixels counting more than others.

    Args:
        guide: float32, (H, W) or (H, W, C).
        target: float32, of the same shape; each channel is explained by its own.
        weight: How much each pixel counts in its surroundings, float32, of the same shape, (0, inf).
        window: Side of the surroundings, in pixels.
        noise: The variance of the guide under which it explains nothing, in its squared units.

    Returns:
        float32, of the same shape, not smoothed.
    """
    size = (window, window)
    total = cv2.blur(weight, size)
    return _fit(guide, target, lambda image: cv2.blur(weight * image, size) / total, noise)[0]


def _fit(
    guide: np.ndarray, target: np.ndarray, mean: Callable[[np.ndarray], np.ndarray], noise: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the slope (equation 5), and the means of guide and target that it is about."""
    mean_guide, mean_target = mean(guide), mean(target)
    variance = mean(guide * guide) - mean_guide * mean_guide
    covariance = mean(guide * target) - mean_guide * mean_target
    return covariance / (np.maximum(variance, 0) + np.float32(noise)), mean_guide, mean_target
