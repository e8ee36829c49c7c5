"""Measures agree with their papers, and with what they are meant to tell apart."""

import numpy as np
import pytest

from hdr_demo.metrics import clipped_mask, dynamic_range_stops, encode_pu21, highlight_error, pu21_psnr


def scene(seed: int = 0) -> np.ndarray:
    return np.exp2(np.random.default_rng(seed).uniform(-8, 5, (40, 40, 3))).astype(np.float32)


def test_pu21_gives_the_values_of_its_paper() -> None:
    # Mantiuk & Azimi 2021: 100 cd/m² is 256, the darkest light is 0, and the range ends near 595.
    assert encode_pu21(np.array(100.0)) == pytest.approx(256, abs=0.5)
    assert encode_pu21(np.array(0.005)) == pytest.approx(0, abs=0.5)
    assert encode_pu21(np.array(1e4)) == pytest.approx(595.4, abs=0.5)
    assert np.all(np.diff(encode_pu21(np.geomspace(0.005, 1e4, 500))) > 0)


def test_psnr_is_infinite_for_equal_images_whatever_their_exposure() -> None:
    truth = scene()
    assert pu21_psnr(truth, truth) == float("inf")
    assert pu21_psnr(truth * 4, truth) > 100


def test_psnr_falls_by_6_db_when_the_error_doubles() -> None:
    truth = scene()
    noise = np.random.default_rng(1).standard_normal(truth.shape)
    small, large = (pu21_psnr((truth * np.exp2(size * noise)).astype(np.float32), truth) for size in (0.005, 0.01))
    assert small - large == pytest.approx(6.02, abs=0.3)


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


def test_a_black_image_has_no_range() -> None:
    assert dynamic_range_stops(np.zeros((3, 3, 3), np.float32)) == 0
