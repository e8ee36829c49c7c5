"""The clip and its tone-mapped version in one picture."""

import numpy as np

from hdr_demo.resize import resize_image

DIVIDER_PIXELS = 4
_DIVIDER_GREY = 0.5

# The largest pictures that phones, televisions and graphics cards decode as H.264: level 5.2 has 36,864 macroblocks of
# 16×16 pixels (ITU-T H.264, table A-1), a few of which are kept for rounding; and decoders end at 4096 pixels a side.
_MAX_PIXELS = 36_000 * 256
_MAX_SIDE = 4096


def half_size(height: int, width: int) -> tuple[int, int]:
    """Tell how large each half is.

    Args:
        height: Of a frame.
        width: Of a frame.

    Returns:
        Height and width: those of the frame, or less if the picture would be larger than what is commonly decoded.
    """
    full = 2 * width + DIVIDER_PIXELS
    factor = min(
        1.0,
        (_MAX_SIDE - DIVIDER_PIXELS) / (2 * width),
        _MAX_SIDE / height,
        (_MAX_PIXELS / (full * height)) ** 0.5,
    )
    return max(1, int(height * factor)), max(1, int(width * factor))


def full_size(height: int, width: int) -> tuple[int, int]:
    """Tell the height and width of the joined picture for frames of this size."""
    height, width = half_size(height, width)
    return height, 2 * width + DIVIDER_PIXELS


def join_halves(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Put two pictures beside each other, with a thin line between.

    Args:
        left: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        right: Likewise, of the same size.

    Returns:
        Display-encoded sRGB, float32, of `full_size`, [0, 1].
    """
    height, width = half_size(*left.shape[:2])
    joined = np.full((height, 2 * width + DIVIDER_PIXELS, 3), _DIVIDER_GREY, np.float32)
    joined[:, :width] = resize_image(left, height, width)
    joined[:, -width:] = resize_image(right, height, width)
    return joined
