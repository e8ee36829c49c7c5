"""Transfer functions and primaries, against their standards."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from hdr_demo.color import (
    BT709_TO_BT2020,
    BT2020_LUMINANCE_WEIGHTS,
    BT2020_TO_BT709,
    LUMINANCE_WEIGHTS,
    decode_hlg,
    decode_pq,
    decode_srgb,
    encode_hlg,
    encode_pq,
    encode_srgb,
    find_knee,
    hlg_display,
    hlg_gamma,
    hlg_scene,
    luminance,
    roll_off,
)

FLOAT32 = 1e-6  # a few roundings of float32 near 1
SEVEN_DIGITS = 2e-7  # as the matrix is written down; sums of three have a little more
D65 = (0.3127, 0.3290)
BT709_CORNERS = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))  # ITU-R BT.709-6, item 1.3
BT2020_CORNERS = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))  # ITU-R BT.2020-2, table 3


def to_xyz(corners: tuple[tuple[float, float], ...]) -> np.ndarray:
    """The matrix from RGB to XYZ with white at Y = 1, derived from chromaticities (SMPTE RP 177)."""
    columns = np.array([(x / y, 1, (1 - x - y) / y) for x, y in corners]).T
    white = np.array((D65[0] / D65[1], 1, (1 - D65[0] - D65[1]) / D65[1]))
    return columns * np.linalg.solve(columns, white)


def test_every_code_survives_decoding_and_encoding():
    codes = np.arange(65536, dtype=np.float32) / 65535
    assert np.abs(encode_srgb(decode_srgb(codes)) - codes).max() < FLOAT32


@pytest.mark.parametrize(
    "encoded, linear",
    [(0.0, 0.0), (0.04045, 0.04045 / 12.92), (0.5, 0.21404114), (188 / 255, 0.50288647), (1.0, 1.0)],
)
def test_srgb_meets_the_numbers_of_the_standard(encoded: float, linear: float):
    assert decode_srgb(np.float32(encoded)) == pytest.approx(linear, abs=FLOAT32)
    assert encode_srgb(np.float32(linear)) == pytest.approx(encoded, abs=FLOAT32)


def test_srgb_agrees_with_little_cms():
    # Through Lab in 16 bits (8 in Pillow): L of a grey is 116 f(Y) - 16, D50 white maps to Y = 1.
    codes = np.arange(256, dtype=np.uint8)
    grey = Image.fromarray(np.repeat(codes[None, :, None], 3, axis=2))
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lightness = np.asarray(ImageCms.applyTransform(grey, to_lab))[0, :, 0] / 2.55
    linear = decode_srgb(codes / np.float32(255))
    ours = np.where(linear > (6 / 29) ** 3, 116 * np.cbrt(linear) - 16, linear * (29 / 3) ** 3)
    assert np.abs(ours - lightness).max() <= 0.5 / 2.55 + 0.1  # L is rounded to 8 bits, the profile's curve to 16


def test_srgb_rises_and_joins_at_its_knee():
    encoded = encode_srgb(np.linspace(0, 0.01, 10001, dtype=np.float32))
    steps = np.diff(encoded)
    assert steps.min() > 0
    assert steps.max() < 1.1 * 12.92 * 1e-6  # no jump where line and power meet


def test_light_outside_the_display_is_clipped():
    assert encode_srgb(np.array([-1.0, 0.0, 1.0, 1e6, np.inf], np.float32)).tolist() == [0, 0, 1, 1, 1]


def test_everything_stays_float32():
    picture = np.full((2, 3, 3), 0.5, np.float32)
    for result in (
        decode_srgb(picture),
        encode_srgb(picture),
        luminance(picture),
        encode_pq(picture),
        decode_pq(picture),
        encode_hlg(picture),
        decode_hlg(picture),
        hlg_scene(picture),
    ):
        assert result.dtype == np.float32


def test_luminance_weighs_the_channels_as_their_primaries_do():
    assert np.abs(LUMINANCE_WEIGHTS - to_xyz(BT709_CORNERS)[1]).max() < 5e-5  # BT.709 prints four digits
    assert np.abs(BT2020_LUMINANCE_WEIGHTS - to_xyz(BT2020_CORNERS)[1]).max() < 5e-5
    assert luminance(np.ones((4, 5, 3), np.float32)) == pytest.approx(np.ones((4, 5)), abs=FLOAT32)


def test_bt2020_matrix_follows_from_the_chromaticities():
    derived = np.linalg.solve(to_xyz(BT2020_CORNERS), to_xyz(BT709_CORNERS))
    assert np.abs(BT709_TO_BT2020 - derived).max() < SEVEN_DIGITS


def test_white_stays_white_in_other_primaries():
    assert BT709_TO_BT2020 @ np.ones(3, np.float32) == pytest.approx(np.ones(3), abs=3 * SEVEN_DIGITS)


def test_colours_come_back_from_bt2020(rng: np.random.Generator):
    colours = rng.uniform(0, 100, (50, 3)).astype(np.float32)
    there = colours @ BT709_TO_BT2020.T
    assert there @ BT2020_TO_BT709.T == pytest.approx(colours, abs=100 * 10 * FLOAT32)
    assert there.min() >= 0  # BT.2020 encloses BT.709


# ITU-R BT.2408-7, tables 1 and 2 and annex 1: per cent of the signal, without decimals.
PRINTED = 0.5


@pytest.mark.parametrize(
    "nits, percent", [(0, 0), (1, 15), (10, 30), (26, 38), (100, 51), (203, 58), (1000, 75), (2000, 83), (10000, 100)]
)
def test_pq_meets_the_numbers_of_the_reports(nits: float, percent: float):
    assert 100 * encode_pq(nits) == pytest.approx(percent, abs=PRINTED)


@pytest.mark.parametrize("nits, percent", [(0, 0), (26, 38), (203, 75), (1000, 100)])
def test_hlg_meets_the_numbers_of_the_reports(nits: float, percent: float):
    grey = np.full((1, 3), nits, np.float32)
    assert 100 * encode_hlg(hlg_scene(grey)) == pytest.approx(np.full((1, 3), percent), abs=PRINTED)


def test_pq_and_hlg_meet_the_fixed_points_of_their_standard():
    assert encode_pq(10000.0) == pytest.approx(1, abs=1e-12)
    assert encode_pq(1000.0) == pytest.approx(0.7518, abs=5e-5)  # 769 of 1023 codes
    assert encode_pq(100.0) == pytest.approx(0.5081, abs=5e-5)
    assert encode_hlg(np.array([0, 1 / 12, 1])) == pytest.approx(np.array([0, 0.5, 1]), abs=1e-7)
    assert [hlg_gamma(peak) for peak in (1000, 400, 2000)] == pytest.approx([1.2, 1.033, 1.326], abs=5e-4)


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-8), (np.float32, 2e-5)])
def test_every_code_of_pq_and_hlg_survives_decoding_and_encoding(dtype: type, tolerance: float):
    codes = np.linspace(0, 1, 4096).astype(dtype)
    assert encode_hlg(decode_hlg(codes)) == pytest.approx(codes, abs=tolerance)
    # Below code 1e-3 the light is less than 1e-6 nits, where float32 cannot tell codes apart.
    assert encode_pq(decode_pq(codes))[5:] == pytest.approx(codes[5:], abs=tolerance)


def test_an_hlg_display_shows_the_light_that_was_meant(rng: np.random.Generator):
    nits = rng.uniform(0, 900, (100, 3))
    for peak in (1000.0, 600.0):
        scene = hlg_scene(nits.astype(np.float32), peak).astype(np.float64)
        light = scene @ np.array([0.2627, 0.6780, 0.0593])
        shown = peak * light[:, None] ** (1.2 + 0.42 * np.log10(peak / 1000) - 1) * scene  # BT.2100-2, table 5, OOTF
        assert shown == pytest.approx(nits, rel=1e-5)
        assert hlg_display(scene.astype(np.float32), peak) == pytest.approx(nits, rel=1e-5)


def test_no_light_breaks_pq_or_hlg():
    odd = np.array([-np.inf, -1, 0, 1e9, np.inf], np.float32)
    assert encode_pq(odd).tolist() == pytest.approx([encode_pq(0.0)] * 3 + [1, 1], abs=FLOAT32)
    assert encode_hlg(odd).tolist() == pytest.approx([0, 0, 0, 1, 1], abs=FLOAT32)
    assert hlg_scene(np.zeros((1, 3), np.float32)).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("source", [1001.0, 1238.0, 4000.0, 10000.0, 1e9])
def test_the_brightest_of_a_source_becomes_the_peak(source: float) -> None:
    nits = np.geomspace(1, min(source, 1e4), 500)
    rolled = roll_off(nits, 1000.0, source)
    assert rolled[-1] == pytest.approx(1000.0)
    assert (np.diff(rolled) > -1e-9).all() and (rolled <= nits + 1e-9).all()
    np.testing.assert_array_equal(rolled[nits < 317], nits[nits < 317])


@pytest.mark.parametrize("source", [0.0, 203.0, 1000.0])
def test_a_source_below_the_peak_stays_as_it_is(source: float) -> None:
    nits = np.linspace(0, source, 100)
    np.testing.assert_array_equal(roll_off(nits, 1000.0, source), nits)


@pytest.mark.parametrize("source", [0.0, 500.0, 1238.0, 1e9])
@pytest.mark.parametrize("peak", [250.0, 1000.0, 10000.0])
def test_light_is_bent_from_the_knee_on(peak: float, source: float) -> None:
    knee = find_knee(peak, source)
    assert roll_off(0.999 * knee, peak, source) == 0.999 * knee
    assert (roll_off(1.2 * knee, peak, source) < 1.2 * knee) == (peak < source)
