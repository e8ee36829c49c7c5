"""EXIF data that stays with a picture that was turned upright and into sRGB (CIPA DC-008, which is TIFF 6.0 inside).

Values are copied byte by byte: Pillow would turn the ü of a name into two question marks, and move the camera's own
notes, whose pointers count from the beginning of the data.
"""

import io
import struct
from collections.abc import Collection
from dataclasses import dataclass
from typing import BinaryIO

from PIL import ExifTags, Image

from hdr_demo.io.orientation import ORIENTATIONS

_EXIF_HEADER = b"Exif\0\0"
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_SHORT, _LONG = 3, 4
# TIFF 6.0, section 2, and EXIF 3.0, section 4.6.2: the bytes of a value of each type.
_SIZES = {1: 1, 2: 1, _SHORT: 2, _LONG: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
# Those that are numbers: how struct spells one, a fraction as two, and its bytes.
_NUMBERS = {
    1: ("B", 1),
    _SHORT: ("H", 2),
    _LONG: ("I", 4),
    5: ("II", 8),
    8: ("h", 2),
    9: ("i", 4),
    10: ("ii", 8),
    11: ("f", 4),
    12: ("d", 8),
}
_MOST_BYTES = 1 << 20  # of a directory's values; a maker's notes have a tenth of that
_MOST_KEPT = 1 << 16  # what is farther from the beginning, as in a TIFF, has no pointers that could stay right
_DIRECTORIES = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
# What is true of the original's pixels only: their size, layout and colours; and what is no EXIF.
_NOT_KEPT = {
    *(254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281, 284, 288, 289, 290, 291),
    *(292, 293, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 330, 332, 338, 339, 340, 341, 342, 347, 512, 513),
    *(514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532),
    *(700, 33723, 34377, 34675, 37724, 50341),  # XMP, IPTC, Photoshop, ICC, Photoshop again, how it was to be printed
    *(0xA001, 0xA002, 0xA003, 0xA005, 0xA500),  # colour space, size, what belongs to the colour space, gamma
}


@dataclass(frozen=True)
class _Value:
    """A value as its directory has it: type, bytes, where these lay, and the directory that they point to if any."""

    kind: int
    data: bytes
    place: int
    directory: "dict[int, _Value] | None" = None


def orientation_of(exif: bytes | None) -> int:
    """Read the orientation, 1 to 8, from EXIF data; 1 where they say nothing sensible."""
    order, tags = _read(io.BytesIO((exif or b"").removeprefix(_EXIF_HEADER)))
    value = tags.get(ExifTags.Base.Orientation)
    orientation = int.from_bytes(value.data[:2], "big" if order == ">" else "little") if value else 1
    return orientation if orientation in ORIENTATIONS else 1


def exif_of_bytes(exif: bytes | None) -> bytes | None:
    """Prepare EXIF data for a picture that has been turned upright and into another colour space.

    Args:
        exif: EXIF data, with or without the six bytes that announce them in a JPEG.

    Returns:
        The same from the TIFF header on, with orientation 1, without the thumbnail, which shows the picture as it was,
        and without size and colour space; None where nothing else is in them, or where they are broken.
    """
    return exif_of_tiff(io.BytesIO((exif or b"").removeprefix(_EXIF_HEADER)))


def exif_of_tiff(file: BinaryIO) -> bytes | None:
    """Prepare the EXIF data of an open TIFF as `exif_of_bytes` does."""
    order, tags = _read(file)
    if ExifTags.Base.Orientation in tags:
        tags[ExifTags.Base.Orientation] = _Value(_SHORT, struct.pack(f"{order}H", 1), 0)
    return _pack(order, tags) if tags else None


def exif_of_image(image: Image.Image) -> bytes | None:
    """Prepare the EXIF data of an open picture as `exif_of_bytes` does; a TIFF has them elsewhere (`exif_of_tiff`)."""
    exif = image.info.get("exif")
    if not exif and (text := image.info.get("Raw profile type exif")):  # as ImageMagick spelled it before eXIf existed
        try:
            exif = bytes.fromhex("".join(text.split("\n")[3:]))
        except ValueError:
            return None
    return exif_of_bytes(exif)


def numbers_of(exif: bytes | None, tags: Collection[int]) -> dict[int, float]:
    """Read numbers, such as the exposure time, from EXIF data.

    Args:
        exif: As `exif_of_bytes` gives it.
        tags: Those wanted, of the photo's or its EXIF directory.

    Returns:
        The first number of each tag that is there and makes sense.
    """
    order, first = _read(io.BytesIO((exif or b"").removeprefix(_EXIF_HEADER)))
    inner = first.get(ExifTags.IFD.Exif)
    known = first | (inner.directory or {} if inner else {})
    found = {}
    for tag in tags:
        form, size = _NUMBERS.get(known[tag].kind, ("", 0)) if tag in known else ("", 0)
        if not size or len(known[tag].data) < size:
            continue
        parts = struct.unpack(order + form, known[tag].data[:size])
        if len(parts) == 1 or parts[1] != 0:
            found[tag] = parts[0] / (parts[1] if len(parts) > 1 else 1)
    return found


def _read(file: BinaryIO) -> tuple[str, dict[int, _Value]]:
    """Read the byte order and what is kept of the first directory; none where there is nothing that makes sense."""
    try:
        file.seek(0)
        header = file.read(8)
        order = _ORDERS[header[:4]]
        return order, _read_directory(file, struct.unpack(f"{order}I", header[4:])[0], order, _DIRECTORIES)
    except (KeyError, struct.error):
        return "<", {}


def _read_directory(file: BinaryIO, start: int, order: str, directories: tuple[int, ...]) -> dict[int, _Value]:
    file.seek(start)
    entries = file.read(12 * struct.unpack(f"{order}H", file.read(2))[0])
    found, total = {}, 0
    for position in range(0, len(entries) - 11, 12):
        tag, kind, count = struct.unpack_from(f"{order}HHI", entries, position)
        length = _SIZES.get(kind, 0) * count
        if tag in _NOT_KEPT or not 0 < length <= _MOST_BYTES - total:
            continue
        total += length
        place, data = 0, entries[position + 8 : position + 8 + min(length, 4)]
        if length > 4:
            (place,) = struct.unpack(f"{order}I", data)
            file.seek(place)
            data = file.read(length)
        if len(data) < length:
            continue
        if tag not in directories:
            found[tag] = _Value(kind, data, place)
        elif length == 4 and (inner := _read_directory(file, struct.unpack(f"{order}I", data)[0], order, ())):
            found[tag] = _Value(_LONG, data, 0, inner)
    return found


class _Layout:
    """Bytes that are filled in any order; one range of them, which must not move, is kept free."""

    def __init__(self, header: bytes, kept: slice) -> None:
        self.data, self._end, self._kept = bytearray(header), len(header), kept

    def allocate(self, length: int) -> int:
        """Find the next free place, at an even byte."""
        place = self._end + self._end % 2
        if place < self._kept.stop and place + length > self._kept.start:
            place = self._kept.stop + self._kept.stop % 2
        self._end = place + length
        return place

    def put(self, place: int, data: bytes) -> None:
        """Fill a place."""
        self.data.extend(bytes(max(0, place + len(data) - len(self.data))))
        self.data[place : place + len(data)] = data


def _pack(order: str, tags: dict[int, _Value]) -> bytes:
    """Encode a directory and those it points to; the maker's notes stay where they were."""
    exif = tags.get(ExifTags.IFD.Exif)
    notes = exif.directory.get(ExifTags.Base.MakerNote) if exif else None
    kept = notes is not None and 8 <= notes.place < _MOST_KEPT
    layout = _Layout(
        next(mark for mark, known in _ORDERS.items() if known == order),
        slice(notes.place, notes.place + len(notes.data)) if kept else slice(0, 0),
    )
    pointer = layout.allocate(4)

    def put(directory: dict[int, _Value]) -> int:
        start = layout.allocate(2 + 12 * len(directory) + 4)
        entries = struct.pack(f"{order}H", len(directory))
        for tag, value in sorted(directory.items()):
            data = value.data
            if value.directory is not None:
                data = struct.pack(f"{order}I", put(value.directory))
            elif len(data) > 4:
                place = value.place if kept and value is notes else layout.allocate(len(data))
                layout.put(place, data)
                data = struct.pack(f"{order}I", place)
            entries += struct.pack(f"{order}HHI", tag, value.kind, len(value.data) // _SIZES[value.kind])
            entries += data.ljust(4, b"\0")
        layout.put(start, entries + bytes(4))
        return start

    layout.put(pointer, struct.pack(f"{order}I", put(tags)))
    return bytes(layout.data)
