"""Ordinary pictures: the table of formats, and the function that uses it."""

import functools
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageCms

from hdr_demo.io.output import replacing, writer_for
from hdr_demo.io.png_writing import chunk, write_png
from hdr_demo.strips import in_strips

# W3C Portable Network Graphics, third edition, section 11.3.2.5: rendering intent 0, perceptual.
_PNG_SRGB = (b"sRGB", b"\0")
_TIFF_PREDICTOR, _TIFF_HORIZONTAL = 317, 2
# ICC.1:2022, section 7.2.8: where a profile keeps its date. A fixed one makes equal pictures equal files.
_PROFILE_DATE = slice(24, 36)
_DATE = b"".join(part.to_bytes(2, "big") for part in (2000, 1, 1, 0, 0, 0))


def _encode_png(file: BinaryIO, codes: np.ndarray, quality: int) -> None:
    write_png(file, codes, chunk(*_PNG_SRGB))


def _encode_jpeg(file: BinaryIO, codes: np.ndarray, quality: int) -> None:
    # 4:4:4: chroma at full size.
    opaque = Image.fromarray(codes[..., :3])
    opaque.save(file, "JPEG", quality=quality, subsampling=0, icc_profile=srgb_profile())


def _encode_webp(file: BinaryIO, codes: np.ndarray, quality: int) -> None:
    try:
        Image.fromarray(codes).save(file, "WEBP", quality=quality, exact=True, icc_profile=srgb_profile())
    except ValueError as error:  # more than 16383 pixels wide or high
        raise OSError(str(error)) from error


def _encode_tiff(file: BinaryIO, codes: np.ndarray, quality: int) -> None:
    # Differences to the pixel on the left (TIFF 6.0, section 14) take a quarter less room, in the same time.
    options = {"compression": "tiff_adobe_deflate", "tiffinfo": {_TIFF_PREDICTOR: _TIFF_HORIZONTAL}}
    Image.fromarray(codes).save(file, "TIFF", icc_profile=srgb_profile(), **options)


# Suffix and encoder.
SDR_FORMATS: dict[str, Callable[[BinaryIO, np.ndarray, int], None]] = {
    ".png": _encode_png,
    ".jpg": _encode_jpeg,
    ".jpeg": _encode_jpeg,
    ".webp": _encode_webp,
    ".tif": _encode_tiff,
    ".tiff": _encode_tiff,
}


def write_sdr(
    path: str | os.PathLike[str], sdr: np.ndarray, *, alpha: np.ndarray | None = None, quality: int = 95
) -> Path:
    """Write an ordinary picture, 8 bits deep and marked as sRGB, in the format that the suffix names.

    Args:
        path: The file. One that exists is replaced; it appears whole or not at all.
        sdr: Display-encoded sRGB, float32, (H, W, 3), [0, 1]; rounded to the nearest code. Or these codes, uint8, as
            `round_to_codes` gives them.
        alpha: Opacity, float32, (H, W), [0, 1]; JPEG has no place for it.
        quality: Of JPEG and WebP, 1 to 100; the others lose nothing.

    Returns:
        The file.

    Raises:
        OutputError: If the suffix is not in `SDR_FORMATS`, or the file cannot be written.
    """
    path = Path(path)
    encode = writer_for(path, SDR_FORMATS)
    with replacing(path) as temporary:
        # Not straight to the file: on a full disk Pillow's JPEG encoder says nothing, and its TIFF encoder crashes.
        encoded = io.BytesIO()
        encode(encoded, _codes(sdr, alpha), quality)
        temporary.write_bytes(encoded.getbuffer())
    return path


def _codes(sdr: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """Round to 8-bit codes, uint8, (H, W, 3 or 4)."""
    codes = sdr if sdr.dtype == np.uint8 else in_strips(round_to_codes, sdr)
    return codes if alpha is None else np.dstack([codes, in_strips(round_to_codes, alpha)])


def round_to_codes(values: np.ndarray) -> np.ndarray:
    """Round to the nearest 8-bit codes.

    Args:
        values: float32, any shape, [0, 1]; values outside are clipped, and NaN becomes 0.

    Returns:
        uint8, the same shape.
    """
    return (np.fmin(np.fmax(values, 0), 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)  # fmax(NaN, 0) is 0


@functools.cache
def srgb_profile() -> bytes:
    """Make the ICC profile of sRGB; the same bytes every time."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_PROFILE_DATE] = _DATE
    return bytes(profile)
