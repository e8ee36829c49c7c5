"""TIFF of 32-bit floats (TIFF 6.0, section 19): all light, exactly."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from hdr_demo.io.deflate import compress, in_order
from hdr_demo.io.hdr_picture import Delivery, HdrPicture, describe_units
from hdr_demo.io.opencv import decode
from hdr_demo.io.pq import bands
from hdr_demo.io.refusal import damaged
from hdr_demo.io.tiff import check_tiff

# TIFF 6.0, and StoNits, which LibTIFF defines: what a sample has to be multiplied by to give cd/m².
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _DESCRIPTION = 256, 257, 258, 259, 262, 270
_OFFSETS, _SAMPLES, _ROWS_PER_STRIP, _COUNTS, _PLANAR, _SOFTWARE, _PREDICTOR = 273, 277, 278, 279, 284, 305, 317
_WHITE_POINT, _PRIMARIES, _EXTRA_SAMPLES, _SAMPLE_FORMAT, _STO_NITS = 318, 319, 338, 339, 37439
_ASCII, _SHORT, _LONG, _RATIONAL, _DOUBLE = 2, 3, 4, 5, 12
_DEFLATE, _RGB, _UNASSOCIATED, _IEEE_FLOAT, _FLOAT_PREDICTOR = 8, 2, 2, 3, 3
_BT709, _D65 = (640, 330, 300, 600, 150, 60), (3127, 3290)


def write_float_tiff(path: Path, picture: HdrPicture, delivery: Delivery) -> None:
    """Write a TIFF of 32-bit floats, compressed by Deflate with the predictor for floats (TIFF Technical Note 3).

    Raises:
        OSError: If it cannot be written.
    """
    pixels = picture.hdr if picture.alpha is None else np.dstack([picture.hdr, picture.alpha])
    height, width, samples = pixels.shape
    with open(path, "wb") as file:
        file.write(b"II*\0" + bytes(4))
        places = []
        for strip in _strips(pixels):
            places.append((file.tell(), len(strip)))
            file.write(strip)
        rows = next(bands(height, width)).stop
        tags = {
            _WIDTH: (_LONG, [width]),
            _HEIGHT: (_LONG, [height]),
            _BITS: (_SHORT, [32] * samples),
            _COMPRESSION: (_SHORT, [_DEFLATE]),
            _PHOTOMETRIC: (_SHORT, [_RGB]),
            _DESCRIPTION: (_ASCII, describe_units(picture.hdr, delivery.white_nits).encode("ascii") + b"\0"),
            _OFFSETS: (_LONG, [start for start, _ in places]),
            _SAMPLES: (_SHORT, [samples]),
            _ROWS_PER_STRIP: (_LONG, [rows]),
            _COUNTS: (_LONG, [length for _, length in places]),
            _PLANAR: (_SHORT, [1]),
            _SOFTWARE: (_ASCII, b"hdr_demo\0"),
            _PREDICTOR: (_SHORT, [_FLOAT_PREDICTOR]),
            _WHITE_POINT: (_RATIONAL, [part for value in _D65 for part in (value, 10000)]),
            _PRIMARIES: (_RATIONAL, [part for value in _BT709 for part in (value, 1000)]),
            _SAMPLE_FORMAT: (_SHORT, [_IEEE_FLOAT] * samples),
            _STO_NITS: (_DOUBLE, [delivery.white_nits]),
        }
        if samples > 3:
            tags[_EXTRA_SAMPLES] = (_SHORT, [_UNASSOCIATED])
        start = file.seek(0, 2)
        file.write(bytes(start % 2) + _directory(tags, start + start % 2))
        file.seek(4)
        file.write(struct.pack("<I", start + start % 2))


def _strips(pixels: np.ndarray) -> Iterator[bytes]:
    """Compress bands of rows: the four bytes of a row's floats one after the other, each as difference to the last."""
    height, width, samples = pixels.shape

    def encode(band: slice) -> bytes:
        rows = np.nan_to_num(pixels[band], posinf=np.finfo(np.float32).max).astype(">f4")
        planes = rows.view(np.uint8).reshape(len(rows), width * samples, 4).swapaxes(1, 2).reshape(len(rows), -1)
        difference = planes.copy()
        difference[:, samples:] -= planes[:, :-samples]
        return compress(difference)

    return in_order(encode, bands(height, width))


def _directory(tags: dict[int, tuple[int, list[float] | bytes]], start: int) -> bytes:
    """Encode the directory that will lie at byte `start`, little-endian."""
    forms = {_ASCII: "s", _SHORT: "H", _LONG: "I", _RATIONAL: "I", _DOUBLE: "d"}
    entries, values = b"", b""
    values_start = start + 2 + 12 * len(tags) + 4
    for tag, (kind, numbers) in sorted(tags.items()):
        packed = numbers if kind == _ASCII else struct.pack(f"<{len(numbers)}{forms[kind]}", *numbers)
        count = len(numbers) // 2 if kind == _RATIONAL else len(numbers)
        if len(packed) > 4:
            place = struct.pack("<I", values_start + len(values))
            values += packed + bytes(len(packed) % 2)
        else:
            place = packed.ljust(4, b"\0")
        entries += struct.pack("<HHI", tag, kind, count) + place
    return struct.pack("<H", len(tags)) + entries + bytes(4) + values


def read_float_tiff(file: BinaryIO, name: str, max_megapixels: float) -> HdrPicture:
    """Decode a TIFF of floats, of any length.

    Raises:
        ImageError: If it is too big or damaged.
    """
    check_tiff(file, name, max_megapixels)
    file.seek(0)
    image = decode(np.frombuffer(file.read(), np.uint8))
    if image is None or image.dtype not in (np.float32, np.float64):
        raise damaged(name)
    image = image.reshape(*image.shape[:2], -1)
    colours = image[..., :3] if image.shape[2] >= 3 else image[..., :1].repeat(3, -1)
    with np.errstate(over="ignore"):  # what is too bright for a float becomes infinite
        hdr = np.ascontiguousarray(colours, np.float32)
    alpha = np.clip(image[..., 3].astype(np.float32), 0, 1) if image.shape[2] == 4 else None
    return HdrPicture(hdr, None if alpha is None or alpha.min() >= 1 else alpha)
