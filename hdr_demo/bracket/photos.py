"""What a bracket is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hdr_demo.errors import BracketError

FEWEST, MOST = 2, 9
# Exposures that are nearer than this, in stops, are one and the same.
SAME_STOPS = 0.1
# Codes of a well exposed pixel, as shares of the largest.
DARK, BRIGHT = 0.05, 0.95
_SMALL = 256  # of the copies on which well exposed pixels are counted


@dataclass(frozen=True)
class Bracket:
    """Several exposures of one scene.

    Attributes:
        photos: sRGB-encoded codes, all uint8 or all uint16, (H, W, 3), of one size; from the shortest exposure to the
            longest.
        times: Their exposures, rising; only their ratios matter for the picture. From EXIF they are the seconds times
            ISO / 100 over the square of the f-number.
        names: Of their files.
        reference: Which of them gives the moment and the framing of the result, from 0.
        times_from: "EXIF", "typed" or "estimated".
        exif: EXIF data of the reference, as `io.Picture.exif`.
        notes: What its owner should know, a sentence each.
    """

    photos: tuple[np.ndarray, ...]
    times: tuple[float, ...]
    names: tuple[str, ...]
    reference: int
    times_from: str = "typed"
    exif: bytes | None = None
    notes: tuple[str, ...] = ()


def make_bracket(
    photos: Sequence[np.ndarray],
    times: Sequence[float],
    names: Sequence[str] | None = None,
    *,
    reference: int | None = None,
    times_from: str = "typed",
    exif: Sequence[bytes | None] | None = None,
    notes: Sequence[str] = (),
    allow_same: bool = False,
) -> Bracket:
    """Sort exposures and check that they can be merged.

    Args:
        photos: sRGB-encoded codes, uint8 or uint16, (H, W, 3), in any order. If one has 16 bits all get them.
        times: Their exposures, above 0, in the same order.
        names: Of their files.
        reference: Which of them is the reference, in the order given; by default what `choose_reference` says.
        times_from: "EXIF", "typed" or "estimated".
        exif: EXIF data of each.
        notes: What the owner should know.
        allow_same: Whether several may have the same exposure, as a burst has.

    Raises:
        BracketError: If there are too few or too many, of different sizes, with impossible or equal exposures.
    """
    names = tuple(names or (f"photo {number + 1}" for number in range(len(photos))))
    check_count(len(photos))
    check_times(names, times)
    check_sizes(names, [photo.shape[:2] for photo in photos])
    order = sorted(range(len(photos)), key=lambda number: times[number])
    for before, after in zip(order[:-1], order[1:], strict=True):
        if not allow_same and math.log2(times[after] / times[before]) < SAME_STOPS:
            raise BracketError(
                f"{names[before]} and {names[after]} have the same exposure; leave one of them out, or type the times."
            )
    if any(photo.dtype == np.uint16 for photo in photos):
        photos = [photo if photo.dtype == np.uint16 else photo.astype(np.uint16) * 257 for photo in photos]
    ordered = tuple(photos[number] for number in order)
    if reference is None:
        place = choose_reference(ordered, [times[number] for number in order])
    elif 0 <= reference < len(photos):
        place = order.index(reference)
    else:
        raise BracketError(f"There is no photo {reference + 1} among {len(photos)} that could be the reference.")
    return Bracket(
        ordered,
        tuple(float(times[number]) for number in order),
        tuple(names[number] for number in order),
        place,
        times_from,
        exif[order[place]] if exif else None,
        tuple(notes),
    )


def check_count(count: int) -> None:
    """Refuse too few photos and too many.

    Raises:
        BracketError: If there are not `FEWEST` to `MOST`.
    """
    if not FEWEST <= count <= MOST:
        raise BracketError(f"A bracket has {FEWEST} to {MOST} photos, and {count} came; choose others.")


def check_times(names: Sequence[str], times: Sequence[float]) -> None:
    """Refuse times that are none, or not one for each photo.

    Raises:
        BracketError: If so.
    """
    if len(times) != len(names):
        raise BracketError(f"There are {len(names)} photos and {len(times)} exposure times: give one for each.")
    for name, time in zip(names, times, strict=True):
        if not (math.isfinite(time) and time > 0):
            raise BracketError(f"{name} has the exposure time {time:g}: give one above 0.")


def check_sizes(names: Sequence[str], sizes: Sequence[Sequence[int]]) -> None:
    """Refuse photos of several sizes.

    Args:
        names: Of their files.
        sizes: Height and width of each.

    Raises:
        BracketError: If one differs from the first.
    """
    height, width = sizes[0][:2]
    for name, size in zip(names, sizes, strict=True):
        if tuple(size[:2]) != (height, width):
            raise BracketError(
                f"{names[0]} has {width}x{height} pixels and {name} {size[1]}x{size[0]}: "
                "a bracket has photos of one size, so leave out what differs."
            )


def choose_reference(photos: Sequence[np.ndarray], times: Sequence[float]) -> int:
    """Choose the photo with the most well exposed pixels; of three and more, none of the two ends.

    Args:
        photos: sRGB-encoded codes, uint8 or uint16, (H, W, 3), in any order.
        times: Their exposures.

    Returns:
        Its number, from 0.
    """
    order = sorted(range(len(photos)), key=lambda number: times[number])
    inner = order[1:-1] if len(order) > 2 else order
    middle = (len(order) - 1) / 2

    def merit(number: int) -> tuple[float, float]:
        well = round(_share_well_exposed(photos[number]), 2)
        return well, -abs(order.index(number) - middle)

    return max(inner, key=merit)


def _share_well_exposed(photo: np.ndarray) -> float:
    height, width = photo.shape[:2]
    small = cv2.resize(photo, (min(width, _SMALL), min(height, _SMALL)), interpolation=cv2.INTER_NEAREST)
    brightest = small.max(axis=-1) / np.iinfo(photo.dtype).max
    return float(((brightest > DARK) & (brightest < BRIGHT)).mean())
