"""PU21: light as the eye counts it, and the peak signal-to-noise ratio of that."""

from typing import TypeVar

import numpy as np

from hdr_demo.metrics.fidelity import psnr

# What has the arithmetic of an array; `encode_pu21` is a measure here and a loss in training.
Array = TypeVar("Array")

# The "banding_glare" fit of Mantiuk & Azimi 2021 (Picture Coding Symposium), table 1 and equation 10.
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


def pu21_psnr(nits: np.ndarray, true_nits: np.ndarray) -> float:
    """Compare two HDR images as a person would see them.

    Args:
        nits: Linear RGB, float32, (H, W, 3), [0, inf), in cd/m².
        true_nits: Linear RGB, float32, (H, W, 3), [0, inf), in cd/m².

    Returns:
        PSNR of the PU21 values over all channels, in dB; infinite for equal images.
    """
    return psnr(encode_pu21(nits), encode_pu21(true_nits), PU21_PEAK)
