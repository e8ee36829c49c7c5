"""Measured pairs: photographs and HDR images of the same scenes, as datasets such as SI-HDR and HDR-Eye bring them."""

import logging
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hdr_demo.camera import anchor_to_photo, choose_window
from hdr_demo.errors import DataError, ImageError
from hdr_demo.io import LDR_SUFFIXES, SCENE_SUFFIXES, read_ldr
from hdr_demo.io.refusal import shown_name
from hdr_demo.resize import resize_image
from hdr_demo.scenes.cache import Cache
from hdr_demo.scenes.folder import find_files, name_files, place_of
from hdr_demo.scenes.light import check_size, read_light, reduce_to_side

logger = logging.getLogger(__name__)

# Two frames of one scene differ by a cropped border at the most.
ASPECT_TOLERANCE = 0.02


@dataclass(frozen=True)
class Pair:
    """A photograph whose light was measured.

    Attributes:
        name: Of the photograph's file, without suffix; with its folders where another one has the same name.
        ldr: Display-encoded, float32, (H, W, 3), [0, 1].
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); scaled so that 1.0 is about the photo's white.
    """

    name: str
    ldr: np.ndarray
    hdr: np.ndarray


class Pairs:
    """The photographs of one folder tree that have an HDR image of the same name in another."""

    def __init__(self, ldr_folder: Path, hdr_folder: Path, *, largest_side: int | None = None) -> None:
        """Match the files by their names.

        Args:
            ldr_folder: Of photographs.
            hdr_folder: Of HDR images.
            largest_side: For training: reduce larger frames to that smaller side, and keep what memory holds.

        Raises:
            DataError: If no two files surely belong together, or none of them can be read.
        """
        self.paths, doubt = match_files(ldr_folder, hdr_folder)
        if not self.paths:
            raise DataError(
                doubt
                or f"No photograph in {ldr_folder} has an HDR image of the same name in {hdr_folder}; "
                "a pair is, for example, 001.jpg and 001.exr."
            )
        if doubt:
            logger.warning("Skipped: %s", doubt)
        self._names = name_files([photo for photo, _ in self.paths], ldr_folder)
        self._cache = Cache(_PairReader(dict(self.paths), largest_side))
        if largest_side is not None:
            self._cache.fill(photo for photo, _ in self.paths)
        if all(self.get(index) is None for index in range(len(self.paths))):
            raise DataError(f"None of the pairs in {ldr_folder} and {hdr_folder} can be read.")

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[Pair]:
        """Give each pair that can be read once."""
        yield from (pair for pair in map(self.get, range(len(self.paths))) if pair is not None)

    def get(self, index: int) -> Pair | None:
        """Read a pair, both of the photograph's size; None if one of its files is damaged or shows another frame."""
        photo, _ = self.paths[index]
        both = self._cache.get(photo)
        return None if both is None else Pair(self._names[index], both[..., :3], both[..., 3:])

    def cut(self, index: int, height: int, width: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Cut the same random view out of both halves of a pair.

        Raises:
            DataError: If no pair can be read any more.
        """
        for offset in range(len(self.paths)):
            pair = self.get((index + offset) % len(self.paths))
            if pair is not None:
                window = choose_window(*pair.ldr.shape[:2], height, width, rng)
                return resize_image(pair.ldr[window], height, width), resize_image(pair.hdr[window], height, width)
        raise DataError("No pair can be read any more; are the folders still there?")


def match_files(ldr_folder: Path, hdr_folder: Path) -> tuple[list[tuple[Path, Path]], str]:
    """Find which photograph and which HDR image belong together.

    They do if they lie at the same place below their folders, but for the suffix; or, where the folders are arranged
    differently, if they alone have the same name.

    Returns:
        Photographs with their HDR images, in the order of the photographs' paths; and a sentence about those that
        could belong to several, empty if there are none.
    """
    photos, truths = find_files(ldr_folder, LDR_SUFFIXES), find_files(hdr_folder, SCENE_SUFFIXES)
    places = _group(truths, lambda path: place_of(path, hdr_folder))
    taken = {place_of(path, ldr_folder) for path in photos}
    photo_names = _group(photos, lambda path: path.stem)
    free_names = _group((path for path in truths if place_of(path, hdr_folder) not in taken), lambda path: path.stem)
    pairs, doubtful = [], {}
    for photo in photos:
        alike, candidates = [photo], places.get(place_of(photo, ldr_folder))
        if candidates is None:
            alike, candidates = photo_names[photo.stem], free_names.get(photo.stem, [])
        if len(alike) == len(candidates) == 1:
            pairs.append((photo, candidates[0]))
        elif candidates:
            doubtful[tuple(candidates)] = [place_of(path, ldr_folder) + path.suffix for path in alike] + [
                place_of(path, hdr_folder) + path.suffix for path in candidates
            ]
    return pairs, _say_doubt(list(doubtful.values()))


def _group(paths: Iterable[Path], key: Callable[[Path], Hashable]) -> dict[Hashable, list[Path]]:
    groups: dict[Hashable, list[Path]] = {}
    for path in paths:
        groups.setdefault(key(path), []).append(path)
    return groups


def _say_doubt(doubtful: Sequence[Sequence[str]]) -> str:
    if not doubtful:
        return ""
    more = f" (and {len(doubtful) - 1} more names)" if len(doubtful) > 1 else ""
    return (
        f"Which of {', '.join(doubtful[0])} belong together cannot be told{more}: "
        "put one photograph and one HDR image at the same place below their folders."
    )


@dataclass(frozen=True)
class _PairReader:
    """Reads the photograph and its truth as one image of six channels."""

    truths: dict[Path, Path]
    largest_side: int | None

    def __call__(self, photo: Path) -> np.ndarray:
        ldr, hdr = read_ldr(photo).ldr, read_light(self.truths[photo])
        check_size(ldr, shown_name(photo))
        (height, width), (true_height, true_width) = ldr.shape[:2], hdr.shape[:2]
        if abs(np.log(width * true_height / (height * true_width))) > ASPECT_TOLERANCE:
            raise ImageError(
                f"{photo.name} ({width}×{height}) and {self.truths[photo].name} ({true_width}×{true_height}) "
                "do not show one frame: crop them alike."
            )
        if self.largest_side is not None:
            ldr = reduce_to_side(ldr, self.largest_side)
        hdr = resize_image(hdr, *ldr.shape[:2])
        return np.concatenate((ldr, anchor_to_photo(hdr, ldr)), axis=-1)
