"""Reading pictures as people have them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from hdr_demo.errors import ImageError
from hdr_demo.io.avif import read_avif, read_heic
from hdr_demo.io.codes import Codes
from hdr_demo.io.deflate import in_order
from hdr_demo.io.jpeg import is_jpeg, read_jpeg
from hdr_demo.io.opening import open_picture
from hdr_demo.io.orientation import stored_view, upright_size
from hdr_demo.io.photo_sphere import says_panorama
from hdr_demo.io.pillow import read_pillow
from hdr_demo.io.png import is_png, read_png
from hdr_demo.io.pnm import is_pnm, read_pnm
from hdr_demo.io.pq import bands
from hdr_demo.io.refusal import MAX_MEGAPIXELS, foreign_errors, shown_name
from hdr_demo.io.signatures import HEAD_BYTES, is_avif, is_heic, refuse_by_signature
from hdr_demo.io.tiff import is_tiff, read_tiff
from hdr_demo.io.webp import is_webp, read_webp

# What a file starts with, and who reads it. Pillow reads the rest.
READERS: tuple[tuple[Callable[[bytes], bool], Callable[[BinaryIO, str, float], Codes]], ...] = (
    (is_jpeg, read_jpeg),
    (is_png, read_png),
    (is_tiff, read_tiff),
    (is_webp, read_webp),
    (is_avif, read_avif),
    (is_heic, read_heic),
    (is_pnm, read_pnm),
    (lambda head: True, read_pillow),
)

# How such files are usually called: what to look for in a folder.
LDR_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".ppm")


@dataclass(frozen=True)
class Picture:
    """A picture as this program works on it.

    Attributes:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        alpha: Opacity, float32, (H, W), [0, 1]; None where the picture is opaque everywhere. `ldr` is not
            multiplied by it.
        name: The file's name without its suffix.
        bits: Bits per channel that the file distinguishes.
        exif: EXIF data from the TIFF header on, upright, for `write_hdr`; with all that they tell, such as where the
            photo was taken. None where there are none.
        panorama: Whether the file says that it is an equirectangular panorama all round; None where it says nothing.
    """

    ldr: np.ndarray
    alpha: np.ndarray | None
    name: str
    bits: int
    exif: bytes | None = None
    panorama: bool | None = None


def read_ldr(path: str | os.PathLike[str], *, max_megapixels: float = MAX_MEGAPIXELS) -> Picture:
    """Read a picture: upright, in sRGB, with all its bits.

    What the file holds decides, not its suffix. Of several frames the first is read; a JPEG with a gain map opens as
    the ordinary picture that it shows on an ordinary screen. The values are the codes over the largest code: nothing
    is stretched. Only where an embedded profile names colours outside sRGB are these clipped to it; a broken profile
    is ignored with a warning in the log.

    Args:
        path: The file.
        max_megapixels: The most pixels to decode, in millions, compared with the header before anything is decoded.

    Returns:
        The picture.

    Raises:
        ImageError: If there is no such file, or it is no picture, damaged, too big, HDR already or a camera raw.
    """
    name = shown_name(path)
    with open_picture(path) as file:
        head = file.read(HEAD_BYTES)
        if not head:
            raise ImageError(f"{name} is empty: copy or download it again.")
        refuse_by_signature(name, head)
        read = next(read for matches, read in READERS if matches(head))
        with foreign_errors(name):
            codes = read(file, name, max_megapixels)
            ldr, alpha = _assemble(codes)
        panorama = says_panorama(file)
    return Picture(ldr, alpha, Path(path).stem, codes.bits, codes.exif, panorama)


def _assemble(codes: Codes) -> tuple[np.ndarray, np.ndarray | None]:
    """Turn codes into an upright picture in sRGB, band by band, so that the result is the only copy in floats.

    Args:
        codes: What a reader found.

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        Opacity, float32, (H, W), [0, 1]; None where it is 1 everywhere.
    """
    height, width = upright_size(codes.height, codes.width, codes.orientation)
    ldr, alpha = np.empty((height, width, 3), np.float32), np.empty((height, width), np.float32)
    stored, stored_alpha = stored_view(ldr, codes.orientation), stored_view(alpha, codes.orientation)
    maximum = np.float32(codes.maximum)

    def assemble(rows: slice) -> bool:
        band = codes.rows(rows.start, rows.stop)
        colours = band.shape[2] - (band.shape[2] in (2, 4))
        colour = band[..., :colours]
        opacity = _opacity(codes, band, colour)
        if opacity is not None:
            stored_alpha[rows] = opacity
            if codes.premultiplied:
                colour = _unmultiply(colour, opacity, codes.maximum)
        if codes.to_srgb is None:
            np.divide(colour, maximum, out=stored[rows])
        else:
            stored[rows] = codes.to_srgb(colour)
        return opacity is None or bool(opacity.min() >= 1)

    opaque = [*in_order(assemble, bands(codes.height, codes.width))]
    return ldr, None if all(opaque) else alpha


def _opacity(codes: Codes, band: np.ndarray, colour: np.ndarray) -> np.ndarray | None:
    if colour.shape[2] < band.shape[2]:
        return band[..., -1] / np.float32(codes.maximum)
    if codes.transparent is not None:
        return np.any(colour != np.array(codes.transparent, colour.dtype), axis=-1).astype(np.float32)
    return None


def _unmultiply(colour: np.ndarray, opacity: np.ndarray, maximum: int) -> np.ndarray:
    """Divide the colours by the opacity; where a pixel is fully transparent its colour stays."""
    divided = colour / np.where(opacity > 0, opacity, 1)[..., None]
    return np.minimum(divided + 0.5, maximum).astype(colour.dtype)
