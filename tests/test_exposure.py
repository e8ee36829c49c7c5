"""A camera set darker or brighter."""

import numpy as np
import pytest

from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.exposure import DEFAULT_STOPS, extract_bracket, extract_exposure

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


@pytest.mark.parametrize("stops", [101, -101, float("nan"), float("inf")])
def test_stops_that_no_light_differs_by_are_refused(stops: float):
    with pytest.raises(ValueError, match="from -100 to 100"):
        extract_exposure(np.zeros((1, 1, 3), np.float32), stops)


def test_the_widest_change_of_black_is_black():
    assert extract_exposure(np.zeros((1, 1, 3), np.float32), 100).max() == 0
