"""A quick answer: the network reads a reduced photo, and the photo itself carries its answer up to full size."""

import cv2
import numpy as np

from hdr_demo.calibration import blend_weight
from hdr_demo.guided import find_slopes
from hdr_demo.panorama import columns_to_wrap, wrap_columns
from hdr_demo.strips import in_strips

# A photo is halved once, and again as long as the network would read more pixels than these: an eighth of each side of
# 12 megapixels, a quarter of 1920×1080. Whole halvings, because those are what the exact answer is made of too
# (`pyramid.reductions`). With a sixth of each side it reads more, but other pictures, and the worst of six views of 12
# megapixels has 40.3 dB PU21-PSNR against the exact result instead of 42.0; with a quarter 47.1 (benchmarks/draft.py).
READ_PIXELS = 400_000

# A photo is halved no further than to this many pixels on its shorter side: below, nothing is left to be read.
SMALLEST_SIDE = 64

# The local linear model: its surroundings in pixels of the small photo, and the variance of display-encoded values that
# counts as noise, (5.7 / 255) ** 2. From two fifths of it to twice as much, and in windows of 5, the worst view changes
# by 0.4 dB.
WINDOW = 3
NOISE = 5e-4

# How much a pixel that `calibrate` leaves as it is counts in the model, beside one that it takes from the network.
DARK_WEIGHT = np.float32(0.03)

# How many pixels of the small photo around one have a say in what is carried up from it: those of the window, and one
# more for the interpolation.
REACH = WINDOW // 2 + 1

DARKEST = 2.0**-20


def reduce_for_draft(ldr: np.ndarray) -> np.ndarray:
    """Make the copy of a photo that the network reads.

    Args:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].

    Returns:
        The same encoding, float32, (h, w, 3), [0, 1]; the photo itself where it is small.
    """
    height, width = ldr.shape[:2]
    while min(height, width) // 2 >= SMALLEST_SIDE and (len(ldr) == height or height * width > READ_PIXELS):
        height, width = height // 2, width // 2
    if len(ldr) == height:
        return ldr
    small = cv2.resize(ldr, (width, height), interpolation=cv2.INTER_AREA)
    return np.clip(small, 0, 1, out=small)


def carry_up(
    raw: np.ndarray, small: np.ndarray, ldr: np.ndarray, *, logarithmic: bool, wraps: bool = False
) -> np.ndarray:
    """Carry an answer about a reduced photo up to full size, along the photo's edges (after He & Sun 2015).

    Unlike in their guided filter nothing is smoothed. Each answer is kept, so that the light inside a clipped area has
    its shape; and the slopes at its edge are not mixed with those of its even inside, which would draw a dark rim.

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
    height, width = ldr.shape[:2]
    beyond, cut = columns_to_wrap(small.shape[1], width, REACH) if wraps else (0, 0)
    raw, small = wrap_columns(raw, beyond), wrap_columns(small, beyond)
    answer = raw if logarithmic else np.log2(np.maximum(raw, np.float32(DARKEST)))
    slope = find_slopes(small, answer, blend_weight(small) + DARK_WEIGHT, WINDOW, NOISE)
    offset = answer - slope * small
    upper, lower, share = _rows_to_mix(len(small), height)

    def carry(photo: np.ndarray, upper: np.ndarray, lower: np.ndarray, share: np.ndarray) -> np.ndarray:
        def enlarge(part: np.ndarray) -> np.ndarray:
            rows = part[upper] + share * (part[lower] - part[upper])
            wide = cv2.resize(rows, (width + 2 * cut, len(rows)), interpolation=cv2.INTER_LINEAR)
            return wide[:, cut : cut + width]

        large = enlarge(slope)
        np.multiply(large, photo, out=large)
        np.add(large, enlarge(offset), out=large)
        if not logarithmic:
            np.exp2(large, out=large)
        return np.clip(large, 0, 1, out=large)

    return in_strips(carry, ldr, upper, lower, share)


def _rows_to_mix(small: int, large: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Say between which rows of a small image each row of a large one lies, for linear interpolation.

    Returns:
        The row above and the one below, int, (large,), and how much the one below counts, float32, (large, 1, 1).
    """
    place = np.clip((np.arange(large) + 0.5) * small / large - 0.5, 0, small - 1)
    upper = place.astype(np.intp)
    return upper, np.minimum(upper + 1, small - 1), (place - upper).astype(np.float32)[:, np.newaxis, np.newaxis]
