"""HDR scenes on disk: panoramas and photographs in a folder tree, read when they are needed and kept while they fit."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hdr_demo.errors import DataError, ImageError
from hdr_demo.io import SCENE_SUFFIXES, read_scene

logger = logging.getLogger(__name__)

# Some 340 panoramas of 1024×512, or 7 photographs of 24 megapixels.
MEMORY_BUDGET = 2 << 30
SMALLEST_SIDE = 16
PANORAMA_ASPECT = 2.0


@dataclass(frozen=True)
class Scene:
    """Light that a virtual camera can photograph.

    Attributes:
        name: Its file's name without suffix.
        light: Linear RGB, float32, (H, W, 3), [0, 65504].
    """

    name: str
    light: np.ndarray

    @property
    def is_panorama(self) -> bool:
        """Whether it is equirectangular, which its shape tells: twice as wide as high."""
        height, width = self.light.shape[:2]
        return width == PANORAMA_ASPECT * height


class Cache:
    """Images of files, the least recently used forgotten; a file that cannot be read is named once."""

    def __init__(self, read: Callable[[Path], np.ndarray], budget: int = MEMORY_BUDGET) -> None:
        self._read, self._budget, self._bytes = read, budget, 0
        self._kept: OrderedDict[Path, np.ndarray] = OrderedDict()
        self._bad: set[Path] = set()

    @property
    def is_full(self) -> bool:
        """Whether another image would push one out."""
        return self._bytes >= self._budget

    def get(self, path: Path) -> np.ndarray | None:
        """Read a file or remember it.

        Returns:
            float32, (H, W, 3), or None if it is damaged.
        """
        if path in self._bad:
            return None
        if path in self._kept:
            self._kept.move_to_end(path)
            return self._kept[path]
        try:
            image = self._read(path)
            if min(image.shape[:2]) < SMALLEST_SIDE:
                raise ImageError(f"{path.name} is smaller than {SMALLEST_SIDE} pixels.")
        except ImageError as error:
            logger.warning("Skipped: %s", error)
            self._bad.add(path)
            return None
        self._kept[path] = image
        self._bytes += self._kept[path].nbytes
        while self._bytes > self._budget and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return image


class Scenes:
    """Every scene of a folder tree, in the order of their paths."""

    def __init__(self, folder: Path) -> None:
        """Find the scenes and read as many as the memory budget holds, so that processes forked later share them.

        Raises:
            DataError: If the folder holds no scene that can be read.
        """
        self.paths = find_files(folder, SCENE_SUFFIXES)
        self._cache = Cache(lambda path: clean(read_scene(path)))
        readable = 0
        for path in self.paths:
            readable += self._cache.get(path) is not None
            if self._cache.is_full:
                break
        if not readable:
            raise DataError(
                f"{folder} holds no HDR scene that can be read; "
                f"name a folder of {', '.join(SCENE_SUFFIXES)} panoramas or photographs."
            )

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Scene:
        """Get a scene; where its file is damaged, the next one that is not."""
        for offset in range(len(self.paths)):
            path = self.paths[(index + offset) % len(self.paths)]
            light = self._cache.get(path)
            if light is not None:
                return Scene(path.stem, light)
        raise DataError("No HDR scene can be read any more; is the folder still there?")


def read_scenes(folder: Path) -> list[Scene]:
    """Read every scene of a folder tree once, in the order of their paths; damaged files are named and skipped.

    Raises:
        DataError: If the folder holds no scene that can be read.
    """
    scenes = Scenes(folder)
    found = {scene.name: scene for scene in (scenes[index] for index in range(len(scenes)))}
    return list(found.values())


def find_files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """List the files of a folder tree that have one of some suffixes, in the order of their paths."""
    return sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in suffixes and path.is_file())


def clean(light: np.ndarray) -> np.ndarray:
    """Replace what no light can be by black, and what no half float holds by its largest number."""
    return np.fmin(np.fmax(light, 0), np.float32(np.finfo(np.float16).max))
