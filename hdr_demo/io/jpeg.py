"""JPEG: its end is looked for here, because a download that stopped may leave zeros, which decode to grey.

Pillow notices that a file is cut off, but not that nothing except zeros follows.
"""

from typing import BinaryIO

from hdr_demo.io.codes import Codes
from hdr_demo.io.pillow import read_pillow
from hdr_demo.io.refusal import damaged

# ITU-T T.81, table B.1.
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, b"\xff\xd9"
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))
_BLOCK_BYTES = 1 << 20


def is_jpeg(head: bytes) -> bool:
    """Recognise a JPEG."""
    return head.startswith(b"\xff\xd8\xff")


def read_jpeg(file: BinaryIO, name: str, max_megapixels: float) -> Codes:
    """Decode a JPEG; of several pictures in it the first, which is the ordinary one where another is a gain map.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The codes, 8 bits deep.

    Raises:
        ImageError: If it is too big, damaged or HDR.
    """
    codes = read_pillow(file, name, max_megapixels)
    if not _ends(file):
        raise damaged(name)
    return codes


def _ends(file: BinaryIO) -> bool:
    """Tell whether the end-of-image marker follows the first scan; the data of a scan cannot contain it."""
    position = _first_scan(file)
    file.seek(position)
    last = b""
    while block := file.read(_BLOCK_BYTES):
        if _END_OF_IMAGE in last + block:
            return True
        last = block[-1:]
    return False


def _first_scan(file: BinaryIO) -> int:
    """Walk over the segments to the first scan, or to where something else than a segment begins."""
    position, kind = 2, 0
    while kind != _START_OF_SCAN:
        file.seek(position)
        marker = file.read(4)
        if len(marker) < 4 or marker[0] != 0xFF or marker[1] in (0x00, 0xFF):
            break
        kind = marker[1]
        position += 2 if kind in _WITHOUT_LENGTH else 2 + int.from_bytes(marker[2:], "big")
    return position
