"""Calibrated light: the photo where it was measured, the network where it was lost."""

import numpy as np
import pytest

from hdr_demo.calibration import (
    BLEND_FROM,
    KEPT_COLOR,
    RESPONSE_CODES,
    SCALES,
    blend_weight,
    calibrate,
    decode_response,
    fit,
    fit_photo,
    fit_response,
)
from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.exposure import extract_bracket
from hdr_demo.reading import OUR_READING, PUBLISHED_READING, Reading

ROUNDING = 1e-6


def photo(seed: int = 0, size: tuple[int, int] = (40, 50)) -> np.ndarray:
    ldr = np.random.default_rng(seed).random((*size, 3), dtype=np.float32)
    ldr[:10] = 1
    return ldr


def encode(light: np.ndarray) -> np.ndarray:
    raw = (np.log2(light) - OUR_READING.stops_floor) / OUR_READING.stops_range
    return raw.astype(np.float32)


def test_unclipped_pixels_are_the_photo_itself() -> None:
    ldr = photo()
    raw = np.random.default_rng(1).random(ldr.shape, dtype=np.float32)
    hdr = calibrate(raw, ldr, OUR_READING)
    unclipped = ldr.max(axis=-1) < BLEND_FROM
    assert unclipped.sum() > 100
    assert np.array_equal(hdr[unclipped], decode_srgb(ldr)[unclipped])


def test_white_pixels_are_the_network_in_absolute_units() -> None:
    ldr = np.ones((5, 5, 3), np.float32)
    light = np.full((5, 5, 3), 7.5, np.float32)
    assert np.allclose(calibrate(encode(light), ldr, OUR_READING), 7.5, rtol=1e-4)


def test_nothing_is_darker_than_the_photo() -> None:
    ldr = photo()
    for reading in (OUR_READING, PUBLISHED_READING):
        assert np.all(calibrate(np.zeros_like(ldr), ldr, reading) >= decode_srgb(ldr) - ROUNDING)


def test_the_network_takes_over_without_a_step() -> None:
    ramp = np.repeat(np.linspace(0.8, 1, 2001, dtype=np.float32)[None, :, None], 3, axis=2)
    weight = blend_weight(ramp)[0, :, 0]
    assert weight[0] == 0 and weight[-1] == 1
    assert np.diff(weight).min() >= 0 and np.diff(weight).max() < 2e-3


def test_a_channel_that_was_measured_is_kept_beside_one_that_was_lost() -> None:
    ldr = np.full((3, 3, 3), (1.0, 0.5, 0.2), np.float32)
    hdr = calibrate(encode(np.full((3, 3, 3), 4.0)), ldr, OUR_READING)
    assert np.allclose(hdr[..., 0], 4, rtol=1e-4)
    assert np.array_equal(hdr[..., 1:], decode_srgb(ldr)[..., 1:])


def test_reexposing_at_0_stops_gives_the_photo_back() -> None:
    ldr = photo()
    hdr = calibrate(encode(np.maximum(decode_srgb(ldr), 1e-3) * 1.2), ldr, OUR_READING)
    back = extract_bracket(hdr, [0.0])[0]
    kept = (ldr < BLEND_FROM) | (ldr == 1)
    assert np.abs(back - ldr)[kept].max() < ROUNDING
    moved = ~kept
    assert moved.sum() > 100
    # The network may brighten what lies between 0.85 and white, by no more than its own estimate does.
    limit = encode_srgb(decode_srgb(ldr) * 1.2)
    assert np.all(back[moved] >= ldr[moved] - ROUNDING) and np.all(back[moved] <= limit[moved] + 1e-4)


@pytest.mark.parametrize(("gain", "slope"), [(0.1, 1.0), (3.0, 1.5), (0.02, 0.7)])
def test_a_relative_output_is_fitted_to_the_photo(gain: float, slope: float) -> None:
    ldr = np.repeat(np.random.default_rng(0).uniform(0.2, 0.8, (60, 60, 1)), 3, axis=2).astype(np.float32)
    raw = ((decode_srgb(ldr) / gain) ** (1 / slope)).astype(np.float32)
    assert fit_photo(raw, ldr, PUBLISHED_READING) == pytest.approx((gain, slope), rel=1e-3)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("reading", [OUR_READING, PUBLISHED_READING], ids=lambda reading: reading.kind)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (600, 3)])
def test_constant_photos_give_finite_light(value: float, scale: str, reading: object, size: tuple[int, int]) -> None:
    ldr = np.full((*size, 3), value, np.float32)
    for answer in (0.0, 0.3, 1.0):
        hdr = calibrate(np.full_like(ldr, answer), ldr, reading, scale)
        assert hdr.dtype == np.float32 and hdr.shape == ldr.shape
        assert np.isfinite(hdr).all() and hdr.min() >= 0


def test_paper_scale_spans_0_to_1() -> None:
    raw = np.random.default_rng(0).uniform(0.2, 0.4, (9, 9, 3)).astype(np.float32)
    hdr = calibrate(raw, photo(size=(9, 9)), PUBLISHED_READING, "paper")
    assert hdr.min() == 0 and hdr.max() == 1


def test_an_unknown_scale_is_refused() -> None:
    with pytest.raises(ValueError, match=", ".join(SCALES)):
        calibrate(photo(), photo(), OUR_READING, "nits")


