"""Brackets from files."""

import math
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from hdr_demo.bracket.estimate import compare_light, estimate_from_small, mean_light, reduce_light
from hdr_demo.bracket.exposure import TAGS, exposure_of
from hdr_demo.bracket.photos import Bracket, check_count, check_sizes, check_times, make_bracket
from hdr_demo.bracket.response import CALIBRATED, bring_to_srgb, parse_response
from hdr_demo.errors import BracketError
from hdr_demo.io import MAX_MEGAPIXELS, Picture, numbers_of, read_ldr
from hdr_demo.io.pq import bands

# EXIF is taken to lie where it and the pictures differ by more than so many stops and such a share of what it says.
# A camera whose curve is steeper than that of sRGB makes steps look larger, by the third at most.
LYING_STOPS, LYING_SHARE = 0.5, 0.35


def open_bracket(
    paths: Sequence[str | os.PathLike[str]],
    *,
    times: Sequence[float] | None = None,
    response: str = "srgb",
    reference: int | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> Bracket:
    """Read the photos of a bracket.

    Their exposures come from `times`, else from EXIF; from the pictures where EXIF lacks one of them or contradicts
    them (`decide_times`).

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
        photos.append(_codes(picture))
        exif.append(picture.exif)
        check_sizes(names[: len(photos)], [photo.shape for photo in photos])
    if isinstance(wanted, float):
        photos = bring_to_srgb(photos, (), wanted)
    told = [None if each is None else each.relative for each in (exposure_of(numbers_of(each, TAGS)) for each in exif)]
    notes = []
    if times is not None:
        times_from = "typed"
    elif wanted != CALIBRATED:
        times, times_from, notes = decide_times(photos, told, names)
    elif None in told:
        raise BracketError(
            f"{names[told.index(None)]} does not tell its exposure time, without which no response can be calibrated: "
            "type the times, or choose srgb or a gamma."
        )
    else:
        times, times_from = told, "EXIF"
    check_times(names, times)
    if wanted == CALIBRATED:
        photos = bring_to_srgb(photos, times, wanted)
    return make_bracket(photos, times, names, reference=reference, times_from=times_from, exif=exif, notes=notes)


def _codes(picture: Picture) -> np.ndarray:
    """Give a picture the codes that it had in its file."""
    largest, dtype = (255, np.uint8) if picture.bits <= 8 else (65535, np.uint16)
    codes = np.empty(picture.ldr.shape, dtype)
    for band in bands(*codes.shape[:2]):
        codes[band] = np.rint(picture.ldr[band] * np.float32(largest))
    return codes


def decide_times(
    photos: Sequence[np.ndarray], told: Sequence[float | None], names: Sequence[str]
) -> tuple[Sequence[float], str, list[str]]:
    """Decide between what EXIF tells and what the pictures say.

    Args:
        photos: sRGB-encoded codes, uint8 or uint16, (H, W, 3), of one size, in any order; reduced copies do.
        told: Their relative exposures from EXIF, None where it tells none.
        names: Of their files.

    Returns:
        Their exposures, where these are from ("EXIF" or "estimated"), and what their owner should know, a sentence
        each.

    Raises:
        BracketError: If neither tells them.
    """
    small = [reduce_light(photo) for photo in photos]
    if None in told:
        note = f"{names[list(told).index(None)]} does not tell its exposure time: all are estimated from the pictures."
        return estimate_from_small(small, names), "estimated", [note]
    order = sorted(range(len(small)), key=lambda number: (told[number], mean_light(small[number])))
    for before, after in pairwise(order):
        seen, stops = compare_light(small[before], small[after]), math.log2(told[after] / told[before])
        if seen is None or not seen.sure:
            continue
        if abs(math.log2(seen.factor) - stops) > LYING_STOPS + LYING_SHARE * stops:
            note = (
                f"By their EXIF data, {names[before]} and {names[after]} were exposed {stops:.1f} stops apart, by "
                f"their pictures {math.log2(seen.factor):.1f}: all times are estimated from the pictures."
            )
            return estimate_from_small(small, names), "estimated", [note]
    return list(told), "EXIF", []
