"""PGM and PPM with more than 8 bits, which Pillow would cut to 8."""

import re
from typing import BinaryIO

import numpy as np

from hdr_demo.io.codes import Codes
from hdr_demo.io.refusal import check_pixels, damaged
from hdr_demo.io.signatures import HEAD_BYTES

# netpbm's ppm(5): magic number, width, height, maximum, each after white space and comments; then one white space.
_GAP = rb"(?:\s|#[^\n]*\n)+"
_HEADER = re.compile(rb"P([56])" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,5})\s")


def is_pnm(head: bytes) -> bool:
    """Recognise a binary PGM or PPM with two bytes for a code."""
    header = _HEADER.match(head)
    return header is not None and 255 < int(header[4]) < 65536


def read_pnm(file: BinaryIO, name: str, max_megapixels: float) -> Codes:
    """Decode a binary PGM or PPM with two bytes for a code.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The codes, 9 to 16 bits deep.

    Raises:
        ImageError: If it is too big or damaged.
    """
    file.seek(0)
    header = _HEADER.match(file.read(HEAD_BYTES))
    width, height, maximum = (int(header[group]) for group in (2, 3, 4))
    check_pixels(name, width, height, max_megapixels)
    file.seek(header.end())
    channels = {b"5": 1, b"6": 3}[header[1]]
    data = file.read(2 * width * height * channels)
    if len(data) != 2 * width * height * channels:
        raise damaged(name)
    codes = np.frombuffer(data, ">u2")
    if codes.max() > maximum:
        raise damaged(name)
    codes = codes.reshape(height, width, channels)
    return Codes(
        height=height,
        width=width,
        bits=maximum.bit_length(),
        maximum=maximum,
        rows=lambda top, bottom: codes[top:bottom].astype(np.uint16),
    )
