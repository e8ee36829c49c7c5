"""What flickers is smoothed within a shot; what is steady, moves evenly or is cut stays what it is."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from hdr_demo.calibration import Fit, calibrate
from hdr_demo.color import luminance
from hdr_demo.reading import OUR_READING
from hdr_demo.tonemap import TONE_MAPPERS, tone_map
from hdr_demo.video.clip import Frame
from hdr_demo.video.expand import Answer
from hdr_demo.video.settings import ClipSettings
from hdr_demo.video.steady import AFTER_SECONDS, BEFORE_SECONDS, MOST_WAITING, smooth_at, steady

RATE = 25
SIDE = 48
ROUNDING = 1e-5  # relative: float32 powers and logarithms


def window_frame(index: int) -> Frame:
    """A room with a window: a grey ramp, and a clipped square in its middle."""
    codes = np.repeat(np.linspace(10, 180, SIDE).astype(np.uint8)[None, :, None], SIDE, axis=0).repeat(3, axis=2)
    codes[12:36, 12:36] = 255
    return Frame(index, index, 1, np.ascontiguousarray(codes))


def answer(index: int, stops: float, *, spread: float = 1.0, cut: bool = False, frame: Frame | None = None) -> Answer:
    """The window is from stops to stops + spread above white, from its top to its bottom."""
    light = np.zeros((SIDE, SIDE, 3))
    light[12:36] = np.linspace(stops, stops + spread, 24)[:, None, None]
    raw = ((light - OUR_READING.stops_floor) / OUR_READING.stops_range).astype(np.float32)
    return Answer(frame or window_frame(index), cut or index == 0, index / RATE, raw)


def run(answers: list[Answer], **settings: object) -> list:
    return list(steady(iter(answers), OUR_READING, ClipSettings(**settings)))


def window_stops(hdr: np.ndarray) -> float:
    return float(np.log2(luminance(hdr[12:36, 12:36])).mean())


def test_a_steady_clip_comes_out_as_its_frames_do_alone():
    answers = [answer(index, 1.5) for index in range(30)]
    for given, got in zip(answers, run(answers), strict=True):
        alone = calibrate(given.raw, given.frame.ldr, OUR_READING)
        assert np.array_equal(got.hdr, alone)
        assert np.abs(got.sdr - tone_map(alone)).max() < ROUNDING


def test_a_flicker_of_the_answer_is_smoothed_and_its_level_kept():
    rng = np.random.default_rng(1)
    jitter = rng.normal(0, 0.2, 40)
    answers = [answer(index, 2 + change) for index, change in enumerate(jitter)]
    rough = [window_stops(frame.hdr) for frame in run(answers, smooth=False)]
    smooth = [window_stops(frame.hdr) for frame in run(answers)]
    assert np.diff(smooth).std() < np.diff(rough).std() / 5
    assert abs(np.mean(smooth) - np.mean(rough)) < 0.05


def test_a_flicker_of_contrast_is_smoothed():
    rng = np.random.default_rng(2)
    answers = [answer(index, 1, spread=2 * 2**change) for index, change in enumerate(rng.normal(0, 0.15, 40))]

    def contrast(frames: list) -> np.ndarray:
        return np.array([np.ptp(np.log2(luminance(frame.hdr[12:36, 20]))) for frame in frames])

    assert np.diff(contrast(run(answers))).std() < np.diff(contrast(run(answers, smooth=False))).std() / 4


def test_light_that_rises_evenly_is_not_delayed():
    answers = [answer(index, 1 + 0.05 * index) for index in range(30)]
    for given, got in zip(answers, run(answers), strict=True):
        alone = calibrate(given.raw, given.frame.ldr, OUR_READING)
        assert np.abs(np.log2(got.hdr / alone)).max() < 1e-3


def test_the_brightest_light_follows_the_line_and_is_not_clamped():
    answers = [answer(index, 1.0 + 0.3 * (index == 10)) for index in range(20)]
    for one in answers:
        one.raw[14, 14] += 4 / OUR_READING.stops_range  # a lamp, 4 stops above, in fewer than 1 % of the window
    peak = [float(frame.hdr.max()) for frame in run(answers)]
    alone = [float(frame.hdr.max()) for frame in run(answers, smooth=False)]
    assert np.ptp(np.log2(alone)) > 0.25
    assert np.ptp(np.log2(peak)) < 0.12
    assert min(peak) > 0.9 * min(alone)


def test_the_unclipped_part_of_a_frame_is_left_as_it_is():
    rng = np.random.default_rng(3)
    answers = [answer(index, 2 + change) for index, change in enumerate(rng.normal(0, 0.3, 12))]
    for got, alone in zip(run(answers), run(answers, smooth=False), strict=True):
        assert np.array_equal(got.hdr[:10], alone.hdr[:10])


def test_a_cut_is_not_smeared():
    first = [answer(index, 1) for index in range(10)]
    second = [answer(index, 3, cut=index == 10) for index in range(10, 20)]
    for got, given in zip(run(first + second), first + second, strict=True):
        assert np.array_equal(got.hdr, calibrate(given.raw, given.frame.ldr, OUR_READING))


@pytest.mark.parametrize("operator", [name for name, row in TONE_MAPPERS.items() if row.measure])
def test_what_a_tone_mapper_measures_is_smoothed_too(operator):
    """A lamp flares up in single frames, elsewhere nothing changes: there the picture must not pump."""
    rng = np.random.default_rng(4)
    answers = [answer(index, 1) for index in range(24)]
    for one in answers:  # as much light as moves any statistic, in too few of the measured pixels to be drift
        one.frame.codes[:9, :] = np.uint8(rng.integers(3, 60))

    def pumping(frames: list) -> float:
        return float(np.diff([frame.sdr[40:].mean() for frame in frames]).std())

    still, pumped = pumping(run(answers, operator=operator)), pumping(run(answers, operator=operator, smooth=False))
    assert pumped > 1e-4
    assert still < pumped / 3


def test_radiometric_smooths_the_response_and_it_remains_one(monkeypatch):
    rng = np.random.default_rng(5)
    answers = []
    for index, change in enumerate(rng.normal(0, 0.2, 20)):
        one = answer(index, 1)
        dark = one.frame.ldr[..., :1] < 0.8
        stops = np.log2(np.maximum(one.frame.ldr, 1e-3)) * (1 + change)
        one.raw[:] = np.where(dark, (stops - OUR_READING.stops_floor) / OUR_READING.stops_range, one.raw)
        answers.append(one)

    def middle(frames: list) -> np.ndarray:
        return np.array([np.log2(frame.hdr[2, 20, 1]) for frame in frames])

    seen = []

    def watched(*given: object, fitted: Fit, **named: object) -> np.ndarray:
        seen.append(fitted.response)
        return calibrate(*given, fitted=fitted, **named)

    monkeypatch.setattr("hdr_demo.video.steady.calibrate", watched)
    smooth = middle(run(answers, scale="radiometric"))
    assert all(np.diff(response).min() >= 0 and response.max() <= 0 for response in seen)
    assert np.diff(smooth).std() < np.diff(middle(run(answers, scale="radiometric", smooth=False))).std() / 4


@pytest.mark.parametrize("operator", [name for name, row in TONE_MAPPERS.items() if row.measure])
def test_a_black_frame_does_not_change_its_neighbours(operator):
    answers = [answer(index, 1) for index in range(16)]
    answers[8].frame.codes[:] = 0
    answers[8].raw[:] = 0
    frames = run(answers, operator=operator)
    alone = tone_map(calibrate(answers[0].raw, answers[0].frame.ldr, OUR_READING), operator)
    assert max(np.abs(frame.sdr - alone).max() for frame in frames[:8] + frames[9:]) < ROUNDING
    assert frames[8].sdr.max() < 0.01


@pytest.mark.parametrize("rate, late", [(25, AFTER_SECONDS * 25), (240, MOST_WAITING)])
def test_few_frames_wait(rate, late):
    taken = 0

    def counted() -> Iterator[Answer]:
        nonlocal taken
        for index in range(100):
            taken += 1
            yield replace(answer(index, 1), seconds=index / rate)

    for given, _ in enumerate(steady(counted(), OUR_READING, ClipSettings())):
        assert taken - given <= late + 2


def test_fewer_large_frames_wait(monkeypatch):
    monkeypatch.setattr("hdr_demo.video.steady.MOST_WAITING_PIXELS", 3 * SIDE * SIDE)
    taken = 0

    def counted() -> Iterator[Answer]:
        nonlocal taken
        for index in range(20):
            taken += 1
            yield answer(index, 1)

    for given, _ in enumerate(steady(counted(), OUR_READING, ClipSettings())):
        assert taken - given <= 4


def test_a_clip_of_one_frame_is_that_frame():
    (got,) = run([answer(0, 2)])
    assert np.array_equal(got.hdr, calibrate(answer(0, 2).raw, window_frame(0).ldr, OUR_READING))


@pytest.mark.parametrize("at", [0, 1, 7, 14])
def test_a_line_is_its_own_smooth_line_even_at_its_ends(at):
    times = np.arange(15) / RATE
    window = [(time, np.array([3.0 - 2 * time, 5.0])) for time in times]
    assert np.allclose(smooth_at(times[at], window), [3 - 2 * times[at], 5], atol=1e-12)


def test_numbers_that_do_not_change_stay_what_they_are_to_the_bit():
    window = [(index / RATE, np.array([0.1, np.pi])) for index in range(9)]
    assert np.array_equal(smooth_at(4 / RATE, window), [0.1, np.pi])


def test_neighbours_out_of_reach_have_no_say():
    window = [(-BEFORE_SECONDS, np.array([9.0])), (0.0, np.array([1.0])), (AFTER_SECONDS, np.array([9.0]))]
    assert smooth_at(0.0, window) == 1
