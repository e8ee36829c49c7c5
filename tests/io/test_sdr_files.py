"""Ordinary pictures are written as the nearest codes and say that they are sRGB."""

import io
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms

from hdr_demo.errors import OutputError
from hdr_demo.io import SDR_FORMATS, read_ldr, write_sdr
from hdr_demo.io.sdr import round_to_codes

LOSSLESS = [suffix for suffix in SDR_FORMATS if suffix in (".png", ".tif", ".tiff")]


@pytest.fixture
def picture() -> np.ndarray:
    y, x = np.mgrid[0:60, 0:80]
    return np.stack([x / 79, y / 59, (x + y) / 138], -1).astype(np.float32)


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_values_become_the_nearest_codes(tmp_path: Path, suffix: str) -> None:
    values = np.array([0, 0.49 / 255, 0.51 / 255, 100.49 / 255, 100.51 / 255, 1, -0.5, 7, np.nan], np.float32)
    sdr = values[None, :, None].repeat(3, -1)
    codes = np.asarray(Image.open(write_sdr(tmp_path / f"a{suffix}", sdr)))
    assert codes.dtype == np.uint8
    np.testing.assert_array_equal(codes[0, :, 1], [0, 0, 1, 100, 101, 255, 0, 255, 0])


@pytest.mark.parametrize("suffix", SDR_FORMATS)
def test_codes_are_written_as_the_numbers_that_they_stand_for(tmp_path: Path, picture: np.ndarray, suffix: str) -> None:
    alpha = None if suffix in (".jpg", ".jpeg") else picture[..., 0]
    numbers = write_sdr(tmp_path / f"numbers{suffix}", picture, alpha=alpha)
    codes = write_sdr(tmp_path / f"codes{suffix}", round_to_codes(picture), alpha=alpha)
    assert codes.read_bytes() == numbers.read_bytes()


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_every_code_survives_the_way_out_and_in(tmp_path: Path, suffix: str) -> None:
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
    rgb, alpha = np.stack([codes, codes[::-1], codes.T], -1), codes
    path = write_sdr(tmp_path / f"a{suffix}", rgb / np.float32(255), alpha=alpha / np.float32(255))
    found = read_ldr(path)
    np.testing.assert_array_equal(found.ldr, rgb / np.float32(255))
    np.testing.assert_array_equal(found.alpha, alpha / np.float32(255))


@pytest.mark.parametrize("suffix", SDR_FORMATS)
def test_every_format_looks_like_the_picture(tmp_path: Path, picture: np.ndarray, suffix: str) -> None:
    path = write_sdr(tmp_path / f"a{suffix}", picture)
    assert path == tmp_path / f"a{suffix}"
    found = read_ldr(path)
    np.testing.assert_allclose(found.ldr, picture, atol=0.03)
    assert found.alpha is None


@pytest.mark.parametrize("suffix", SDR_FORMATS)
def test_every_format_says_srgb(tmp_path: Path, picture: np.ndarray, suffix: str) -> None:
    path = write_sdr(tmp_path / f"a{suffix}", picture)
    with Image.open(path) as image:
        if suffix == ".png":
            assert b"sRGB\0" in path.read_bytes()[:80]
        else:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
            assert "sRGB" in ImageCms.getProfileDescription(profile)


@pytest.mark.parametrize("suffix", SDR_FORMATS)
def test_alpha_goes_where_the_format_can(tmp_path: Path, picture: np.ndarray, suffix: str) -> None:
    alpha = picture[..., 0]
    found = read_ldr(write_sdr(tmp_path / f"a{suffix}", picture, alpha=alpha))
    if suffix in (".jpg", ".jpeg"):
        assert found.alpha is None
        np.testing.assert_allclose(found.ldr, picture, atol=0.03)
    else:
        np.testing.assert_allclose(found.alpha, alpha, atol=0.51 / 255)


@pytest.mark.parametrize("suffix", SDR_FORMATS)
def test_equal_pictures_are_equal_files(tmp_path: Path, picture: np.ndarray, suffix: str) -> None:
    first, second = (write_sdr(tmp_path / f"{name}{suffix}", picture).read_bytes() for name in "ab")
    assert first == second


def test_jpeg_keeps_its_colours_at_full_size(tmp_path: Path) -> None:
    """4:4:4, quality 95: one-pixel stripes of colour stay in place."""
    stripes = np.zeros((32, 32, 3), np.float32)
    stripes[:, ::2, 0] = stripes[:, 1::2, 2] = 1
    path = write_sdr(tmp_path / "a.jpg", stripes)
    assert Image.open(path).layer[0][1:3] == (1, 1)
    np.testing.assert_allclose(imagecodecs.jpeg_decode(path.read_bytes()) / 255, stripes, atol=0.15)


def test_quality_is_an_option(tmp_path: Path, rng: np.random.Generator) -> None:
    noise = rng.uniform(0, 1, (64, 64, 3)).astype(np.float32)
    for suffix in (".jpg", ".webp"):
        small, large = (write_sdr(tmp_path / f"{q}{suffix}", noise, quality=q).stat().st_size for q in (30, 95))
        assert small < 0.7 * large


def test_a_picture_too_wide_for_webp_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="a.webp cannot be written"):
        write_sdr(tmp_path / "a.webp", np.zeros((1, 16384, 3), np.float32))
    assert list(tmp_path.iterdir()) == []
