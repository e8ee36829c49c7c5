"""The eight EXIF orientations, as views."""

import numpy as np

# EXIF 2.32, tag 0x0112. Each takes an upright picture and gives the view of it that has the layout of the stored one.
_STORED_VIEWS = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.swapaxes(0, 1),
    6: lambda upright: upright.swapaxes(0, 1)[::-1],
    7: lambda upright: upright.swapaxes(0, 1)[::-1, ::-1],
    8: lambda upright: upright.swapaxes(0, 1)[:, ::-1],
}
ORIENTATIONS = tuple(_STORED_VIEWS)


def upright_size(height: int, width: int, orientation: int) -> tuple[int, int]:
    """Tell the height and width that a stored picture has once it stands upright."""
    return (width, height) if orientation >= 5 else (height, width)


def stored_view(upright: np.ndarray, orientation: int) -> np.ndarray:
    """Look at an upright picture as its file stores it: what is written into the view lands upright.

    Args:
        upright: Any dtype, (H, W, ...).
        orientation: The EXIF orientation, 1 to 8.

    Returns:
        A view of `upright`, (H, W, ...), or (W, H, ...) for orientations 5 to 8.
    """
    return _STORED_VIEWS[orientation](upright)
