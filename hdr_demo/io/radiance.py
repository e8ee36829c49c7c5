"""Radiance pictures (.hdr): RGBE, three 8-bit mantissas under one exponent (Ward, Real Pixels, 1991)."""

import re
from pathlib import Path
from typing import BinaryIO

import numpy as np

from hdr_demo.color import REFERENCE_WHITE_NITS, brightest_channel
from hdr_demo.io.deflate import in_order
from hdr_demo.io.hdr_picture import HdrPicture, describe_units
from hdr_demo.io.opencv import decode
from hdr_demo.io.pq import bands
from hdr_demo.io.refusal import check_pixels, damaged

# Radiance's own primaries are others, so a picture in BT.709 says so (Radiance file formats, "PRIMARIES").
_HEADER = (
    "#?RADIANCE\n"
    "SOFTWARE=hdr_demo\n"
    "# {meaning}\n"
    "FORMAT=32-bit_rle_rgbe\n"
    "PRIMARIES=0.640 0.330 0.300 0.600 0.150 0.060 0.3127 0.3290\n"
    "\n"
    "-Y {height} +X {width}\n"
)
HEADER_BYTES = 1 << 16  # comments included; none of any program comes near
_EXPONENT_BIAS = 128
BRIGHTEST_RGBE = 2.0**126
_DARKEST = np.float32(2.0**-126)
_PACKED_WIDTHS = range(8, 32768)  # others are written pixel by pixel (Radiance, color.c, MINELEN and MAXELEN)
_SHORTEST_RUN = 4
_LONGEST_RUN, _LONGEST_LITERAL = 127, 128


def write_radiance(path: Path, hdr: np.ndarray, *, white_nits: float = REFERENCE_WHITE_NITS) -> None:
    """Write a Radiance picture; each value is right to 1/256 of its pixel's brightest channel.

    Args:
        path: The file, which is overwritten.
        hdr: Linear RGB, float32, (H, W, 3), [0, inf). Negative values and NaN become 0.
        white_nits: The luminance of 1.0, which a comment states: EXPOSURE would make readers multiply the picture.

    Raises:
        OSError: If it cannot be written.
    """
    height, width, _ = hdr.shape

    def encode(band: slice) -> bytes:
        rgbe = _encode_rgbe(hdr[band])
        return _pack(rgbe) if width in _PACKED_WIDTHS else rgbe.tobytes()

    with open(path, "wb") as file:
        meaning = describe_units(hdr, white_nits)
        file.write(_HEADER.format(height=height, width=width, meaning=meaning).encode("ascii"))
        for packed in in_order(encode, bands(height, width)):
            file.write(packed)


def _encode_rgbe(hdr: np.ndarray) -> np.ndarray:
    """Round light to mantissas of 8 bits and an exponent.

    Args:
        hdr: Linear RGB, float32, (H, W, 3).

    Returns:
        RGBE, uint8, (H, W, 4).
    """
    hdr = np.fmin(np.fmax(hdr, 0), np.float32(BRIGHTEST_RGBE))  # fmax takes the number where the other is NaN
    brightest = brightest_channel(hdr)
    # What would round up to a mantissa of 256 belongs to the next exponent.
    _, exponent = np.frexp(brightest * np.float32(256 / 255.5))
    scale = np.ldexp(np.float32(1), 8 - exponent)
    rgbe = np.empty((*hdr.shape[:2], 4), np.uint8)
    rgbe[..., :3] = np.minimum(np.rint(hdr * scale[..., None]), 255)
    rgbe[..., 3] = exponent + _EXPONENT_BIAS
    rgbe[brightest < _DARKEST] = 0
    return rgbe


def _pack(rgbe: np.ndarray) -> bytes:
    """Pack rows by run lengths (Radiance, color.c): each row's four components one after the other.

    A byte up to 128 announces so many bytes as they are; a larger one, less 128, repetitions of the next byte.

    Args:
        rgbe: RGBE, uint8, (H, W, 4).

    Returns:
        The rows, each behind the four bytes that announce its width.
    """
    width = rgbe.shape[1]
    lines = np.ascontiguousarray(rgbe.swapaxes(1, 2))  # (H, 4, W)
    data = lines.ravel()
    changes = np.ones(lines.shape, bool)
    np.not_equal(lines[..., 1:], lines[..., :-1], out=changes[..., 1:])

    # Stretches of equal bytes; neighbouring short ones within a line become one stretch of bytes as they are.
    start = np.flatnonzero(changes)
    length = np.diff(start, append=data.size)
    repeats = length >= _SHORTEST_RUN
    literal = np.repeat(~repeats, length)
    begins = repeats | (start % width == 0)
    begins[1:] |= repeats[:-1]
    start, repeats = start[begins], repeats[begins]
    length = np.diff(start, append=data.size)

    # What is longer than its announcement can say goes in pieces.
    longest = np.where(repeats, _LONGEST_RUN, _LONGEST_LITERAL)
    pieces = -(-length // longest)
    piece = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    start, length, longest, repeats = (np.repeat(each, pieces) for each in (start, length, longest, repeats))
    start = start + piece * longest
    length = np.minimum(length - piece * longest, longest)

    size = np.where(repeats, 2, 1 + length)
    row_begins = start % (4 * width) == 0
    end = np.cumsum(size + 4 * row_begins)
    place = end - size
    packed = np.empty(end[-1], np.uint8)
    as_it_is = np.ones(packed.size, bool)
    for offset, value in enumerate((2, 2, width >> 8, width & 255)):
        packed[place[row_begins] - 4 + offset] = value
        as_it_is[place[row_begins] - 4 + offset] = False
    packed[place] = np.where(repeats, 128 + length, length)
    packed[place[repeats] + 1] = data[start[repeats]]
    as_it_is[place] = as_it_is[place[repeats] + 1] = False
    packed[as_it_is] = data[literal]
    return packed.tobytes()


def size_radiance(head: bytes) -> tuple[int, int] | None:
    """Read the size of a Radiance picture from its header.

    Args:
        head: The beginning of the file.

    Returns:
        Width and height; None where the header does not say.
    """
    sizes = dict(re.findall(rb"[-+]([XY]) (\d{1,9})", head[head.find(b"\n\n") :][:64]))
    return (int(sizes[b"X"]), int(sizes[b"Y"])) if len(sizes) == 2 else None


def open_radiance(file: BinaryIO, name: str, max_megapixels: float) -> HdrPicture:
    """Decode a Radiance picture.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The picture.

    Raises:
        ImageError: If it is too big or damaged.
    """
    size = size_radiance(file.read(HEADER_BYTES))
    if size is None:
        raise damaged(name)
    check_pixels(name, *size, max_megapixels)
    file.seek(0)
    hdr = decode(np.frombuffer(file.read(), np.uint8))
    if hdr is None or hdr.dtype != np.float32 or hdr.ndim != 3:
        raise damaged(name)
    return HdrPicture(hdr)


def is_radiance(head: bytes) -> bool:
    """Recognise a Radiance picture in RGBE."""
    return head.startswith((b"#?RADIANCE", b"#?RGBE")) and b"32-bit_rle_xyze" not in head
