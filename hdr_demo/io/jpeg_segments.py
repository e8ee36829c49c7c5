"""The segments of a JPEG before its first scan (ITU-T T.81, annex B), and the index of a file of several pictures."""

import struct
from collections.abc import Iterator

# ITU-T T.81, table B.1.
START, END = b"\xff\xd8", b"\xff\xd9"
APP1, APP2 = 0xE1, 0xE2
EXIF_NAME = b"Exif\0\0"
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))

# CIPA DC-007, Multi-Picture Format.
MPF_NAME = b"MPF\0"
_VERSION_TAG, _COUNT_TAG, _ENTRIES_TAG = 0xB000, 0xB001, 0xB002
_UNDEFINED, _LONG = 7, 4
_BASE_IMAGE = 0x030000


def segments(data: bytes | memoryview, start: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Walk over the segments of a JPEG up to its first scan, or to where something else begins.

    Args:
        data: The bytes of a file.
        start: Where its picture begins.

    Yields:
        A segment's marker, the place of its contents, and these.
    """
    position = start + 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker in (0x00, 0xFF, _START_OF_SCAN, _END_OF_IMAGE):
            return
        if marker in _WITHOUT_LENGTH:
            position += 2
            continue
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        if length < 2 or position + 2 + length > len(data):
            return
        yield marker, position + 4, bytes(data[position + 4 : position + 2 + length])
        position += 2 + length


def segment(marker: int, contents: bytes) -> bytes:
    """Put contents into a segment.

    Raises:
        ValueError: If they have more than 65,533 bytes.
    """
    if len(contents) > 0xFFFF - 2:
        raise ValueError(f"a segment of a JPEG holds 65,533 bytes, not {len(contents):,}")
    return struct.pack(">BBH", 0xFF, marker, len(contents) + 2) + contents


def pack_index(lengths: list[int], place: int) -> bytes:
    """Make the index of a file whose pictures follow one another.

    Args:
        lengths: The bytes of each picture.
        place: Where in the file the index begins: the byte that follows `MPF_NAME`, from which offsets are counted.

    Returns:
        The index, big-endian; its length does not depend on the numbers.
    """
    count = len(lengths)
    entries_place = 8 + 2 + 3 * 12 + 4
    head = struct.pack(">2sHIH", b"MM", 42, 8, 3)
    head += struct.pack(">HHI4s", _VERSION_TAG, _UNDEFINED, 4, b"0100")
    head += struct.pack(">HHII", _COUNT_TAG, _LONG, 1, count)
    head += struct.pack(">HHII", _ENTRIES_TAG, _UNDEFINED, 16 * count, entries_place) + bytes(4)
    entries, start = b"", 0
    for index, length in enumerate(lengths):
        offset = start - place if index else 0
        entries += struct.pack(">IIIHH", 0 if index else _BASE_IMAGE, length, offset, 0, 0)
        start += length
    return head + entries


def unpack_index(index: bytes, place: int) -> list[tuple[int, int]]:
    """Read where the other pictures of a file lie.

    Args:
        index: What follows `MPF_NAME`.
        place: Where in the file it begins.

    Returns:
        Start and length of each picture but the first; none where the index is broken.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(index[:4])
    if order is None:
        return []
    try:
        (directory,) = struct.unpack_from(order + "I", index, 4)
        (count,) = struct.unpack_from(order + "H", index, directory)
        for number in range(count):
            tag, _, size, offset = struct.unpack_from(order + "HHII", index, directory + 2 + 12 * number)
            if tag == _ENTRIES_TAG:
                entries = struct.iter_unpack(order + "IIIHH", index[offset : offset + size // 16 * 16])
                return [(place + start, length) for _, length, start, _, _ in entries if start]
    except struct.error:
        pass
    return []
