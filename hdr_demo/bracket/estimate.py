"""How exposures relate, from the pictures alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hdr_demo.color import brightest_channel, decode_srgb
from hdr_demo.errors import BracketError

# Codes from here on, as shares of the largest, may be clipped.
_CLIPPED = 0.97
# Light of the brighter photo, of 1.0, in what is compared; and the least of the darker one, where codes become few.
_DARK, _BRIGHT, _DARKEST = 0.02, 0.8, 0.0015
_SIDE = 192  # of the copies that are compared: hand shake is lost in them
_FEWEST_PIXELS = 100
_SMOOTH = 2.0
# An estimate is sure if so many of the ratios lie so near to their median, in stops.
_SURE_SHARE, _SURE_STOPS = 0.6, 0.35


@dataclass(frozen=True)
class Ratio:
    """How much longer one photo was exposed than another.

    Attributes:
        factor: The estimate.
        sure: Whether most of what was compared says so.
    """

    factor: float
    sure: bool


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
    order = sorted(range(len(photos)), key=lambda number: float(small[number][0].mean()))
    times = {order[0]: 1.0}
    for darker, brighter in zip(order[:-1], order[1:], strict=True):
        ratio = _compare(small[darker], small[brighter])
        if ratio is None:
            raise BracketError(
                f"How photos {darker + 1} and {brighter + 1} were exposed cannot be told from the pictures: "
                "nothing is well exposed in both; type the exposure times."
            )
        times[brighter] = times[darker] * ratio.factor
    return tuple(times[number] for number in range(len(photos)))


def estimate_ratio(darker: np.ndarray, brighter: np.ndarray) -> Ratio | None:
    """Say how much longer the second of two photos was exposed; None if nothing is well exposed in both.

    Args:
        darker: sRGB-encoded codes, uint8 or uint16, (H, W, 3).
        brighter: Likewise.
    """
    return _compare(_reduce(darker), _reduce(brighter))


def _compare(darker: tuple[np.ndarray, np.ndarray], brighter: tuple[np.ndarray, np.ndarray]) -> Ratio | None:
    (dark, dark_whole), (bright, bright_whole) = darker, brighter
    # The brighter photo, which has less noise, decides: to choose by the noise of the darker one would favour it.
    well = (dark_whole & bright_whole)[..., np.newaxis] & (bright > _DARK) & (bright < _BRIGHT)
    well &= bright * (np.median(dark[well]) / np.median(bright[well]) if well.any() else 1) > _DARKEST
    if well.sum() < min(_FEWEST_PIXELS, well.size):
        return None
    stops = np.log2(bright[well] / np.maximum(dark[well], 1e-6))
    middle = float(np.median(stops))
    return Ratio(2.0**middle, float((np.abs(stops - middle) < _SURE_STOPS).mean()) > _SURE_SHARE)


def _reduce(photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Reduce and smooth a photo's light: linear, float32, (h, w, 3); and say where none of it was clipped."""
    height, width = photo.shape[:2]
    largest = np.iinfo(photo.dtype).max
    factor = min(1.0, _SIDE / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    light = decode_srgb(np.arange(largest + 1, dtype=np.float32) / largest)[photo]
    clipped = (brightest_channel(photo) >= _CLIPPED * largest).astype(np.float32)
    small, lost = (
        cv2.GaussianBlur(cv2.resize(each, size, interpolation=cv2.INTER_AREA), (0, 0), _SMOOTH)
        for each in (light, clipped)
    )
    return small, lost < 0.01
