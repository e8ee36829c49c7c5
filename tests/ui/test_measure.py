"""What the tab Measure measures."""

import re

import numpy as np
import pytest

from hdr_demo.color import decode_srgb
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.gained import measure
from hdr_demo.io import Picture
from hdr_demo.ui.measure import draw_measures, draw_pixel


def make(gain: float = 4.0, scale: str = "calibrated") -> ExpandedPhoto:
    """Half grey, a quarter clipped and brightened, a quarter clipped and left."""
    ldr = np.full((8, 8, 3), 0.5, np.float32)
    ldr[:4] = 1.0
    hdr = decode_srgb(ldr)
    hdr[:2] *= gain
    return ExpandedPhoto(Picture(ldr, None, "quarters", 8), hdr, scale, 0.1)


def test_clipped_and_recovered_pixels_are_counted() -> None:
    measures = measure(make())
    assert measures.clipped == 0.5
    assert measures.recovered == 0.5
    assert measures.brightest_stops == pytest.approx(2.0, abs=1e-3)
    assert measures.hdr_range - measures.photo_range == pytest.approx(2.0, abs=1e-3)


def test_less_than_a_third_of_a_stop_is_not_recovered() -> None:
    assert measure(make(2 ** (1 / 3) - 0.01)).recovered == 0.0


def test_a_photo_that_does_not_clip_has_nothing_to_recover() -> None:
    ldr = np.full((3, 3, 3), 0.25, np.float32)
    measures = measure(ExpandedPhoto(Picture(ldr, None, "grey", 8), decode_srgb(ldr), "calibrated", 0.1))
    assert (measures.clipped, measures.recovered) == (0.0, 0.0)


def test_a_black_photo_can_be_measured() -> None:
    black = np.zeros((3, 3, 3), np.float32)
    measures = measure(ExpandedPhoto(Picture(black, None, "black", 8), black, "calibrated", 0.1))
    assert np.isfinite(list(vars(measures).values())).all()


def words(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", html)


def test_a_pixel_says_its_light_and_its_codes() -> None:
    said = words(draw_pixel(make(), 3, 1, "en"))
    assert "Pixel 3, 1" in said
    assert "4 4 4" in said and "+2 stops from white" in said and "812 nits" in said
    assert "255 255 255 (clipped)" in said


def test_a_pixel_that_is_not_clipped_does_not_say_so() -> None:
    said = words(draw_pixel(make(), 0, 7, "en"))
    assert "128 128 128" in said and "clipped" not in said and "−2.2 stops" in said


def test_a_black_pixel_has_no_stops() -> None:
    black = np.zeros((1, 1, 3), np.float32)
    said = words(draw_pixel(ExpandedPhoto(Picture(black, None, "black", 8), black, "calibrated", 0.1), 0, 0, "en"))
    assert "no light" in said


def test_a_result_without_a_unit_has_no_nits() -> None:
    assert "nits" not in words(draw_pixel(make(scale="paper"), 0, 0, "en"))
    assert "nits" not in words(draw_measures(make(scale="paper"), measure(make()), "en"))
    assert "nits" in words(draw_measures(make(), measure(make()), "en"))
