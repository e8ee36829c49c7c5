"""How exposures relate, from the pictures alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import cv2
import numpy as np

from hdr_demo.color import brightest_channel, decode_srgb
from hdr_demo.errors import BracketError

# Codes from here on, as shares of the largest, may be clipped.
_CLIPPED = 0.97
# Light of the brighter photo, of 1.0, that is compared; and the least of the darker one, where codes become few.
_DARK, _BRIGHT, _DARKEST = 0.02, 0.85, 0.004
# Of the copies that are compared. What is left of turns and of motion is lost in the small one; where fine structure is
# clipped too much is lost in it, and single pixels have to do.
_SIDE, _SMOOTH, _LARGE_SIDE = 96, 1.0, 384
_ENOUGH = 0.02  # of the values, for the small one
_FARTHEST, _STRIDE = 14, 2  # of the search for the shift between two copies
_COST = 0.01  # of a pixel of shift, in stops of spread
_LEAST_LEFT = 0.5  # of what could be compared without a shift
_FEWEST = 100
_LOST = 0.01  # of a pixel of the copies may have been clipped
# An estimate is sure if so many of the ratios lie so near to their median, in stops.
_SURE_SHARE, _SURE_STOPS = 0.6, 0.35


@dataclass(frozen=True)
class SmallLight:
    """A copy that is compared of a photo.

    Attributes:
        light: Linear RGB, float32, (h, w, 3), [0, 1].
        whole: Where none of it was clipped, bool, (h, w).
    """

    light: np.ndarray
    whole: np.ndarray


# Of one photo: reduced, and single pixels.
SmallLights = tuple[SmallLight, SmallLight]


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


def estimate_from_small(small: Sequence[SmallLights], names: Sequence[str] | None = None) -> tuple[float, ...]:
    """Estimate exposures likewise, from what `reduce_light` gives."""
    names = names or [f"Photo {number + 1}" for number in range(len(small))]
    order = sorted(range(len(small)), key=lambda number: mean_light(small[number]))
    times = {order[0]: 1.0}
    for darker, brighter in pairwise(order):
        ratio = compare_light(small[darker], small[brighter])
        if ratio is None:
            raise BracketError(
                f"How much longer {names[brighter]} was exposed than {names[darker]} cannot be told from the "
                "pictures, for nothing is well exposed in both: type the exposure times."
            )
        times[brighter] = times[darker] * ratio.factor
    return tuple(times[number] for number in range(len(small)))


def reduce_light(photo: np.ndarray) -> SmallLights:
    """Reduce and smooth a photo's light, and pick single pixels of it.

    Args:
        photo: sRGB-encoded codes, uint8 or uint16, (H, W, 3).
    """
    height, width = photo.shape[:2]
    sizes = [
        (max(1, round(width * factor)), max(1, round(height * factor)))
        for factor in (min(1.0, side / max(height, width)) for side in (_SIDE, _LARGE_SIDE))
    ]
    light, clipped = _decode(photo)
    small, lost = (
        cv2.GaussianBlur(cv2.resize(each, sizes[0], interpolation=cv2.INTER_AREA), (0, 0), _SMOOTH)
        for each in (light, clipped)
    )
    sampled, gone = _decode(cv2.resize(photo, sizes[1], interpolation=cv2.INTER_NEAREST))
    return SmallLight(small, lost < _LOST), SmallLight(sampled, gone == 0)


def _decode(photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the light of a photo, linear, float32, (H, W, 3), [0, 1], and where it may be clipped, float32, (H, W)."""
    largest = np.iinfo(photo.dtype).max
    light = decode_srgb(np.arange(largest + 1, dtype=np.float32) / largest)[photo]
    return light, (brightest_channel(photo) >= _CLIPPED * largest).astype(np.float32)


def mean_light(small: SmallLights) -> float:
    """Say how bright a photo is, clipped as it is."""
    return float(small[0].light.mean())


def compare_light(darker: SmallLights, brighter: SmallLights) -> Ratio | None:
    """Say how much longer the second of two photos was exposed; None if nothing is well exposed in both."""
    for dark, bright in zip(darker, brighter, strict=True):
        ratios = _compare(dark, bright, (0, 0))
        if ratios.size >= _ENOUGH * dark.light.size:
            break
    if ratios.size < min(_FEWEST, dark.light.size):
        return None
    stops = _lay_over(dark, bright, ratios)
    middle = float(np.median(stops))
    return Ratio(2.0**middle, float((np.abs(stops - middle) < _SURE_STOPS).mean()) > _SURE_SHARE)


def _lay_over(darker: SmallLight, brighter: SmallLight, stops: np.ndarray) -> np.ndarray:
    """Find the shift at which the ratios agree best; exposures need not be known for that.

    Args:
        darker: The one.
        brighter: The other.
        stops: What `_compare` says of both without a shift.

    Returns:
        What it says with it.
    """
    # In a slope all shifts agree alike, so that a long one has to be worth it.
    fewest, shift, least = _LEAST_LEFT * stops.size, (0, 0), _spread(stops)
    for reach, stride in ((_FARTHEST, _STRIDE), (_STRIDE - 1, 1)):
        steps = range(-reach, reach + 1, stride)
        for tried in [(shift[0] + down, shift[1] + across) for down, across in product(steps, steps)]:
            found = _compare(darker, brighter, tried)
            cost = _spread(found) + _COST * float(np.hypot(*tried))
            if found.size >= fewest and cost < least:
                shift, stops, least = tried, found, cost
    return stops


def _compare(darker: SmallLight, brighter: SmallLight, shift: tuple[int, int]) -> np.ndarray:
    """Say by how many stops each value that is well exposed in both is brighter in one, shifted down and right."""
    height, width = darker.whole.shape
    down, across = shift
    rows, columns = max(0, height - abs(down)), max(0, width - abs(across))
    here = slice(max(0, down), max(0, down) + rows), slice(max(0, across), max(0, across) + columns)
    there = slice(max(0, -down), max(0, -down) + rows), slice(max(0, -across), max(0, -across) + columns)
    dark, bright = darker.light[here], brighter.light[there]
    # The brighter photo, which has less noise, decides: to choose by the noise of the darker one would favour it.
    well = (darker.whole[here] & brighter.whole[there])[..., np.newaxis] & (bright > _DARK) & (bright < _BRIGHT)
    if well.any():
        well &= bright * (np.median(dark[well]) / np.median(bright[well])) > _DARKEST
    return np.log2(bright[well] / np.maximum(dark[well], 1e-6))


def _spread(stops: np.ndarray) -> float:
    return float(np.subtract(*np.quantile(stops, (0.75, 0.25)))) if stops.size else np.inf
