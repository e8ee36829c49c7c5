"""What a decoder hands over: a picture's codes as its file stores them, before orientation and colour."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Codes:
    """A decoded picture, handed out in bands of rows so that no second copy of it has to exist.

    Attributes:
        height: Rows as stored.
        width: Columns as stored.
        bits: Bits per channel that the file distinguishes.
        maximum: The code that means 1.0.
        rows: `rows(top, bottom)` gives codes, uint8 or uint16, (bottom - top, width, channels), [0, maximum]; the
            channels are grey, grey and alpha, RGB, or RGB and alpha.
        orientation: The EXIF orientation, 1 to 8.
        to_srgb: Turns codes without alpha, (n, width, 1 or 3), into display-encoded sRGB, float32, (n, width, 3),
            [0, 1]. None where the codes are sRGB already.
        premultiplied: The colours were multiplied by the alpha.
        exif: EXIF data as `exif.exif_of_bytes` gives them; None where there are none.
        transparent: The one colour that means "transparent" (the tRNS chunk of a PNG), as codes.
    """

    height: int
    width: int
    bits: int
    maximum: int
    rows: Callable[[int, int], np.ndarray]
    orientation: int = 1
    to_srgb: Callable[[np.ndarray], np.ndarray] | None = None
    premultiplied: bool = False
    exif: bytes | None = None
    transparent: tuple[int, ...] | None = None
