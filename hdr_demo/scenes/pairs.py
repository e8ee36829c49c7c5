"""Measured pairs: photographs and HDR images of the same scenes, as datasets such as SI-HDR and HDR-Eye bring them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hdr_demo.camera import anchor_to_photo, choose_window
from hdr_demo.errors import DataError
from hdr_demo.io import LDR_SUFFIXES, SCENE_SUFFIXES, read_ldr, read_scene
from hdr_demo.resize import resize_image
from hdr_demo.scenes.folder import Cache, clean, find_files


@dataclass(frozen=True)
class Pair:
    """A photograph whose light was measured.

    Attributes:
        name: Of the photograph's file, without suffix.
        ldr: Display-encoded, float32, (H, W, 3), [0, 1].
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); scaled so that 1.0 is about the photo's white.
    """

    name: str
    ldr: np.ndarray
    hdr: np.ndarray


class Pairs:
    """The photographs of one folder tree that have an HDR image of the same name in another."""

    def __init__(self, ldr_folder: Path, hdr_folder: Path) -> None:
        """Match the files by their names without suffix.

        Raises:
            DataError: If no two files share a name, or none of them can be read.
        """
        truths = {path.stem: path for path in find_files(hdr_folder, SCENE_SUFFIXES)}
        photos = find_files(ldr_folder, LDR_SUFFIXES)
        self.paths = [(photo, truths[photo.stem]) for photo in photos if photo.stem in truths]
        if not self.paths:
            raise DataError(
                f"No photograph in {ldr_folder} has an HDR image of the same name in {hdr_folder}; "
                "a pair is, for example, 001.jpg and 001.exr."
            )
        self._photos = Cache(lambda path: read_ldr(path).ldr)
        self._truths = Cache(lambda path: clean(read_scene(path)))
        if all(self.get(index) is None for index in range(len(self.paths))):
            raise DataError(f"None of the pairs in {ldr_folder} and {hdr_folder} can be read.")

    def __len__(self) -> int:
        return len(self.paths)

    def get(self, index: int) -> Pair | None:
        """Read a pair, both of the photograph's size; None if one of its files is damaged or shows another frame."""
        photo, truth = self.paths[index]
        ldr, hdr = self._photos.get(photo), self._truths.get(truth)
        if ldr is None or hdr is None:
            return None
        hdr = resize_image(hdr, *ldr.shape[:2])
        return Pair(photo.stem, ldr, anchor_to_photo(hdr, ldr))

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
