"""What sensor and file do to the light obeys optics."""

import numpy as np
import pytest

from hdr_demo.camera import add_sensor_noise, photograph
from hdr_demo.color import decode_srgb


def test_one_stop_of_exposure_doubles_the_light() -> None:
    hdr = np.random.default_rng(0).uniform(0.2, 0.5, (20, 20, 3)).astype(np.float32)
    light = [decode_srgb(photograph(hdr * np.float32(gain)) / 255) for gain in (1, 2)]
    # Half a code at 0.2 is less than 1 % of the light, in either picture.
    assert np.allclose(light[1], 2 * light[0], rtol=0.015)


def test_a_photograph_is_the_scene_in_8_bits() -> None:
    hdr = np.random.default_rng(0).random((20, 20, 3), dtype=np.float32) * 1.5
    codes = photograph(hdr)
    assert codes.dtype == np.uint8
    assert np.array_equal(codes[hdr > 1], np.full((hdr > 1).sum(), 255))
    assert np.abs(decode_srgb(codes / 255) - np.minimum(hdr, 1)).max() < 0.005


def test_jpeg_keeps_the_order_of_channels() -> None:
    hdr = np.full((32, 32, 3), (0.8, 0.2, 0.01), np.float32)
    codes = photograph(hdr, quality=95).mean(axis=(0, 1))
    assert np.abs(codes - photograph(hdr)[0, 0]).max() < 3


def test_noise_grows_with_light() -> None:
    dark, bright = (
        add_sensor_noise(np.full((200, 200, 3), light, np.float32), np.random.default_rng(4)).std() for light in (0, 1)
    )
    assert 0 < dark < bright < 0.1


def test_noise_is_that_of_its_own_camera_and_repeats() -> None:
    grey = np.full((64, 64, 3), 0.2, np.float32)
    one, other, again = (photograph(grey, rng=np.random.default_rng(seed)) for seed in (1, 2, 1))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_noise_leaves_the_mean_of_the_light() -> None:
    grey = np.full((300, 300, 3), 0.3, np.float32)
    for seed in range(5):
        assert add_sensor_noise(grey, np.random.default_rng(seed)).mean() == pytest.approx(0.3, abs=1e-3)


@pytest.mark.parametrize("subsampled", [True, False])
def test_a_lower_quality_costs_more(subsampled: bool) -> None:
    hdr = np.random.default_rng(0).random((64, 64, 3), np.float32)
    exact = photograph(hdr).astype(int)
    costs = [
        np.abs(photograph(hdr, quality=quality, chroma_subsampling=subsampled) - exact).mean()
        for quality in (95, 60, 30)
    ]
    assert 0 < costs[0] < costs[1] < costs[2]


def test_chroma_subsampling_blurs_colour_and_not_light() -> None:
    stripes = np.zeros((64, 64, 3), np.float32)
    stripes[:, ::2], stripes[:, 1::2] = (0.5, 0.1, 0.1), (0.1, 0.1, 0.5)
    whole, quarter = (photograph(stripes, quality=98, chroma_subsampling=flag).astype(int) for flag in (False, True))
    assert np.abs(whole - photograph(stripes)).max() < 12 < 50 < np.abs(quarter - photograph(stripes)).max()
