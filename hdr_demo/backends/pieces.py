"""What a back end is handed: a tile of a photo with its margin, and where the photo ends beside it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

LOCAL_HALO = 2  # two 3×3 convolutions
HALO = 8  # four 3×3 convolutions of dilation 2


class Region(NamedTuple):
    """A rectangle of a photo, in pixels; the end is exclusive."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def pixels(self) -> int:
        """How many pixels lie inside."""
        return (self.bottom - self.top) * (self.right - self.left)

    def shift(self, pixels: int) -> tuple[slice, slice]:
        """Turn it into rows and columns, moved down and to the right."""
        return np.s_[self.top + pixels : self.bottom + pixels, self.left + pixels : self.right + pixels]


class Sides(NamedTuple):
    """A number of pixels at each side of a region."""

    top: int
    bottom: int
    left: int
    right: int

    def missing(self, needed: int) -> "Sides":
        """Say with 1 at which sides each layer adds zeros: a halo smaller than all layers need ends with the photo."""
        return Sides(*(int(side < needed) for side in self))

    def left_over(self, needed: int) -> "Sides":
        """Say what remains of a halo after the last layer: each layer ate its share, but for sides that got zeros."""
        return Sides(*(side if side < needed else side - needed for side in self))

    def at_most(self, pixels: int) -> "Sides":
        """Say how much of each side is kept where no more than this is wanted."""
        return Sides(*(min(side, pixels) for side in self))

    def minus(self, kept: "Sides") -> "Sides":
        """Say how much is cut off where this much is kept."""
        return Sides(*(side - other for side, other in zip(self, kept, strict=True)))

    def inside(self, height: int, width: int) -> tuple[slice, slice]:
        """Turn them into the rows and columns that remain when they are cut off."""
        return np.s_[self.top : height - self.bottom, self.left : width - self.right]


class Piece(NamedTuple):
    """A tile of a photo, ready for a back end.

    Attributes:
        region: The tile's place in the photo.
        picture: The tile with its halo, display-encoded sRGB, float32, (h, w, 3), [0, 1]; a view of the photo.
        halo: How much of the picture lies around the tile. A side of less than `HALO` ends where the photo ends.
        bias: Of the first 1×1 convolution, with what the global branch adds, float32, (64,).
    """

    region: Region
    picture: np.ndarray
    halo: Sides
    bias: np.ndarray


def tiles(area: Region, tile: int) -> Iterator[Region]:
    """Cut a rectangle into tiles, row by row.

    Args:
        area: What is cut.
        tile: The side of a tile in pixels; those at the end are smaller.

    Yields:
        The tiles, which cover the area once.
    """
    for top in range(area.top, area.bottom, tile):
        for left in range(area.left, area.right, tile):
            yield Region(top, min(top + tile, area.bottom), left, min(left + tile, area.right))


def cut_piece(ldr: np.ndarray, region: Region, bias: np.ndarray, *, wraps: bool = False) -> Piece:
    """Cut a tile out of a photo, with as much halo as the photo has, to an even size where it can be.

    Args:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        region: The tile.
        bias: As in `Piece`.
        wraps: Whether the photo is a panorama, so that beyond its left and right edges it goes on at the other one.

    Returns:
        The piece.
    """
    height, width = ldr.shape[:2]
    top, bottom = _widen(region.top, region.bottom, 0, height)
    beyond = HALO + 1 if wraps else 0
    left, right = _widen(region.left, region.right, -beyond, width + beyond)
    rows = ldr[top:bottom]
    picture = rows.take(range(left, right), axis=1, mode="wrap") if wraps else rows[:, left:right]
    halo = Sides(region.top - top, bottom - region.bottom, region.left - left, right - region.right)
    return Piece(region, picture, halo, bias)


def _widen(start: int, end: int, first: int, last: int) -> tuple[int, int]:
    start, end = max(start - HALO, first), min(end + HALO, last)
    if (end - start) % 2 and start > first:
        start -= 1
    elif (end - start) % 2 and end < last:
        end += 1
    return start, end
