"""Scenes are found in a folder tree, read when needed, and a bad file among good ones is named once."""

from pathlib import Path

import numpy as np
import pytest

from hdr_demo.errors import DataError
from hdr_demo.io import write_hdr
from hdr_demo.scenes import LARGEST_PANORAMA, LARGEST_SIDE, Scene, Scenes, folder, has_panorama_shape
from hdr_demo.scenes.light import clean


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """A panorama and, a folder below, a photograph; a corrupt file and one that is no picture between them."""
    (tmp_path / "below").mkdir()
    write_hdr(tmp_path / "b.exr", np.full((32, 64, 3), 2, np.float32))
    write_hdr(tmp_path / "below" / "a.hdr", np.full((40, 60, 3), 3, np.float32))
    (tmp_path / "c.exr").write_bytes((tmp_path / "b.exr").read_bytes()[:300])
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_panoramas_are_known_by_their_shape(scenes: Path) -> None:
    assert {scene.name: scene.is_panorama for scene in Scenes(scenes)} == {"b": True, "a": False}


def test_a_corrupt_file_among_good_ones_is_named_once_and_skipped(
    scenes: Path, caplog: pytest.LogCaptureFixture
) -> None:
    album = Scenes(scenes)
    for _ in range(2):
        assert [album[index].name for index in range(len(album))] == ["b", "a", "b"]  # the next good one
        assert [scene.name for scene in album] == ["b", "a"]
    assert [message for message in caplog.messages if "c.exr" in message] == caplog.messages
    assert len(caplog.messages) == 1 and caplog.messages[0].startswith("Skipped: c.exr")


def test_two_scenes_of_one_name_are_two(tmp_path: Path) -> None:
    for number, place in enumerate(("first", "second")):
        (tmp_path / place).mkdir()
        write_hdr(tmp_path / place / "sky.exr", np.full((16, 32, 3), number + 1, np.float32))
    assert [(scene.name, scene.light.max()) for scene in Scenes(tmp_path)] == [("first/sky", 1), ("second/sky", 2)]


def test_two_files_of_one_place_are_told_apart_by_their_suffixes(tmp_path: Path) -> None:
    for name in ("sky.exr", "sky.hdr", "sea.exr"):
        write_hdr(tmp_path / name, np.ones((16, 32, 3), np.float32))
    album = Scenes(tmp_path)
    assert [scene.name for scene in album] == ["sea", "sky.exr", "sky.hdr"] == [album[index].name for index in range(3)]


@pytest.mark.parametrize("names", [(), ("notes.txt",), ("broken.exr",)])
def test_a_folder_without_scenes_is_one_sentence(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"holds no HDR scene that can be read; name a folder of \.exr, ") as told:
        Scenes(tmp_path)
    assert str(tmp_path) in str(told.value)


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        Scenes(tmp_path / "nowhere")


def test_a_large_scene_is_reduced_to_what_views_of_it_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LARGEST_SIDE >= 2 * 384  # a view of half of the frame is never enlarged
    assert 2 * LARGEST_PANORAMA >= 384 * 360 / 35  # nor is one of 35 degrees
    monkeypatch.setattr(folder, "LARGEST_SIDE", 20)
    monkeypatch.setattr(folder, "LARGEST_PANORAMA", 24)
    write_hdr(tmp_path / "panorama.exr", np.full((32, 64, 3), 2, np.float32))
    write_hdr(tmp_path / "photo.exr", np.full((40, 60, 3), 3, np.float32))
    assert [scene.light.shape[:2] for scene in Scenes(tmp_path)] == [(24, 48), (20, 30)]


@pytest.mark.parametrize("height, width", [(512, 1024), (511, 1024), (512, 1023), (2000, 4010), (2048, 4094)])
def test_a_panorama_may_lack_a_border(height: int, width: int) -> None:
    assert has_panorama_shape(height, width) and Scene("sky", np.ones((height, width, 1), np.float32)).is_panorama


@pytest.mark.parametrize("height, width", [(1024, 512), (512, 1014), (505, 1024), (2040, 4000), (3000, 4000)])
def test_a_wide_photograph_is_none(height: int, width: int) -> None:
    assert not has_panorama_shape(height, width)


def test_a_photograph_does_not_become_a_panorama_by_being_reduced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "LARGEST_SIDE", 17)
    write_hdr(tmp_path / "wide.exr", np.ones((170, 344, 3), np.float32))
    (scene,) = Scenes(tmp_path)
    assert scene.light.shape == (17, 34, 3) and not scene.is_panorama


@pytest.mark.parametrize(
    "light, sentence",
    [
        (np.zeros((32, 64, 3)), "night.exr is all black: use a picture with light in it"),
        (np.full((32, 64, 3), -1), "night.exr is all black: use a picture with light in it"),
        (np.ones((8, 64, 3)), "night.exr is smaller than 16 pixels: use a larger one"),
    ],
)
def test_a_scene_that_gives_no_photograph_is_named_and_skipped(
    tmp_path: Path, light: np.ndarray, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    write_hdr(tmp_path / "night.exr", light.astype(np.float32))
    write_hdr(tmp_path / "day.exr", np.ones((32, 64, 3), np.float32))
    assert [scene.name for scene in Scenes(tmp_path)] == ["day"]
    assert len(caplog.messages) == 1 and sentence in caplog.messages[0]


def test_what_no_light_can_be_is_black_and_a_sun_stays_finite() -> None:
    light = np.array([np.nan, -1, 0.5, 1e9, np.inf], np.float32)
    assert clean(light).tolist() == [0, 0, 0.5, 65504, 65504]
