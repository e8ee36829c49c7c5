"""Two small skies with a sun, a plan to learn from them, and brackets drawn of two small scenes."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from hdr_demo.io import write_hdr
from hdr_demo.training.bracket_album import make_album
from hdr_demo.training.plan import BracketPlan, Plan


@pytest.fixture(scope="session")
def skies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two panoramas, as OpenEXR and Radiance files."""
    folder = tmp_path_factory.mktemp("skies")
    rows, columns = np.mgrid[0:64, 0:128]
    for number, suffix in enumerate((".exr", ".hdr")):
        sun = np.hypot(rows - 24, columns - 40 - 30 * number) < 5
        sky = 0.1 + 0.2 * np.stack((rows / 64, columns / 128, np.full(rows.shape, 0.5)), axis=-1)
        sky[sun] = (30, 20, 10)
        write_hdr(folder / f"sky{number}{suffix}", sky.astype(np.float32))
    return folder


@pytest.fixture
def make_plan(skies: Path) -> Callable[..., Plan]:
    """Plans of four small steps, changed by keyword."""
    return lambda **changes: Plan(
        **({"data": skies, "steps": 4, "batch_size": 2, "crops": 2, "crop_size": 32} | changes)
    )


@pytest.fixture(scope="session")
def block_scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small panoramas of coloured blocks, with a sun each."""
    folder = tmp_path_factory.mktemp("scenes") / "train"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        light = np.kron(2.0 ** rng.normal(-2, 1.5, (16, 32, 3)), np.ones((8, 8, 1))).astype(np.float32)
        light[20:26, 40:46] = 60
        write_hdr(folder / f"{name}.exr", light)
    return folder


@pytest.fixture(scope="session")
def album(block_scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six brackets drawn of them with seed 3."""
    folder = tmp_path_factory.mktemp("album")
    make_album(folder, block_scenes, samples=6, seed=3)
    return folder


@pytest.fixture
def plan_bracket(album: Path) -> Callable[..., BracketPlan]:
    """Plans of eight small steps, changed by keyword."""
    return lambda network="selector", **changes: BracketPlan(
        network, album, **({"steps": 8, "batch_size": 4, "crop_size": 32} | changes)
    )


def draw_light(height: int, width: int) -> np.ndarray:
    """Light with detail of all sizes."""
    rng = np.random.default_rng(0)
    light = sum(
        cv2.resize(rng.random((height // side, width // side, 3), np.float32), (width, height)) for side in (3, 12, 48)
    )
    return np.exp2(2.4 * light - 5).astype(np.float32)


def write_scene(folder: Path, height: int = 260, width: int = 530, photos: int = 3) -> None:
    """Write a static scene in the paper's layout."""
    folder.mkdir(parents=True)
    light = draw_light(height, width)
    for number, stops in enumerate((-2, 0, 2)[:photos]):
        exposed = np.clip(light * np.float32(2.0**stops), 0, 1) ** (1 / 2.2)
        cv2.imwrite(str(folder / f"{number}.tif"), np.rint(exposed[..., ::-1] * 65535).astype(np.uint16))
    (folder / "exposure.txt").write_text("\n".join(("-2", "0", "2")[:photos]))
    write_hdr(folder / "HDRImg.hdr", light)


@pytest.fixture
def make_light() -> Callable[[int, int], np.ndarray]:
    """Draw light of a height and a width."""
    return draw_light


@pytest.fixture
def write_paper_scene() -> Callable[..., None]:
    """Write a scene in the paper's layout into a new folder."""
    return write_scene


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one scene in the paper's layout, of two samples."""
    folder = tmp_path_factory.mktemp("papers") / "papers"
    write_scene(folder / "one")
    return folder
