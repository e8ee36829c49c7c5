"""The operators that adapt to the image, against OpenCV's and against the laws of their papers.

OpenCV stretches what it is given and what it returns from minimum to maximum. The image here is therefore grey, reaches
from (nearly) 0 to 1, and holds 1.5 % of either end, so that our percentiles are its extremes. Its black is not quite
grey: OpenCV gives NaN, and a wrong stretch with it, where all three channels are at the minimum.
"""

import cv2
import numpy as np
import pytest

from hdr_demo.color import decode_srgb, luminance
from hdr_demo.tonemap import tone_map
from hdr_demo.tonemap.adaptive import DRAGO_CONTRAST
from tests.tonemap.scenes import grey_ramp, street

# OpenCV subtracts the minimum, 5e-5, from every pixel before it starts; a bright curve makes a code of 255 of that.
LIKE_OPENCV = 0.006
# Where Mantiuk's darkest is lifted to 0.005 OpenCV subtracts that from every pixel; our toe takes it off the shadows.
LIKE_OPENCV_WITH_TOE = 0.01


@pytest.fixture(scope="module")
def ramp() -> np.ndarray:
    ramp = grey_ramp(0.02, 1.0, 400)
    ramp[:, :6], ramp[:, -6:] = [0.5e-4, 1e-4, 1.5e-4], 1.0
    return ramp


@pytest.mark.parametrize("intensity", [-2.0, 0.0, 2.0])
@pytest.mark.parametrize("light_adaptation", [0.0, 0.5, 1.0])
def test_reinhard_shows_grey_as_opencv_does(ramp, intensity, light_adaptation):
    theirs = cv2.createTonemapReinhard(1.0, intensity, light_adaptation, 0.0).process(ramp)
    ours = tone_map(ramp, "reinhard", intensity=intensity, light_adaptation=light_adaptation, color_adaptation=0)
    # Its V never reaches 0 or 1 and is stretched to them; ours is stretched to 1 only.
    ours = (ours - ours.min()) / (ours.max() - ours.min())
    assert np.abs(ours - theirs)[:, 6:].max() < LIKE_OPENCV


@pytest.mark.parametrize("bias", [0.7, 0.85, 0.95])
def test_drago_shows_grey_as_opencv_does_but_for_the_contrast(ramp, bias):
    theirs = cv2.createTonemapDrago(1.0, 1.0, bias).process(ramp)
    ours = decode_srgb(tone_map(ramp, "drago", bias=bias)) ** (1 / DRAGO_CONTRAST)
    assert np.abs(ours - theirs)[theirs > 0.05].max() < LIKE_OPENCV


@pytest.mark.parametrize("scale", [0.75, 0.85, 1.0])
def test_mantiuk_shows_grey_as_opencv_does(ramp, scale):
    """OpenCV solves for the luminance with the contrasts asked for; ours is written down."""
    theirs = cv2.createTonemapMantiuk(1.0, scale, 1.0).process(ramp)
    ours = decode_srgb(tone_map(ramp, "mantiuk", scale=scale))
    assert np.abs(ours - theirs)[:, 6:].max() < LIKE_OPENCV_WITH_TOE


def test_photographic_sets_the_average_to_the_key_and_the_brightest_to_white():
    """Reinhard et al. 2002: L = key at the log average, then equation 4."""
    ramp = grey_ramp(0.01, 100, 401)
    ramp[:, -6:] = 100
    mean = np.exp(np.log(ramp[0, :, 0], dtype=np.float64).mean())
    shown = decode_srgb(tone_map(ramp, "photographic", key=0.18))[0, :, 0]
    scaled = 0.18 / mean * ramp[0, :, 0]
    expected = scaled * (1 + scaled / scaled.max() ** 2) / (1 + scaled)
    assert np.abs(shown - expected).max() < 0.002
    assert shown[-1] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("operator", ["photographic", "drago", "mantiuk", "durand"])
def test_saturation_0_is_grey_and_more_is_more(operator):
    scene = street(80, 120)
    spread = [np.ptp(tone_map(scene, operator, saturation=value), axis=2).mean() for value in (0, 0.5, 1, 1.5)]
    assert spread[0] < 1e-4
    assert spread == sorted(spread)


def test_colour_adaptation_takes_colour_away():
    scene = street(80, 120)
    spread = [np.ptp(tone_map(scene, "reinhard", color_adaptation=value), axis=2).mean() for value in (0, 0.5, 1)]
    assert spread == sorted(spread, reverse=True)


@pytest.mark.parametrize("operator", ["reinhard", "mantiuk", "drago", "photographic"])
def test_highlights_keep_their_hue(operator):
    """A bright orange may turn paler; it does not turn yellow as clipping would make it."""
    scene = street(80, 120)
    orange = np.float32([8.0, 3.0, 0.5])
    scene[:40, :60] = orange
    scene[40:60, :10] = 20
    shown = decode_srgb(tone_map(scene, operator)[20, 30])
    chroma, wanted = shown - luminance(shown), orange - luminance(orange)
    assert chroma @ wanted / np.linalg.norm(chroma) / np.linalg.norm(wanted) == pytest.approx(1, abs=1e-3)


def test_fog_is_not_flattened_to_white():
    fog = grey_ramp(0.15, 0.35)
    for operator in ("reinhard", "mantiuk", "drago", "photographic", "durand"):
        shown = tone_map(fog, operator)
        assert shown.max() < 0.85, operator
        assert np.ptp(shown[0, :, 0]) > 0.1, operator
