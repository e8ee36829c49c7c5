"""Where the pictures of a figure lie: the arrangement that shows them largest, whatever the photo's shape.

The photo, the tone-mapped picture and the exposures are three blocks. A photo that is not much wider than high has
them side by side, in the order of reading. A wide one would be small so; its photo and tone-mapped picture lie one
above the other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hdr_demo.figure.page import Box

CAPTION = 15.0  # above each picture, in points
NEAR, FAR = 6.0, 20.0  # between pictures of one block, and between blocks
# By how much larger another arrangement must show the pictures to be better than the order of reading.
IN_ORDER = 1.15
EXPOSURES_WEIGH = 2 / 3


@dataclass(frozen=True)
class Arrangement:
    """Where everything lies, and how good that is.

    Attributes:
        photo: The photo's box.
        toned: The tone-mapped picture's.
        exposures: Those of the exposures, of the photo and of the HDR image in turn.
        merit: A geometric mean of the sizes of large and small pictures, in points.
    """

    photo: Box
    toned: Box
    exposures: tuple[tuple[Box, Box], ...]
    merit: float


@dataclass(frozen=True)
class _Grid:
    """How exposures lie: (row, column) of the photo's and of the HDR image's, for each."""

    rows: int
    columns: int
    cells: tuple[tuple[tuple[int, int], tuple[int, int]], ...]

    def height(self, picture: float) -> float:
        return self.rows * (picture + CAPTION) + (self.rows - 1) * NEAR

    def width(self, picture: float) -> float:
        return self.columns * picture + (self.columns - 1) * NEAR

    def picture_height(self, height: float) -> float:
        """Find how high its pictures are in a grid of a given height."""
        return (height - (self.rows - 1) * NEAR) / self.rows - CAPTION

    def picture_width(self, width: float) -> float:
        """Find how wide its pictures are in a grid of a given width."""
        return (width - (self.columns - 1) * NEAR) / self.columns

    def boxes(self, left: float, top: float, width: float, height: float) -> tuple[tuple[Box, Box], ...]:
        """Place pictures of a given size."""

        def box(row: int, column: int) -> Box:
            down = top + row * (height + CAPTION + NEAR) + CAPTION
            return Box(left + column * (width + NEAR), down, width, height)

        return tuple((box(*photo), box(*hdr)) for photo, hdr in self.cells)


def _grids(count: int) -> Iterator[_Grid]:
    yield _Grid(count, 2, tuple(((at, 0), (at, 1)) for at in range(count)))
    yield _Grid(2, count, tuple(((0, at), (1, at)) for at in range(count)))
    yield _Grid(1, 2 * count, tuple(((0, 2 * at), (0, 2 * at + 1)) for at in range(count)))


def arrange(aspect: float, count: int, area: Box) -> Arrangement:
    """Find the arrangement that shows the pictures largest.

    Args:
        aspect: Of the photo, width over height.
        count: How many exposures there are, at least 1.
        area: What of the page is free for pictures and the captions above them.

    Returns:
        The best one, in the middle of the area.
    """
    found = [
        candidate
        for grid in _grids(count)
        for make in (_side_by_side, _stacked_beside, _above, _stacked)
        for candidate in make(aspect, grid, area)
    ]
    return max(found, key=lambda each: each.merit)


def _side_by_side(aspect: float, grid: _Grid, area: Box) -> Iterator[Arrangement]:
    """Lay photo, exposures and tone-mapped picture in a row, each in the middle of its height."""
    highest = grid.picture_height(area.height)
    for step in range(1, 33):
        small = highest * step / 32
        exposures = grid.width(aspect * small)
        large = min((area.width - exposures - 2 * FAR) / 2 / aspect, area.height - CAPTION)
        if small <= 0 or large < small:
            continue
        width, height = aspect * large, max(large + CAPTION, grid.height(small))
        left = area.left + (area.width - 2 * width - 2 * FAR - exposures) / 2
        middle = area.top + area.height / 2
        top = middle - (large + CAPTION) / 2 + CAPTION
        yield Arrangement(
            Box(left, top, width, large),
            Box(left + width + 2 * FAR + exposures, top, width, large),
            grid.boxes(left + width + FAR, middle - grid.height(small) / 2, aspect * small, small),
            IN_ORDER * _merit(aspect, large, small) if height <= area.height else 0.0,
        )


def _stacked_beside(aspect: float, grid: _Grid, area: Box) -> Iterator[Arrangement]:
    """Lay the tone-mapped picture under the photo, and the exposures, as high as both, beside them."""

    def small_for(large: float) -> float:
        return grid.picture_height(2 * (large + CAPTION) + NEAR)

    def size(large: float) -> tuple[float, float]:
        return aspect * large + FAR + grid.width(aspect * small_for(large)), 2 * (large + CAPTION) + NEAR

    large = _largest(size, area)
    small, (width, height) = small_for(large), size(large)
    if large > 0 and small > 0:
        left, top = area.left + (area.width - width) / 2, area.top + (area.height - height) / 2
        yield Arrangement(
            Box(left, top + CAPTION, aspect * large, large),
            Box(left, top + large + 2 * CAPTION + NEAR, aspect * large, large),
            grid.boxes(left + aspect * large + FAR, top, aspect * small, small),
            _merit(aspect, large, small),
        )


def _above(aspect: float, grid: _Grid, area: Box) -> Iterator[Arrangement]:
    """Lay photo and tone-mapped picture side by side, and the exposures, as wide as both, below them."""

    def small_for(large: float) -> float:
        return grid.picture_width(2 * aspect * large + NEAR) / aspect

    def size(large: float) -> tuple[float, float]:
        return 2 * aspect * large + NEAR, large + CAPTION + FAR + grid.height(small_for(large))

    large = _largest(size, area)
    small, (width, height) = small_for(large), size(large)
    if large > 0 and small > 0:
        left, top = area.left + (area.width - width) / 2, area.top + (area.height - height) / 2
        yield Arrangement(
            Box(left, top + CAPTION, aspect * large, large),
            Box(left + aspect * large + NEAR, top + CAPTION, aspect * large, large),
            grid.boxes(left, top + CAPTION + large + FAR, aspect * small, small),
            _merit(aspect, large, small),
        )


def _stacked(aspect: float, grid: _Grid, area: Box) -> Iterator[Arrangement]:
    """Lay everything, of one width, one above the other."""

    def small_for(large: float) -> float:
        return grid.picture_width(aspect * large) / aspect

    def size(large: float) -> tuple[float, float]:
        return aspect * large, 2 * (large + CAPTION) + NEAR + FAR + grid.height(small_for(large))

    large = _largest(size, area)
    small, (width, height) = small_for(large), size(large)
    if large > 0 and small > 0:
        left, top = area.left + (area.width - width) / 2, area.top + (area.height - height) / 2
        yield Arrangement(
            Box(left, top + CAPTION, width, large),
            Box(left, top + large + 2 * CAPTION + NEAR, width, large),
            grid.boxes(left, top + 2 * (large + CAPTION) + NEAR + FAR, aspect * small, small),
            _merit(aspect, large, small),
        )


def _merit(aspect: float, large: float, small: float) -> float:
    """Weigh the sizes of the pictures by their heights: the exposures are what a figure of HDR is looked at for."""
    return aspect**0.5 * large ** (1 - EXPOSURES_WEIGH) * small**EXPOSURES_WEIGH


def _largest(size: Callable[[float], tuple[float, float]], area: Box) -> float:
    """Find by halving how high the large pictures may be so that all fits; 0 if nothing does."""
    fits, too_large = 0.0, area.height
    for _ in range(40):
        tried = (fits + too_large) / 2
        width, height = size(tried)
        if width <= area.width and height <= area.height:
            fits = tried
        else:
            too_large = tried
    return fits
