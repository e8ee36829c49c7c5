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

# A photo is halved as long as its shorter side keeps this many pixels; the network learned from reductions to 64.
SMALLEST_SIDE = 32

# A pixel's own size counts in full where this share of the window around it is not clipped, and not at all inside.
# Measured on held-out views with an early checkpoint: 5, 9 or 17 pixels and 0.3 or 0.6 differ by 0.05 dB, 9 and 0.3
# were the best; without reductions 0.07 dB less.
WINDOW = 9
OPEN_SHARE = 0.3

ROWS_AT_ONCE = 256

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
        wanted: Which pixels will be looked at, bool, (H, W); the others may hold anything. Without it, all.
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
            mask = mask & see(photo, wraps=wraps).astype(bool)

        def report(pixels: int, _: int, before: int = done) -> None:
            if progress:
                progress(before + pixels, total)

        at_this_size = partial(adjust, len(photos)) if adjust else None
        fine = expander.expand(
            photo, wraps=wraps, wanted=mask, adjust=at_this_size, progress=report, should_stop=should_stop
        )
        raw = fine if raw is None else join(raw, fine, see(photo, wraps=wraps), wraps=wraps)
        done += photo.shape[0] * photo.shape[1]
    return raw


def join(coarse: np.ndarray, fine: np.ndarray, weight: np.ndarray, *, wraps: bool = False) -> np.ndarray:
    """Let a smaller size answer where a larger one sees nothing but white.

    Args:
        coarse: The answer for a reduction of the photo, float32, (h, w, 3).
        fine: The answer for the photo, float32, (H, W, 3); it is overwritten by the result.
        weight: Of the larger size, float32, (H, W), [0, 1]; as `see` gives it.
        wraps: As in `expand_pyramid`.

    Returns:
        The joined answer, float32, (H, W, 3).
    """
    height, width = fine.shape[:2]
    beyond, cut = columns_to_wrap(coarse.shape[1], width, CUBIC_REACH) if wraps else (0, 0)
    for channel in range(3):
        below = resize_image(wrap_columns(coarse[..., channel], beyond), height, width + 2 * cut)[:, cut : cut + width]
        answer = fine[..., channel]  # below + weight * (answer - below), without another image
        answer -= below
        answer *= weight
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
    height, width = ldr.shape[:2]
    reach = WINDOW // 2
    beyond = reach if wraps else 0
    seen = np.empty((height, width), np.float32)
    for top in range(0, height, ROWS_AT_ONCE):
        # Temporary images of the whole photo would be its largest ones.
        bottom = min(top + ROWS_AT_ONCE, height)
        start, end = max(top - reach, 0), min(bottom + reach, height)
        unclipped = (~clipped_mask(ldr[start:end])).astype(np.float32)
        share = cv2.blur(wrap_columns(unclipped, beyond), (WINDOW, WINDOW), borderType=cv2.BORDER_REFLECT)
        share = share[top - start : bottom - start, beyond : beyond + width]
        seen[top:bottom] = smooth_step(share / np.float32(OPEN_SHARE))
    return seen
