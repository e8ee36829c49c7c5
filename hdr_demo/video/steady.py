"""Make the light of a clip steady: what flickers and is not in the clip itself is smoothed within each shot.

The unclipped part of a frame is the frame, so it is as steady as the clip. The rest depends on a few numbers that are
estimated for each frame anew: how bright and how contrasty the network finds the clipped areas, the response that it
reads, and what the tone mapper measures. Each of them is a curve over time, and is replaced by a local line through its
neighbours before and after: a curve that is level or rises evenly stays what it is, without any lag.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from hdr_demo.calibration import Fit, blend_weight, calibrate, fit, needs_network, read_light
from hdr_demo.color import brightest_channel, luminance
from hdr_demo.reading import Reading
from hdr_demo.tonemap import measure, tone_map
from hdr_demo.video.clip import Frame
from hdr_demo.video.expand import Answer
from hdr_demo.video.hdr_frame import HdrFrame
from hdr_demo.video.settings import ClipSettings

# How far the neighbours reach. Frames that wait for those after them lie in memory, so these are few.
BEFORE_SECONDS, AFTER_SECONDS = 0.5, 0.25
MOST_WAITING = 8

# Drift is measured on so many pixels of a frame at the most, and not on fewer that were clipped in both frames.
MEASURED_PIXELS = 40_000
LEAST_PIXELS = 24
# Where the clipped areas have less contrast than this, in stops from the 10th to the 90th percentile, none is measured.
LEAST_SPREAD = 0.5
# A change of contrast beyond this from one frame to the next is other content, not drift; in log2.
MOST_STRETCH = 0.5
DARKEST = 2.0**-20


@dataclass(frozen=True)
class _Waiting:
    """A frame whose neighbours are still to come.

    `bright` is the answer where it counts, float32, (N, 3): the pixels that `needs_network` finds.
    """

    frame: Frame
    seconds: float
    bright: np.ndarray
    fitted: Fit
    pivot: float
    numbers: np.ndarray


class Drift:
    """How the light that the network gives to clipped areas changes from frame to frame, added up within a shot.

    The same pixels are compared, those that are clipped in both frames: what moves in and out has no say.
    """

    def __init__(self) -> None:
        """Start a shot."""
        self.stops, self.stretch = 0.0, 0.0
        self._seen: np.ndarray | None = None
        self._light: np.ndarray | None = None

    def step(self, ldr: np.ndarray, raw: np.ndarray, reading: Reading, fitted: Fit) -> float:
        """Take the next frame of the shot.

        Args:
            ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
            raw: The network's own scale, float32, (H, W, 3), [0, 1].
            reading: How the checkpoint's output is to be read.
            fitted: What `calibration.fit` gives for this frame.

        Returns:
            The median light of its clipped pixels in stops, 0 without any. `stops` and `stretch` (the
            logarithm of a factor of contrast, to the base 2) are those of this frame against the shot's first.
        """
        step = max(1, int((ldr.shape[0] * ldr.shape[1] / MEASURED_PIXELS) ** 0.5))
        small = ldr[::step, ::step]
        seen = blend_weight(brightest_channel(small)) > 0.5
        light = np.zeros(seen.shape, np.float32)
        light[seen] = np.log2(
            np.maximum(luminance(read_light(raw[::step, ::step][seen], reading, fitted)), np.float32(DARKEST))
        )
        if self._seen is not None:
            both = seen & self._seen
            if np.count_nonzero(both) >= LEAST_PIXELS:
                now, before = light[both], self._light[both]
                self.stops += float(np.median(now - before))
                spread, spread_before = (np.subtract(*np.percentile(part, (90, 10))) for part in (now, before))
                if min(spread, spread_before) > LEAST_SPREAD:
                    self.stretch += float(np.clip(np.log2(spread / spread_before), -MOST_STRETCH, MOST_STRETCH))
        self._seen, self._light = seen, light
        return float(np.median(light[seen])) if seen.any() else 0.0


def steady(
    answers: Iterator[Answer], reading: Reading, settings: ClipSettings, *, renders: bool = True
) -> Iterator[HdrFrame]:
    """Give each frame its light, smooth in time.

    Args:
        answers: What the network says about each frame.
        reading: How the checkpoint's output is to be read.
        settings: What was chosen; without `smooth`, each frame is calibrated and rendered by itself.
        renders: Whether anybody will ask for tone-mapped frames.

    Yields:
        The frames, in their order, at most `MOST_WAITING` frames late.
    """
    waiting: deque[_Waiting] = deque()
    past: deque[tuple[float, np.ndarray]] = deque()
    drift = Drift()

    def release() -> HdrFrame:
        now = waiting.popleft()
        numbers = now.numbers
        if settings.smooth:
            window = [*past, (now.seconds, now.numbers), *((later.seconds, later.numbers) for later in waiting)]
            numbers = smooth_at(now.seconds, window)
            past.append((now.seconds, now.numbers))
            while past[0][0] <= now.seconds - BEFORE_SECONDS:
                past.popleft()
        return _finish(now, numbers, reading, settings, renders)

    for answer in answers:
        if answer.begins_shot:
            while waiting:
                yield release()
            past.clear()
            drift = Drift()
        waiting.append(_measure(answer, drift, reading, settings, renders))
        ahead = AFTER_SECONDS if settings.smooth else 0.0
        while waiting and (waiting[0].seconds + ahead <= answer.seconds or len(waiting) > MOST_WAITING):
            yield release()
    while waiting:
        yield release()


def smooth_at(now: float, window: list[tuple[float, np.ndarray]]) -> np.ndarray:
    """Put a line through neighbours in time and read it at one of them (local regression, Cleveland 1979).

    Args:
        now: When, in seconds.
        window: Times in seconds, ascending, and numbers, float64, (N,) each; one of the times is `now`.

    Returns:
        The smoothed numbers, float64, (N,). Numbers that do not change are given back to the bit.
    """
    times = np.array([seconds for seconds, _ in window]) - now
    here = window[int(np.argmin(np.abs(times)))][1]
    change = np.stack([numbers for _, numbers in window]) - here
    reach = np.where(times < 0, BEFORE_SECONDS, AFTER_SECONDS)
    weights = np.maximum(1 - np.abs(times / reach) ** 3, 0) ** 3
    total, first, second = (float(np.sum(weights * times**power)) for power in range(3))
    spread = second * total - first * first
    # With neighbours on one side of the shot's end only, a line still has no lag; with none at all there is no line.
    if spread <= 1e-12:
        return here + weights @ change / total
    return here + ((second - first * times) * weights) @ change / spread


def _measure(answer: Answer, drift: Drift, reading: Reading, settings: ClipSettings, renders: bool) -> _Waiting:
    ldr = answer.frame.ldr
    fitted = fit(answer.raw, ldr, reading, settings.scale)
    pivot = drift.step(ldr, answer.raw, reading, fitted)
    response = np.empty(0) if fitted.response is None else fitted.response
    statistics = np.empty(0)
    if renders:
        hdr = calibrate(answer.raw, ldr, reading, settings.scale, fitted=fitted)
        statistics = measure(_expose(hdr, settings), settings.operator, **settings.parameters)
    numbers = np.concatenate([[drift.stops, drift.stretch], response, statistics]).astype(np.float64)
    return _Waiting(answer.frame, answer.seconds, answer.raw[needs_network(ldr)], fitted, pivot, numbers)


def _finish(now: _Waiting, numbers: np.ndarray, reading: Reading, settings: ClipSettings, renders: bool) -> HdrFrame:
    ldr = now.frame.ldr
    raw = np.zeros_like(ldr)
    raw[needs_network(ldr)] = now.bright
    responses = 0 if now.fitted.response is None else len(now.fitted.response)
    offset, stretch = (numbers - now.numbers)[:2]
    fitted = now.fitted
    if offset or stretch:
        # log2 light becomes pivot + offset + slope * (log2 light - pivot), as far as it reaches: nothing is clamped.
        slope = 2.0**stretch
        gain = fitted.gain**slope * 2.0 ** (now.pivot * (1 - slope) + offset)
        fitted = replace(fitted, gain=float(gain), slope=float(fitted.slope * slope))
    if responses:
        fitted = replace(fitted, response=numbers[2 : 2 + responses].astype(np.float32))
    hdr = calibrate(raw, ldr, reading, settings.scale, fitted=fitted)
    return HdrFrame(now.frame, hdr, partial(_render, numbers[2 + responses :] if renders else None, settings))


def _render(statistics: np.ndarray | None, settings: ClipSettings, hdr: np.ndarray) -> np.ndarray:
    return tone_map(_expose(hdr, settings), settings.operator, statistics=statistics, **settings.parameters)


def _expose(hdr: np.ndarray, settings: ClipSettings) -> np.ndarray:
    return hdr * np.float32(2**settings.stops) if settings.stops else hdr
