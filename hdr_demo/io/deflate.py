"""Deflate (RFC 1951) piece by piece, on every processor core; the bytes do not depend on how many there are."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from hdr_demo.strips import usable_cores

Piece, Result = TypeVar("Piece"), TypeVar("Result")

# Photographs and their noise hold few repetitions except runs. A search for others takes three to five times as long;
# it is worth that where a sample gets smaller by this share.
_WORTHWHILE = 0.05
_SAMPLE_BYTES = 1 << 15
_SEARCH_LEVEL = 4
_RAW, _WITH_HEADER = -15, 15


def in_order(function: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[Result]:
    """Apply a function to every piece, several at once, and give the results in the order of the pieces."""
    with ThreadPoolExecutor(usable_cores()) as pool:
        yield from pool.map(function, pieces)


def compress(data: np.ndarray) -> bytes:
    """Compress bytes, uint8, to a stream of their own (RFC 1950)."""
    return _run(data, _WITH_HEADER, *_choose(data), zlib.Z_FINISH)


def compress_part(data: np.ndarray) -> bytes:
    """Compress bytes, uint8, to a part of a raw stream, which others follow; it begins and ends with a whole byte."""
    return _run(data, _RAW, *_choose(data), zlib.Z_SYNC_FLUSH)


def _choose(data: np.ndarray) -> tuple[int, int]:
    """Find level and strategy by a sample from the middle of the bytes."""
    flat = data.reshape(-1)
    start = max(0, (flat.size - _SAMPLE_BYTES) // 2)
    sample = flat[start : start + _SAMPLE_BYTES]
    ways = (1, zlib.Z_RLE), (_SEARCH_LEVEL, zlib.Z_DEFAULT_STRATEGY)
    runs, searched = (len(_run(sample, _RAW, *way, zlib.Z_FINISH)) for way in ways)
    return ways[searched < (1 - _WORTHWHILE) * runs]


def _run(data: np.ndarray, bits: int, level: int, strategy: int, end: int) -> bytes:
    encoder = zlib.compressobj(level, zlib.DEFLATED, bits, zlib.DEF_MEM_LEVEL + 1, strategy)
    return encoder.compress(data) + encoder.flush(end)


def join_adler32(parts: Iterable[tuple[int, int]]) -> int:
    """Join the checksums of parts (RFC 1950, section 9), each with its length in bytes, to that of the whole."""
    low, high = 1, 0
    for checksum, length in parts:
        high = (high + (checksum >> 16) + length * (low - 1)) % 65521
        low = (low + (checksum & 0xFFFF) - 1) % 65521
    return high << 16 | low
