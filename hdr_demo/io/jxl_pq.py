"""HDR in JPEG XL (ISO/IEC 18181): 16-bit PQ with the BT.2020 primaries, through OpenImageIO where it is installed."""

import errno
import importlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from hdr_demo.errors import OutputError
from hdr_demo.io.avif_boxes import box
from hdr_demo.io.exif import exif_of_bytes
from hdr_demo.io.hdr_picture import Delivery, HdrPicture, upright_picture
from hdr_demo.io.pq import BT2020, PQ, RGB_MATRIX, check_primaries, from_codes, to_pq_codes
from hdr_demo.io.refusal import check_pixels, damaged
from hdr_demo.io.shaper import HDR_TRANSFERS
from hdr_demo.io.signatures import JXL_BOX

if TYPE_CHECKING:
    import OpenImageIO

PACKAGE = "OpenImageIO"
_MAXIMUM = 65535
_EFFORT = 3  # of 1 to 10: a third of the usual 7's time, for the same size
_LEAST_BYTES = 256  # OpenImageIO does not recognise files that are shorter than its look at their beginning
# Beyond, a file is of a level that not every decoder has to read (ISO/IEC 18181-1, annex M: level 5).
_MOST_PIXELS, _MOST_SIDE = 1 << 28, 1 << 18


def write_jxl_pq(path: Path, picture: HdrPicture, delivery: Delivery) -> None:
    """Write a JPEG XL of 16 bits a channel, CICP 9/16/0; a quality of 100 is lossless.

    Raises:
        OSError: If it cannot be written.
        OutputError: If OpenImageIO is missing, or has no JPEG XL.
    """
    codes, _ = to_pq_codes(picture.hdr, _MAXIMUM, delivery.white_nits, delivery.peak_nits)
    if picture.alpha is not None:
        codes = np.dstack([codes, np.rint(np.clip(picture.alpha, 0, 1) * _MAXIMUM).astype(np.uint16)])
    height, width, channels = codes.shape
    if max(height, width) > _MOST_SIDE or height * width > _MOST_PIXELS:
        raise OutputError(f"A picture of {width}×{height} pixels is too big for JPEG XL: make it smaller.")
    library = _library()
    output = library.ImageOutput.create(str(path))
    if output is None:
        raise OutputError(f"JPEG XL cannot be written by this {PACKAGE}: install a newer one, or choose .avif.")
    wanted = library.ImageSpec(width, height, channels, "uint16")
    wanted.attribute("CICP", library.TypeDesc("int[4]"), (BT2020, PQ, RGB_MATRIX, 1))
    wanted.attribute("Compression", f"jpegxl:{min(max(delivery.quality, 1), 100)}")
    wanted.attribute("jpegxl:effort", _EFFORT)
    wanted.attribute("jpegxl:use_boxes", 1)  # whose lengths tell whether all has been written
    wanted.attribute("jpegxl:compress_boxes", 0)
    wanted.attribute("oiio:UnassociatedAlpha", 1)
    done = output.open(str(path), wanted) and output.write_image(codes) and output.close()
    data = path.read_bytes()
    boxes = [*_boxes(data)]
    if not done or not boxes or boxes[-1][2] != len(data):
        raise _reason(path)
    path.write_bytes(_tidy(data, picture.exif))


def _reason(path: Path) -> OSError:
    """Find out why OpenImageIO could not write, which it does not tell: the system does, when more is written."""
    with open(path, "ab") as file:
        file.write(bytes(1 << 20))
    return OSError(errno.EIO, os.strerror(errno.EIO))


def _library() -> "OpenImageIO":
    """Load OpenImageIO, an extra that most installations do without."""
    try:
        return importlib.import_module(PACKAGE)
    except ImportError as error:
        raise OutputError("JPEG XL is written where OpenImageIO is installed: pip install openimageio.") from error


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Walk over the boxes of a file (ISO/IEC 18181-2, clause 4): kind, start and end of each."""
    start = 0
    while start + 8 <= len(data):
        length = int.from_bytes(data[start : start + 4], "big")
        if length == 1:
            length = int.from_bytes(data[start + 8 : start + 16], "big")
        end = start + length if length else len(data)
        if end < start + 8:
            return
        yield data[start + 4 : start + 8], start, end
        start = end


def _tidy(data: bytes, exif: bytes | None) -> bytes:
    """Put the codestream into one piece, and EXIF data before it instead of those that OpenImageIO makes up."""
    kept = b"".join(data[start:end] for kind, start, end in _boxes(data) if kind in (b"JXL ", b"ftyp", b"jxll"))
    pieces = [data[start + 12 : end] for kind, start, end in _boxes(data) if kind == b"jxlp"]  # behind a number
    described = box(b"Exif", bytes(4), exif) if exif else b""
    padding = b"" if len(data) > _LEAST_BYTES else box(b"free", bytes(_LEAST_BYTES))
    return b"".join([kept, described, box(b"jxlc", *pieces), padding])


def jxl_transfer(file: BinaryIO) -> str | None:
    """Tell which of the HDR transfer functions a JPEG XL names, "PQ" or "HLG"; None for others.

    None, too, where OpenImageIO is not installed: the header is packed in bits, and only a decoder reads it.
    """
    try:
        picture = _open(file)
    except OutputError:
        return None
    return HDR_TRANSFERS.get(_meaning(picture)[1])


def _open(file: BinaryIO) -> "OpenImageIO.ImageInput":
    library = _library()
    wanted = library.ImageSpec()
    wanted.attribute("oiio:UnassociatedAlpha", 1)
    picture = library.ImageInput.open(str(file.name), wanted)
    if picture is None or picture.format_name() != "jpegxl":
        raise ValueError(library.geterror() or "not a JPEG XL")
    return picture


def _meaning(picture: "OpenImageIO.ImageInput") -> tuple[int, int]:
    """Read primaries and transfer (ITU-T H.273); zeros where the file names none."""
    named = picture.spec().getattribute("CICP") or (0, 0)
    return int(named[0]), int(named[1])


def read_jxl_pq(file: BinaryIO, name: str, max_megapixels: float) -> HdrPicture:
    """Decode a JPEG XL that is PQ or HLG.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The picture, upright: a decoder turns it as the codestream says, and EXIF data do not count.

    Raises:
        ImageError: If it is too big or damaged.
    """
    picture = _open(file)
    layout = picture.spec()
    check_pixels(name, layout.width, layout.height, max_megapixels)
    primaries, transfer = _meaning(picture)
    check_primaries(name, primaries)
    codes = picture.read_image(0, 0, 0, layout.nchannels, "uint16")
    if codes is None or picture.has_error:
        raise damaged(name)
    codes = codes.reshape(layout.height, layout.width, -1)
    channels = codes.shape[2]
    colours = codes[..., :3] if channels >= 3 else codes[..., :1].repeat(3, -1)
    alpha = codes[..., -1] / np.float32(_MAXIMUM) if channels in (2, 4) else None
    hdr = from_codes(colours, primaries, transfer, _MAXIMUM)
    return replace(upright_picture(hdr, alpha, None), exif=exif_of_bytes(_exif(file)))


def _exif(file: BinaryIO) -> bytes | None:
    """Find the EXIF data: the contents of the first box `Exif` behind its offset; None where there is none."""
    file.seek(0)
    data = file.read()
    if not data.startswith(JXL_BOX):
        return None
    for kind, start, end in _boxes(data):
        if kind == b"Exif":
            offset = int.from_bytes(data[start + 8 : start + 12], "big")
            return data[start + 12 + offset : end] or None
    return None
