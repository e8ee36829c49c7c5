"""Ordinary pictures: the table of formats, and the function that uses it."""

import functools
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from hdr_demo.io.output import replacing, writer_for

# W3C Portable Network Graphics, third edition, section 11.3.2.5: rendering intent 0, perceptual.
_PNG_SRGB = (b"sRGB", b"\0")
# ICC.1:2022, section 7.2.8: where a profile keeps its date. A fixed one makes equal pictures equal files.
_PROFILE_DATE = slice(24, 36)
_DATE = b"".join(part.to_bytes(2, "big") for part in (2000, 1, 1, 0, 0, 0))
_BAND_PIXELS = 1 << 20


def _write_png(path: Path, image: Image.Image, quality: int) -> None:
    tags = PngInfo()
    tags.add(*_PNG_SRGB)
    image.save(path, "PNG", pnginfo=tags, compress_level=4)


def _write_jpeg(path: Path, image: Image.Image, quality: int) -> None:
    # 4:4:4: chroma at full size.
    image.convert("RGB").save(path, "JPEG", quality=quality, subsampling=0, icc_profile=srgb_profile())


def _write_webp(path: Path, image: Image.Image, quality: int) -> None:
    try:
        image.save(path, "WEBP", quality=quality, exact=True, icc_profile=srgb_profile())
    except ValueError as error:  # more than 16383 pixels wide or high
        raise OSError(str(error)) from error


def _write_tiff(path: Path, image: Image.Image, quality: int) -> None:
    image.save(path, "TIFF", compression="tiff_adobe_deflate", icc_profile=srgb_profile())


# Suffix and writer.
SDR_FORMATS: dict[str, Callable[[Path, Image.Image, int], None]] = {
    ".png": _write_png,
    ".jpg": _write_jpeg,
    ".jpeg": _write_jpeg,
    ".webp": _write_webp,
    ".tif": _write_tiff,
    ".tiff": _write_tiff,
}


def write_sdr(
    path: str | os.PathLike[str], sdr: np.ndarray, *, alpha: np.ndarray | None = None, quality: int = 95
) -> Path:
    """Write an ordinary picture, 8 bits deep and marked as sRGB, in the format that the suffix names.

    Args:
        path: The file. One that exists is replaced; it appears whole or not at all.
        sdr: Display-encoded sRGB, float32, (H, W, 3), [0, 1]; rounded to the nearest code.
        alpha: Opacity, float32, (H, W), [0, 1]; JPEG has no place for it.
        quality: Of JPEG and WebP, 1 to 100; the others lose nothing.

    Returns:
        The file.

    Raises:
        OutputError: If the suffix is not in `SDR_FORMATS`, or the file cannot be written.
    """
    path = Path(path)
    writer = writer_for(path, SDR_FORMATS)
    image = Image.fromarray(_codes(sdr, alpha))
    with replacing(path) as temporary:
        writer(temporary, image, quality)
    return path


def _codes(sdr: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """Round to 8-bit codes, uint8, (H, W, 3 or 4), band by band; NaN becomes 0."""
    height, width, _ = sdr.shape
    codes = np.empty((height, width, 3 if alpha is None else 4), np.uint8)
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        band = slice(top, min(top + rows, height))
        codes[band, :, :3] = _rounded(sdr[band])
        if alpha is not None:
            codes[band, :, 3] = _rounded(alpha[band])
    return codes


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.clip(np.nan_to_num(values) * np.float32(255) + np.float32(0.5), 0, 255).astype(np.uint8)


@functools.cache
def srgb_profile() -> bytes:
    """Make the ICC profile of sRGB; the same bytes every time."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_PROFILE_DATE] = _DATE
    return bytes(profile)
