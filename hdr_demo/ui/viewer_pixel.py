"""The numbers of one pixel, as the photo and its HDR image hold them at full size."""

from typing import TYPE_CHECKING

import numpy as np

from hdr_demo.metrics import clipped_mask

if TYPE_CHECKING:
    from hdr_demo.expanded import ExpandedPhoto


def read_pixel(photo: "ExpandedPhoto", x: object, y: object) -> dict | None:
    """Read a pixel.

    Args:
        photo: A photo and its HDR image.
        x: Column, from the left; whatever a browser sent.
        y: Row, from the top.

    Returns:
        For JSON: `x`, `y`; `hdr`, linear RGB; `codes`, the photo's, [0, 255]; `clipped`, whether its camera lost light
        there; `alpha`, [0, 1]; and `stored`, what the file holds where `hdr` is shown brighter or darker. None where
        there is no such pixel.
    """
    height, width = photo.hdr.shape[:2]
    if not (type(x) is int and type(y) is int and 0 <= x < width and 0 <= y < height):
        return None
    hdr, ldr = photo.hdr[y, x], photo.ldr[y, x]
    read = {
        "x": x,
        "y": y,
        "hdr": hdr.tolist(),
        "codes": np.rint(255 * ldr).astype(int).tolist(),
        "clipped": bool(clipped_mask(ldr[np.newaxis, np.newaxis])[0, 0]),
    }
    if photo.alpha is not None:
        read["alpha"] = float(photo.alpha[y, x])
    if photo.shift:
        read["stored"] = np.ldexp(hdr, -photo.shift).tolist()
    return read
