"""What a fit takes away, and what it leaves."""

import numpy as np
import pytest

from hdr_demo.color import luminance
from hdr_demo.metrics import correct_response, fit_gain


def scene(seed: int = 0) -> np.ndarray:
    return np.exp2(np.random.default_rng(seed).uniform(-6, 4, (40, 40, 3))).astype(np.float32)


@pytest.mark.parametrize("stops", [-3, 0, 5])
def test_the_gain_takes_an_exposure_away(stops: float) -> None:
    truth = scene()
    assert fit_gain(truth * np.float32(2.0**stops), truth) == pytest.approx(2.0**-stops, rel=1e-3)


def test_a_true_image_is_left_as_it_is() -> None:
    nits = 203 * scene()
    np.testing.assert_allclose(correct_response(nits, nits), nits, rtol=0.02, atol=0.05)


@pytest.mark.parametrize("gamma", [0.7, 1.4])
def test_the_correction_takes_a_response_away(gamma: float) -> None:
    # Coloured, but not so much that a channel's curve turns the hue: the map of colours is held near identity.
    truth = 203 * scene()[..., :1] * np.array([1.2, 1, 0.8], np.float32)
    bent = (203 * (truth / 203) ** gamma).astype(np.float32)
    before, after = (
        np.abs(np.log2(luminance(image) / luminance(truth))).mean() for image in (bent, correct_response(bent, truth))
    )
    assert before > 0.3 and after < 0.1 * before


def test_the_correction_invents_no_highlights() -> None:
    truth = 203 * scene()
    clipped = np.minimum(truth, 203)
    lost = truth.min(axis=-1) > 2 * 203
    corrected = correct_response(clipped, truth)[lost]
    # One answer for all that was white, whatever the truth.
    assert luminance(corrected).std() < 1e-3 * luminance(corrected).mean()


def test_a_picture_of_one_colour_can_be_corrected() -> None:
    grey = np.full((16, 16, 3), 50, np.float32)
    assert np.isfinite(correct_response(grey, 2 * grey)).all()
