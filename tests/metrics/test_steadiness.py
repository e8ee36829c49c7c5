"""Steadiness obeys its laws: what is steady scores so, known jitter scores itself, a cut is left out."""

import tracemalloc

import cv2
import numpy as np
import pytest

from hdr_demo.metrics import TemporalDetail, flicker, log2_mean_light, mean_log2_light, smoothness, wandering

FRAMES = 41
NO_CUTS = [False] * FRAMES


def frame(stops: float = 0.0) -> np.ndarray:
    light = np.random.default_rng(1).random((6, 8, 3), np.float32) + 0.5
    return light * np.float32(2**stops)


def detail(planes: np.ndarray, cuts: list[bool] | None = None) -> float:
    measured = TemporalDetail()
    for plane, is_cut in zip(planes, cuts or [False] * len(planes), strict=True):
        measured.add(plane, is_cut=is_cut)
    return measured.finish()


def test_a_steady_clip_does_not_flicker() -> None:
    lights = [log2_mean_light(frame())] * FRAMES
    assert flicker(lights, lights, NO_CUTS) == 0
    assert flicker(np.add(lights, 3), lights, NO_CUTS) == 0  # a brighter one neither


def test_known_jitter_scores_itself() -> None:
    """Up and down by a third of a stop in turn: every change is a third of a stop."""
    steady = [log2_mean_light(frame())] * FRAMES
    pumping = [log2_mean_light(frame(stops=number % 2 / 3)) for number in range(FRAMES)]
    assert flicker(pumping, steady, NO_CUTS) == pytest.approx(1 / 3, abs=1e-5)


def test_an_even_slope_is_no_flicker() -> None:
    assert flicker(np.linspace(0, 5, FRAMES), np.zeros(FRAMES), NO_CUTS) == pytest.approx(0, abs=1e-9)


def test_a_source_that_flickers_itself_is_not_blamed_on_its_copy() -> None:
    jitter = np.random.default_rng(0).normal(0, 0.5, FRAMES)
    source = [log2_mean_light(frame(stops)) for stops in jitter]
    copy = [log2_mean_light(4 * frame(stops)) for stops in jitter]
    assert flicker(copy, source, NO_CUTS) < 1e-5
    assert flicker(np.zeros(FRAMES), source, NO_CUTS) == pytest.approx(np.diff(jitter).std(), rel=1e-4)


def test_a_cut_is_left_out() -> None:
    cuts = [number == 20 for number in range(FRAMES)]
    jump = [6.0 * (number >= 20) for number in range(FRAMES)]
    assert flicker(jump, np.zeros(FRAMES), cuts) == 0
    assert flicker(jump, np.zeros(FRAMES), NO_CUTS) > 0.5
    assert wandering(jump, cuts) == 0
    assert wandering(jump, NO_CUTS) == pytest.approx(3, abs=0.01)


def test_frames_with_nothing_to_compare_are_left_out() -> None:
    errors = [1.0, float("nan"), 1.0, 1.0]
    assert flicker(errors, [0.0] * 4, [False] * 4) == wandering(errors, [False] * 4) == 0
    nothing = [float("nan")] * 4
    assert np.isnan(flicker(nothing, [0.0] * 4, [False] * 4)) and np.isnan(wandering(nothing, [False] * 4))


def test_the_lost_pixels_are_measured_by_themselves() -> None:
    linear, mask = np.ones((4, 4, 3), np.float32), np.zeros((4, 4), bool)
    linear[0], mask[0] = 8, True
    linear[3] = 1000
    assert mean_log2_light(linear, mask) == pytest.approx(3, abs=1e-5)
    assert np.isnan(mean_log2_light(linear, np.zeros((4, 4), bool)))


def test_a_black_frame_is_finite() -> None:
    assert log2_mean_light(np.zeros((4, 4, 3), np.float32)) == -16


@pytest.mark.parametrize("frames", [1, 7, 60])
def test_a_still_clip_is_as_smooth_as_another(frames: int) -> None:
    still = np.repeat(frame()[np.newaxis], frames, axis=0)
    assert detail(still) == pytest.approx(0, abs=1e-9)
    assert smoothness(0.0, 0.0) == 1


def test_twice_the_jitter_is_half_as_smooth() -> None:
    jitter = np.random.default_rng(0).normal(0, 1, (60, 4, 5)).astype(np.float32)
    assert smoothness(detail(2 * jitter + 7), detail(jitter)) == pytest.approx(0.5, rel=1e-5)
    assert smoothness(detail(jitter), detail(jitter)) == 1


def test_the_smoothing_is_that_of_opencv() -> None:
    """The clip is dark for a whole window at either end, where the two differ."""
    clip = np.zeros((100, 12))
    clip[40:60] = np.random.default_rng(0).normal(0, 1, (20, 12))
    expected = np.sum((clip - cv2.GaussianBlur(clip, (1, 41), sigmaX=1, sigmaY=5)) ** 2)
    assert detail(clip) == pytest.approx(expected, rel=1e-9)


def test_the_smoothing_does_not_reach_across_a_cut() -> None:
    clip = np.zeros((30, 2, 2), np.float32)
    clip[13:] = 5
    assert detail(clip, [number == 13 for number in range(30)]) == pytest.approx(0, abs=1e-9)
    assert detail(clip) > 1


def test_memory_does_not_grow_with_the_clip() -> None:
    def peak(frames: int) -> int:
        tracemalloc.start()
        measured = TemporalDetail()
        for number in range(frames):
            measured.add(np.full((50, 50), number, np.float32))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(300) < 1.1 * peak(60)
