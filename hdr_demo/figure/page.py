"""A page of pictures and lines of text, in points from its upper left corner, for what draws it as PNG or PDF."""

from dataclasses import dataclass

import numpy as np

# A slide of 13⅓ by 7½ inches, which is 16:9.
PAGE_WIDTH, PAGE_HEIGHT = 960.0, 540.0
PIXELS_PER_POINT = 4  # 3840×2160 pixels, which is 288 for each inch
INK, GREY, FRAME = 0.1, 0.4, 0.75  # of black (0) and white (1)
FRAME_WIDTH = 0.5


@dataclass(frozen=True)
class Box:
    """A rectangle on the page, in points."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Line:
    """A line of text.

    Attributes:
        text: What it says.
        left: Where it begins, in points.
        baseline: What it stands on, in points from the top.
        size: Of the letters, in points.
        ink: Its grey, 0 (black) to 1 (white).
    """

    text: str
    left: float
    baseline: float
    size: float
    ink: float = INK


@dataclass(frozen=True)
class Placed:
    """A picture and where it lies.

    Attributes:
        codes: sRGB, uint8, (H, W, 3).
        box: Its place.
    """

    codes: np.ndarray
    box: Box


@dataclass(frozen=True)
class Page:
    """All that is on a page of `PAGE_WIDTH` by `PAGE_HEIGHT` points."""

    title: str
    pictures: tuple[Placed, ...]
    lines: tuple[Line, ...]
