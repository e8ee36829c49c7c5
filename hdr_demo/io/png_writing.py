"""PNG written band by band, on every processor core (W3C Portable Network Graphics, third edition)."""

import struct
import zlib
from typing import BinaryIO

import cv2
import numpy as np

from hdr_demo.io.deflate import compress_part, in_order, join_adler32
from hdr_demo.io.png import SIGNATURE
from hdr_demo.io.pq import bands

_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # section 11.2.1, by the number of channels
_SUB, _UP, _AVERAGE = 1, 2, 3  # section 9.2
_STREAM_START, _STREAM_END = b"\x78\x01", b"\x03\x00"  # RFC 1950; an empty last block of RFC 1951


def write_png(file: BinaryIO, codes: np.ndarray, chunks: bytes) -> None:
    """Write a PNG.

    Args:
        file: Where it goes.
        codes: uint8 or uint16, (H, W, C): grey, grey and alpha, RGB, or RGB and alpha.
        chunks: What shall stand between header and pixels, as `chunk` makes it.
    """
    height, width, channels = codes.shape
    bits = 8 * codes.dtype.itemsize
    header = struct.pack(">IIBBBBB", width, height, bits, _COLOUR_TYPES[channels], 0, 0, 0)
    file.write(SIGNATURE + chunk(b"IHDR", header) + chunks + chunk(b"IDAT", _STREAM_START))
    sums = []

    def encode(band: slice) -> tuple[bytes, int, int]:
        filtered = _filter(codes, band)
        return chunk(b"IDAT", compress_part(filtered)), zlib.adler32(filtered), filtered.size

    for encoded, checksum, length in in_order(encode, bands(height, width)):
        file.write(encoded)
        sums.append((checksum, length))
    file.write(chunk(b"IDAT", _STREAM_END + struct.pack(">I", join_adler32(sums))) + chunk(b"IEND", b""))


def chunk(kind: bytes, data: bytes) -> bytes:
    """Frame the contents of a chunk (section 5.3)."""
    return b"".join([struct.pack(">I", len(data)), kind, data, struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))])


def _filter(codes: np.ndarray, band: slice) -> np.ndarray:
    """Turn rows into differences to their neighbours, by the filter that leaves least of each row (section 12.7).

    Paeth's, which takes as long as all others together, is not tried: it saves noise nothing.

    Returns:
        Each row behind the number of its filter, uint8, (rows, 1 + bytes of a row).
    """
    step = codes.shape[2] * codes.dtype.itemsize  # from a byte to the same one of the pixel to the left
    start = max(band.start - 1, 0)
    stored = np.ascontiguousarray(codes[start : band.stop], codes.dtype.newbyteorder(">"))
    stored = stored.view(np.uint8).reshape(band.stop - start, -1)
    rows = stored[band.start - start :]
    above = stored[:-1] if band.start else np.concatenate([np.zeros_like(rows[:1]), rows[:-1]])
    left = np.zeros_like(rows)
    left[:, step:] = rows[:, :-step]
    average = (left & above) + ((left ^ above) >> 1)
    differences = {_SUB: rows - left, _UP: rows - above, _AVERAGE: rows - average}
    kinds = np.array([*differences], np.uint8)
    best = kinds[np.argmin([_sum_rows(difference) for difference in differences.values()], axis=0)]
    filtered = np.empty((len(rows), 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = best
    for kind, difference in differences.items():
        filtered[best == kind, 1:] = difference[best == kind]
    return filtered


def _sum_rows(difference: np.ndarray) -> np.ndarray:
    """Add up each row's differences, as bytes with a sign, without it."""
    sizes = np.abs(difference.view(np.int8)).view(np.uint8)
    return cv2.reduce(sizes, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
