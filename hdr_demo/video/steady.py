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
from hdr_demo.tonemap import has_light, measure, tone_map
from hdr_demo.video.clip import Frame
from hdr_demo.video.expand import Answer
from hdr_demo.video.hdr_frame import HdrFrame
from hdr_demo.video.settings import ClipSettings

# How far the neighbours reach. Frames that wait for those after them lie in memory, so these are few: eight of
# 1920×1080, two of 4K.
BEFORE_SECONDS, AFTER_SECONDS = 0.5, 0.25
MOST_WAITING, LEAST_WAITING, MOST_WAITING_PIXELS = 8, 2, 8 * 1920 * 1080

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

    `bright` is the answer where it counts, float32, (N, 3): the pixels that `needs_network` finds. `response` is empty
    but in "radiometric", `statistics` are empty if nobody renders, and NaN of a black frame.
    """

    frame: Frame
    seconds: float
    bright: np.ndarray
    fitted: Fit
    pivot: float
    drift: np.ndarray
    response: np.ndarray
    statistics: np.ndarray


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
        The frames, in their order, at most a quarter of a second and `MOST_WAITING` frames late.
    """
    waiting: deque[_Waiting] = deque()
    past: deque[_Waiting] = deque()
    drift = Drift()

    def release() -> HdrFrame:
        now = waiting.popleft()
        if not settings.smooth:
            return _finish(now, now.drift, now.response, now.statistics, reading, settings, renders)
        window = [*past, now, *waiting]
        smoothed = (_smooth(now, window, what) for what in ("drift", "response", "statistics"))
        frame = _finish(now, *smoothed, reading, settings, renders)
        past.append(replace(now, frame=None, bright=None))  # the numbers stay, the pictures go
        while past[0].seconds <= now.seconds - BEFORE_SECONDS:
            past.popleft()
        return frame

    for answer in answers:
        if answer.begins_shot:
            while waiting:
                yield release()
            past.clear()
            drift = Drift()
        waiting.append(_measure(answer, drift, reading, settings, renders))
        ahead = AFTER_SECONDS if settings.smooth else 0.0
        height, width = answer.raw.shape[:2]
        most = int(np.clip(MOST_WAITING_PIXELS // (height * width), LEAST_WAITING, MOST_WAITING))
        while waiting and (waiting[0].seconds + ahead <= answer.seconds or len(waiting) > most):
            yield release()
    while waiting:
        yield release()


def _smooth(now: _Waiting, window: list[_Waiting], what: str) -> np.ndarray:
    """Smooth one kind of numbers; frames that have none (a black one says nothing of the light) have no say."""
    if np.isnan(getattr(now, what)).any():
        return getattr(now, what)
    known = [(one.seconds, getattr(one, what)) for one in window if not np.isnan(getattr(one, what)).any()]
    return smooth_at(now.seconds, known)


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
    response = np.empty(0) if fitted.response is None else fitted.response.astype(np.float64)
    statistics = np.empty(0)
    if renders:
        hdr = calibrate(answer.raw, ldr, reading, settings.scale, fitted=fitted)
        statistics = measure(_expose(hdr, settings), settings.operator, **settings.parameters)
        if not has_light(hdr):
            statistics = np.full_like(statistics, np.nan)
    moved = np.array([drift.stops, drift.stretch])
    bright = answer.raw[needs_network(ldr)]
    return _Waiting(answer.frame, answer.seconds, bright, fitted, pivot, moved, response, statistics)


def _finish(
    now: _Waiting,
    drift: np.ndarray,
    response: np.ndarray,
    statistics: np.ndarray,
    reading: Reading,
    settings: ClipSettings,
    renders: bool,
) -> HdrFrame:
    ldr = now.frame.ldr
    raw = np.zeros_like(ldr)
    raw[needs_network(ldr)] = now.bright
    offset, stretch = drift - now.drift
    fitted = now.fitted
    if offset or stretch:
        # log2 light becomes pivot + offset + slope * (log2 light - pivot), as far as it reaches: nothing is clamped.
        slope = 2.0**stretch
        gain = fitted.gain**slope * 2.0 ** (now.pivot * (1 - slope) + offset)
        fitted = replace(fitted, gain=float(gain), slope=float(fitted.slope * slope))
    if response.size:
        # A line through responses may fall, or end above white; a response does neither.
        rising = np.minimum(np.maximum.accumulate(response), 0)
        fitted = replace(fitted, response=rising.astype(np.float32))
    hdr = calibrate(raw, ldr, reading, settings.scale, fitted=fitted)
    known = None if not renders or np.isnan(statistics).any() else statistics
    return HdrFrame(now.frame, hdr, partial(_render, known, settings))


def _render(statistics: np.ndarray | None, settings: ClipSettings, hdr: np.ndarray) -> np.ndarray:
    return tone_map(_expose(hdr, settings), settings.operator, statistics=statistics, **settings.parameters)


def _expose(hdr: np.ndarray, settings: ClipSettings) -> np.ndarray:
    return hdr * np.float32(2**settings.stops) if settings.stops else hdr
