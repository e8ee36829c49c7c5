"""PNG chunks put in by hand."""

import struct
import zlib

import numpy as np


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(png: bytes, kind: bytes, data: bytes, *, before: bytes = b"IDAT") -> bytes:
    """Put one more chunk before the first `before`."""
    place = png.index(before) - 4
    return png[:place] + chunk(kind, data) + png[place:]


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *, adam7: bool = False) -> bytes:
    """A PNG of rows that begin with their filter."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, adam7)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def interlaced(rgb: np.ndarray) -> bytes:
    """An RGB picture, uint8 or uint16, in the seven passes of Adam7."""
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    rows = b"".join(
        b"\0" + row.astype(row.dtype.newbyteorder(">")).tobytes()
        for top, left, down, right in passes
        for row in rgb[top::down, left::right]
    )
    return png(rgb.shape[1], rgb.shape[0], rgb.dtype.itemsize * 8, 2, rows, adam7=True)
