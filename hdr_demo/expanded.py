"""A photo with its HDR image, wherever that came from: the network's estimate, or the light that a file holds."""

from dataclasses import dataclass

import numpy as np

from hdr_demo.io import Picture


@dataclass(frozen=True)
class ExpandedPhoto:
    """A photo and its HDR image.

    Attributes:
        picture: What was read, at the size of `hdr`. Of a file that is HDR already, what an ordinary 8-bit picture
            of it holds.
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the photo's white, unless `scale` is "paper". An HDR
            file may hold negative values, which are colours outside BT.709.
        scale: One of `calibration.SCALES`.
        seconds: What network and calibration, or opening, took.
        origin: Empty where the network estimated the light; else what the file is, as `io.hdr_kind` says.
    """

    picture: Picture
    hdr: np.ndarray
    scale: str
    seconds: float
    origin: str = ""

    @property
    def ldr(self) -> np.ndarray:
        """The photo, display-encoded sRGB, float32, (H, W, 3), [0, 1]."""
        return self.picture.ldr

    @property
    def alpha(self) -> np.ndarray | None:
        """Its opacity, float32, (H, W), [0, 1], or None."""
        return self.picture.alpha

    @property
    def name(self) -> str:
        """The name of the photo's file, without its suffix."""
        return self.picture.name
