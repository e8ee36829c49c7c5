"""The protocols of the ExpandNet paper put the percentiles where it says."""

import numpy as np
import pytest

from hdr_demo.metrics import match_to_display, match_to_truth


def scene(seed: int = 0) -> np.ndarray:
    return np.exp2(np.random.default_rng(seed).uniform(-6, 4, (50, 50, 3))).astype(np.float32)


def test_the_display_shows_1_to_999_nits() -> None:
    shown = match_to_display(scene())
    assert np.percentile(shown, (0.1, 99.9)) == pytest.approx([1, 999], rel=1e-3)
    assert shown.min() >= 0


def test_no_unit_and_no_black_level_matter() -> None:
    hdr = scene()
    np.testing.assert_allclose(match_to_display(hdr * 8 + 1), match_to_display(hdr), rtol=1e-3, atol=1e-2)


def test_the_scene_keeps_the_range_of_the_truth() -> None:
    truth = scene(1)
    assert np.percentile(match_to_truth(scene() / 7, truth), (0.1, 99.9)) == pytest.approx(
        np.percentile(truth, (0.1, 99.9)), rel=1e-3
    )


def test_a_black_image_stays_finite() -> None:
    assert np.isfinite(match_to_display(np.zeros((8, 8, 3), np.float32))).all()
