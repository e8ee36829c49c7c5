"""The per-pixel curves against their specifications, each written out again here in double precision."""

import numpy as np
import pytest

from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.tonemap import tone_map

# float32 curves against float64: a hundredth of a code of 255.
CLOSE = 4e-5

COLORS = [
    (0.0, 0.0, 0.0),
    (0.02, 0.03, 0.01),
    (0.18, 0.18, 0.18),
    (0.5, 0.2, 0.05),
    (0.7, 0.72, 0.71),
    (1.0, 1.0, 1.0),
    (0.0, 0.0, 3.0),
    (2.0, 0.5, 0.1),
    (9.0, 8.0, 7.0),
    (0.0, 40.0, 1.0),
    (1000.0, 1000.0, 1000.0),
]


def show(operator: str, color: tuple[float, float, float], **parameters: float) -> np.ndarray:
    """Tone map one pixel, linear light in and out."""
    return decode_srgb(tone_map(np.float32(color).reshape(1, 1, 3), operator, **parameters))[0, 0]


def clip_through_srgb(linear: np.ndarray) -> np.ndarray:
    return decode_srgb(encode_srgb(np.asarray(linear, np.float32)))


def test_exposure_at_0_stops_undoes_decode_srgb_for_every_code():
    codes = np.arange(256, dtype=np.float32).reshape(16, 16, 1).repeat(3, axis=2) / 255
    sdr = tone_map(decode_srgb(codes), "exposure")
    assert np.abs(sdr - codes).max() < 1e-6


def test_a_stop_doubles_the_light():
    assert show("exposure", (0.1, 0.2, 0.3), stops=1) == pytest.approx([0.2, 0.4, 0.6], abs=CLOSE)
    assert show("exposure", (0.8, 1.6, 0.3), stops=-3) == pytest.approx([0.1, 0.2, 0.0375], abs=CLOSE)


@pytest.mark.parametrize("operator", ["hable", "aces", "agx", "neutral"])
def test_stops_are_an_exposure_before_the_curve(operator):
    brighter = show(operator, (1.6, 0.4, 0.8), stops=0)
    assert show(operator, (0.4, 0.1, 0.2), stops=2) == pytest.approx(brighter, abs=CLOSE)


@pytest.mark.parametrize("operator", ["exposure", "hable", "aces", "agx", "neutral"])
def test_the_default_exposure_keeps_a_grey_card_grey(operator):
    """Within a sixth of a stop; only then can the operators be compared side by side."""
    assert abs(np.log2(show(operator, (0.18, 0.18, 0.18))[1] / 0.18)) < 1 / 6


def test_hable_by_hand():
    """Of exposed light 2 and white 11.2: f(2) = 0.704 / 1.66 - 1 / 15 and f(11.2) = 19.38 / 24.476 - 1 / 15."""
    at_2, at_white = 0.704 / 1.66 - 1 / 15, 19.38 / 24.476 - 1 / 15
    assert show("hable", (1, 1, 1), stops=0) == pytest.approx(at_2 / at_white, abs=CLOSE)
    assert show("hable", (5.6, 0, 5.6), stops=0) == pytest.approx([1, 0, 1], abs=CLOSE)


def test_a_lower_white_makes_hable_brighter():
    assert show("hable", (1, 1, 1), white=4)[0] > show("hable", (1, 1, 1), white=11.2)[0] + 0.1


def test_aces_by_hand():
    """f(1) = 2.54 / 3.16, f(0.5) = 0.6425 / 1.0425."""
    assert show("aces", (1.0, 0.5, 0.0), stops=0) == pytest.approx([2.54 / 3.16, 0.6425 / 1.0425, 0], abs=CLOSE)


def published_agx(rgb: tuple[float, float, float]) -> np.ndarray:
    """AgX without a look, with the numbers of three.js (tonemapping_pars_fragment); rows where GLSL has columns."""
    to_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0113], [0.0164, 0.0880, 0.8956]])
    from_2020 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
    inset = np.array(
        [
            [0.856627153315983, 0.0951212405381588, 0.0482516061458583],
            [0.137318972929847, 0.761241990602591, 0.101439036467562],
            [0.11189821299995, 0.0767994186031903, 0.811302368396859],
        ]
    )
    outset = np.array(
        [
            [1.1271005818144368, -0.11060664309660323, -0.016493938717834573],
            [-0.1413297634984383, 1.157823702216272, -0.016493938717834257],
            [-0.14132976349843826, -0.11060664309660294, 1.2519364065950405],
        ]
    )
    x = np.log2(np.maximum(inset @ to_2020 @ np.array(rgb), 1e-10))
    x = np.clip((x + 12.47393) / (4.026069 + 12.47393), 0, 1)
    x = 15.5 * x**6 - 40.14 * x**5 + 31.96 * x**4 - 6.868 * x**3 + 0.4298 * x**2 + 0.1191 * x - 0.00232
    return from_2020 @ np.maximum(outset @ x, 0) ** 2.2


@pytest.mark.parametrize("color", COLORS)
def test_agx_without_a_look_is_the_published_one(color):
    """To a tenth of a code: three.js rounds the primaries to four digits and the polynomial is steep."""
    shown = show("agx", color, stops=0, contrast=1, saturation=1)
    assert shown == pytest.approx(clip_through_srgb(published_agx(color)), abs=4e-4)


def test_agx_without_saturation_is_nearly_grey():
    assert np.ptp(show("agx", (1, 0.2, 0.1), saturation=0)) < 0.01


def published_neutral(rgb: tuple[float, float, float]) -> np.ndarray:
    """PBR Neutral, branch by branch, after the formulas of Khronos' specification."""
    color = np.array(rgb, np.float64)
    start, desaturation = 0.8 - 0.04, 0.15
    x = color.min()
    color -= x - 6.25 * x * x if x < 0.08 else 0.04
    peak = color.max()
    if peak < start:
        return color
    d = 1 - start
    new_peak = 1 - d * d / (peak + d - start)
    g = 1 - 1 / (desaturation * (peak - new_peak) + 1)
    return color * new_peak / peak * (1 - g) + new_peak * g


@pytest.mark.parametrize("color", COLORS)
def test_neutral_is_the_specified_one(color):
    assert show("neutral", color, stops=0) == pytest.approx(clip_through_srgb(published_neutral(color)), abs=CLOSE)


def test_neutral_passes_colours_below_its_shoulder_but_for_the_glare():
    """The specification's purpose: up to 0.8, a base colour lit by white light comes out as itself."""
    rng = np.random.default_rng(0)
    for color in rng.uniform(0.08, 0.79, (20, 3)):
        assert show("neutral", color, stops=0) == pytest.approx(color - 0.04, abs=CLOSE)
