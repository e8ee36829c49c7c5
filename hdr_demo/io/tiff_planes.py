"""Every 16-bit TIFF as one plain grey picture.

OpenCV decodes 16-bit grey TIFFs of any compression and byte order rightly; of the others it confuses some silently
(separate planes) and cuts some to 8 bits (grey with alpha). The pixels of a TIFF are bytes to its compression, so the
same strips and tiles read through a new directory are a grey picture: `samples` times as wide where the samples
alternate, or one picture for each plane. Only the horizontal predictor, which reaches from a sample to the same sample
of its left neighbour, must be undone here.
"""

import struct
from typing import BinaryIO

import numpy as np
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from hdr_demo.io.opencv import decode

# Tags of TIFF 6.0.
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _STRIP_OFFSETS = 256, 257, 258, 259, 262, 266, 273
_SAMPLES, _ROWS_PER_STRIP, _STRIP_COUNTS, _PLANAR, _PREDICTOR = 277, 278, 279, 284, 317
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_COUNTS = 322, 323, 324, 325
_KEPT = (_HEIGHT, _COMPRESSION, _FILL_ORDER, _ROWS_PER_STRIP, _TILE_HEIGHT)
_PLACES = (_STRIP_OFFSETS, _STRIP_COUNTS, _TILE_OFFSETS, _TILE_COUNTS)
_SEPARATE_PLANES = 2
_HORIZONTAL_PREDICTOR = 2


def decode_16_bit(
    file: BinaryIO, tags: ImageFileDirectory_v2, height: int, width: int, samples: int
) -> np.ndarray | None:
    """Decode the pixels that a directory describes.

    Args:
        file: The open file.
        tags: The directory; 16 bits for every sample.
        height: Rows.
        width: Columns.
        samples: Samples of a pixel.

    Returns:
        Codes as stored, uint16, (height, width, samples), [0, 65535]; None where they cannot be decoded.
    """
    separate = _first(tags, _PLANAR) == _SEPARATE_PLANES
    planes = samples if separate else 1
    together = 1 if separate else samples
    decoded = []
    for plane in range(planes):
        codes = decode(_with_directory(file, _grey_directory(tags, width, together, plane, planes)))
        if codes is None or codes.dtype != np.uint16 or codes.shape != (height, width * together):
            return None
        decoded.append(codes.reshape(height, width, together))
    codes = decoded[0] if planes == 1 else np.concatenate(decoded, -1)
    if _first(tags, _PREDICTOR) == _HORIZONTAL_PREDICTOR:
        _undo_predictor(codes, _first(tags, _TILE_WIDTH) or width)
    return codes


def _undo_predictor(codes: np.ndarray, tile_width: int) -> None:
    """Add up the differences that each row of a strip or tile stores (TIFF 6.0, section 14), modulo 65536, in place."""
    for left in range(0, codes.shape[1], tile_width):
        block = codes[:, left : left + tile_width]
        np.add.accumulate(block, axis=1, out=block)


def _first(tags: ImageFileDirectory_v2, tag: int) -> int:
    value = tags.get(tag, 0)
    return value[0] if isinstance(value, tuple) else value


def _grey_directory(
    tags: ImageFileDirectory_v2, width: int, together: int, plane: int, planes: int
) -> dict[int, tuple[int, ...]]:
    """Describe one plane of a picture, or all its alternating samples, as a plain grey picture."""
    grey = {tag: (_first(tags, tag),) for tag in _KEPT if tag in tags}
    grey |= {_WIDTH: (width * together,), _BITS: (16,), _SAMPLES: (1,), _PHOTOMETRIC: (1,), _PLANAR: (1,)}
    if _TILE_WIDTH in tags:
        grey[_TILE_WIDTH] = (_first(tags, _TILE_WIDTH) * together,)
    for tag in _PLACES:
        if tag in tags:
            places = tags[tag] if isinstance(tags[tag], tuple) else (tags[tag],)
            share = len(places) // planes
            grey[tag] = tuple(places[plane * share : (plane + 1) * share])
    return grey


def _with_directory(file: BinaryIO, directory: dict[int, tuple[int, ...]]) -> np.ndarray:
    """Read a TIFF's bytes, and put `directory` behind them as its first and only one."""
    size = file.seek(0, 2)
    start = size + size % 2
    file.seek(0)
    head = file.read(4)
    order, big = "<" if head.startswith(b"I") else ">", 43 in head[2:]
    encoded = _encode_directory(directory, start, order, big)
    data = np.zeros(start + len(encoded), np.uint8)
    file.seek(0)
    file.readinto(memoryview(data)[:size])
    data[start:] = np.frombuffer(encoded, np.uint8)
    place, form = (8, "Q") if big else (4, "I")
    data[place : place + struct.calcsize(form)] = np.frombuffer(struct.pack(order + form, start), np.uint8)
    return data


def _encode_directory(directory: dict[int, tuple[int, ...]], start: int, order: str, big: bool) -> bytes:
    """Encode a directory that will lie at byte `start`; every value is a LONG, or in a BigTIFF a LONG8."""
    number, kind, counter = ("Q", 16, "Q") if big else ("I", 4, "H")
    width = struct.calcsize(number)
    entries, values = b"", b""
    values_start = start + struct.calcsize(order + counter) + len(directory) * (4 + 2 * width) + width
    for tag, numbers in sorted(directory.items()):
        packed = struct.pack(f"{order}{len(numbers)}{number}", *numbers)
        if len(numbers) != 1:
            packed, values = struct.pack(order + number, values_start + len(values)), values + packed
        entries += struct.pack(f"{order}HH{number}", tag, kind, len(numbers)) + packed
    return struct.pack(order + counter, len(directory)) + entries + bytes(width) + values
