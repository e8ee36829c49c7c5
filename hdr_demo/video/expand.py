"""Ask the network about one frame after the other, with global features that change slowly."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from hdr_demo.errors import Stopped
from hdr_demo.photo import PhotoExpander
from hdr_demo.video.clip import Frame
from hdr_demo.video.settings import ClipSettings

# The global branch reads 64 numbers from a copy of 256×256 pixels that is not antialiased, so they tremble with noise
# and motion. Half a second is less than an eye needs to adapt, and more than any tremble lasts.
FEATURES_SECONDS = 0.5


@dataclass(frozen=True)
class Answer:
    """What the network says about one frame.

    Attributes:
        frame: The frame.
        begins_shot: Whether a new shot begins with it.
        seconds: When it is shown, on the clip's own clock.
        raw: The network's own scale, float32, (H, W, 3), [0, 1]; as `PhotoExpander.ask` gives it.
    """

    frame: Frame
    begins_shot: bool
    seconds: float
    raw: np.ndarray


class FeatureAverage:
    """The global features of each size of a frame, averaged exponentially over time."""

    def __init__(self, seconds: float = FEATURES_SECONDS) -> None:
        """Start with no memory; what is older than `seconds` counts less than a third."""
        self._span = seconds
        self._means: dict[int, np.ndarray] = {}
        self._share = 1.0

    def step(self, seconds: float, *, forget: bool) -> None:
        """Begin a frame.

        Args:
            seconds: Since the frame before.
            forget: Whether it belongs to another shot.
        """
        if forget:
            self._means.clear()
        self._share = 1 - math.exp(-max(seconds, 0) / self._span)

    def __call__(self, level: int, features: np.ndarray) -> np.ndarray:
        """Take the features of one size of the frame, float32, (64,), and give those that are to be used."""
        mean = self._means.get(level)
        # Written as a step, so that features which do not change stay what they are, to the bit.
        mean = features if mean is None else mean + np.float32(self._share) * (features - mean)
        self._means[level] = mean
        return mean


def expand_frames(
    frames: Iterator[tuple[Frame, bool]],
    expander: PhotoExpander,
    time_base: Fraction,
    settings: ClipSettings,
    *,
    should_stop: Callable[[], bool] | None = None,
) -> Iterator[Answer]:
    """Ask the network about every frame. The input is never stretched: a code of 255 is 1 in every frame.

    Args:
        frames: Each with whether a new shot begins there.
        expander: The network; or what takes turns with others for it.
        time_base: The unit of the frames' time stamps, in seconds.
        settings: What was chosen.
        should_stop: Asked before each frame and each tile.

    Yields:
        Its answers, in the order of the frames.

    Raises:
        Stopped: If `should_stop` said so.
        DeviceError: If not even the smallest tile fits into the device's memory.
    """
    if settings.scale == "paper":
        raise ValueError("the scale 'paper' stretches each frame by itself, which flickers; choose another one")
    average, before = FeatureAverage(), 0.0
    for frame, begins_shot in frames:
        if should_stop and should_stop():  # a dark frame has no tile to be asked before
            raise Stopped
        seconds = float(frame.pts * time_base)
        average.step(seconds - before, forget=begins_shot)
        before = seconds
        raw = expander.ask(
            frame.ldr,
            scale=settings.scale,
            draft=settings.draft,
            adjust=average if settings.smooth else None,
            should_stop=should_stop,
        )
        yield Answer(frame, begins_shot, seconds, raw)
