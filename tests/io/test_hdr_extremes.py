"""Pictures at the edges of their formats: every white and peak, no light, nothing above white, odd sizes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from hdr_demo.color import BT709_TO_BT2020, decode_pq, encode_pq, encode_srgb
from hdr_demo.io import (
    HDR_FORMATS,
    Delivery,
    HdrPicture,
    describe_losses,
    hdr_kind,
    read_hdr,
    read_hdr_picture,
    writable_formats,
    write_hdr,
)

# AV1's encoder takes no picture with a side below 32.
SMALL = {".avif": 32}
SUFFIXES = list(writable_formats())


def slope(height: int = 48, width: int = 96) -> np.ndarray:
    """Warm light from 1/32 to 32 times white."""
    light = 2.0 ** np.linspace(-5, 5, height * width, dtype=np.float32).reshape(width, height).T
    return (light[..., None] * np.float32([1, 0.8, 0.6])).astype(np.float32)


def write(path: Path, hdr: np.ndarray, **options: float) -> Path:
    return write_hdr(path, hdr, sdr=encode_srgb(hdr / (1 + hdr)), **options)


@pytest.mark.parametrize("peak", [None, 400, 1000, 4000, 10000])
@pytest.mark.parametrize("white", [80, 100, 203, 400])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_white_and_peak_is_kept(tmp_path: Path, suffix: str, white: float, peak: float | None) -> None:
    """A format for displays ends at the peak (None: at white), and PQ is absolute; one of light has all of it."""
    row, hdr, peak = HDR_FORMATS[suffix], slope(), peak or white
    path = write(tmp_path / f"a{suffix}", hdr, white_nits=white, peak_nits=peak)
    found = read_hdr(path) * (1 if suffix in (".jpg", ".jpeg") or not row.for_display else 203 / white)
    ceiling = min(peak / white, 32) if row.for_display else 32
    # What is brightest becomes the peak, in PQ that of BT.2020's channels.
    stored = found if suffix in (".jpg", ".jpeg") or not row.for_display else found @ BT709_TO_BT2020.T
    wide = 1 if stored is found else (BT709_TO_BT2020 @ np.float32([1, 0.8, 0.6])).max()
    assert stored.max() == pytest.approx(min(ceiling, 32 * wide), rel=2**row.precision - 1 + 0.01)
    brightest = hdr.max(-1)
    knee = decode_pq(max(0.0, 1.5 * encode_pq(peak) - 0.5)) / white if row.for_display else 99  # ITU-R BT.2390, 5.4.1
    untouched = (brightest < 0.9 * knee) & (hdr.min(-1) > 0.02)
    assert np.abs(np.log2(found[untouched] / hdr[untouched])).max(initial=0) < row.precision * 2
    losses = describe_losses(path, HdrPicture(hdr), Delivery(white, peak))
    assert bool(losses) == (row.for_display and 32 * white > peak * 1.001)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("size", [(48, 64), (1, 7), (3, 2), (33, 35)])
def test_a_black_picture_stays_black(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    if min(size) < SMALL.get(suffix, 1):
        pytest.skip("too small for AV1")
    path = write(tmp_path / f"a{suffix}", np.zeros((*size, 3), np.float32))
    assert hdr_kind(path) is not None
    found = read_hdr(path)
    assert found.shape == (*size, 3)
    assert np.abs(found).max() < 1e-4


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_with_nothing_above_white_is_still_one(tmp_path: Path, suffix: str) -> None:
    """Its headroom is 0: a gain map has no range there, and readers divide by it."""
    hdr = slope() / 32
    found = read_hdr(write(tmp_path / f"a{suffix}", hdr))
    assert found.max() == pytest.approx(1, rel=0.05)
    lit = hdr > 0.01
    assert np.abs(np.log2(found[lit] / hdr[lit])).max() < 1.5 * HDR_FORMATS[suffix].precision


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("size", [(1, 7), (7, 1), (3, 2), (33, 35), (37, 301)])
def test_odd_sizes_keep_their_light_at_every_edge(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    if min(size) < SMALL.get(suffix, 1):
        pytest.skip("too small for AV1")
    hdr = np.full((*size, 3), 4, np.float32)
    hdr[..., 1] = np.linspace(3, 5, size[1], dtype=np.float32)
    found = read_hdr(write(tmp_path / f"a{suffix}", hdr))
    np.testing.assert_allclose(found, hdr, rtol=2 ** HDR_FORMATS[suffix].precision - 1 + 0.01)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_every_exif_orientation_is_applied(tmp_path: Path, suffix: str, orientation: int) -> None:
    """As Pillow turns an ordinary picture; a file that is written again stands upright."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Camera"
    corner = np.full((48, 80, 3), 0.2, np.float32)
    corner[:16, :16] = 6
    path = write(tmp_path / f"a{suffix}", corner, exif=exif.tobytes().removeprefix(b"Exif\0\0"))
    lit = Image.fromarray((corner[..., 0] > 1).astype(np.uint8) * 255)
    lit.getexif()[ExifTags.Base.Orientation] = orientation
    upright = np.asarray(ImageOps.exif_transpose(lit)) > 0
    picture = read_hdr_picture(path)
    np.testing.assert_array_equal(picture.hdr[..., 0] > 1, upright)
    if picture.sdr is not None:
        np.testing.assert_array_equal(picture.sdr[..., 0] > 0.7, upright)
    again = write_hdr(tmp_path / f"b{suffix}", picture.hdr, sdr=picture.sdr, exif=picture.exif)
    np.testing.assert_array_equal(read_hdr(again)[..., 0] > 1, upright)
