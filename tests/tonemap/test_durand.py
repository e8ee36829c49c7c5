"""Durand & Dorsey's operator: what it compresses, what it keeps, and that edges do not glow."""

import cv2
import numpy as np
import pytest

from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.tonemap import tone_map
from hdr_demo.tonemap.durand import _enlarge

# The filter sees a little of the texture, and the fits a little of the base.
KEPT_DETAIL = 0.1

# How much the natural log light just beside an edge may differ from that of its plain: a seventh of a stop.
HALO = 0.1


def two_plains(width: int, texture: float = 0.0) -> np.ndarray:
    """Left half 0.05, right half 20, both with a fine pattern of the given amplitude in log light."""
    x = np.arange(width)
    light = np.where(x < width // 2, 0.05, 20.0) * np.exp(texture * np.sin(x * np.pi / 2 + 0.8))
    return np.tile(light.astype(np.float32)[None, :, None], (width * 2 // 3, 1, 3))


def log_light(hdr: np.ndarray, **parameters: float) -> np.ndarray:
    return np.log(decode_srgb(tone_map(hdr, "durand", **parameters))[len(hdr) // 2, :, 1])


@pytest.mark.parametrize("contrast", [1.5, 3.0])
def test_the_base_is_left_with_the_contrast_asked_for(contrast):
    shown = log_light(two_plains(240), contrast=contrast)
    assert shown[200] - shown[40] == pytest.approx(contrast, abs=0.02)


def test_detail_keeps_its_contrast_while_the_scene_loses_half():
    hdr = two_plains(240, texture=0.05)
    before, after = np.log(hdr[80, :, 1]), log_light(hdr, contrast=3.0)
    dark = slice(30, 90)
    assert np.ptp(after[dark]) == pytest.approx(np.ptp(before[dark]), rel=KEPT_DETAIL)
    assert np.median(after[150:210]) - np.median(after[dark]) < 0.55 * np.log(20 / 0.05)


@pytest.mark.parametrize("width", [240, 1500], ids=["filtered at full size", "filtered at a quarter"])
def test_an_edge_of_nine_stops_has_no_halo(width):
    shown = log_light(two_plains(width), contrast=2.0)
    middle, near = width // 2, max(2, width // 200)
    assert np.abs(shown[: middle - near] - shown[width // 8]).max() < HALO
    assert np.abs(shown[middle + near :] - shown[-width // 8]).max() < HALO


def test_a_scene_within_the_contrast_is_left_alone():
    rng = np.random.default_rng(3)
    hdr = np.exp(rng.uniform(-1.5, 0, (60, 90, 3))).astype(np.float32)
    hdr[:30] = 1.0
    assert np.abs(tone_map(hdr, "durand", contrast=3.0) - encode_srgb(hdr)).max() < 1e-5


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1), (24, 31)])
def test_the_base_is_enlarged_row_by_row_as_opencv_enlarges_it_at_once(shape):
    small = np.random.default_rng(0).random(shape, np.float32)
    whole = cv2.resize(small, (200, 130), interpolation=cv2.INTER_LINEAR)
    strips = [_enlarge(small, (130, 200), np.arange(top, min(top + 7, 130))) for top in range(0, 130, 7)]
    assert np.concatenate(strips) == pytest.approx(whole, abs=1e-5)
