"""The light of one file, as the virtual camera takes it: cleaned, of a usable size, and with something in it."""

from pathlib import Path

import numpy as np

from hdr_demo.errors import ImageError
from hdr_demo.io import read_scene
from hdr_demo.io.refusal import shown_name
from hdr_demo.resize import resize_image

SMALLEST_SIDE = 16
# A view of a photograph shows at least half of it at 256 px: this leaves two pixels for each of the view's.
LARGEST_SIDE = 1024
# Height of a panorama: twice that width fills the narrowest view, 384 px of 35 degrees.
LARGEST_PANORAMA = 2048


def has_panorama_shape(height: int, width: int) -> bool:
    """Tell an equirectangular panorama by the size of its file: twice as wide as high, but for a cropped border."""
    return abs(width - 2 * height) <= max(2, 0.005 * width)


def clean(light: np.ndarray) -> np.ndarray:
    """Replace what no light can be by black, and what no half float holds by its largest number."""
    cleaned = np.fmax(light, 0)
    return np.fmin(cleaned, np.float32(np.finfo(np.float16).max), out=cleaned)


def check_size(image: np.ndarray, name: str) -> None:
    """Refuse an image that nothing can be seen in.

    Raises:
        ImageError: If it is smaller than `SMALLEST_SIDE`.
    """
    if min(image.shape[:2]) < SMALLEST_SIDE:
        raise ImageError(f"{name} is smaller than {SMALLEST_SIDE} pixels: use a larger one.")


def accept_light(light: np.ndarray, name: str) -> np.ndarray:
    """Clean light, if it is any.

    Args:
        light: As a file has it, float32, (H, W, 3); it may hold negative and infinite values, and NaN.
        name: Of the file, for the sentence of an error.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, 65504].

    Raises:
        ImageError: If it is too small or all black.
    """
    check_size(light, name)
    light = clean(light)
    if not light.any():
        raise ImageError(f"{name} is all black: use a picture with light in it.")
    return light


def read_light(path: Path) -> np.ndarray:
    """Read a scene in its full size, cleaned.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, 65504].

    Raises:
        ImageError: If the file is damaged, too small or all black.
    """
    return accept_light(read_scene(path), shown_name(path))


def reduce_to_side(image: np.ndarray, side: int) -> np.ndarray:
    """Make an image smaller, where it is larger, so that its smaller side has a number of pixels."""
    height, width = image.shape[:2]
    factor = side / min(height, width)
    return image if factor >= 1 else resize_image(image, round(height * factor), round(width * factor))
