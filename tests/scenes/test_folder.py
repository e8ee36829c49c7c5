"""Scenes are found in a folder tree, read when needed, and a bad file among good ones is named once."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.errors import DataError, ImageError
from hdr_demo.io import write_hdr
from hdr_demo.scenes import LARGEST_SIDE, Scenes, folder, read_scenes
from hdr_demo.scenes.folder import Cache, clean


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
    assert {scene.name: scene.is_panorama for scene in read_scenes(scenes)} == {"b": True, "a": False}


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
    assert [scene.light.max() for scene in read_scenes(tmp_path)] == [1, 2]


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


def test_a_large_photograph_is_reduced_and_a_panorama_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LARGEST_SIDE >= 2 * 384  # a view of half of the frame is never enlarged
    monkeypatch.setattr(folder, "LARGEST_SIDE", 20)
    write_hdr(tmp_path / "panorama.exr", np.full((32, 64, 3), 2, np.float32))
    write_hdr(tmp_path / "photo.exr", np.full((40, 60, 3), 3, np.float32))
    assert [scene.light.shape[:2] for scene in read_scenes(tmp_path)] == [(32, 64), (20, 30)]


def test_what_no_light_can_be_is_black_and_a_sun_stays_finite() -> None:
    light = np.array([np.nan, -1, 0.5, 1e9, np.inf], np.float32)
    assert clean(light).tolist() == [0, 0, 0.5, 65504, 65504]


def picture(path: Path) -> np.ndarray:
    reads.append(path.name)
    if path.name == "bad":
        raise ImageError("bad is damaged.")
    return np.zeros((16, 16, 3), np.float32)


reads: list[str] = []
BYTES = 16 * 16 * 3 * 4


@pytest.fixture(autouse=True)
def _nothing_read() -> None:
    reads.clear()


def test_a_cache_reads_what_it_holds_once() -> None:
    cache = Cache(picture, shared=2 * BYTES, own=BYTES)
    cache.fill(Path(name) for name in "abc")
    assert reads == ["a", "b"]
    for name in "abcdcc":
        cache.get(Path(name))
    assert reads == ["a", "b", "c", "d", "c"]  # one at a time besides the two


def test_a_cache_travels_without_its_pictures_and_remembers_what_is_bad() -> None:
    cache = Cache(picture)
    cache.fill([Path("a"), Path("bad")])
    sent = pickle.dumps(cache)
    assert len(sent) < BYTES
    assert pickle.loads(sent).get(Path("bad")) is None and reads == ["a", "bad"]
    assert pickle.loads(sent).get(Path("a")) is not None and reads == ["a", "bad", "a"]
