"""PSNR, SSIM and the mu-law keep the laws of their papers."""

import numpy as np
import pytest

from hdr_demo.metrics import encode_mu_law, psnr, ssim


def test_psnr_of_a_known_error(rng: np.random.Generator) -> None:
    truth = rng.uniform(0, 1, (20, 20, 3)).astype(np.float32)
    assert psnr(truth + np.float32(0.1), truth) == pytest.approx(20, abs=1e-3)
    assert psnr(truth + np.float32(0.1), truth, peak=10) == pytest.approx(40, abs=1e-3)
    assert psnr(truth, truth) == float("inf")


def test_ssim_of_equal_images_is_1_and_of_a_negative_below_0(rng: np.random.Generator) -> None:
    truth = rng.uniform(0, 1, (32, 40)).astype(np.float32)
    assert ssim(truth, truth) == pytest.approx(1)
    assert ssim(1 - truth, truth) < -0.5


def test_ssim_of_two_flat_images_is_the_luminance_term() -> None:
    low, high = np.full((16, 16), 0.5, np.float32), np.full((16, 16), 0.6, np.float32)
    assert ssim(low, high) == pytest.approx((2 * 0.5 * 0.6 + 1e-4) / (0.5**2 + 0.6**2 + 1e-4), abs=1e-6)


@pytest.mark.filterwarnings("error")
def test_ssim_has_no_meaning_where_no_window_fits() -> None:
    assert np.isnan(ssim(np.ones((10, 40), np.float32), np.ones((10, 40), np.float32)))
    assert ssim(np.ones((11, 40), np.float32), np.ones((11, 40), np.float32)) == pytest.approx(1)


def test_ssim_is_exact_for_a_small_error_on_a_bright_image(rng: np.random.Generator) -> None:
    # The variance is a small difference of large squares: float32 would lose it.
    noise = rng.normal(0, 1, (64, 64))
    dark, bright = (ssim(level + 2 * noise, level + noise, 1.0) for level in (1e4, 1e6))
    assert dark == pytest.approx(bright, abs=1e-4)


def test_the_mu_law_keeps_black_and_white_and_lifts_the_shadows() -> None:
    light = np.array([0, 1 / 5000, 1, 7], np.float32)
    assert encode_mu_law(light) == pytest.approx([0, np.log(2) / np.log(5001), 1, 1], abs=1e-6)
