"""A damaged file gives its sentence or the whole picture: never a traceback, never a picture that is half grey."""

import io
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import icc_bytes
import imagecodecs
import numpy as np
import pytest
from PIL import Image
from tiff_bytes import DEFLATE, tiff

from hdr_demo.errors import ImageError
from hdr_demo.io import Picture, read_hdr, read_ldr, writable_formats, write_hdr

pytestmark = pytest.mark.filterwarnings("ignore:::PIL")  # Pillow warns about what it finds in broken files

y, x = np.mgrid[0:60, 0:80]
RGB = np.stack([x * 3, y * 4, (x * y) % 251], -1).astype(np.uint8)
RGBA = np.dstack([RGB, (x + y).astype(np.uint8)])
DEEP = RGB.astype(np.uint16) * np.uint16(250)


def saved(kind: str, pixels: np.ndarray = RGB, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def exif() -> Image.Exif:
    tags = Image.Exif()
    tags[274] = 6
    tags[270] = "a description"
    return tags


FILES: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: saved("JPEG", quality=90, exif=exif(), icc_profile=icc_bytes.DISPLAY_P3),
    "progressive JPEG": lambda: saved("JPEG", quality=90, progressive=True),
    "MPO": lambda: saved("MPO", save_all=True, append_images=[Image.fromarray(RGB[:20])]),
    "PNG": lambda: saved("PNG", exif=exif(), icc_profile=icc_bytes.DISPLAY_P3),
    "PNG RGBA": lambda: saved("PNG", RGBA),
    "16-bit PNG": lambda: imagecodecs.png_encode(DEEP),
    "WebP": lambda: saved("WEBP"),
    "lossless WebP": lambda: saved("WEBP", RGBA, lossless=True),
    "TIFF": lambda: saved("TIFF"),
    "TIFF LZW": lambda: saved("TIFF", compression="tiff_lzw"),
    "TIFF JPEG": lambda: saved("TIFF", compression="jpeg"),
    "16-bit TIFF": lambda: tiff(DEEP, rows_per_strip=16),
    "16-bit TIFF deflate": lambda: tiff(DEEP, compression=DEFLATE, tile=16, predictor=True),
    "16-bit TIFF planes": lambda: tiff(DEEP, compression=DEFLATE, separate_planes=True),
    "BMP": lambda: saved("BMP"),
    "GIF": lambda: saved("GIF"),
    "AVIF": lambda: saved("AVIF"),
    "10-bit AVIF": lambda: imagecodecs.avif_encode(DEEP >> 6, level=90, bitspersample=10, pixelformat="444", matrix=1),
    "PPM": lambda: saved("PPM"),
    "16-bit PPM": lambda: b"P6 80 60 65535\n" + DEEP.astype(">u2").tobytes(),
    "JPEG 2000": lambda: saved("JPEG2000"),
    "TGA": lambda: saved("TGA"),
    "QOI": lambda: saved("QOI"),
    "ICO": lambda: saved("ICO"),
}


def read_or_refuse(path: Path, data: bytes, read: Callable[[Path], object] = read_ldr) -> Picture | np.ndarray | None:
    path.write_bytes(data)
    try:
        return read(path)
    except ImageError as error:
        sentence = str(error)
    assert sentence.startswith(f"{path.name} ")
    assert "\n" not in sentence
    return None


@pytest.mark.parametrize("kind", FILES)
def test_a_cut_file_is_refused_or_complete(tmp_path: Path, kind: str) -> None:
    data = FILES[kind]()
    whole = read_or_refuse(tmp_path / "a", data)
    assert whole is not None
    cuts = {len(data) * step // 24 for step in range(24)} | {
        len(data) - back for back in (1, 2, 3, 5, 9, 13, 20, 40, 99)
    }
    for cut in sorted(cuts):
        picture = read_or_refuse(tmp_path / "a", data[:cut])
        if picture is not None:
            np.testing.assert_array_equal(picture.ldr, whole.ldr)
            # What follows the pixels may be missing: an end marker, a checksum, a second picture.
            assert cut > len(data) - 99 or kind == "MPO"


@pytest.mark.parametrize("kind", ["JPEG", "progressive JPEG", "MPO", "PNG", "16-bit PNG", "TIFF LZW"])
def test_a_download_that_stopped_and_left_zeros_is_refused(tmp_path: Path, kind: str) -> None:
    data = FILES[kind]()
    for share in (0.3, 0.45):
        kept = int(len(data) * share)
        assert read_or_refuse(tmp_path / "a", data[:kept] + bytes(len(data) - kept)) is None


def test_a_cut_inside_a_deep_png_is_noticed_before_memory_is_taken(tmp_path: Path) -> None:
    """Its next chunk would begin inside the pixels, with a length of gigabytes."""
    data = FILES["16-bit PNG"]()
    start = time.perf_counter()
    for gap in range(1, 40):
        assert read_or_refuse(tmp_path / "a", data[:3000] + data[3000 + gap :]) is None
    assert time.perf_counter() - start < 2


def test_what_follows_the_end_of_a_jpeg_does_no_harm(tmp_path: Path) -> None:
    """Cameras pad files with zeros, and phones append films."""
    whole = read_or_refuse(tmp_path / "a", FILES["JPEG"]())
    for tail in (bytes(5000), b"\0\0\0\x18ftypmp42" + bytes(3_000_000)):
        picture = read_or_refuse(tmp_path / "a", FILES["JPEG"]() + tail)
        np.testing.assert_array_equal(picture.ldr, whole.ldr)


@pytest.mark.logs_errors  # Pillow's own log
@pytest.mark.parametrize("kind", FILES)
def test_flipped_bytes_give_a_picture_or_a_sentence(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(zlib.crc32(kind.encode()))
    data = FILES[kind]()
    for trial in range(60):
        broken = bytearray(data)
        reach = min(len(data), 300) if trial % 2 else len(data)  # headers break in more ways than pixels
        for place in rng.integers(0, reach, 1 + trial % 5):
            broken[place] = rng.integers(0, 256)
        picture = read_or_refuse(tmp_path / "a", bytes(broken))
        if picture is not None:
            assert picture.ldr.dtype == np.float32
            assert np.isfinite(picture.ldr).all()
            assert picture.ldr.min() >= 0
            assert picture.ldr.max() <= 1


@pytest.mark.logs_errors  # Pillow's own log
@pytest.mark.parametrize("suffix", [suffix for suffix in writable_formats() if suffix not in (".jpeg", ".tiff")])
def test_a_damaged_hdr_picture_gives_a_sentence(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(4)
    light = rng.uniform(0, 9, (60, 80, 3)).astype(np.float32)
    data = write_hdr(tmp_path / f"whole{suffix}", light, sdr=light / 9).read_bytes()
    path = tmp_path / f"broken{suffix}"
    for step in range(24):
        path.write_bytes(data[: len(data) * step // 24])
        with pytest.raises(ImageError, match=f"^broken{suffix} "):
            read_hdr(path)
    # The first two end with a checksum of nothing and with a number for people, the third is not recognised then.
    if suffix not in (".png", ".tif", ".jxl"):
        path.write_bytes(data[:-1])
        with pytest.raises(ImageError, match="damaged|cut off"):
            read_hdr(path)
    for _ in range(40):
        broken = bytearray(data)
        for place in rng.integers(0, min(len(data), 2000), 3):
            broken[place] = rng.integers(0, 256)
        hdr = read_or_refuse(path, bytes(broken), read_hdr)
        assert hdr is None or hdr.ndim == 3
