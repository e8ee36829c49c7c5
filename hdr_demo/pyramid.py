"""Ask the network at every size of a photo, so that the inside of a large clipped area is answered by its surroundings.

The local branches see 17 pixels. Inside a clipped window of a 12-megapixel photo, hundreds of pixels wide, there is
nothing but white in them, and the answer would be another one than for the same photo at 512 px. So the photo is halved
until it is small, and each size answers where it sees something that is not clipped; the next smaller size answers
where it does not.
"""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from hdr_demo.calibration import smooth_step
from hdr_demo.inference import Expander
from hdr_demo.metrics import clipped_mask
from hdr_demo.panorama import columns_to_wrap, wrap_columns
from hdr_demo.resize import resize_image
from hdr_demo.strips import give_back_memory

# A photo is halved as long as its shorter side keeps this many pixels; the network learned from reductions to 64.
SMALLEST_SIDE = 32

# A pixel's own size counts in full where this share of the window around it is not clipped, and not at all inside.
# Measured on held-out views with an early checkpoint: 5, 9 or 17 pixels and 0.3 or 0.6 differ by 0.05 dB, 9 and 0.3
# were the best; without reductions 0.07 dB less.
WINDOW = 9
OPEN_SHARE = 0.3

# How much a pixel's own size counts, by how many of the pixels of its window are not clipped.
_WEIGHTS = smooth_step((np.arange(WINDOW**2 + 1) / WINDOW**2).astype(np.float32) / np.float32(OPEN_SHARE))

# Whenever the network has read so many pixels of one size, what it freed is given back; a draft never gets there. It
# takes less than a hundredth of the time.
GIVE_BACK_PIXELS = 1_000_000

ROWS_AT_ONCE = 256
# How many rows above and below OpenCV is to see of a band, to enlarge its columns exactly as those of a whole image:
# it treats the first two and the last two rows otherwise, and an image of four rows.
MARGIN = 8

CUBIC_REACH = 2  # pixels to each side that bicubic interpolation reads