def test_radiometric_finds_the_response_that_the_network_sees() -> None:
    rng = np.random.default_rng(2)
    light = rng.uniform(0, 0.7, (60, 80, 3)).astype(np.float32)
    ldr = light ** np.float32(1 / 1.8)
    noisy = encode(np.maximum(light, 1e-3) * np.exp2(rng.normal(0, 0.3, light.shape)).astype(np.float32))
    found = calibrate(noisy, ldr, OUR_READING, "radiometric")
    seen = (light > 0.02) & (ldr < BLEND_FROM)
    error = np.abs(np.log2(found[seen] / light[seen]))
    assert np.median(error) < 0.05 and error.mean() < 0.1  # the network's own error is 0.3 stops


def test_a_response_never_falls_and_covers_every_code() -> None:
    raw = np.random.default_rng(3).random((20, 30, 3), dtype=np.float32)
    stops = fit_response(raw, photo(size=(20, 30)), OUR_READING)
    assert stops.shape == (RESPONSE_CODES,) and np.isfinite(stops).all()
    assert np.diff(stops).min() >= 0


def test_clipped_pixels_have_no_say_in_the_response() -> None:
    ldr = photo()
    light = np.where(ldr == 1, np.float32(20), np.float32(0.5) * ldr + np.float32(1e-3))
    hdr = calibrate(encode(light), ldr, OUR_READING, "radiometric")
    assert np.allclose(hdr[:10], 20, rtol=1e-3)
    light[5:10] = 2  # half of the clipped area is dimmer than the rest, and must stay so
    hdr = calibrate(encode(light), ldr, OUR_READING, "radiometric")
    assert np.allclose(hdr[:5], 20, rtol=1e-3) and np.allclose(hdr[5:10], 2, rtol=1e-3)


def test_an_all_white_photo_is_the_network_or_white() -> None:
    white = np.ones((4, 5, 3), np.float32)
    for light, expected in ((0.25, 1.0), (7.0, 7.0)):
        hdr = calibrate(encode(np.full_like(white, light)), white, OUR_READING, "radiometric")
        assert np.allclose(hdr, expected, rtol=1e-3)


@pytest.mark.parametrize("level", [0.0, 0.5, 0.9])
def test_a_photo_of_one_color_has_a_response_too(level: float) -> None:
    ldr = np.full((4, 5, 3), level, np.float32)
    hdr = calibrate(encode(np.full((4, 5, 3), 0.25, np.float32)), ldr, OUR_READING, "radiometric")
    assert np.allclose(hdr, 0.25, rtol=1e-3)


def test_color_is_muted_only_where_all_channels_are_lost() -> None:
    light = np.array([[[8.0, 2.0, 4.0], [8.0, 2.0, 4.0], [0.5, 0.25, 0.125]]], np.float32)
    ldr = np.array([[[1.0, 1.0, 1.0], [1.0, 0.5, 0.5], [0.5, 0.5, 0.5]]], np.float32)
    hdr = calibrate(encode(light), ldr, OUR_READING)
    assert np.ptp(np.log2(hdr[0, 0])) == pytest.approx(KEPT_COLOR * np.ptp(np.log2(light[0, 0])), rel=1e-3)
    assert hdr[0, 1, 0] == pytest.approx(8, rel=1e-3)
    assert np.array_equal(hdr[0, 2], decode_srgb(ldr)[0, 2])


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("reading", [OUR_READING, PUBLISHED_READING, Reading(kind="absolute", encoding="linear")])
def test_what_the_network_said_is_not_changed(scale: str, reading: Reading) -> None:
    ldr = photo()
    raw = np.random.default_rng(4).random(ldr.shape, dtype=np.float32)
    before = raw.copy()
    calibrate(raw, ldr, reading, scale)
    assert np.array_equal(raw, before)


@pytest.mark.parametrize("scale", ["calibrated", "radiometric"])
@pytest.mark.parametrize("reading", [OUR_READING, PUBLISHED_READING, Reading(kind="absolute", encoding="linear")])
def test_the_result_may_take_the_place_of_what_the_network_said(scale: str, reading: Reading) -> None:
    ldr = photo(size=(600, 200))
    raw = np.random.default_rng(1).random(ldr.shape, dtype=np.float32)
    expected = calibrate(raw, ldr, reading, scale)
    assert calibrate(raw, ldr, reading, scale, out=raw) is raw
    assert np.array_equal(raw, expected)


@pytest.mark.parametrize("scale", ["calibrated", "radiometric"])
def test_a_large_photo_is_calibrated_as_its_pieces_are(scale: str) -> None:
    # Dark, partly clipped and white rows: strips in which nothing is bright are not asked about.
    ldr = photo(size=(600, 200))
    ldr[200:400] *= 0.8
    raw = np.random.default_rng(1).random(ldr.shape, dtype=np.float32)
    fitted = fit(raw, ldr, OUR_READING, scale)
    pieces = [
        calibrate(raw[row : row + 1], ldr[row : row + 1], OUR_READING, scale, fitted=fitted) for row in range(600)
    ]
    assert calibrate(raw, ldr, OUR_READING, scale, fitted=fitted) == pytest.approx(np.concatenate(pieces), rel=1e-5)


def test_a_response_is_straight_in_stops_between_its_codes() -> None:
    stops = np.sort(np.random.default_rng(5).uniform(-12, 0, RESPONSE_CODES)).astype(np.float32)
    codes = np.linspace(0, 1, 100_001, dtype=np.float32).reshape(-1, 1)
    expected = np.exp2(np.interp(codes.astype(np.float64), np.linspace(0, 1, RESPONSE_CODES), stops))
    decoded = decode_response(codes, stops)
    assert decoded.dtype == np.float32
    assert decoded == pytest.approx(expected, rel=1e-5)
