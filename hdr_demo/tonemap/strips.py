"""Work on a large image a few rows at a time, on every processor core."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

# With 2**15 pixels a strip and its temporaries stay in a core's second-level cache: on two cores the sRGB encoding of
# 12 megapixels takes 0.08 s in strips and 0.19 s at once.
STRIP_PIXELS = 2**15


def in_strips(function: Callable[..., np.ndarray], *images: np.ndarray) -> np.ndarray:
    """Apply a function whose every output row depends on the same rows of its inputs only.

    Args:
        function: Takes the same rows of each of `images`, and gives as many rows.
        *images: float32, (H, W) or (H, W, C), all of the same height.

    Returns:
        What `function` gives for the whole images, float32, (H, ...).
    """
    height, width = images[0].shape[:2]
    rows = max(1, STRIP_PIXELS // width)

    def strip(top: int) -> np.ndarray:
        return function(*(image[top : top + rows] for image in images))

    first = strip(0)
    if rows >= height:
        return first
    result = np.empty((height, *first.shape[1:]), np.float32)
    result[:rows] = first

    def run(top: int) -> None:
        result[top : top + rows] = strip(top)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, range(rows, height, rows)))
    return result
