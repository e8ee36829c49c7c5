"""Equirectangular panoramas: told from other pictures, continued round their edge, and measured as a light source.

The left edge of such a panorama is its right edge. What asks about surroundings, the network above all, must look
across it; or a sun that lies there gets a seam.
"""

from math import gcd

import numpy as np

from hdr_demo.color import luminance

# Smaller pictures of this shape are banners and thumbnails; the smallest panoramas that cameras and libraries give
# have twice as many.
SMALLEST_WIDTH = 512

# A picture closes if the step across its edge is no larger than this many steps between columns, and a few codes. Of
# 76 panoramas the largest has 1.3; of 380 ordinary views of the same shape into them 99.5 % have more than 2.
STEPS = 2.0
CODES = 2 / 255

ROWS_AT_ONCE = 64


def is_panorama(height: int, width: int) -> bool:
    """Tell by its size whether a picture may be an equirectangular panorama: twice as wide as high, and not small.

    Args:
        height: In pixels.
        width: In pixels.
    """
    return width == 2 * height and width >= SMALLEST_WIDTH


def closes(image: np.ndarray) -> bool:
    """Tell whether a picture goes on at its left edge where it ends at its right one.

    Args:
        image: Display-encoded, float32, (H, W, 3), [0, 1].
    """
    across = float(np.abs(image[:, 0] - image[:, -1]).mean())
    step = max(1, image.shape[0] // 256)
    inside = float(np.abs(np.diff(image[::step], axis=1)).mean()) if image.shape[1] > 1 else 0.0
    return across <= STEPS * inside + CODES


def wrap_columns(image: np.ndarray, columns: int) -> np.ndarray:
    """Continue a panorama beyond both its edges.

    Args:
        image: (H, W) or (H, W, C).
        columns: How many to add at each side; any number.

    Returns:
        (H, W + 2 * columns) or (H, W + 2 * columns, C); the image itself where none are added.
    """
    if columns == 0:
        return image
    return np.pad(image, ((0, 0), (columns, columns), *((0, 0),) * (image.ndim - 2)), mode="wrap")


def columns_to_wrap(small: int, large: int, reach: int) -> tuple[int, int]:
    """Find how many columns to add to a panorama so that enlarging them gives a whole number of columns.

    Args:
        small: The width that is enlarged.
        large: The width that it gets.
        reach: How many columns of the small one are needed at least.

    Returns:
        Columns of the small one, and as much of the large one.
    """
    unit = small // gcd(small, large)
    columns = -(-reach // unit) * unit
    return columns, columns * large // small


def turn_to_light(image: np.ndarray) -> int:
    """Find by how many columns to roll a panorama so that its light lies in the middle, where photographs have it.

    The direction is that of the first harmonic of the columns' means, so that panoramas which differ by a turn only
    become the same one.

    Args:
        image: Any encoding, float32, (H, W, 3).

    Returns:
        For `numpy.roll`, in [0, W).
    """
    columns = image.mean(axis=(0, 2), dtype=np.float64)
    width = len(columns)
    direction = np.angle(columns @ np.exp(2j * np.pi * np.arange(width) / width))
    return round(width / 2 - float(direction) * width / (2 * np.pi)) % width


def roll_in_place(image: np.ndarray, columns: int) -> None:
    """Roll an image to the right without a second one, band by band.

    Args:
        image: (H, W, C); it is overwritten.
        columns: How far.
    """
    for top in range(0, len(image), ROWS_AT_ONCE):
        band = image[top : top + ROWS_AT_ONCE]
        band[...] = np.roll(band, columns, axis=1)


def irradiance(hdr: np.ndarray) -> np.ndarray:
    """Measure the light that a panorama sheds on a horizontal plane that faces up.

    E = Σ L cos θ dω over the upper half, dω = sin θ dθ dφ, with θ the angle from the zenith; the integral of
    cos θ sin θ over each row is exact, so that a uniform panorama of L gives π L.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf), equirectangular, the zenith in its first row.

    Returns:
        For each channel, float64, (3,); in the unit of `hdr` times steradian. Where 1.0 is 203 cd/m², 203 times its
        luminance is the illuminance in lux.
    """
    edges = np.minimum(np.arange(hdr.shape[0] + 1) * np.pi / hdr.shape[0], np.pi / 2)
    weights = np.diff(np.sin(edges) ** 2) / 2  # of each row, for a turn of one radian
    return 2 * np.pi * (weights[:, np.newaxis] * hdr.mean(axis=1, dtype=np.float64)).sum(axis=0)


def illuminance(hdr: np.ndarray) -> float:
    """Measure the luminance of `irradiance`: how brightly a panorama lights the ground.

    Args:
        hdr: As `irradiance` takes it.

    Returns:
        In the unit of `hdr` times steradian.
    """
    return float(luminance(irradiance(hdr)[np.newaxis])[0])
