"""How exposures relate, from the pictures alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hdr_demo.color import brightest_channel, decode_srgb
from hdr_demo.errors import BracketError

# Codes from here on, as shares of the largest, may be clipped.
_CLIPPED = 0.97
# Light of the brighter photo, of 1.0, that is compared; and the least of the darker one, where codes become few.
_DARK, _BRIGHT, _DARKEST = 0.02, 0.85, 0.004
_SIDE, _SMOOTH = 96, 1.0  # of the copies that are compared: what is left of turns and of motion is lost in them
_STEPS = (8, 4, 2, 1)  # of the search for the shift between two copies
_COST = 0.01  # of a pixel of shift, in stops of spread
_LEAST_LEFT = 0.5  # of what could be compared without a shift
_FEWEST = 100
# An estimate is sure if so many of the ratios lie so near to their median, in stops.
_SURE_SHARE, _SURE_STOPS = 0.6, 0.35


@dataclass(frozen=True)
class SmallLight:
    """What is compared of a photo.

    Attributes:
        light: Linear RGB, float32, (h, w, 3), [0, 1].
        whole: Where none of it was clipped, bool, (h, w).
    """

    light: np.ndarray
    whole: np.ndarray


@dataclass(frozen=True)
class Ratio:
    """How much longer one photo was exposed than another.

    Attributes:
        factor: The estimate.
        sure: Whether most of what was compared says so.
    """

    factor: float
    sure: bool


def estimate_times(photos: Sequence[np.ndarray], names: Sequence[str] | None = None) -> tuple[float, ...]:
    """Estimate exposures from what overlapping, well exposed pixels say; the darkest photo's is 1.

    Neighbours in brightness are compared, reduced and shifted onto each other: the median of their ratios withstands
    what moves in a part of the frame.

    Args:
        photos: sRGB-encoded codes, uint8 or uint16, (H, W, 3), of one size, in any order.
        names: Of their files.

    Returns:
        Relative exposures in that order.

    Raises:
        BracketError: If two neighbours share no well exposed pixels.
    """
    return estimate_from_small([reduce_light(photo) for photo in photos], names)


def estimate_from_small(small: Sequence[SmallLight], names: Sequence[str] | None = None) -> tuple[float, ...]:
    """Estimate exposures likewise, from what `reduce_light` gives."""
    names = names or [f"Photo {number + 1}" for number in range(len(small))]
    order = sorted(range(len(small)), key=lambda number: float(small[number].light.mean()))
    times = {order[0]: 1.0}
    for darker, brighter in zip(order[:-1], order[1:], strict=True):
        ratio = compare_light(small[darker], small[brighter])
        if ratio is None:
            raise BracketError(
                f"How much longer {names[brighter]} was exposed than {names[darker]} cannot be told from the "
                "pictures, for nothing is well exposed in both: type the exposure times."
            )
        times[brighter] = times[darker] * ratio.factor
    return tuple(times[number] for number in range(len(small)))


def reduce_light(photo: np.ndarray) -> SmallLight:
    """Reduce and smooth a photo's light.

    Args:
        photo: sRGB-encoded codes, uint8 or uint16, (H, W, 3).
    """
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
    return SmallLight(small, lost < 0.01)


def compare_light(darker: SmallLight, brighter: SmallLight) -> Ratio | None:
    """Say how much longer the second of two photos was exposed; None if nothing is well exposed in both."""
    stops = _compare(darker, brighter, (0, 0))
    if stops.size < min(_FEWEST, darker.light.size):
        return None
    # The shift at which the ratios agree best; exposures need not be known for that. In a slope all shifts agree alike.
    fewest, shift, least = _LEAST_LEFT * stops.size, (0, 0), _spread(stops)
    for step in _STEPS:
        around = [(shift[0] + step * down, shift[1] + step * across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
        for tried in around:
            found = _compare(darker, brighter, tried)
            cost = _spread(found) + _COST * float(np.hypot(*tried))
            if found.size >= fewest and cost < least:
                shift, stops, least = tried, found, cost
    middle = float(np.median(stops))
    return Ratio(2.0**middle, float((np.abs(stops - middle) < _SURE_STOPS).mean()) > _SURE_SHARE)


def _compare(darker: SmallLight, brighter: SmallLight, shift: tuple[int, int]) -> np.ndarray:
    """Say by how many stops each value that is well exposed in both is brighter in one, shifted down and right."""
    height, width = darker.whole.shape
    down, across = shift
    here = slice(max(0, down), height + min(0, down)), slice(max(0, across), width + min(0, across))
    there = slice(max(0, -down), height + min(0, -down)), slice(max(0, -across), width + min(0, -across))
    dark, bright = darker.light[here], brighter.light[there]
    # The brighter photo, which has less noise, decides: to choose by the noise of the darker one would favour it.
    well = (darker.whole[here] & brighter.whole[there])[..., np.newaxis] & (bright > _DARK) & (bright < _BRIGHT)
    if well.any():
        well &= bright * (np.median(dark[well]) / np.median(bright[well])) > _DARKEST
    return np.log2(bright[well] / np.maximum(dark[well], 1e-6))


def _spread(stops: np.ndarray) -> float:
    return float(np.subtract(*np.quantile(stops, (0.75, 0.25)))) if stops.size else np.inf
