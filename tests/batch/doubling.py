"""What batches are tested with: smooth pictures, and a network that doubles their light."""

from collections.abc import Callable

import numpy as np

from hdr_demo.color import decode_srgb
from hdr_demo.errors import Stopped
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.io import Picture

HALF = 2**-11
JPEG = 4 / 255  # the mean that a JPEG of quality 92 may change in a smooth picture
DOUBLED = np.float32(2)


def slope(height: int, width: int, number: int = 0) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack((columns / width, rows / height, np.full_like(rows, number / 20)), axis=-1)


class Network:
    """Doubles the light, and notes what it was asked for."""

    def __init__(self, meanwhile: Callable[[str], None] | None = None) -> None:
        self.asked: list[str] = []
        self._meanwhile = meanwhile

    def expand(self, picture: Picture, *, scale: str, draft: bool, progress, should_stop) -> ExpandedPhoto:
        self.asked.append(picture.name)
        if self._meanwhile:
            self._meanwhile(picture.name)
        for tile in range(4):
            if should_stop and should_stop():
                raise Stopped
            progress(tile + 1, 4)
        return ExpandedPhoto(picture, decode_srgb(picture.ldr) * DOUBLED, scale, 0.1)
