"""WebP: its size is read here because Pillow allocates the picture while it opens the file."""

from typing import BinaryIO

from hdr_demo.io.codes import Codes
from hdr_demo.io.pillow import read_pillow
from hdr_demo.io.refusal import check_pixels


def is_webp(head: bytes) -> bool:
    """Recognise a WebP."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def read_webp(file: BinaryIO, name: str, max_megapixels: float) -> Codes:
    """Decode a WebP; of an animation the first frame.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The codes, 8 bits deep.

    Raises:
        ImageError: If it is too big or damaged.
    """
    file.seek(0)
    size = _size(file.read(30))
    if size is not None:
        check_pixels(name, *size, max_megapixels)
    return read_pillow(file, name, max_megapixels)


def _size(head: bytes) -> tuple[int, int] | None:
    """Read width and height (RFC 9649, sections 2.5 to 2.7; RFC 6386, section 9.1); None where they are not found."""
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
    return None
