"""Measures: how far apart two HDR images are, and how much range an image holds."""

from typing import TypeVar

import numpy as np

from hdr_demo.color import REFERENCE_WHITE_NITS, brightest_channel, luminance

# What has the arithmetic of an array; `encode_pu21` is a measure here and a loss in training.
Array = TypeVar("Array")

# A code of 250 of 255 is clipped: JPEG scatters white by a few codes.
CLIPPED_CODE = 250 / 255

# PU21, the "banding_glare" fit of Mantiuk & Azimi 2021 (Picture Coding Symposium), table 1 and equation 10.
PU21 = (0.353487901, 0.3734658629, 8.277049286e-05, 0.9062562627, 0.09150303166, 0.9099517204, 596.3148142)
PU21_RANGE_NITS = (0.005, 10000.0)
PU21_PEAK = 256.0  # 100 cd/m² is encoded as 256; the peak for PSNR, as that paper has it


def encode_pu21(nits: Array) -> Array:
    """Encode light so that equal steps look equally large (PU21, Mantiuk & Azimi 2021).

    Args:
        nits: Absolute linear light, float, any shape, numpy or torch; clipped to [0.005, 10000] cd/m².

    Returns:
        Perceptually uniform values, float, the same shape, [0, 596]; 256 at 100 cd/m².
    """
    p1, p2, p3, p4, p5, p6, p7 = PU21
    powered = nits.clip(*PU21_RANGE_NITS) ** p4
    return (p7 * (((p1 + p2 * powered) / (1 + p3 * powered)) ** p5 - p6)).clip(0, None)


def pu21_psnr(hdr: np.ndarray, truth: np.ndarray, *, white_nits: float = REFERENCE_WHITE_NITS) -> float:
    """Compare two HDR images as a person would see them, after one gain is fitted.

    The gain is the one that makes the mean log luminances equal; it takes away what a camera's exposure decides.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        truth: Linear RGB, float32, (H, W, 3), [0, inf).
        white_nits: The luminance of 1.0 in `truth`.

    Returns:
        PSNR of the PU21 values over all channels, in dB; infinite for equal images.
    """
    gain = np.exp2(np.mean(_log2(luminance(truth)) - _log2(luminance(hdr))))
    difference = encode_pu21(hdr * np.float32(gain * white_nits)) - encode_pu21(truth * np.float32(white_nits))
    error = float(np.mean(difference.astype(np.float64) ** 2))
    return float("inf") if error == 0 else 10 * float(np.log10(PU21_PEAK**2 / error))


def highlight_error(hdr: np.ndarray, truth: np.ndarray, clipped: np.ndarray) -> float:
    """Measure how well the lost light was estimated.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        truth: Linear RGB, float32, (H, W, 3), [0, inf), in the same units.
        clipped: Where the photo was clipped, bool, (H, W).

    Returns:
        Mean |log2| luminance error there, in stops; NaN where nothing was clipped.
    """
    if not clipped.any():
        return float("nan")
    return float(np.abs(_log2(luminance(hdr[clipped])) - _log2(luminance(truth[clipped]))).mean())


def clipped_mask(ldr: np.ndarray) -> np.ndarray:
    """Find the pixels whose light the camera lost.

    Args:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].

    Returns:
        Where the brightest channel is at least 250/255, bool, (H, W).
    """
    return brightest_channel(ldr) >= CLIPPED_CODE


def dynamic_range_stops(linear: np.ndarray) -> float:
    """Measure an image's range: the stops between its darkest and its brightest 0.1 %.

    Args:
        linear: Linear RGB, float32, (H, W, 3), [0, inf).

    Returns:
        log2 of the ratio of the 99.9th and 0.1th percentiles of the luminances above 0; 0 for a black image.
    """
    lit = luminance(linear)
    lit = lit[lit > 0]
    if lit.size == 0:
        return 0.0
    low, high = np.percentile(lit, (0.1, 99.9))
    return float(np.log2(high / low))


def _log2(light: np.ndarray) -> np.ndarray:
    """Take the logarithm of light, with a floor 16 stops under white that keeps black finite."""
    return np.log2(np.maximum(light, 2.0**-16))
