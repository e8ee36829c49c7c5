"""Deflate in pieces: any decoder joins them, and the bytes are the same on every number of cores."""

import zlib

import numpy as np
import pytest

from hdr_demo.io import deflate
from hdr_demo.io.deflate import compress, compress_part, in_order, join_adler32

RNG = np.random.default_rng(3)
NOISE = RNG.normal(0, 4, (40, 9000)).astype(np.int8).view(np.uint8)
TEXT = np.tile(np.frombuffer(b"the same words again and again, ", np.uint8), 9000).reshape(60, -1)
SAMPLES = {"noise": NOISE, "text": TEXT, "black": np.zeros((9, 70001), np.uint8), "byte": np.array([[7]], np.uint8)}


@pytest.mark.parametrize("data", SAMPLES.values(), ids=SAMPLES)
def test_zlib_gives_back_what_was_compressed(data: np.ndarray) -> None:
    assert zlib.decompress(compress(data)) == data.tobytes()


def test_parts_one_after_the_other_are_one_stream() -> None:
    stream = b"".join(compress_part(data) for data in SAMPLES.values()) + b"\x03\x00"
    assert zlib.decompress(stream, -15) == b"".join(data.tobytes() for data in SAMPLES.values())


def test_repetitions_are_searched_for_where_there_are_any() -> None:
    assert len(compress(TEXT)) < TEXT.size / 50  # runs and Huffman's code alone leave more than half


def test_noise_gets_no_larger_than_with_a_search() -> None:
    assert len(compress(NOISE)) <= len(zlib.compress(NOISE, 6))


def test_joined_checksums_are_that_of_the_whole() -> None:
    parts = [data.tobytes() for data in (*SAMPLES.values(), np.full(200_000, 255, np.uint8))]
    assert join_adler32((zlib.adler32(part), len(part)) for part in parts) == zlib.adler32(b"".join(parts))
    assert join_adler32([]) == zlib.adler32(b"")


@pytest.mark.parametrize("cores", [1, 5])
def test_results_keep_the_order_of_their_pieces(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deflate, "usable_cores", lambda: cores)
    assert [*in_order(lambda number: number * number, range(100))] == [number * number for number in range(100)]
