"""HDR scenes on disk: panoramas and photographs in a folder tree, read when they are needed and kept while they fit."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hdr_demo.errors import DataError
from hdr_demo.io import SCENE_SUFFIXES
from hdr_demo.scenes.cache import Cache
from hdr_demo.scenes.light import LARGEST_PANORAMA, LARGEST_SIDE, has_panorama_shape, read_light, reduce_to_side


@dataclass(frozen=True)
class Scene:
    """Light that a virtual camera can photograph.

    Attributes:
        name: Its file's name without suffix; with its folders where another file has the same name.
        light: Linear RGB, float32, (H, W, 3), [0, 65504].
        is_panorama: Whether it is equirectangular. The size of its file tells; where nothing is said, that of `light`.
    """

    name: str
    light: np.ndarray
    is_panorama: bool | None = None

    def __post_init__(self) -> None:
        """Decide what nobody said."""
        if self.is_panorama is None:
            object.__setattr__(self, "is_panorama", has_panorama_shape(*self.light.shape[:2]))

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return self.light.nbytes


class Scenes:
    """Every scene of a folder tree, in the order of their paths."""

    def __init__(self, folder: Path) -> None:
        """Find the scenes and read as many as the memory budget holds, so that processes forked later share them.

        Raises:
            DataError: If the folder holds no scene that can be read.
        """
        self.paths = find_files(folder, SCENE_SUFFIXES)
        self._cache = Cache(_SceneReader(dict(zip(self.paths, name_files(self.paths, folder), strict=True))))
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
        yield from (scene for scene in map(self._cache.get, self.paths) if scene is not None)

    def __getitem__(self, index: int) -> Scene:
        """Get a scene; where its file is damaged, the next one that is not."""
        for offset in range(len(self.paths)):
            scene = self._cache.get(self.paths[(index + offset) % len(self.paths)])
            if scene is not None:
                return scene
        raise DataError("No HDR scene can be read any more; is the folder still there?")


@dataclass(frozen=True)
class _SceneReader:
    """Reads a scene no larger than views of it need."""

    names: dict[Path, str]

    def __call__(self, path: Path) -> Scene:
        light = read_light(path)
        panorama = has_panorama_shape(*light.shape[:2])
        return Scene(self.names[path], reduce_to_side(light, LARGEST_PANORAMA if panorama else LARGEST_SIDE), panorama)


def find_files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """List the files of a folder tree that have one of some suffixes, in the order of their paths."""
    return sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in suffixes and path.is_file())


def name_files(paths: Sequence[Path], folder: Path) -> list[str]:
    """Name files of a folder tree, each differently and as briefly as that allows.

    Returns:
        Of each file its name without suffix; its path below the folder where two have the same name; and the suffix
        too where two differ in nothing else.
    """
    stems = Counter(path.stem for path in paths)
    places = Counter(place_of(path, folder) for path in paths)

    def name(path: Path) -> str:
        if stems[path.stem] == 1:
            return path.stem
        place = place_of(path, folder)
        return place if places[place] == 1 else place + path.suffix

    return [name(path) for path in paths]


def place_of(path: Path, folder: Path) -> str:
    """Spell where a file lies below a folder, without its suffix."""
    return path.relative_to(folder).with_suffix("").as_posix()
