"""Where one shot ends and the next begins.

The measure is that of PySceneDetect's AdaptiveDetector (BSD licence) with its default thresholds: how much hue,
saturation and value change from one frame to the next, and how many times as much as in the frames around. A pan, a
fade and noise change every frame alike, so they are no cuts. PySceneDetect itself would bring a second OpenCV along.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import cv2
import numpy as np

from hdr_demo.video.clip import Frame

# AdaptiveDetector: `window_width`, `adaptive_threshold`, `min_content_val`.
REACH = 2
LEAST_RATIO = 3.0
LEAST_CHANGE = 15.0
# The width to which PySceneDetect reduces frames (`DEFAULT_MIN_WIDTH`) and for which its thresholds were chosen. Means
# of pixels are taken, where it interpolates, because grain then counts for less.
WIDTH = 256

_MOST = 255.0
# How many frames before the one in question are remembered.
_BEFORE = REACH + 1


@dataclass(frozen=True)
class _Look:
    """A reduced frame in HSV, uint8, (h, w, 3), and how much it differs from the frame before."""

    hsv: np.ndarray
    change: float


def find_cuts(frames: Iterator[Frame]) -> Iterator[tuple[Frame, bool]]:
    """Tell of each frame whether a new shot begins with it; two frames are read ahead.

    A flash of one or two frames, after which the shot goes on, is no cut.

    Args:
        frames: In the order in which they are shown.

    Yields:
        Each frame, and True for the first frame of a shot; the first frame of all is one.
    """
    waiting: deque[Frame] = deque()
    around: deque[_Look | None] = deque([None] * (_BEFORE + 1 + REACH), _BEFORE + 1 + REACH)
    for frame in chain(frames, (None,) * REACH):
        if frame is None:
            around.append(None)
        else:
            waiting.append(frame)
            hsv = reduce_frame(frame.codes)
            before = around[-1]
            around.append(_Look(hsv, 0.0 if before is None else measure_change(before.hsv, hsv)))
        if around[_BEFORE] is not None:
            is_first = around[_BEFORE - 1] is None
            yield waiting.popleft(), is_first or (_stands_out(around) and not _is_flash(around))


def reduce_frame(codes: np.ndarray) -> np.ndarray:
    """Reduce a frame to what cuts are found by.

    Args:
        codes: Display-encoded sRGB, uint8 or uint16, (H, W, 3).

    Returns:
        Hue of [0, 180), saturation and value of [0, 255], uint8, (h, w, 3), w at most `WIDTH`.
    """
    height, width = codes.shape[:2]
    if width > WIDTH:
        codes = cv2.resize(codes, (WIDTH, max(1, round(height * WIDTH / width))), interpolation=cv2.INTER_AREA)
    if codes.dtype == np.uint16:
        codes = cv2.convertScaleAbs(codes, alpha=255 / 65535)
    return cv2.cvtColor(codes, cv2.COLOR_RGB2HSV)


def measure_change(before: np.ndarray, after: np.ndarray) -> float:
    """Average the absolute differences of hue, saturation and value over two frames (`content_val`).

    Args:
        before: As `reduce_frame` gives it.
        after: Likewise, of the same size.

    Returns:
        From 0 to 255.
    """
    return sum(cv2.mean(cv2.absdiff(before, after))[:3]) / 3


def _stands_out(around: deque[_Look | None]) -> bool:
    """Tell whether the frame at `_BEFORE` differs much, and much more than its neighbours (`adaptive_ratio`).

    Where the clip begins or ends the neighbours are fewer; PySceneDetect finds no cut there. The first frame counts as
    one that does not differ, as it does there.
    """
    change = around[_BEFORE].change
    places = (place for place in range(_BEFORE - REACH, _BEFORE + REACH + 1) if place != _BEFORE)
    neighbours = [around[place].change for place in places if around[place] is not None]
    average = sum(neighbours) / len(neighbours)
    ratio = min(change / average, _MOST) if average >= 1e-5 else _MOST
    return change >= LEAST_CHANGE and ratio >= LEAST_RATIO


def _is_flash(around: deque[_Look | None]) -> bool:
    """Tell whether the picture is soon again what it was before the frame at `_BEFORE`, or is so with that frame."""
    edges = [(_BEFORE - 1, _BEFORE + length) for length in range(1, REACH + 1)]
    edges += [(_BEFORE - 1 - length, _BEFORE) for length in range(1, REACH + 1)]
    pairs = [(around[before], around[after]) for before, after in edges]
    return any(
        before is not None and after is not None and measure_change(before.hsv, after.hsv) < LEAST_CHANGE
        for before, after in pairs
    )
