"""How exposures relate, from the pictures alone."""

from collections.abc import Sequence

import cv2
import numpy as np

from hdr_demo.color import decode_srgb
from hdr_demo.errors import BracketError

# Pixels between these codes, as shares of the largest, say how bright they are.
_DARK, _BRIGHT = 0.06, 0.92
_SIDE = 192  # of the copies that are compared: hand shake is lost in them
_FEWEST_PIXELS = 100
_SMOOTH = 2.0


def estimate_times(photos: Sequence[np.ndarray]) -> tuple[float, ...]:
    """Estimate exposures from what overlapping, well exposed pixels say; the darkest photo's is 1.

    Neighbours in brightness are compared, reduced and smoothed: the median of their ratios withstands what moves in a
    part of the frame.

    Args:
        photos: sRGB-encoded codes, uint8 or uint16, (H, W, 3), of one size, in any order.

    Returns:
        Relative exposures in that order.

    Raises:
        BracketError: If two neighbours share no well exposed pixels.
    """
    small = [_reduce(photo) for photo in photos]
    order = sorted(range(len(photos)), key=lambda number: float(small[number].mean()))
    times = {order[0]: 1.0}
    for darker, brighter in zip(order[:-1], order[1:], strict=True):
        ratio = compare_exposures(small[darker], small[brighter])
        if ratio is None:
            raise BracketError(
                f"How photos {darker + 1} and {brighter + 1} were exposed cannot be told from the pictures: "
                "nothing is well exposed in both; type the exposure times."
            )
        times[brighter] = times[darker] * ratio
    return tuple(times[number] for number in range(len(photos)))


def compare_exposures(first: np.ndarray, second: np.ndarray) -> float | None:
    """Say how much longer the second of two photos was exposed, from reduced copies as `_reduce` gives them."""
    well = ((first > _DARK) & (first < _BRIGHT) & (second > _DARK) & (second < _BRIGHT)).all(axis=-1)
    if well.sum() < min(_FEWEST_PIXELS, well.size):
        return None
    ratios = decode_srgb(second[well]) / decode_srgb(first[well])
    return float(np.exp(np.median(np.log(ratios))))


def estimate_ratio(first: np.ndarray, second: np.ndarray) -> float | None:
    """Say how much longer the second of two photos was exposed; None if nothing is well exposed in both.

    Args:
        first: sRGB-encoded codes, uint8 or uint16, (H, W, 3).
        second: Likewise.
    """
    return compare_exposures(_reduce(first), _reduce(second))


def _reduce(photo: np.ndarray) -> np.ndarray:
    height, width = photo.shape[:2]
    factor = min(1.0, _SIDE / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.float32) / np.iinfo(photo.dtype).max
    return cv2.GaussianBlur(small, (0, 0), _SMOOTH)
