"""A quick answer: the network reads a reduced photo, and the photo itself carries its answer up to full size."""

import cv2
import numpy as np

from hdr_demo.guided import fit_locally
from hdr_demo.panorama import columns_to_wrap, wrap_columns
from hdr_demo.resize import resize_image

# How many times smaller each side of what the network reads is.
REDUCTION = 4

# A photo is reduced no further than to this many pixels on its shorter side: below, nothing is left to be read.
SMALLEST_SIDE = 64

# The local linear model: its surroundings in pixels of the small photo, and the variance of display-encoded values that
# counts as noise, (1.5 / 255) ** 2 and a little more.
WINDOW = 3
NOISE = 1e-4

DARKEST = 2.0**-20


def reduce_for_draft(ldr: np.ndarray) -> np.ndarray:
    """Make the copy of a photo that the network reads.

    Args:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].

    Returns:
        The same encoding, float32, (h, w, 3); the photo itself where it is small.
    """
    height, width = ldr.shape[:2]
    reduction = max(1, min(REDUCTION, min(height, width) / SMALLEST_SIDE))
    return resize_image(ldr, max(1, round(height / reduction)), max(1, round(width / reduction)))


def carry_up(
    raw: np.ndarray, small: np.ndarray, ldr: np.ndarray, *, logarithmic: bool, wraps: bool = False
) -> np.ndarray:
    """Carry an answer about a reduced photo up to full size, along the photo's edges (He & Sun 2015).

    Args:
        raw: The answer, the network's own scale, float32, (h, w, 3), [0, 1].
        small: What was asked about, display-encoded sRGB, float32, (h, w, 3), [0, 1].
        ldr: The photo, display-encoded sRGB, float32, (H, W, 3), [0, 1].
        logarithmic: Whether `raw` is a logarithm of light already.
        wraps: Whether the photo is a panorama, whose left edge is its right one.

    Returns:
        The network's own scale, float32, (H, W, 3), [0, 1].
    """
    if small.shape == ldr.shape:
        return raw
    if wraps:
        beyond, cut = columns_to_wrap(small.shape[1], ldr.shape[1], WINDOW + 1)
        wide = (wrap_columns(raw, beyond), wrap_columns(small, beyond), wrap_columns(ldr, cut))
        return carry_up(*wide, logarithmic=logarithmic)[:, cut : cut + ldr.shape[1]]
    answer = raw if logarithmic else np.log2(np.maximum(raw, np.float32(DARKEST)))
    size = ldr.shape[1::-1]
    large = np.empty_like(ldr)
    for channel in range(3):
        slope, offset = (
            cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
            for part in fit_locally(small[..., channel], answer[..., channel], WINDOW, NOISE)
        )
        np.multiply(slope, ldr[..., channel], out=slope)
        np.add(slope, offset, out=large[..., channel])
    return np.clip(large if logarithmic else np.exp2(large), 0, 1)
