"""What a screen shows of a photo and its HDR image: views of bounded size, and the files for both."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hdr_demo.color import decode_srgb
from hdr_demo.io import write_sdr
from hdr_demo.resize import fit_size, resize_image
from hdr_demo.strips import in_strips

if TYPE_CHECKING:
    from hdr_demo.expanded import ExpandedPhoto

VIEW_PIXELS = 1_000_000
JPEG_QUALITY = 92


@dataclass(frozen=True)
class View:
    """A photo and its HDR image as light, no larger than a screen.

    Attributes:
        photo: The photo, decoded: linear RGB, float32, (h, w, 3), [0, 1].
        hdr: Linear RGB, float32, (h, w, 3), [0, inf); 1.0 is the photo's white.
        alpha: Opacity, float32, (h, w), [0, 1], or None.
    """

    photo: np.ndarray
    hdr: np.ndarray
    alpha: np.ndarray | None


def make_view(expanded: "ExpandedPhoto", max_pixels: int = VIEW_PIXELS) -> View:
    """Reduce a photo and its HDR image alike, by means of light, as if both were seen from farther away.

    Colours outside BT.709, which an HDR file may hold, become the nearest that a screen shows.
    """
    height, width = fit_size(*expanded.hdr.shape[:2], max_pixels)
    alpha = None if expanded.alpha is None else resize_image(expanded.alpha, height, width)
    photo, hdr = _reduce(expanded.ldr, height, width, decode_srgb), _reduce(expanded.hdr, height, width)
    return View(photo, np.maximum(hdr, 0), alpha)


def _reduce(
    image: np.ndarray, height: int, width: int, to_light: Callable[[np.ndarray], np.ndarray] = lambda light: light
) -> np.ndarray:
    """Turn a photo into light and reduce that, first in width, strip by strip: it is never there at full size."""
    narrow = in_strips(lambda strip: resize_image(to_light(strip), len(strip), width), image)
    return resize_image(narrow, height, width)


def write_drawing(
    folder: Path, name: str, sdr: np.ndarray, alpha: np.ndarray | None = None, *, exact: bool = False
) -> str:
    """Write a picture for the page.

    Args:
        folder: An empty one of the visitor's.
        name: Without suffix.
        sdr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        alpha: Opacity, float32, (H, W), [0, 1], or None.
        exact: Whether every colour must arrive as it is.

    Returns:
        The path of a JPEG, or of a PNG where there is opacity to keep or every colour counts.
    """
    suffix = ".png" if exact or alpha is not None else ".jpg"
    return str(write_sdr(folder / f"{name}{suffix}", sdr, alpha=alpha, quality=JPEG_QUALITY))
