"""PNG (W3C Portable Network Graphics, third edition): its chunks, and the 16-bit kinds that Pillow would cut to 8."""

import zlib
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from hdr_demo.io.codes import Codes
from hdr_demo.io.embedded import read_embedded
from hdr_demo.io.exif import exif_of_image
from hdr_demo.io.opencv import decode
from hdr_demo.io.pillow import exif_orientation, open_header, read_pillow
from hdr_demo.io.refusal import check_pixels, damaged

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_IEND = b"\0\0\0\0IEND\xaeB`\x82"
_SMALL = (b"IHDR", b"cICP", b"iCCP", b"tRNS", b"eXIf")
_MAX_SMALL = 1 << 20  # no chunk of these is a tenth as long


@dataclass
class Chunks:
    """Where the parts of a PNG lie.

    Attributes:
        small: The contents of the chunks in `_SMALL`.
        pixels: Start and length of each whole IDAT chunk, with its frame.
    """

    small: dict[bytes, bytes] = field(default_factory=dict)
    pixels: list[tuple[int, int]] = field(default_factory=list)


def is_png(head: bytes) -> bool:
    """Recognise a PNG."""
    return head.startswith(SIGNATURE)


def read_png(file: BinaryIO, name: str, max_megapixels: float) -> Codes:
    """Decode a PNG with all its bits.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The codes, 8 or 16 bits deep.

    Raises:
        ImageError: If it is too big, damaged or HDR.
    """
    chunks = read_chunks(file)
    header = chunks.small.get(b"IHDR", b"")
    file.seek(len(SIGNATURE))
    if len(header) != 13 or file.read(8) != b"\0\0\0\rIHDR":
        raise damaged(name)
    width, height = (int.from_bytes(header[start : start + 4], "big") for start in (0, 4))
    check_pixels(name, width, height, max_megapixels)
    cicp = chunks.small.get(b"cICP", b"")
    code_points = (cicp[0], cicp[1]) if len(cicp) == 4 else None
    if header[8] < 16:
        return read_pillow(file, name, max_megapixels, code_points=code_points)

    image = open_header(file, name)
    kind = "RGB" if header[9] & 2 else "GRAY"
    meaning = read_embedded(name, kind, image.info.get("icc_profile"), code_points)
    if b"eXIf" in chunks.small:
        image.info["exif"] = chunks.small[b"eXIf"]
    plain = plain_png(file, chunks)
    codes = None if plain is None else decode(plain)
    if codes is None or codes.dtype != np.uint16 or codes.shape[:2] != (height, width):
        raise damaged(name)
    codes = codes.reshape(height, width, -1)
    if header[9] == 4:
        codes = codes[..., 2:]  # OpenCV spells grey and alpha as RGB and alpha
    colours = codes.shape[2] - (codes.shape[2] in (2, 4))
    return Codes(
        height=height,
        width=width,
        bits=16,
        maximum=65535,
        rows=lambda top, bottom: codes[top:bottom],
        orientation=exif_orientation(image),
        to_srgb=meaning.transform(65535),
        exif=exif_of_image(image),
        transparent=_transparent(chunks.small.get(b"tRNS", b""), colours) if colours == codes.shape[2] else None,
    )


def read_chunks(file: BinaryIO) -> Chunks:
    """Walk over the chunks up to the end, or to where the file stops."""
    chunks = Chunks()
    size = file.seek(0, 2)
    position = len(SIGNATURE)
    while position + 12 <= size:
        file.seek(position)
        frame = file.read(8)
        length, kind = int.from_bytes(frame[:4], "big"), frame[4:]
        if kind == b"IEND" or position + length + 12 > size:
            break
        if kind == b"IDAT":
            chunks.pixels.append((position, length + 12))
        elif kind in _SMALL and length <= _MAX_SMALL:
            chunks.small.setdefault(kind, file.read(length))
        position += length + 12
    return chunks


def plain_png(file: BinaryIO, chunks: Chunks) -> np.ndarray | None:
    """Put together a PNG of header and pixels alone, so that no other chunk can steer the decoder.

    None where a checksum is wrong: OpenCV would look for the next chunk in the pixels and believe any length it finds.
    """
    start = len(SIGNATURE)
    parts = [(0, start + 25), *chunks.pixels]
    data = np.empty(sum(length for _, length in parts) + len(_IEND), np.uint8)
    end = 0
    for position, length in parts:
        file.seek(position)
        part = memoryview(data)[end : end + length]
        file.readinto(part)
        end += length
        if position and zlib.crc32(part[4:-4]) != int.from_bytes(part[-4:], "big"):
            return None
    data[end:] = np.frombuffer(_IEND, np.uint8)
    return data


def _transparent(chunk: bytes, colours: int) -> tuple[int, ...] | None:
    """Read the transparent colour of a 16-bit PNG from its tRNS chunk."""
    if len(chunk) != 2 * colours:
        return None
    return tuple(int.from_bytes(chunk[start : start + 2], "big") for start in range(0, len(chunk), 2))
