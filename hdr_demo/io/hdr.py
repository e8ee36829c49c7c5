"""HDR pictures: written by the table of formats, and read by what they hold."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from hdr_demo.color import PQ_PEAK_NITS, REFERENCE_WHITE_NITS
from hdr_demo.errors import ImageError, OutputError
from hdr_demo.io.avif_pq import avif_transfer, read_avif_pq
from hdr_demo.io.exr import is_exr, open_exr
from hdr_demo.io.float_tiff import read_float_tiff
from hdr_demo.io.gain_map_heic import has_apple_map, read_apple_heic
from hdr_demo.io.gain_map_reading import has_gain_map, read_gain_map_jpeg
from hdr_demo.io.hdr_formats import GAIN_MAP_HEIC, GAIN_MAP_JPEG, HDR_FORMATS
from hdr_demo.io.hdr_picture import Delivery, HdrPicture
from hdr_demo.io.jpeg import is_jpeg
from hdr_demo.io.jxl_pq import jxl_transfer, read_jxl_pq
from hdr_demo.io.opening import open_picture
from hdr_demo.io.output import replacing, writer_for
from hdr_demo.io.png import is_png
from hdr_demo.io.png_pq import png_transfer, read_png_pq
from hdr_demo.io.radiance import is_radiance, open_radiance
from hdr_demo.io.refusal import MAX_MEGAPIXELS, foreign_errors, shown_name
from hdr_demo.io.signatures import HEAD_BYTES, is_avif, is_heic, is_jxl
from hdr_demo.io.tiff import holds_floats, is_tiff


def write_hdr(
    path: str | os.PathLike[str],
    hdr: np.ndarray,
    *,
    alpha: np.ndarray | None = None,
    sdr: np.ndarray | None = None,
    exif: bytes | None = None,
    white_nits: float = REFERENCE_WHITE_NITS,
    peak_nits: float = PQ_PEAK_NITS,
    full_float: bool = False,
    quality: int = Delivery.quality,
) -> Path:
    """Write an HDR picture in the format that the suffix names; it appears whole or not at all.

    NaN becomes 0, because one such pixel spoils a whole picture in most viewers; what is too bright for the format
    becomes the brightest that it holds. `describe_losses` tells beforehand.

    Args:
        path: The file. One that exists is replaced.
        hdr: Linear BT.709 RGB, float32, (H, W, 3), [0, inf); 1.0 is diffuse white. Negative values, which are colours
            outside BT.709, are kept by `.exr`, `.tif`, `.png`, `.avif` and `.jxl`.
        alpha: Opacity, float32, (H, W), [0, 1]; `.exr`, `.png`, `.tif` and `.jxl` have a place for it.
        sdr: The base image of a gain map, which ordinary screens show: display-encoded sRGB, float32, (H, W, 3),
            [0, 1].
        exif: EXIF data from the TIFF header on; `.jpg`, `.avif`, `.png` and `.jxl` have a place for them.
        white_nits: The luminance of 1.0, in cd/m².
        peak_nits: What formats for displays shall not exceed, in cd/m²; brighter light is rolled off.
        full_float: OpenEXR with floats of 32 bits instead of 16.
        quality: Of JPEG's base image, AVIF and JPEG XL, 1 to 100.

    Returns:
        The file.

    Raises:
        OutputError: If the suffix is not in `HDR_FORMATS`, its package is missing, or the file cannot be written.
        ValueError: If the format stores a base image and none was handed over.
    """
    path = Path(path)
    row = writer_for(path, HDR_FORMATS)
    row.check_package(path)
    if row.has_base and (sdr is None or sdr.shape != hdr.shape):
        raise ValueError(f"a {row.name} needs `sdr`, of the same shape as `hdr`")
    picture = HdrPicture(hdr, alpha, sdr, exif)
    with replacing(path) as temporary:
        try:
            row.write(temporary, picture, Delivery(white_nits, peak_nits, full_float, quality))
        except OutputError as error:  # of a writer, which knows the temporary file only
            raise OutputError(f"{path}: {error}") from error
    return path


@dataclass(frozen=True)
class _Reader:
    """A kind of HDR picture: how it is recognised, and read."""

    recognises: Callable[[BinaryIO, bytes, str], str | None]
    read: Callable[[BinaryIO, str, float], HdrPicture]


def _if(matches: bool, kind: str) -> str | None:
    return kind if matches else None


def _in(transfer: str | None, kind: str) -> str | None:
    return f"{kind} in {transfer}" if transfer else None


# What a file holds, and who reads it.
_READERS = (
    _Reader(lambda file, head, name: _if(is_exr(head), "OpenEXR"), open_exr),
    _Reader(lambda file, head, name: _if(is_radiance(head), "Radiance"), open_radiance),
    _Reader(lambda file, head, name: _if(is_jpeg(head) and has_gain_map(file), GAIN_MAP_JPEG), read_gain_map_jpeg),
    _Reader(lambda file, head, name: _if(is_heic(head) and has_apple_map(file), GAIN_MAP_HEIC), read_apple_heic),
    _Reader(lambda file, head, name: _in(png_transfer(file), "PNG") if is_png(head) else None, read_png_pq),
    _Reader(lambda file, head, name: _in(avif_transfer(file), "AVIF") if is_avif(head) else None, read_avif_pq),
    _Reader(lambda file, head, name: _in(jxl_transfer(file), "JPEG XL") if is_jxl(head) else None, read_jxl_pq),
    _Reader(
        lambda file, head, name: _if(is_tiff(head) and holds_floats(file, name), "TIFF of floats"), read_float_tiff
    ),
)


def hdr_kind(path: str | os.PathLike[str]) -> str | None:
    """Tell from its first bytes and headers whether a file is HDR already, and has no need of the network.

    A photograph with a gain map, as phones take them, is both: `read_hdr` gives its light, `read_ldr` its base image.

    Args:
        path: The file.

    Returns:
        What it is, such as "OpenEXR", "JPEG with a gain map" or "PNG in PQ"; None for an ordinary picture, for what is
        no picture, and for what is damaged so far that this cannot be told.

    Raises:
        ImageError: If there is no such file, or it cannot be opened.
    """
    name = shown_name(path)
    with open_picture(path) as file:
        return next((kind for _, kind in _recognise(file, name)), None)


def _recognise(file: BinaryIO, name: str) -> list[tuple[_Reader, str]]:
    head = file.read(HEAD_BYTES)
    for reader in _READERS:
        try:
            with foreign_errors(name):
                kind = reader.recognises(file, head, name)
        except ImageError:
            continue
        if kind is not None:
            return [(reader, kind)]
    return []


def read_hdr(path: str | os.PathLike[str], *, max_megapixels: float = MAX_MEGAPIXELS) -> np.ndarray:
    """Read the light of an HDR picture, as `read_hdr_picture` does.

    Returns:
        Linear BT.709 RGB, float32, (H, W, 3); 1.0 is diffuse white. It may hold negative values.

    Raises:
        ImageError: If there is no such file, or it is damaged, too big, or something else.
    """
    return read_hdr_picture(path, max_megapixels=max_megapixels).hdr


def read_hdr_picture(path: str | os.PathLike[str], *, max_megapixels: float = MAX_MEGAPIXELS) -> HdrPicture:
    """Read an HDR picture, by what it holds and not by its suffix, with all that belongs to it.

    In PQ and HLG 1.0 is 203 cd/m²; a gain map is applied in full, and 1.0 is the white of its base image; OpenEXR,
    Radiance and TIFF are taken as they are stored.

    Args:
        path: The file.
        max_megapixels: The most pixels to decode, in millions, compared with the header before anything is decoded.

    Returns:
        The picture, upright.

    Raises:
        ImageError: If there is no such file, or it is damaged, too big, or something else.
    """
    name = shown_name(path)
    with open_picture(path) as file:
        for reader, _ in _recognise(file, name):
            file.seek(0)
            with foreign_errors(name):
                picture = reader.read(file, name, max_megapixels)
            if picture is not None:
                return picture
    raise ImageError(
        f"{name} is not an HDR picture that can be read: choose an .exr with R, G, B or Y, a Radiance .hdr, a JPEG "
        "with a gain map, a PNG, AVIF or JPEG XL (pip install openimageio) in PQ or HLG, or a TIFF of floats."
    )
