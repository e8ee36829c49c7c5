"""Measured pairs are matched by name, cut alike, and brought to one unit."""

from pathlib import Path

import numpy as np
import pytest

from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.errors import DataError
from hdr_demo.io import write_hdr, write_sdr
from hdr_demo.scenes import Pairs


def write_pair(folder: Path, name: str, hdr: np.ndarray, *, gain: float = 1.0) -> None:
    """A photograph of `hdr`, whose measured light is in another unit."""
    for place in ("ldr", "hdr"):
        (folder / place / name).parent.mkdir(parents=True, exist_ok=True)
    write_sdr(folder / "ldr" / f"{name}.png", encode_srgb(np.minimum(hdr, 1)))
    write_hdr(folder / "hdr" / f"{name}.exr", hdr * np.float32(gain))


@pytest.fixture
def light(rng: np.random.Generator) -> np.ndarray:
    light = rng.uniform(0.05, 0.7, (48, 64, 3)).astype(np.float32)
    light[10:20, 10:30] = 8
    return light


def test_the_truth_comes_in_the_photos_unit(light: np.ndarray, tmp_path: Path) -> None:
    write_pair(tmp_path, "001", light, gain=37)
    (pair,) = Pairs(tmp_path / "ldr", tmp_path / "hdr")
    assert pair.name == "001"
    assert np.allclose(pair.hdr, light, rtol=0.02)


def test_both_halves_are_cut_alike(tmp_path: Path, rng: np.random.Generator) -> None:
    # A slope without clipping: the photo is its truth, whichever of the two is resized in which encoding.
    light = np.linspace(0.1, 0.9, 48 * 64 * 3, dtype=np.float32).reshape(48, 64, 3)
    write_pair(tmp_path, "001", light)
    for _ in range(5):
        ldr, hdr = Pairs(tmp_path / "ldr", tmp_path / "hdr").cut(0, 32, 32, rng)
        assert ldr.shape == hdr.shape == (32, 32, 3)
        assert np.abs(decode_srgb(ldr) - hdr).max() < 0.01


def test_a_truth_of_another_size_is_brought_to_the_photos(light: np.ndarray, tmp_path: Path) -> None:
    write_pair(tmp_path, "001", light)
    write_hdr(tmp_path / "hdr" / "001.exr", light.repeat(2, 0).repeat(2, 1))
    (pair,) = Pairs(tmp_path / "ldr", tmp_path / "hdr")
    assert pair.hdr.shape == pair.ldr.shape and np.allclose(pair.hdr, light, rtol=0.02)


def test_bad_pairs_are_named_once_and_skipped(
    light: np.ndarray, tmp_path: Path, rng: np.random.Generator, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("001", "002", "003"):
        write_pair(tmp_path, name, light)
    (tmp_path / "ldr" / "001.png").write_bytes(b"no picture")
    write_hdr(tmp_path / "hdr" / "002.exr", light[:, :20])
    pairs = Pairs(tmp_path / "ldr", tmp_path / "hdr")
    assert [pair.name for pair in pairs] == [pair.name for pair in pairs] == ["003"]
    assert pairs.cut(0, 16, 16, rng)[0].shape == (16, 16, 3)
    assert len(caplog.messages) == 2
    assert "001.png" in caplog.messages[0]
    assert "002.png (64×48) and 002.exr (20×48) do not show one frame" in caplog.messages[1]


def test_folders_without_a_common_name_are_explained(light: np.ndarray, tmp_path: Path) -> None:
    write_pair(tmp_path, "001", light)
    (tmp_path / "ldr" / "001.png").rename(tmp_path / "ldr" / "other.png")
    with pytest.raises(DataError, match=r"001\.jpg and 001\.exr"):
        Pairs(tmp_path / "ldr", tmp_path / "hdr")
    (tmp_path / "ldr" / "001.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match="None of the pairs"):
        Pairs(tmp_path / "ldr", tmp_path / "hdr")


def read_pairs(folder: Path) -> dict[str, float]:
    """How bright the truth of each photograph is."""
    return {pair.name: round(float(np.median(pair.hdr)), 1) for pair in Pairs(folder / "ldr", folder / "hdr")}


def test_a_photograph_is_matched_with_the_truth_of_its_own_folder(tmp_path: Path) -> None:
    for name, brightness in (("a/001", 0.2), ("b/001", 0.4), ("b/002", 0.6)):
        write_pair(tmp_path, name, np.full((16, 24, 3), brightness, np.float32))
    light = {pair.name: pair.hdr for pair in Pairs(tmp_path / "ldr", tmp_path / "hdr")}
    assert list(light) == ["a/001", "b/001", "002"]
    (tmp_path / "hdr" / "a" / "001.exr").unlink()
    assert read_pairs(tmp_path) == {"001": 0.4, "002": 0.6}  # and a/001.png has none


def test_folders_that_are_arranged_differently_are_matched_by_names(tmp_path: Path) -> None:
    write_pair(tmp_path, "a/001", np.full((16, 24, 3), 0.2, np.float32))
    (tmp_path / "hdr" / "a").rename(tmp_path / "hdr" / "measured")
    assert read_pairs(tmp_path) == {"001": 0.2}


def test_photographs_and_truths_that_could_belong_to_several_are_named_and_skipped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a/001", "b/001", "003", "004"):
        write_pair(tmp_path, name, np.full((16, 24, 3), 0.2, np.float32))
    (tmp_path / "hdr" / "b").rename(tmp_path / "hdr" / "measured")
    (tmp_path / "hdr" / "a").rename(tmp_path / "hdr" / "other")
    write_hdr(tmp_path / "hdr" / "004.hdr", np.ones((16, 24, 3), np.float32))
    assert read_pairs(tmp_path) == {"003": 0.2}
    assert caplog.messages == [
        "Skipped: Which of 004.png, 004.exr, 004.hdr belong together cannot be told (and 1 more names): "
        "put one photograph and one HDR image at the same place below their folders."
    ]
    (tmp_path / "ldr" / "003.png").unlink()
    (tmp_path / "hdr" / "004.hdr").unlink()
    (tmp_path / "hdr" / "004.exr").unlink()
    sentence = "Which of a/001.png, b/001.png, measured/001.exr, other/001.exr belong together cannot be told: "
    with pytest.raises(DataError, match=sentence):
        Pairs(tmp_path / "ldr", tmp_path / "hdr")


def test_a_black_truth_is_named_and_skipped(
    light: np.ndarray, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("001", "002"):
        write_pair(tmp_path, name, light)
    write_hdr(tmp_path / "hdr" / "001.exr", np.zeros_like(light))
    assert [pair.name for pair in Pairs(tmp_path / "ldr", tmp_path / "hdr")] == ["002"]
    assert "001.exr is all black" in caplog.text


def test_large_frames_are_reduced_for_training(light: np.ndarray, tmp_path: Path) -> None:
    write_pair(tmp_path, "001", light)
    (pair,) = Pairs(tmp_path / "ldr", tmp_path / "hdr", largest_side=24)
    assert pair.ldr.shape == pair.hdr.shape == (24, 32, 3)
