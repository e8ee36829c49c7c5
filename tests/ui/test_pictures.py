"""Views and their files."""

from pathlib import Path

import numpy as np
import pytest

from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.exposure import expose
from hdr_demo.io import Picture, read_ldr
from hdr_demo.resize import resize_image
from hdr_demo.ui.pictures import VIEW_PIXELS, make_view, write_drawing

from .conftest import make_ldr


def expanded(ldr: np.ndarray, alpha: np.ndarray | None = None) -> ExpandedPhoto:
    return ExpandedPhoto(Picture(ldr, alpha, "ramp", 8), decode_srgb(ldr) * 2, "calibrated", 0.1)


def test_a_small_photo_is_its_own_view() -> None:
    photo = expanded(make_ldr(40, 50))
    view = make_view(photo)
    assert np.array_equal(view.hdr, photo.hdr) and np.array_equal(view.photo, decode_srgb(photo.ldr))


@pytest.mark.parametrize(("height", "width"), [(1200, 1000), (3, 400_000), (1001, 1001)])
def test_a_view_is_no_larger_than_a_screen(height: int, width: int) -> None:
    view = make_view(expanded(np.full((height, width, 3), 0.5, np.float32)))
    assert view.hdr.shape == view.photo.shape
    assert view.hdr.shape[0] * view.hdr.shape[1] <= VIEW_PIXELS


def test_a_view_has_the_light_of_the_whole() -> None:
    # Coding of brightness is not linear: means of codes would be darker than means of light.
    board = (np.indices((1500, 1500)).sum(axis=0) % 2).astype(np.float32)[..., None].repeat(3, axis=-1)
    view = make_view(expanded(board), max_pixels=750 * 750)
    assert np.allclose(view.photo, 0.5, atol=1e-6) and np.allclose(view.hdr, 1.0, atol=1e-6)


def test_a_view_is_the_decoded_photo_reduced() -> None:
    photo = expanded(np.random.default_rng(0).random((500, 700, 3), np.float32))
    view = make_view(photo, max_pixels=60_000)
    height, width = view.photo.shape[:2]
    assert view.photo == pytest.approx(resize_image(decode_srgb(photo.ldr), height, width), abs=1e-6)
    assert view.hdr == pytest.approx(resize_image(photo.hdr, height, width), abs=2e-6)


def test_no_change_of_exposure_gives_the_photo_back() -> None:
    ldr = make_ldr(30, 40)
    assert np.allclose(expose(decode_srgb(ldr), 0.0), ldr, atol=1e-6)


def test_a_stop_less_is_half_the_light() -> None:
    linear = np.full((2, 2, 3), 0.8, np.float32)
    assert np.allclose(expose(linear, -1.0), encode_srgb(np.float32(0.4)))


def test_a_drawing_with_opacity_or_exact_colours_is_a_png(tmp_path: Path) -> None:
    sdr, alpha = make_ldr(20, 30), np.linspace(0, 1, 600, dtype=np.float32).reshape(20, 30)
    assert write_drawing(tmp_path, "plain", sdr).endswith("plain.jpg")
    assert np.array_equal(read_ldr(write_drawing(tmp_path, "exact", sdr, exact=True)).ldr, sdr)
    assert read_ldr(write_drawing(tmp_path, "glass", sdr, alpha)).alpha == pytest.approx(alpha, abs=0.5 / 255 + 1e-6)
