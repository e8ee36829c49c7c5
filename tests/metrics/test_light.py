"""Errors of light tell apart what they are meant to."""

import numpy as np
import pytest

from hdr_demo.color import decode_srgb
from hdr_demo.metrics import (
    clipped_mask,
    dynamic_range_stops,
    harmed_share,
    highlight_error,
    luminance_range_stops,
    well_exposed_mask,
)


def scene(seed: int = 0) -> np.ndarray:
    return np.exp2(np.random.default_rng(seed).uniform(-8, 5, (40, 40, 3))).astype(np.float32)


def test_highlight_error_counts_stops_on_clipped_pixels_alone() -> None:
    truth, clipped = scene(), np.zeros((40, 40), bool)
    clipped[:7] = True
    hdr = truth.copy()
    hdr[:7] *= 2
    hdr[7:] *= 100
    assert highlight_error(hdr, truth, clipped) == pytest.approx(1, abs=1e-3)
    assert np.isnan(highlight_error(hdr, truth, np.zeros((40, 40), bool)))


def test_clipping_is_found_in_any_channel() -> None:
    ldr = np.full((1, 3, 3), 0.5, np.float32)
    ldr[0, 1] = (0.2, 250 / 255, 0.2)
    ldr[0, 2] = 249 / 255
    assert clipped_mask(ldr).tolist() == [[False, True, False]]


@pytest.mark.parametrize("stops", [0, 3, 12])
def test_range_is_measured_in_stops(stops: int) -> None:
    halves = np.ones((100, 100, 3), np.float32)
    halves[50:] = 2.0**-stops
    assert dynamic_range_stops(halves) == pytest.approx(stops, abs=1e-4)
    assert dynamic_range_stops(halves * 1000) == pytest.approx(stops, abs=1e-4)
    assert luminance_range_stops(halves[..., 0]) == pytest.approx(stops, abs=1e-4)


def test_a_black_image_has_no_range() -> None:
    assert dynamic_range_stops(np.zeros((3, 3, 3), np.float32)) == 0


def test_the_photo_itself_harms_nothing_whatever_its_gain_and_highlights(rng: np.random.Generator) -> None:
    ldr = rng.uniform(0, 1, (40, 40, 3)).astype(np.float32)
    truth = decode_srgb(ldr) * np.exp2(rng.normal(0, 0.5, (40, 40, 1))).astype(np.float32)
    hdr = 5 * decode_srgb(ldr)
    hdr[clipped_mask(ldr)] *= 100
    assert harmed_share(hdr, truth, ldr) == 0


def test_harm_is_counted_where_it_was_done() -> None:
    ldr = np.full((20, 20, 3), 0.5, np.float32)
    ldr[:10] = 1
    hdr = decode_srgb(ldr)
    hdr[:10] *= 50  # clipped: no harm
    hdr[10] *= 4  # a tenth of the well-exposed pixels
    assert well_exposed_mask(ldr).sum() == 200
    assert harmed_share(hdr, decode_srgb(ldr), ldr) == pytest.approx(0.1)


def test_harm_has_no_meaning_where_nothing_was_exposed_well() -> None:
    white = np.ones((20, 20, 3), np.float32)
    assert np.isnan(harmed_share(white, white, white))
