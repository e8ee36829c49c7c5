"""Every camera answers light with a picture; those that can be undone give the light back."""

from collections.abc import Callable

import numpy as np
import pytest

from hdr_demo.camera import RESPONSES, UNKNOWN_RESPONSES, anchor_to_photo, choose_response, photograph
from hdr_demo.camera.response import gamma_curve, sigmoid_curve
from hdr_demo.color import decode_srgb, encode_srgb

HALF_A_CODE = 0.5 / 255
CURVES = [name for name, row in RESPONSES.items() if row.keeps_white]

# Written down from the papers, not from the code: light from code.
INVERSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "srgb": decode_srgb,
    "gamma": lambda code: code**2.2,
    "sigmoid": lambda code: (0.6 * code / (1.6 - code)) ** (1 / 0.9),
}


def scene(highest: float = 4.0) -> np.ndarray:
    """Light over ten stops, smooth in one direction, random colours in the other."""
    light = np.exp2(np.linspace(-8, np.log2(highest), 64, dtype=np.float32))[:, None, None]
    return np.minimum(light * np.random.default_rng(0).uniform(0.5, 1, (1, 48, 3)).astype(np.float32), highest)


@pytest.mark.parametrize("name", RESPONSES)
@pytest.mark.parametrize("seed", [None, 0, 1, 2])
@pytest.mark.parametrize("light", [scene(), scene(0.3), np.zeros((8, 8, 3), np.float32), scene(6e4)])
def test_every_camera_gives_a_picture(name: str, seed: int | None, light: np.ndarray) -> None:
    row = RESPONSES[name]
    respond = row.default if seed is None else row.draw(np.random.default_rng(seed))
    before = light.copy()
    picture = respond(light)
    assert picture.dtype == np.float32 and picture.shape == light.shape
    assert np.isfinite(picture).all() and picture.min() >= 0 and picture.max() <= 1
    assert np.array_equal(light, before)


@pytest.mark.parametrize("name", RESPONSES)
def test_every_row_says_what_it_is(name: str) -> None:
    row = choose_response(name)
    assert row.name == name and row.label and row.source.endswith(".")


@pytest.mark.parametrize("name", RESPONSES)
@pytest.mark.parametrize("seed", [None, 0, 1])
def test_more_light_is_never_darker(name: str, seed: int | None) -> None:
    row = RESPONSES[name]
    respond = row.default if seed is None else row.draw(np.random.default_rng(seed))
    grey = np.repeat(np.exp2(np.linspace(-9, 3, 400, dtype=np.float32))[None, :, None], 3, axis=2).repeat(40, axis=0)
    picture = respond(grey)[20].mean(axis=-1)
    # The local operator (Durand) may lift what lies beside darkness, by less than can be seen.
    assert np.diff(picture).min() > (-HALF_A_CODE if name == "durand" else -1e-6)
    assert picture[-1] - picture[0] > 0.3


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("seed", [None, 0, 1])
def test_a_curve_keeps_white_and_black_and_clips_above(name: str, seed: int | None) -> None:
    row = RESPONSES[name]
    respond = row.default if seed is None else row.draw(np.random.default_rng(seed))
    light = np.array([0, 1, 1.5, 1000], np.float32)[:, None, None].repeat(3, axis=2)
    assert respond(light)[:, 0, 0] == pytest.approx([0, 1, 1, 1], abs=1e-6)


def test_every_curve_has_an_inverse_to_be_tested_with() -> None:
    assert set(INVERSES) == set(CURVES)


@pytest.mark.parametrize("name", CURVES)
def test_what_is_not_clipped_comes_back_to_8_bits(name: str) -> None:
    light = scene(1.0)
    codes = photograph(light, response=RESPONSES[name].default)
    assert codes.dtype == np.uint8
    low, high = (INVERSES[name](np.clip(codes / 255 + sign * HALF_A_CODE, 0, 1)) for sign in (-1.001, 1.001))
    assert (low - 1e-5 <= light).all() and (light <= high + 1e-5).all()


def test_the_curves_are_those_of_their_papers() -> None:
    light = np.array([0.2], np.float32)
    assert gamma_curve(2.0)(light)[0] == pytest.approx(0.2**0.5, rel=1e-5)
    assert sigmoid_curve(0.8, 0.5)(light)[0] == pytest.approx(1.5 * 0.2**0.8 / (0.2**0.8 + 0.5), rel=1e-5)


def test_drawn_cameras_differ_and_repeat() -> None:
    light = scene()
    for row in (RESPONSES[name] for name in RESPONSES if name != "srgb"):
        one, other, again = (row.draw(np.random.default_rng(seed))(light) for seed in (1, 2, 1))
        assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_the_unknown_cameras_are_not_srgb() -> None:
    assert "srgb" not in UNKNOWN_RESPONSES and len(UNKNOWN_RESPONSES) > 1


def test_an_unknown_name_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match="srgb, gamma, sigmoid"):
        choose_response("film")


@pytest.mark.parametrize("gain", [1e-3, 1.0, 50.0])
def test_a_truth_is_anchored_to_its_photo_whatever_its_unit(gain: float) -> None:
    light = scene(0.7)
    anchored = anchor_to_photo(light * np.float32(gain), encode_srgb(light))
    assert np.allclose(anchored, light, rtol=1e-4)


def test_a_photo_without_middle_tones_leaves_the_truth_alone() -> None:
    light = scene()
    assert anchor_to_photo(light, np.ones_like(light)) is light
