"""HDR scenes to learn from: linear light in whatever file a data set brings it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from hdr_demo.errors import ImageError
from hdr_demo.io.hdr import read_hdr
from hdr_demo.io.opencv import decode
from hdr_demo.io.opening import open_picture
from hdr_demo.io.refusal import MAX_MEGAPIXELS, check_pixels, damaged, foreign_errors, shown_name
from hdr_demo.io.tiff import check_tiff

# Half the size of a larger raw is still more than a view needs, and needs no demosaicing: four times as fast.
HALVED_PIXELS = 4_000_000


def read_linear_tiff(path: Path) -> np.ndarray:
    """Read a TIFF of floats, of either length, or of 16-bit linear codes.

    Raises:
        ImageError: If it is damaged, too big, or has other numbers: 8 bits hold no linear light.
    """
    name = shown_name(path)
    with open_picture(path) as file, foreign_errors(name):
        check_tiff(file, name, MAX_MEGAPIXELS)
        file.seek(0)
        image = decode(np.frombuffer(file.read(), np.uint8))
        if image is None:
            raise damaged(name)
        if image.dtype not in (np.uint16, np.float32, np.float64):
            raise ImageError(f"{name} holds {image.dtype} numbers; a TIFF of linear light has floats, or 16 bits.")
        light = np.stack([image] * 3, axis=-1) if image.ndim == 2 else image[..., :3]
        if image.dtype == np.uint16:
            return light / np.float32(65535)
        with np.errstate(over="ignore"):  # what is too bright for a float becomes infinite
            return light.astype(np.float32, copy=False)


def read_raw(path: Path) -> np.ndarray:
    """Develop a camera raw to linear sRGB with the camera's own white balance, through LibRaw.

    Args:
        path: A DNG; one of more than four megapixels is developed at half its height and width.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, 1]; 1.0 is where the sensor clips.

    Raises:
        ImageError: If it is damaged, too big, or rawpy is not installed.
    """
    try:
        import rawpy
    except ImportError as error:
        raise ImageError("Camera raws (.dng) are read where rawpy is installed: pip install rawpy.") from error
    name = shown_name(path)
    with open_picture(path) as file, foreign_errors(name), rawpy.imread(file) as raw:
        pixels = raw.sizes.height * raw.sizes.width
        check_pixels(name, raw.sizes.width, raw.sizes.height, MAX_MEGAPIXELS)
        codes = raw.postprocess(
            gamma=(1, 1),
            no_auto_bright=True,
            output_bps=16,
            use_camera_wb=True,
            half_size=pixels > HALVED_PIXELS,
        )
    return codes.astype(np.float32) / np.float32(65535)


_READERS: dict[str, Callable[[Path], np.ndarray]] = {
    ".exr": read_hdr,
    ".hdr": read_hdr,
    ".tif": read_linear_tiff,
    ".tiff": read_linear_tiff,
    ".dng": read_raw,
}
SCENE_SUFFIXES = tuple(_READERS)


def read_scene(path: Path) -> np.ndarray:
    """Read linear light: OpenEXR, Radiance, a TIFF of floats or of 16-bit linear codes, a DNG.

    Args:
        path: The file; its suffix, one of `SCENE_SUFFIXES`, chooses the reader.

    Returns:
        Linear RGB, float32, (H, W, 3); in no unit, and OpenEXR may hold negative values.

    Raises:
        ImageError: If it is damaged, or not of linear light.
    """
    return _READERS[path.suffix.lower()](path)
