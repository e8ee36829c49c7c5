"""HDR scenes on disk: panoramas and photographs in a folder tree, read when they are needed and kept while they fit."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hdr_demo.errors import DataError, ImageError
from hdr_demo.io import SCENE_SUFFIXES, read_scene
from hdr_demo.resize import resize_image

logger = logging.getLogger(__name__)

# Read at the start and shared by all processes forked later: some 340 panoramas of 1024×512.
SHARED_BUDGET = 2 << 30
# What each process keeps besides of what did not fit.
OWN_BUDGET = 256 << 20
SMALLEST_SIDE = 16
# A view of a photograph shows at least half of it at 256 px: this leaves two pixels for each of the view's.
LARGEST_SIDE = 1024
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
    """Images of files: as many as a budget holds for good, of the others the latest. A bad file is named once."""

    def __init__(self, read: Callable[[Path], np.ndarray], shared: int = SHARED_BUDGET, own: int = OWN_BUDGET) -> None:
        """Keep nothing yet.

        Args:
            read: Reads a file, or raises ImageError.
            shared: Bytes that `fill` keeps.
            own: Bytes that `get` keeps besides.
        """
        self._read, self._budget, self._own_budget = read, shared, own
        self._shared: dict[Path, np.ndarray] = {}
        self._own: OrderedDict[Path, np.ndarray] = OrderedDict()
        self._bad: set[Path] = set()
        self._said: set[str] = set()

    def __getstate__(self) -> dict[str, object]:
        """Travel light to a process that is not forked; it reads for itself."""
        return self.__dict__ | {"_shared": {}, "_own": OrderedDict()}

    def fill(self, paths: Iterable[Path]) -> None:
        """Read files until the budget is spent."""
        held = 0
        for path in paths:
            if held >= self._budget:
                return
            image = self._try(path)
            if image is not None:
                self._shared[path] = image
                held += image.nbytes

    def get(self, path: Path) -> np.ndarray | None:
        """Read a file or remember it.

        Returns:
            float32, (H, W, 3), or None if it is damaged.
        """
        if path in self._shared:
            return self._shared[path]
        if path in self._own:
            self._own.move_to_end(path)
            return self._own[path]
        image = self._try(path)
        if image is not None:
            self._own[path] = image
            while len(self._own) > 1 and sum(kept.nbytes for kept in self._own.values()) > self._own_budget:
                self._own.popitem(last=False)
        return image

    def _try(self, path: Path) -> np.ndarray | None:
        if path in self._bad:
            return None
        try:
            image = self._read(path)
            if min(image.shape[:2]) < SMALLEST_SIDE:
                raise ImageError(f"{path.name} is smaller than {SMALLEST_SIDE} pixels: remove it.")
        except ImageError as error:
            self._bad.add(path)
            # A program that is missing is named once too, and not once for each file that it would read.
            if str(error) not in self._said:
                logger.warning("Skipped: %s", error)
            self._said.add(str(error))
            return None
        return image


class Scenes:
    """Every scene of a folder tree, in the order of their paths."""

    def __init__(self, folder: Path) -> None:
        """Find the scenes and read as many as the memory budget holds, so that processes forked later share them.

        Raises:
            DataError: If the folder holds no scene that can be read.
        """
        self.paths = find_files(folder, SCENE_SUFFIXES)
        self._cache = Cache(read_light)
        self._cache.fill(self.paths)
        if all(self._cache.get(path) is None for path in self.paths):
            raise DataError(
                f"{folder} holds no HDR scene that can be read; "
                f"name a folder of {', '.join(SCENE_SUFFIXES)} panoramas or photographs."
            )

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[Scene]:
        """Give each scene that can be read once."""
        for path in self.paths:
            light = self._cache.get(path)
            if light is not None:
                yield Scene(path.stem, light)

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
    return list(Scenes(folder))


def find_files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """List the files of a folder tree that have one of some suffixes, in the order of their paths."""
    return sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in suffixes and path.is_file())


def reduce_to_side(image: np.ndarray, side: int) -> np.ndarray:
    """Make an image smaller, where it is larger, so that its smaller side has a number of pixels."""
    height, width = image.shape[:2]
    factor = side / min(height, width)
    return image if factor >= 1 else resize_image(image, round(height * factor), round(width * factor))


def read_light(path: Path) -> np.ndarray:
    """Read a scene for the virtual camera: cleaned, and a photograph no larger than views of it need.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, 65504].

    Raises:
        ImageError: If the file is damaged.
    """
    scene = Scene(path.stem, clean(read_scene(path)))
    return scene.light if scene.is_panorama else reduce_to_side(scene.light, LARGEST_SIDE)


def clean(light: np.ndarray) -> np.ndarray:
    """Replace what no light can be by black, and what no half float holds by its largest number."""
    return np.fmin(np.fmax(light, 0), np.float32(np.finfo(np.float16).max))
