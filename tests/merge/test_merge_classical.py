"""OpenCV's merges, fed and read rightly: laws, and Debevec & Malik's equation 6 written out."""

import numpy as np
import pytest

from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.merge.classical import merge_debevec, merge_mertens, merge_robertson

TIMES = (0.25, 1.0, 4.0)
BY_RESPONSE = (merge_debevec, merge_robertson)


def shoot(light: np.ndarray, times: tuple[float, ...] = TIMES, bits: int = 8) -> list[np.ndarray]:
    dtype, largest = (np.uint8, 255) if bits == 8 else (np.uint16, 65535)
    return [np.rint(encode_srgb(np.minimum(light * np.float32(t), 1)) * largest).astype(dtype) for t in times]


@pytest.fixture
def light(rng: np.random.Generator) -> np.ndarray:
    """From 1/32 to 3 times the reference's white, of pale colours: linear, float32, (40, 60, 3)."""
    return (2.0 ** rng.uniform(-5, 1.6, (40, 60, 1)) * [1, 0.9, 0.8]).astype(np.float32)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("merge", BY_RESPONSE)
def test_an_exact_static_bracket_returns_the_scene(light: np.ndarray, merge, bits: int) -> None:
    hdr = merge(shoot(light, bits=bits), TIMES, 1)
    assert hdr.dtype == np.float32
    assert np.abs(np.log2(hdr / light)).max() < 0.1  # OpenCV takes 8 bits


@pytest.mark.parametrize("merge", BY_RESPONSE)
def test_only_the_ratios_of_the_times_count_and_the_reference_gives_the_white(light: np.ndarray, merge) -> None:
    photos = shoot(light)
    hdr = merge(photos, TIMES, 1)
    assert np.allclose(merge(photos, [2 * time for time in TIMES], 1), hdr, rtol=1e-4)
    assert np.allclose(merge(photos, TIMES, 0) * 4, hdr, rtol=1e-4)


def test_debevec_is_equation_6_with_the_weights_of_opencv(light: np.ndarray) -> None:
    photos = shoot(light)
    above = below = 0
    for photo, time in zip(photos, TIMES, strict=True):
        hat = np.minimum(photo, 255.0 - photo).mean(axis=-1, keepdims=True)
        above = above + hat * np.log(np.maximum(decode_srgb(photo / np.float32(255)), 1e-9) / time)
        below = below + hat
    expected = np.exp(above / below)
    assert np.abs(np.log2(merge_debevec(photos, TIMES, 1) / expected)).max() < 1e-3


@pytest.mark.parametrize("merge", BY_RESPONSE)
def test_what_every_photo_clips_is_the_white_of_the_shortest_and_what_none_sees_is_dark(merge) -> None:
    light = np.array([0, 0.5, 4.2, 1000], np.float32)[np.newaxis, :, np.newaxis].repeat(3, axis=2)
    hdr = merge(shoot(light), TIMES, 1)[0, :, 1]
    assert hdr[0] < 1e-3 and hdr[1] == pytest.approx(0.5, rel=0.02) and hdr[2] == hdr[3] == 4


@pytest.mark.parametrize("merge", [*BY_RESPONSE, merge_mertens])
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (3, 2)])
@pytest.mark.parametrize("count", [2, 9])
def test_small_and_many_photos_merge(merge, size: tuple[int, int], count: int) -> None:
    times = [2.0 ** (number - 4) for number in range(count)]
    hdr = merge(shoot(np.full((*size, 3), 0.3, np.float32), times), times, 1)
    assert hdr.shape == (*size, 3) and np.isfinite(hdr).all() and hdr.min() >= 0


@pytest.mark.parametrize("bits", [8, 16])
def test_mertens_fuses_a_picture_for_a_screen(light: np.ndarray, bits: int) -> None:
    fused = merge_mertens(shoot(light, bits=bits), TIMES, 1)
    assert fused.min() >= 0 and fused.max() <= 1
    same = shoot(np.full((32, 32, 3), 0.2, np.float32), (1.0, 1.0, 1.0), bits)
    assert merge_mertens(same, TIMES, 1)[8:-8, 8:-8] == pytest.approx(0.2, abs=0.01)
