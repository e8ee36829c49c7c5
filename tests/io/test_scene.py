"""Linear light is read from every kind of file that a data set brings, and what is none is refused by name."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from dng_bytes import dng
from tiff_bytes import tiff

from hdr_demo.errors import ImageError
from hdr_demo.io import SCENE_SUFFIXES, read_scene, write_hdr
from hdr_demo.io import scene as module

HALF_A_CODE = 0.5 / 65535


@pytest.fixture
def light(rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0, 1, (32, 48, 3)).astype(np.float32)


def flat_patches() -> np.ndarray:
    """Two colours, large enough that demosaicing cannot blur them in their middle."""
    light = np.empty((96, 128, 3), np.float32)
    light[:, :64], light[:, 64:] = (0.5, 0.25, 0.1), (0.2, 0.4, 0.6)
    return light


def test_every_suffix_has_a_test() -> None:
    assert set(SCENE_SUFFIXES) == {".exr", ".hdr", ".tif", ".tiff", ".dng"}


@pytest.mark.parametrize("suffix, tolerance", [(".exr", 1e-3), (".hdr", 1e-2)])
def test_hdr_files_keep_their_light(light: np.ndarray, tmp_path: Path, suffix: str, tolerance: float) -> None:
    path = write_hdr(tmp_path / f"scene{suffix}", light * 40)
    assert np.allclose(read_scene(path), light * 40, rtol=tolerance, atol=40 * tolerance)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_float_tiff_is_read_exactly(light: np.ndarray, tmp_path: Path, order: str) -> None:
    path = tmp_path / "scene.tif"
    path.write_bytes(tiff(light * 40, order=order, tags={339: (3, [3, 3, 3])}))
    read = read_scene(path)
    assert read.dtype == np.float32 and np.array_equal(read, light * 40)


def test_a_float_tiff_of_another_program_is_read_exactly(light: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "scene.TIFF"
    path.write_bytes(cv2.imencode(".tif", light[..., ::-1] * 40)[1].tobytes())
    assert np.array_equal(read_scene(path), light * 40)


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3), (20, 30, 4)])
def test_a_tiff_of_long_floats_is_read(tmp_path: Path, shape: tuple[int, ...], rng: np.random.Generator) -> None:
    path, light = tmp_path / "scene.tif", rng.uniform(0, 40, shape)
    path.write_bytes(tiff(light, tags={339: (3, [3] * (shape[2] if len(shape) > 2 else 1))}))
    expected = light[..., :3] if len(shape) > 2 else light[..., np.newaxis].repeat(3, axis=2)
    assert read_scene(path).dtype == np.float32 and np.allclose(read_scene(path), expected, rtol=1e-6)


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3)])
def test_a_tiff_of_long_integers_is_refused_by_name(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = tmp_path / "scene.tif"
    path.write_bytes(tiff(np.ones(shape, np.int32), tags={339: (3, [2] * (3 if len(shape) > 2 else 1))}))
    with pytest.raises(ImageError, match=r"scene\.tif"):
        read_scene(path)


def test_a_tiff_with_too_many_pixels_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scene.tif"
    path.write_bytes(tiff(np.ones((20, 30, 3), np.float32), tags={339: (3, [3, 3, 3])}))
    monkeypatch.setattr(module, "MAX_MEGAPIXELS", 0.0001)
    monkeypatch.setattr(module, "decode", None)
    with pytest.raises(ImageError, match=r"scene\.tif has 0\.0 megapixels \(30×20\), more than the limit"):
        read_scene(path)


def test_a_tiff_that_is_cut_off_is_damaged(light: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "scene.tif"
    data = cv2.imencode(".tif", light)[1].tobytes()
    for length in range(1, len(data), len(data) // 7):
        path.write_bytes(data[:length])
        with pytest.raises(ImageError, match=r"scene\.tif is damaged or cut off"):
            read_scene(path)


def test_16_bits_are_linear_codes(light: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "scene.tif"
    path.write_bytes(tiff(np.rint(light * 65535).astype(np.uint16)))
    assert np.abs(read_scene(path) - light).max() < 1.01 * HALF_A_CODE


def test_grey_becomes_rgb(tmp_path: Path) -> None:
    path = tmp_path / "scene.tif"
    path.write_bytes(tiff(np.full((20, 30), 32768, np.uint16)))
    assert read_scene(path).shape == (20, 30, 3) and np.allclose(read_scene(path), 0.5, atol=1e-4)


def test_8_bits_hold_no_linear_light(tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    path.write_bytes(tiff(np.zeros((20, 30, 3), np.uint8)))
    with pytest.raises(ImageError, match=r"photo\.tif holds uint8 numbers"):
        read_scene(path)


# White balance included: the camera says what a white wall was in its eyes.
@pytest.mark.parametrize("neutral", [(100, 100, 100), (50, 100, 80)])
def test_a_raw_is_developed_to_the_light_it_was_exposed_to(tmp_path: Path, neutral: tuple[int, int, int]) -> None:
    pytest.importorskip("rawpy")
    path = tmp_path / "scene.dng"
    path.write_bytes(dng(flat_patches(), neutral=neutral))
    read = read_scene(path)
    assert read.dtype == np.float32 and read.shape == (96, 128, 3)
    for column in (30, 100):
        assert read[48, column] == pytest.approx(flat_patches()[48, column], abs=2e-4)


def test_a_large_raw_is_halved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rawpy")
    monkeypatch.setattr(module, "HALVED_PIXELS", 1000)
    path = tmp_path / "scene.dng"
    path.write_bytes(dng(flat_patches()))
    read = read_scene(path)
    assert read.shape == (48, 64, 3) and read[24, 15] == pytest.approx((0.5, 0.25, 0.1), abs=2e-4)


@pytest.mark.parametrize("suffix", SCENE_SUFFIXES)
@pytest.mark.parametrize("content", [b"", b"no picture", bytes(5000)])
def test_a_damaged_file_is_named(tmp_path: Path, suffix: str, content: bytes) -> None:
    if suffix == ".dng":
        pytest.importorskip("rawpy")
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=rf"broken\{suffix}"):
        read_scene(path)


def test_without_rawpy_its_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rawpy", None)
    path = tmp_path / "scene.dng"
    path.write_bytes(dng(flat_patches()))
    with pytest.raises(ImageError, match="pip install rawpy"):
        read_scene(path)
