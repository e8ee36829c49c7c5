"""A camera set darker or brighter."""

import numpy as np
import pytest

from hdr_demo.color import decode_srgb, encode_srgb, luminance
from hdr_demo.exposure import DEFAULT_STOPS, MIDDLE_GREY, auto_exposure, extract_bracket, extract_exposure

FLOAT32 = 1e-6


@pytest.fixture
def hdr(rng: np.random.Generator) -> np.ndarray:
    """Six stops above white and ten below."""
    return np.exp2(rng.uniform(-10, 6, (16, 24, 3))).astype(np.float32)


@pytest.mark.parametrize("stops", [-4.0, -0.5, 0.0, 1.0, 3.0])
def test_a_stop_doubles_the_light_until_the_sensor_clips(hdr: np.ndarray, stops: float):
    exposed = extract_exposure(hdr, stops)
    below = hdr * 2**stops < 1
    assert exposed[below] == pytest.approx((hdr * 2**stops)[below], rel=FLOAT32)
    assert (exposed[~below] == 1).all()


def test_exposures_add_up(hdr: np.ndarray):
    dark = extract_exposure(hdr, -7.0)  # nothing clips
    assert dark.max() < 1
    assert extract_exposure(dark, 5.0) == pytest.approx(extract_exposure(hdr, -2.0), rel=FLOAT32)


def test_a_photo_at_zero_stops_is_the_photo(rng: np.random.Generator):
    ldr = rng.uniform(0, 1, (16, 24, 3)).astype(np.float32)
    (same,) = extract_bracket(decode_srgb(ldr), [0.0])
    assert same == pytest.approx(ldr, abs=FLOAT32)


def test_a_bracket_holds_one_picture_for_each_stop_in_their_order(hdr: np.ndarray):
    bracket = extract_bracket(hdr)
    assert len(bracket) == len(DEFAULT_STOPS)
    for picture, stops in zip(bracket, DEFAULT_STOPS):
        assert np.array_equal(picture, encode_srgb(extract_exposure(hdr, stops)))
        assert picture.dtype == np.float32


def test_a_bracket_gives_the_scene_back(hdr: np.ndarray):
    # Debevec and Malik's idea without noise: each pixel from the brightest exposure that does not clip.
    stops = (-6.0, -3.0, 0.0)
    merged = np.zeros_like(hdr)
    for picture, change in zip(extract_bracket(hdr, stops), stops):
        merged = np.where(picture < 1, decode_srgb(picture) / np.float32(2**change), merged)
    assert merged == pytest.approx(hdr, rel=1e-5)  # sRGB and back in float32


def test_auto_exposure_brings_the_log_average_to_a_grey_card(hdr: np.ndarray):
    lit = luminance(hdr * np.float32(2 ** auto_exposure(hdr)))
    assert np.exp(np.log(lit).mean()) == pytest.approx(MIDDLE_GREY, rel=1e-4)


@pytest.mark.parametrize("stops", [-6.0, 2.5])
def test_auto_exposure_undoes_a_change_of_light(hdr: np.ndarray, stops: float):
    assert auto_exposure(hdr * np.float32(2**stops)) == pytest.approx(auto_exposure(hdr) - stops, abs=1e-4)


def test_black_pixels_do_not_count():
    half = np.full((4, 4, 3), MIDDLE_GREY, np.float32)
    half[:2] = 0
    assert auto_exposure(half) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("value, stops", [(0.0, 0.0), (1e-30, 16.0), (1e30, -16.0)])
def test_auto_exposure_of_a_flat_image_stays_in_range(value: float, stops: float):
    assert auto_exposure(np.full((1, 1, 3), value, np.float32)) == stops
