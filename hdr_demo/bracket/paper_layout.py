"""Scenes as Kalantari & Ramamoorthi 2017 published theirs: a folder each, with the exposures, the photos and the truth.

`exposure.txt` names the exposures in stops, a line each, in the order of the names of the `.tif` files beside it; those
have 16 bits and a gamma of 2.2. `HDRImg.hdr` is the light of the middle one, with its moment and framing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hdr_demo.bracket.photos import Bracket, make_bracket
from hdr_demo.bracket.response import bring_to_srgb
from hdr_demo.color import decode_srgb, luminance
from hdr_demo.errors import BracketError, DataError, ImageError
from hdr_demo.io import read_hdr, read_ldr

EXPOSURES, TRUTH, PHOTO_SUFFIXES = "exposure.txt", "HDRImg.hdr", (".tif", ".tiff")
# Section 3.2 of the paper: I = Z ** 2.2.
GAMMA = 2.2
LARGEST_CODE = 65535
# Where the reference has such codes, triangle weights make nearly all of the truth of it alone.
MIDDLE = (0.4, 0.6)
# The truth and the reference must agree there to so many stops, in one of the units that such files have.
TOLERANCE_STOPS = 0.5


@dataclass(frozen=True)
class PaperScene:
    """A bracket and its truth.

    Attributes:
        name: Of its folder.
        bracket: The photos; the middle one is the reference.
        truth: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the reference's white.
    """

    name: str
    bracket: Bracket
    truth: np.ndarray


def find_paper_scenes(folder: Path) -> list[Path]:
    """List the scenes of a folder tree, or the folder itself if it is one, in the order of their paths."""
    return sorted(path.parent for path in Path(folder).rglob(EXPOSURES))


def read_paper_scenes(folder: Path) -> Iterator[PaperScene]:
    """Read every scene of a folder tree.

    Raises:
        DataError: If one of them is not complete, or holds what does not belong together.
    """
    for path in find_paper_scenes(folder):
        yield read_paper_scene(path)


def read_paper_scene(folder: Path) -> PaperScene:
    """Read a scene.

    Raises:
        DataError: If it is not complete, or holds what does not belong together.
    """
    times = [2.0**stops for stops in _read_stops(folder / EXPOSURES)]
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES)
    if not times or len(paths) != len(times):
        raise DataError(
            f"{folder} holds {len(paths)} photos and {EXPOSURES} {len(times)} exposures; there must be a line for each."
        )
    middle = sorted(times)[len(times) // 2]
    try:
        photos = [np.rint(read_ldr(path).ldr * np.float32(LARGEST_CODE)).astype(np.uint16) for path in paths]
        bracket = make_bracket(
            bring_to_srgb(photos, times, GAMMA), times, [path.name for path in paths], reference=times.index(middle)
        )
        truth = np.maximum(read_hdr(folder / TRUTH), 0)
    except (BracketError, ImageError) as error:
        raise DataError(f"The scene {folder} cannot be used: {error}") from error
    if truth.shape != photos[0].shape:
        raise DataError(
            f"{folder / TRUTH} has {truth.shape[1]} x {truth.shape[0]} pixels and its photos have "
            f"{photos[0].shape[1]} x {photos[0].shape[0]}; take the files of one scene."
        )
    return PaperScene(folder.name, bracket, truth * np.float32(_find_unit(folder, bracket, truth)))


def _read_stops(path: Path) -> list[float]:
    try:
        stops = [float(word) for word in path.read_text(encoding="utf-8").split()]
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as exposures in stops, a line for each photo.") from error
    if not all(math.isfinite(each) and abs(each) < 50 for each in stops):
        raise DataError(f"{path} names exposures that no camera has; write them in stops, a line for each photo.")
    return stops


def _find_unit(folder: Path, bracket: Bracket, truth: np.ndarray) -> float:
    """Find what turns a truth into units of the reference's white.

    A truth is light per exposure. Exposures of -2, 0, 2 may have been counted as they are written, or from 0 on, so
    that 1.0 is what the shortest one clips at; the pictures tell.
    """
    time, shortest = bracket.times[bracket.reference], bracket.times[0]
    codes = bracket.photos[bracket.reference] / np.float32(LARGEST_CODE)
    well = ((codes > MIDDLE[0]) & (codes < MIDDLE[1])).all(axis=-1) & (luminance(truth) > 0)
    if not well.any():
        return time
    seen = luminance(decode_srgb(codes[well]))
    ratio = float(np.median(np.log2(seen / luminance(truth[well]))))
    unit = min((time, time / shortest), key=lambda each: abs(math.log2(each) - ratio))
    if abs(math.log2(unit) - ratio) > TOLERANCE_STOPS:
        raise DataError(
            f"{folder / TRUTH} and {bracket.names[bracket.reference]} differ by {ratio - math.log2(unit):+.1f} stops "
            "where both are well exposed; take the files of one scene."
        )
    return unit
