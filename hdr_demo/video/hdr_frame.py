"""One frame as it goes to the files."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hdr_demo.video.clip import Frame


@dataclass(frozen=True)
class HdrFrame:
    """A frame with its light, steady from frame to frame.

    Attributes:
        frame: What was read.
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the clip's white.
        render: Tone-maps `hdr` with statistics that are smooth in time.
    """

    frame: Frame
    hdr: np.ndarray
    render: Callable[[np.ndarray], np.ndarray]

    @cached_property
    def sdr(self) -> np.ndarray:
        """The tone-mapped frame, display-encoded sRGB, float32, (H, W, 3), [0, 1]; made once, if anybody asks."""
        return self.render(self.hdr)
