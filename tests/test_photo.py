"""One photo from end to end."""

import numpy as np
import pytest

from hdr_demo.calibration import SCALES
from hdr_demo.color import decode_srgb
from hdr_demo.errors import Stopped
from hdr_demo.io import Picture
from hdr_demo.photo import PhotoExpander, load_photo_expander, resize_picture


@pytest.fixture(scope="module")
def photo() -> PhotoExpander:
    return load_photo_expander("expandnet-hdr-demo", device="cpu", offline=True)


def picture(height: int, width: int, *, opaque: bool = True) -> Picture:
    rng = np.random.default_rng(0)
    ldr = rng.random((height, width, 3), dtype=np.float32)
    return Picture(ldr, None if opaque else rng.random((height, width), dtype=np.float32), "noise", 8)


@pytest.mark.parametrize("scale", SCALES)
def test_the_hdr_image_has_the_size_of_the_photo(photo: PhotoExpander, scale: str) -> None:
    given = picture(37, 53)
    expanded = photo.expand(given, scale=scale)
    assert expanded.hdr.shape == given.ldr.shape and expanded.hdr.dtype == np.float32
    assert expanded.picture is given and expanded.scale == scale and expanded.seconds > 0
    assert np.isfinite(expanded.hdr).all()


def test_the_photo_is_not_changed(photo: PhotoExpander) -> None:
    given = picture(20, 30)
    before = given.ldr.copy()
    for scale in SCALES:
        photo.expand(given, scale=scale)
    assert np.array_equal(given.ldr, before)


def test_a_preview_is_small_and_looks_like_the_result(photo: PhotoExpander) -> None:
    rows, columns = np.mgrid[0:300, 0:400].astype(np.float32)
    ldr = np.stack((columns / 400, rows / 300, (rows + columns) / 700), axis=-1)
    ldr[np.hypot(rows - 100, columns - 200) < 60] = 1
    given = Picture(ldr, None, "disc", 8)
    preview = photo.preview(given, max_pixels=30_000)
    assert preview.hdr.shape == (150, 200, 3)
    exact = resize_picture(Picture(photo.expand(given).hdr, None, "", 32), 150, 200).ldr
    assert np.median(np.abs(np.log2(preview.hdr + 0.01) - np.log2(exact + 0.01))) < 0.05


def test_a_small_photo_is_its_own_preview(photo: PhotoExpander) -> None:
    given = picture(10, 10)
    preview = photo.preview(given)
    assert preview.picture is given and preview.is_exact_for(given)


@pytest.mark.parametrize(
    ("scale", "size"), [("calibrated", (700, 900)), ("radiometric", (700, 900)), ("paper", (483, 621))]
)
def test_the_preview_of_a_larger_photo_is_a_draft_and_does_not_pass_for_the_answer(
    photo: PhotoExpander, scale: str, size: tuple[int, int]
) -> None:
    given = picture(700, 900)
    preview = photo.preview(given, scale=scale)
    assert preview.hdr.shape[:2] == size and preview.draft == (scale != "paper")
    assert not preview.is_exact_for(given)


def test_a_black_photo_stays_black(photo: PhotoExpander) -> None:
    black = Picture(np.zeros((30, 30, 3), np.float32), None, "black", 8)
    assert photo.expand(black).hdr.max() == 0


def test_a_white_photo_is_at_least_white(photo: PhotoExpander) -> None:
    white = Picture(np.ones((30, 30, 3), np.float32), None, "white", 8)
    hdr = photo.expand(white).hdr
    assert np.isfinite(hdr).all() and hdr.min() >= decode_srgb(np.float32(1)) - 1e-6


def test_stop_reaches_the_tiles(photo: PhotoExpander) -> None:
    with pytest.raises(Stopped):
        photo.expand(picture(20, 20), should_stop=lambda: True)


def test_opacity_follows_the_size() -> None:
    small = resize_picture(picture(40, 60, opaque=False), 20, 30)
    assert small.ldr.shape == (20, 30, 3) and small.alpha.shape == (20, 30)
