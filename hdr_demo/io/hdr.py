"""HDR pictures: the table of formats, and the two functions that use it."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hdr_demo.errors import ImageError
from hdr_demo.io.exr import is_exr, read_exr, size_exr, write_exr
from hdr_demo.io.opening import open_picture
from hdr_demo.io.output import replacing, writer_for
from hdr_demo.io.radiance import HEADER_BYTES, is_radiance, read_radiance, size_radiance, write_radiance
from hdr_demo.io.refusal import MAX_MEGAPIXELS, check_pixels, damaged, foreign_errors, shown_name
from hdr_demo.io.signatures import HEAD_BYTES

# Suffix and writer.
HDR_FORMATS: dict[str, Callable[[Path, np.ndarray, np.ndarray | None], None]] = {
    ".hdr": write_radiance,
    ".exr": write_exr,
}


def write_hdr(path: str | os.PathLike[str], hdr: np.ndarray, *, alpha: np.ndarray | None = None) -> Path:
    """Write an HDR picture in the format that the suffix names; it appears whole or not at all.

    NaN becomes 0, because one such pixel spoils a whole picture in most viewers; what is too bright for the format
    becomes the brightest that it holds.

    Args:
        path: The file. One that exists is replaced.
        hdr: Linear BT.709 RGB, float32, (H, W, 3), [0, inf); 1.0 is diffuse white.
        alpha: Opacity, float32, (H, W), [0, 1]; `.hdr` has no place for it.

    Returns:
        The file.

    Raises:
        OutputError: If the suffix is not in `HDR_FORMATS`, or the file cannot be written.
    """
    path = Path(path)
    writer = writer_for(path, HDR_FORMATS)
    with replacing(path) as temporary:
        writer(temporary, hdr, alpha)
    return path


def read_hdr(path: str | os.PathLike[str], *, max_megapixels: float = MAX_MEGAPIXELS) -> np.ndarray:
    """Read an HDR picture, Radiance or OpenEXR, by what it holds.

    Args:
        path: The file.
        max_megapixels: The most pixels to decode, in millions, compared with the header before anything is decoded.

    Returns:
        Linear RGB as stored, float32, (H, W, 3). OpenEXR may hold negative values.

    Raises:
        ImageError: If there is no such file, or it is damaged, too big, or something else.
    """
    name = shown_name(path)
    with open_picture(path) as file:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        with foreign_errors(name):
            if is_exr(head):
                check_pixels(name, *size_exr(Path(path)), max_megapixels)
                hdr = read_exr(Path(path))
            elif is_radiance(head):
                size = size_radiance(file.read(HEADER_BYTES))
                file.seek(0)
                if size is None:
                    raise damaged(name)
                check_pixels(name, *size, max_megapixels)
                hdr = read_radiance(np.frombuffer(file.read(), np.uint8))
                if hdr is None:
                    raise damaged(name)
            else:
                hdr = None
    if hdr is None:
        raise ImageError(
            f"{name} is not an HDR picture that can be read: choose a Radiance .hdr, or an .exr with R, G, B or Y."
        )
    return hdr
