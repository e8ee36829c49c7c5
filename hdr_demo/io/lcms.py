"""Little CMS, through Pillow, for the profiles that are tables: CMYK, Lab, scanners."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageCms

# Every fifth 8-bit code, so that the grid's points are exact inputs of the 8-bit transform that fills it.
_GRID = 52


def convert_to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert a picture to sRGB by a profile, relative to its white and black, as picture editors do by default.

    Args:
        image: Mode RGB, RGBA, CMYK or LAB.
        profile: The bytes of the ICC profile; None for CIE Lab itself.

    Returns:
        Mode RGB; RGBA for RGBA.

    Raises:
        ImageCms.PyCMSError: If the profile is broken or describes another kind of picture.
    """
    source = ImageCms.createProfile("LAB") if profile is None else ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.profileToProfile(
        image,
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGBA" if image.mode == "RGBA" else "RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


def grid_transform(profile: bytes, maximum: int) -> Callable[[np.ndarray], np.ndarray]:
    """Prepare the way from deep RGB codes to sRGB through a grid of colours.

    Little CMS can be reached with 8 bits only. The grid holds its answers at 52 x 52 x 52 exact inputs and is read with
    trilinear interpolation, so that 16-bit gradients stay smooth; a colour is right to about one 8-bit step.

    Args:
        profile: The bytes of an ICC profile for RGB.
        maximum: The code that means 1.0.

    Returns:
        A function from codes, uint16, (H, W, 1 or 3), [0, maximum], to display-encoded sRGB, float32,
        (H, W, 3), [0, 1].

    Raises:
        ImageCms.PyCMSError: If the profile is broken or describes another kind of picture.
    """
    levels = np.arange(_GRID, dtype=np.uint8) * 5
    colours = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1)
    image = convert_to_srgb(Image.fromarray(colours.reshape(_GRID, -1, 3)), profile)
    grid = np.asarray(image).reshape(-1, 3).astype(np.float32) / np.float32(255)

    def to_srgb(rgb: np.ndarray) -> np.ndarray:
        rgb = np.broadcast_to(rgb, (*rgb.shape[:-1], 3))
        position = rgb * np.float32((_GRID - 1) / maximum)
        corner = np.minimum(position.astype(np.int32), _GRID - 2)
        part = position - corner
        base = (corner[..., 0] * _GRID + corner[..., 1]) * _GRID + corner[..., 2]
        result = np.zeros(rgb.shape, np.float32)
        for steps in np.ndindex(2, 2, 2):
            weight = np.prod([part[..., c] if step else 1 - part[..., c] for c, step in enumerate(steps)], axis=0)
            result += weight[..., None] * grid[base + (steps[0] * _GRID + steps[1]) * _GRID + steps[2]]
        return np.minimum(result, 1, out=result)  # the weights add up to 1 but for rounding

    return to_srgb
