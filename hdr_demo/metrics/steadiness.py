"""How steady a clip is: flicker that its source does not have, and detail along time.

Everything is taken frame by frame, so that no measure holds a clip.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np

from hdr_demo.color import luminance
from hdr_demo.metrics.light import LOWEST_LIGHT, log2_light

# Frames; with it the authors' measure is computed elsewhere too, over a window of four sigmas either way.
SMOOTHNESS_SIGMA = 5.0
WINDOW_SIGMAS = 4.0


def log2_mean_light(linear: np.ndarray) -> float:
    """Take the logarithm of a frame's mean luminance.

    Args:
        linear: Linear RGB, float32, (H, W, 3), [0, inf).

    Returns:
        In stops; 0 for a white frame.
    """
    return float(np.log2(max(luminance(linear).mean(dtype=np.float64), LOWEST_LIGHT)))


def mean_log2_light(linear: np.ndarray, mask: np.ndarray) -> float:
    """Take the mean logarithm of the luminance of some pixels, such as those that the camera lost.

    Args:
        linear: Linear RGB, float32, (H, W, 3), [0, inf).
        mask: Which, bool, (H, W).

    Returns:
        In stops; NaN where there is none.
    """
    if not mask.any():
        return float("nan")
    return float(log2_light(luminance(linear[mask])).mean(dtype=np.float64))


def flicker(tested: Sequence[float], reference: Sequence[float], cuts: Sequence[bool]) -> float:
    """Measure by how much a clip's brightness jumps from frame to frame where that of its reference does not.

    Args:
        tested: A brightness of each frame in stops, as `log2_mean_light` gives it.
        reference: The same of the clip that it was made of, or of the truth.
        cuts: Whether a frame is the first of a new shot: the change to it does not count.

    Returns:
        The standard deviation of the difference of both changes, in stops; NaN if no change can be compared.
    """
    off = np.subtract(tested, reference, dtype=np.float64)
    changes = np.diff(off)[~np.asarray(cuts, bool)[1:]]
    changes = changes[np.isfinite(changes)]
    return float(changes.std()) if changes.size else float("nan")


def wandering(errors: Sequence[float], cuts: Sequence[bool]) -> float:
    """Measure how far a brightness wanders from the truth and back in the course of a shot.

    Args:
        errors: Of each frame, in stops; NaN where there is nothing to compare.
        cuts: Whether a frame is the first of a new shot.

    Returns:
        The standard deviation about each shot's own mean, in stops; NaN if there is no error at all.
    """
    values, shots = np.asarray(errors, np.float64), np.cumsum(np.asarray(cuts, bool))
    known = np.isfinite(values)
    if not known.any():
        return float("nan")
    off = [values[known & (shots == shot)] for shot in np.unique(shots[known])]
    return float(np.sqrt(np.mean(np.concatenate([each - each.mean() for each in off]) ** 2)))


class TemporalDetail:
    """Sums up how much a clip differs from itself smoothed along time, pixel by pixel.

    It holds as many frames as the window has, 41, whatever the clip's length. Where the window passes the end of a
    shot, the weights inside it count.
    """

    def __init__(self, sigma: float = SMOOTHNESS_SIGMA) -> None:
        """Start with nothing seen.

        Args:
            sigma: Of the Gaussian along time, in frames.
        """
        self._radius = round(WINDOW_SIGMAS * sigma)
        self._weights = np.exp(-0.5 * (np.arange(-self._radius, self._radius + 1) / sigma) ** 2)
        self._frames: deque[np.ndarray] = deque()
        self._first = self._next = 0  # of the shot: the first frame held, and the next one to be smoothed
        self._energy = 0.0

    def add(self, plane: np.ndarray, *, is_cut: bool = False) -> None:
        """Take the next frame.

        Args:
            plane: Any encoding, float32, any shape; the same for every frame of a shot.
            is_cut: Whether it is the first of a new shot; the smoothing does not reach across.
        """
        if is_cut:
            self._flush()
        self._frames.append(plane)
        if self._first + len(self._frames) > self._next + self._radius:
            self._smooth_next()

    def finish(self) -> float:
        """Give the sum of the squared differences over all pixels of all frames."""
        self._flush()
        return self._energy

    def _flush(self) -> None:
        while self._next < self._first + len(self._frames):
            self._smooth_next()
        self._frames.clear()
        self._first = self._next = 0

    def _smooth_next(self) -> None:
        while self._first < self._next - self._radius:
            self._frames.popleft()
            self._first += 1
        start = self._first - self._next + self._radius
        weights = self._weights[start : start + len(self._frames)]
        smooth = np.zeros(self._frames[0].shape, np.float64)
        for weight, frame in zip(weights / weights.sum(), self._frames, strict=True):
            smooth += weight * frame
        self._energy += float(np.sum((self._frames[self._next - self._first] - smooth) ** 2))
        self._next += 1


def smoothness(tested: float, reference: float) -> float:
    """Compare how smoothly two clips of the same scene change (Eilertsen, Mantiuk & Unger 2019, section 5).

    S = sqrt(sum |y - G y|² / sum |x - G x|²), where y is the reference, x the clip, and G a Gaussian along time.

    Args:
        tested: The lower sum, as `TemporalDetail` gives it.
        reference: The upper one, of the truth.

    Returns:
        1 for a clip as smooth as the reference, less for one that flickers, more for one that is smoother; 1 too where
        nothing changes in either.
    """
    if tested == 0:
        return 1.0 if reference == 0 else float("inf")
    return float(np.sqrt(reference / tested))
