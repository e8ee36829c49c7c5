"""How bright a clip is: MaxCLL and MaxFALL."""

from dataclasses import dataclass
from math import ceil

import numpy as np

from hdr_demo.color import brightest_channel

_ROUNDING = 1e-3  # nits; what float32 adds to a peak of 1000 must not make it 1001


@dataclass(frozen=True)
class LightLevel:
    """The content light level of a clip (CTA-861.3-A, annex P).

    Attributes:
        max_cll: The brightest channel of the brightest pixel, cd/m², 1 to 65535.
        max_fall: The mean over a frame of each pixel's brightest channel, in the brightest frame; likewise.
    """

    max_cll: int
    max_fall: int


# What encoders are told before the clip is known.
PLACEHOLDER = LightLevel(1000, 400)


class LightMeter:
    """Measures the light level of a clip, a frame at a time."""

    def __init__(self) -> None:
        self._brightest = self._average = 0.0

    def add(self, nits: np.ndarray) -> None:
        """Look at a frame.

        Args:
            nits: What a display shall emit: linear RGB with the BT.2020 primaries, cd/m², float32, (H, W, 3).
        """
        brightest = brightest_channel(nits)
        self._brightest = max(self._brightest, float(brightest.max()))
        self._average = max(self._average, float(brightest.mean(dtype=np.float64)))

    @property
    def level(self) -> LightLevel:
        """What was found so far."""
        return LightLevel(_whole_nits(self._brightest), _whole_nits(self._average))


def _whole_nits(nits: float) -> int:
    return min(max(ceil(nits - _ROUNDING), 1), 65535)
