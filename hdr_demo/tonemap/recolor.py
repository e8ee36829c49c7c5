"""Give colour to a tone-mapped luminance."""

import cv2
import numpy as np

# Luminances below this are black; it keeps divisions finite.
TINY = np.float32(1e-12)


def recolor(hdr: np.ndarray, lit: np.ndarray, mapped: np.ndarray, saturation: float) -> np.ndarray:
    """Put the colours of an HDR image onto a tone-mapped luminance, and keep them inside the display's gamut.

    The colour is (C / L) ** saturation * L' (Schlick 1994; OpenCV's `mapLuminance` is the same). Where its largest
    channel would be clipped it is mixed with the grey of the same luminance instead, so that a bright orange turns
    paler, not yellow.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        lit: The luminance of `hdr`, float32, (H, W), [0, inf).
        mapped: The luminance to show, linear, float32, (H, W), [0, inf).
        saturation: 1 keeps the colours, 0 gives grey.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, 1].
    """
    gain = mapped / np.maximum(lit, TINY)
    if saturation != 1:
        hdr = cv2.pow(hdr / spread(np.maximum(lit, TINY)), saturation)
        gain = mapped
    grey = np.minimum(mapped, np.float32(1))
    peak = gain * np.maximum(np.maximum(hdr[..., 0], hdr[..., 1]), hdr[..., 2])
    purity = np.clip((1 - grey) / np.maximum(peak - grey, TINY), 0, 1)
    rgb = hdr * spread(gain * purity)
    rgb += spread(grey * (1 - purity))
    return np.clip(rgb, 0, 1, out=rgb)


def spread(plane: np.ndarray) -> np.ndarray:
    """Repeat one channel three times, float32, (H, W) -> (H, W, 3); far faster than numpy's broadcasting."""
    return cv2.merge([plane, plane, plane])
