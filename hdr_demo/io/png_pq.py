"""HDR in PNG: PQ and HLG, named by the chunk cICP (W3C Portable Network Graphics, third edition)."""

import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from hdr_demo.errors import ImageError
from hdr_demo.io.hdr_picture import Delivery, HdrPicture, upright_picture
from hdr_demo.io.opencv import decode
from hdr_demo.io.png import Chunks, plain_png, read_chunks
from hdr_demo.io.png_writing import chunk, write_png
from hdr_demo.io.pq import (
    BT2020,
    MASTERING_BLACK_NITS,
    MASTERING_PRIMARIES,
    MASTERING_WHITE,
    PQ,
    RGB_MATRIX,
    LightLevel,
    check_primaries,
    from_codes,
    to_pq_codes,
)
from hdr_demo.io.profile import Profile, parse_profile
from hdr_demo.io.refusal import check_pixels, damaged, unusual
from hdr_demo.io.shaper import HDR_TRANSFERS

_MAX_PROFILE = 1 << 22
_COLOUR_TYPES = (0, 2, 4, 6)  # all but a palette
_CODES = {8: np.uint8, 16: np.uint16}


def write_png_pq(path: Path, picture: HdrPicture, delivery: Delivery) -> None:
    """Write a PNG of 16 bits a channel in PQ with the BT.2020 primaries: each value is right to 1/65535 of PQ's codes.

    Raises:
        OSError: If it cannot be written.
    """
    codes, level = to_pq_codes(picture.hdr, 65535, delivery.white_nits, delivery.peak_nits)
    if picture.alpha is not None:
        codes = np.dstack([codes, np.rint(np.clip(picture.alpha, 0, 1) * 65535).astype(np.uint16)])
    exif = chunk(b"eXIf", picture.exif) if picture.exif else b""
    with open(path, "wb") as file:
        write_png(file, codes, _light_chunks(level, delivery) + exif)


def _light_chunks(level: LightLevel, delivery: Delivery) -> bytes:
    """Say what the codes mean, for which display they were made, and how bright they are (section 11.3.2)."""
    chromaticities = [round(value / 0.00002) for value in (*MASTERING_PRIMARIES, *MASTERING_WHITE)]
    luminances = [round(value / 0.0001) for value in (delivery.peak_nits, MASTERING_BLACK_NITS)]
    return (
        chunk(b"cICP", bytes([BT2020, PQ, RGB_MATRIX, 1]))
        + chunk(b"mDCV", struct.pack(">8H2I", *chromaticities, *luminances))
        + chunk(b"cLLI", struct.pack(">2I", round(level.content / 0.0001), round(level.average / 0.0001)))
    )


def png_transfer(file: BinaryIO) -> str | None:
    """Tell which of the HDR transfer functions a PNG names, "PQ" or "HLG"; None for an ordinary one."""
    meaning = _meaning(read_chunks(file))
    return HDR_TRANSFERS.get(meaning[1]) if meaning else None


def _meaning(chunks: Chunks) -> tuple[int, int, int, int] | None:
    """Find primaries, transfer, matrix and range: those of cICP, or else those that an ICC profile names."""
    cicp = chunks.small.get(b"cICP", b"")
    if len(cicp) == 4:
        return tuple(cicp)
    profile = _profile(chunks)
    return None if profile is None or profile.code_points is None else (*profile.code_points, RGB_MATRIX, 1)


def _profile(chunks: Chunks) -> Profile | None:
    """Understand the ICC profile; None where there is none, or a broken one."""
    compressed = chunks.small.get(b"iCCP", b"").partition(b"\0")[2][1:]
    try:
        return parse_profile(zlib.decompressobj().decompress(compressed, _MAX_PROFILE)) if compressed else None
    except (ValueError, zlib.error):
        return None


def read_png_pq(file: BinaryIO, name: str, max_megapixels: float) -> HdrPicture:
    """Decode a PNG whose cICP, or whose profile, names PQ or HLG.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The picture, upright.

    Raises:
        ImageError: If it is too big, damaged, or contradicts itself.
    """
    chunks = read_chunks(file)
    header = chunks.small[b"IHDR"]
    width, height = struct.unpack_from(">II", header)
    check_pixels(name, width, height, max_megapixels)
    primaries, transfer, matrix, full_range = _meaning(chunks)
    _check_meaning(name, chunks, primaries, transfer, matrix)
    bits, colour_type = header[8:10]
    if bits not in _CODES or colour_type not in _COLOUR_TYPES:
        raise unusual(name)
    plain = plain_png(file, chunks)
    codes = None if plain is None else decode(plain)
    if codes is None or codes.dtype != _CODES[bits] or codes.shape[:2] != (height, width):
        raise damaged(name)
    codes = codes.reshape(height, width, -1)
    if codes.shape[2] == 1:
        codes = codes.repeat(3, -1)
    step = 1 << (bits - 8)
    # ITU-R BT.2100-2, table 9: the narrow range.
    scale, black = (256 * step - 1, 0) if full_range else (219 * step, 16 * step)
    alpha = codes[..., 3] / np.float32(256 * step - 1) if codes.shape[2] == 4 and colour_type in (4, 6) else None
    hdr = from_codes(codes[..., :3], primaries, transfer, scale, black)
    exif = chunks.small.get(b"eXIf")
    return upright_picture(hdr, alpha, exif)


def _check_meaning(name: str, chunks: Chunks, primaries: int, transfer: int, matrix: int) -> None:
    """Refuse colours that cannot be understood, and a profile that says something else than cICP.

    Raises:
        ImageError: If there are such.
    """
    if matrix != RGB_MATRIX:
        raise ImageError(f"{name} names a colour matrix in its cICP chunk, which no PNG may: save it again as PNG.")
    check_primaries(name, primaries)
    profile = _profile(chunks)
    if profile is None:
        return
    named = profile.code_points
    ordinary = named is None and profile.shaper is not None and profile.shaper.is_srgb()
    if ordinary or (named is not None and named != (primaries, transfer)):
        raise ImageError(
            f"{name} contradicts itself: its cICP chunk says {HDR_TRANSFERS[transfer]} and its ICC profile says "
            f"{'sRGB' if ordinary else 'another colour space'}; remove one of them, or save it again."
        )
