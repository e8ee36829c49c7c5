"""Brackets from files."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hdr_demo.bracket.estimate import estimate_ratio, estimate_times
from hdr_demo.bracket.exposure import TAGS, exposure_of
from hdr_demo.bracket.photos import Bracket, check_count, check_sizes, make_bracket
from hdr_demo.bracket.response import bring_to_srgb, parse_response
from hdr_demo.io import MAX_MEGAPIXELS, numbers_of, read_ldr

# Where EXIF and the pictures differ by more stops than this, EXIF is taken to lie.
LYING_STOPS = 1.0


def open_bracket(
    paths: Sequence[str | os.PathLike[str]],
    *,
    times: Sequence[float] | None = None,
    response: str = "srgb",
    reference: int | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> Bracket:
    """Read the photos of a bracket.

    Their exposures come from `times`, else from EXIF; from the pictures where EXIF lacks one of them, says that two
    are the same which are not, or differs from the pictures by more than a stop.

    Args:
        paths: Photos in any order and of any kind that `io.read_ldr` reads.
        times: Their exposures.
        response: Of the camera, as `response.parse_response` understands it.
        reference: Which of them is the reference, in the order given.
        max_megapixels: The most pixels of each, in millions.

    Raises:
        BracketError: If they cannot be merged.
        ImageError: If one of them is no picture, damaged or too big.
    """
    paths, wanted = [Path(path) for path in paths], parse_response(response)
    names = [path.name for path in paths]
    check_count(len(paths))
    photos, exif = [], []
    for path in paths:
        picture = read_ldr(path, max_megapixels=max_megapixels)
        largest, dtype = (255, np.uint8) if picture.bits <= 8 else (65535, np.uint16)
        photos.append(np.rint(picture.ldr * np.float32(largest)).astype(dtype))
        exif.append(picture.exif)
        check_sizes(names[: len(photos)], [photo.shape for photo in photos])
    notes = []
    if times is not None:
        times_from = "typed"
    else:
        told = [exposure_of(numbers_of(each, TAGS)) for each in exif]
        told = [None if each is None else each.relative for each in told]
        times, times_from, notes = decide_times(photos, told, names)
    photos = bring_to_srgb(photos, times, wanted) if len(times) == len(photos) else photos
    return make_bracket(photos, times, names, reference=reference, times_from=times_from, exif=exif, notes=notes)


def decide_times(
    photos: Sequence[np.ndarray], told: Sequence[float | None], names: Sequence[str]
) -> tuple[Sequence[float], str, list[str]]:
    """Say which exposures to believe.

    Args:
        photos: sRGB-encoded codes, uint8 or uint16, (H, W, 3), of one size, in any order; small copies will do.
        told: Their relative exposures by EXIF, None where it tells none.
        names: Of their files.

    Returns:
        Their exposures, where these are from ("EXIF" or "estimated"), and a sentence for each thing worth telling.

    Raises:
        BracketError: If nothing tells them.
    """
    if None in told:
        missing = names[list(told).index(None)]
        return estimate_times(photos), "estimated", [f"{missing} does not tell its exposure time; all are estimated."]
    order = sorted(range(len(photos)), key=lambda number: told[number])
    for before, after in zip(order[:-1], order[1:], strict=True):
        seen = estimate_ratio(photos[before], photos[after])
        if seen is not None and seen.sure and abs(math.log2(seen.factor * told[before] / told[after])) > LYING_STOPS:
            stops = math.log2(told[after] / told[before])
            note = (
                f"By what they tell, {names[before]} and {names[after]} were exposed {stops:.1f} stops apart, by their "
                f"pictures {math.log2(seen.factor):.1f}; all times are estimated."
            )
            return estimate_times(photos), "estimated", [note]
    return list(told), "EXIF", []
