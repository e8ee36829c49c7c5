"""A camera held sideways still gives an upright picture, in every format that can say so."""

import io
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from png_bytes import with_chunk
from tiff_bytes import tiff

from hdr_demo.io import read_ldr

# Four colours in the corners, brighter at the top: no two of the eight turns look alike.
UPRIGHT = np.zeros((48, 32, 3), np.uint8)
UPRIGHT[:24, :16], UPRIGHT[:24, 16:], UPRIGHT[24:, :16], UPRIGHT[24:, 16:] = 240, 160, 90, 20

# EXIF 2.32, tag 0x0112: where the 0th row and the 0th column of the stored picture are, seen upright.
STORED = {
    1: UPRIGHT,  # top, left
    2: np.fliplr(UPRIGHT),  # top, right
    3: np.rot90(UPRIGHT, 2),  # bottom, right
    4: np.flipud(UPRIGHT),  # bottom, left
    5: UPRIGHT.transpose(1, 0, 2),  # left, top
    6: np.rot90(UPRIGHT),  # right, top
    7: np.rot90(UPRIGHT, 2).transpose(1, 0, 2),  # right, bottom
    8: np.rot90(UPRIGHT, -1),  # left, bottom
}


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[274] = orientation
    return tags


def by_pillow(kind: str, stored: np.ndarray, orientation: int, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(stored).save(file, kind, exif=exif(orientation), **options)
    return file.getvalue()


def deep(stored: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(stored, np.uint16) * np.uint16(257)


def deep_png(stored: np.ndarray, orientation: int, before: bytes = b"IDAT") -> bytes:
    data = exif(orientation).tobytes().removeprefix(b"Exif\0\0")
    return with_chunk(imagecodecs.png_encode(deep(stored)), b"eXIf", data, before=before)


MAKERS = {
    "JPEG": lambda stored, n: by_pillow("JPEG", stored, n, quality=95),
    "PNG": lambda stored, n: by_pillow("PNG", stored, n),
    "WebP": lambda stored, n: by_pillow("WEBP", stored, n, lossless=True),
    "AVIF": lambda stored, n: by_pillow("AVIF", stored, n, quality=95),
    "TIFF": lambda stored, n: tiff(stored, tags={274: (3, [n])}),
    "palette PNG": lambda stored, n: palette_png(stored, n),
    "palette TIFF": lambda stored, n: palette_tiff(stored, n),
    "16-bit PNG": deep_png,
    "16-bit PNG, late": lambda stored, n: deep_png(stored, n, before=b"IEND"),
    "16-bit TIFF": lambda stored, n: tiff(deep(stored), tags={274: (3, [n])}),
    "16-bit planes": lambda stored, n: tiff(deep(stored), separate_planes=True, tags={274: (3, [n])}),
    "16-bit grey TIFF": lambda stored, n: tiff(deep(stored)[..., 0], tags={274: (3, [n])}),
}


def palette_png(stored: np.ndarray, orientation: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(stored).quantize(8).save(file, "PNG", exif=exif(orientation))
    return file.getvalue()


def palette_tiff(stored: np.ndarray, orientation: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(stored).quantize(8).save(file, "TIFF", tiffinfo={274: orientation})
    return file.getvalue()


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("kind", MAKERS)
def test_every_orientation_is_turned_upright(tmp_path: Path, kind: str, orientation: int) -> None:
    path = tmp_path / "turned"
    path.write_bytes(MAKERS[kind](STORED[orientation], orientation))
    picture = read_ldr(path)
    assert picture.ldr.flags.c_contiguous
    np.testing.assert_allclose(picture.ldr, UPRIGHT / 255, atol=6 / 255)  # AVIF and JPEG lose that much


def test_alpha_turns_with_the_colours(tmp_path: Path) -> None:
    upright = np.dstack([UPRIGHT, UPRIGHT[..., 0]])
    for orientation in STORED:
        stored = np.dstack([STORED[orientation], STORED[orientation][..., 0]])
        (tmp_path / "a.png").write_bytes(by_pillow("PNG", stored, orientation))
        np.testing.assert_array_equal(read_ldr(tmp_path / "a.png").alpha, upright[..., 3] / np.float32(255))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_senseless_orientation_is_ignored(tmp_path: Path, orientation: int) -> None:
    for data in (by_pillow("PNG", UPRIGHT, orientation), tiff(deep(UPRIGHT), tags={274: (3, [orientation])})):
        (tmp_path / "a").write_bytes(data)
        np.testing.assert_array_equal(read_ldr(tmp_path / "a").ldr, UPRIGHT / np.float32(255))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_does_not_lose_the_picture(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.fromarray(UPRIGHT).save(file, "PNG")
    for junk in (b"", b"MM", b"\xff" * 40, b"MM\0*\0\0\0\x08\xff\xff" + b"\x01" * 30):
        (tmp_path / "a.png").write_bytes(with_chunk(file.getvalue(), b"eXIf", junk))
        np.testing.assert_array_equal(read_ldr(tmp_path / "a.png").ldr, UPRIGHT / np.float32(255))


def test_xmp_alone_can_tell_the_orientation(tmp_path: Path) -> None:
    """As Lightroom writes it where EXIF has been removed."""
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    file = io.BytesIO()
    Image.fromarray(STORED[6]).save(file, "JPEG", quality=95, xmp=xmp)
    (tmp_path / "a.jpg").write_bytes(file.getvalue())
    np.testing.assert_allclose(read_ldr(tmp_path / "a.jpg").ldr, UPRIGHT / 255, atol=6 / 255)