def reductions(height: int, width: int) -> list[tuple[int, int]]:
    """List the sizes at which the network is asked: the photo's own, half of it, and so on.

    Args:
        height: Of the photo, in pixels.
        width: Of the photo, in pixels.

    Returns:
        Heights and widths, the largest first.
    """
    sizes = [(height, width)]
    while min(sizes[-1]) // 2 >= SMALLEST_SIDE:
        sizes.append((sizes[-1][0] // 2, sizes[-1][1] // 2))
    return sizes


def expand_pyramid(
    expander: Expander,
    ldr: np.ndarray,
    *,
    wraps: bool = False,
    wanted: np.ndarray | None = None,
    adjust: Callable[[int, np.ndarray], np.ndarray] | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """Ask the network for the light of a photo, at all its sizes.

    Args:
        expander: The network.
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        wraps: Whether the photo is a panorama, whose left edge is its right one.
        wanted: Which pixels will be looked at, bool, (H, W); the others may hold anything. Without it, all. What only
            smaller sizes answer is struck out of it.
        adjust: Takes how often the photo was halved and the global features of that size, float32, (64,), and gives
            those that are to be used.
        progress: Called after each tile with the pixels done and the pixels in all, those of the reductions included.
        should_stop: Asked before each tile.

    Returns:
        `raw`, float32, (H, W, 3), [0, 1].

    Raises:
        Stopped: If `should_stop` said so.
        DeviceError: If not even the smallest tile fits into the device's memory.
    """
    sizes = reductions(*ldr.shape[:2])
    photos = [ldr]
    for size in sizes[1:]:
        photos.append(resize_image(photos[-1], *size))
    masks = [wanted]
    for size in sizes[1:]:
        masks.append(None if wanted is None else reduce_mask(masks[-1], *size, wraps=wraps))
    total = sum(height * width for height, width in sizes)
    done, raw = 0, None
    while photos:
        photo, mask = photos.pop(), masks.pop()  # the smallest first
        if mask is not None and raw is not None:  # inside a clipped area only the smaller sizes count
            mask &= count_open(photo, wraps=wraps) > 0
        given_back = 0

        def report(pixels: int, _: int, before: int = done) -> None:
            nonlocal given_back
            if pixels - given_back >= GIVE_BACK_PIXELS:
                given_back = pixels
                give_back_memory()
            if progress:
                progress(before + pixels, total)

        at_this_size = partial(adjust, len(photos)) if adjust else None
        fine = expander.expand(
            photo, wraps=wraps, wanted=mask, adjust=at_this_size, progress=report, should_stop=should_stop
        )
        if given_back:
            give_back_memory()
        raw = fine if raw is None else join(raw, fine, count_open(photo, wraps=wraps), wraps=wraps)
        done += photo.shape[0] * photo.shape[1]
    return raw


def join(coarse: np.ndarray, fine: np.ndarray, seen: np.ndarray, *, wraps: bool = False) -> np.ndarray:
    """Let a smaller size answer where a larger one sees nothing but white.

    Args:
        coarse: The answer for a reduction of the photo, float32, (h, w, 3).
        fine: The answer for the photo, float32, (H, W, 3); it is overwritten by the result.
        seen: How many pixels around each are not clipped, uint8, (H, W), [0, 81]; as `count_open` gives it.
        wraps: As in `expand_pyramid`.

    Returns:
        The joined answer, float32, (H, W, 3).
    """
    height, width = fine.shape[:2]
    beyond, cut = columns_to_wrap(coarse.shape[1], width, CUBIC_REACH) if wraps else (0, 0)
    for channel in range(3):
        small = wrap_columns(coarse[..., channel], beyond)
        # As `resize_image` does it, but only the rows of the whole: its columns would be as large as another channel.
        tall = cv2.resize(small, (small.shape[1], height), interpolation=cv2.INTER_CUBIC)
        low, high = small.min(), small.max()  # bicubic overshoots at edges
        for top in range(0, height, ROWS_AT_ONCE):
            bottom = min(top + ROWS_AT_ONCE, height)
            start, end = max(top - MARGIN, 0), min(bottom + MARGIN, height)
            below = cv2.resize(tall[start:end], (width + 2 * cut, end - start), interpolation=cv2.INTER_CUBIC)
            below = np.clip(below, low, high, out=below)[top - start : bottom - start, cut : cut + width]
            answer = fine[top:bottom, :, channel]  # below + weight * (answer - below), without another image
            answer -= below
            answer *= _WEIGHTS[seen[top:bottom]]
            answer += below
    return fine


def reduce_mask(
    mask: np.ndarray, height: int, width: int, *, wraps: bool = False, reach: int = CUBIC_REACH
) -> np.ndarray:
    """Say which pixels of a smaller size the wanted pixels of a larger one are interpolated from.

    Args:
        mask: bool, (H, W).
        height: Of the smaller size, in pixels.
        width: Of the smaller size.
        wraps: As in `expand_pyramid`.
        reach: How many pixels of the smaller size to each side have a say.

    Returns:
        bool, (height, width).
    """
    small = cv2.resize(mask.astype(np.uint8) * 255, (width, height), interpolation=cv2.INTER_AREA)
    rim = np.ones((2 * reach + 1,) * 2, np.uint8)
    beyond = reach if wraps else 0
    return cv2.dilate(wrap_columns(small, beyond), rim)[:, beyond : beyond + width] > 0


def see(ldr: np.ndarray, *, wraps: bool = False) -> np.ndarray:
    """Say how much the network can see around each pixel: nothing where all of the window is clipped.

    Args:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        wraps: As in `expand_pyramid`.

    Returns:
        float32, (H, W), [0, 1]; smooth.
    """
    return _WEIGHTS[count_open(ldr, wraps=wraps)]


def count_open(ldr: np.ndarray, *, wraps: bool = False) -> np.ndarray:
    """Count the pixels that are not clipped in the window around each; beyond the photo's edges it is mirrored.

    Args:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        wraps: As in `expand_pyramid`.

    Returns:
        uint8, (H, W), [0, 81]: a quarter of what the weights of `see` take.
    """
    height, width = ldr.shape[:2]
    reach = WINDOW // 2
    beyond = reach if wraps else 0
    counts = np.empty((height, width), np.uint8)
    for top in range(0, height, ROWS_AT_ONCE):
        # Temporary images of the whole photo would be its largest ones.
        bottom = min(top + ROWS_AT_ONCE, height)
        start, end = max(top - reach, 0), min(bottom + reach, height)
        unclipped = wrap_columns((~clipped_mask(ldr[start:end])).astype(np.uint8), beyond)
        around = cv2.boxFilter(unclipped, -1, (WINDOW, WINDOW), normalize=False, borderType=cv2.BORDER_REFLECT)
        counts[top:bottom] = around[top - start : bottom - start, beyond : beyond + width]
    return counts
