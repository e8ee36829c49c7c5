"""AVIF, and HEIC where pillow-heif is installed: the properties of their main picture, and AVIF's 10 and 12 bits."""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from PIL import Image

from hdr_demo.errors import ImageError
from hdr_demo.io.codes import Codes
from hdr_demo.io.embedded import read_embedded, refuse_hdr_transfer
from hdr_demo.io.exif import exif_of_image
from hdr_demo.io.opencv import decode
from hdr_demo.io.pillow import exif_orientation, open_header, read_pillow
from hdr_demo.io.refusal import check_pixels, damaged
from hdr_demo.io.shaper import HDR_TRANSFERS

_MAX_META = 1 << 24  # the boxes before the pixels are a few kilobytes


def read_heic(file: BinaryIO, name: str, max_megapixels: float) -> Codes:
    """Decode a HEIC with the package pillow-heif.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The codes, 8 bits deep.

    Raises:
        ImageError: If the package is missing, or the picture is too big, damaged or HDR.
    """
    try:
        import pillow_heif  # an extra that most installations do without
    except ImportError as error:
        raise ImageError(f"{name} is a HEIC picture: save it as JPEG, or install the package pillow-heif.") from error
    if "HEIF" not in Image.OPEN:
        pillow_heif.register_heif_opener()
    return read_pillow(file, name, max_megapixels, code_points=_code_points(name, main_properties(file)))


def read_avif(file: BinaryIO, name: str, max_megapixels: float) -> Codes:
    """Decode an AVIF with all its bits; of a sequence the first frame.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The codes, 8, 10 or 12 bits deep.

    Raises:
        ImageError: If it is too big, damaged or HDR.
    """
    properties = main_properties(file)
    code_points = _code_points(name, properties)
    bits = avif_depth(properties)
    if bits <= 8:
        return read_pillow(file, name, max_megapixels, code_points=code_points)

    image = open_header(file, name)
    width, height = image.size
    check_pixels(name, width, height, max_megapixels)
    codes = decode_avif(file)
    if codes is None or codes.dtype != np.uint16 or codes.shape[:2] != (height, width):
        raise damaged(name)
    codes = codes.reshape(height, width, -1)
    kind = "RGB" if codes.shape[2] >= 3 else "GRAY"
    meaning = read_embedded(name, kind, image.info.get("icc_profile"), code_points)
    return Codes(
        height=height,
        width=width,
        bits=bits,
        maximum=2**bits - 1,
        rows=lambda top, bottom: codes[top:bottom],
        orientation=exif_orientation(image),
        to_srgb=meaning.transform(2**bits - 1),
        exif=exif_of_image(image),
    )


def decode_avif(file: BinaryIO) -> np.ndarray | None:
    """Decode as `decode` does; OpenCV looks for EXIF data in the first 500 bytes, and gives up where they are not.

    So it is not told of them.
    """
    file.seek(0)
    data = np.frombuffer(bytearray(file.read()), np.uint8)
    head = data[:_MAX_META].tobytes()
    place = head.find(b"Exif", 0, max(head.find(b"mdat"), 0))  # the item's type, in its `infe` box
    if place >= 0:
        data[place : place + 4] = np.frombuffer(b"free", np.uint8)
    return decode(data)


def _code_points(name: str, properties: list[tuple[bytes, bytes]]) -> tuple[int, int] | None:
    """Read the code points of an ordinary picture. A profile, where there is one, says more."""
    found = nclx(properties)
    if found:
        refuse_hdr_transfer(name, found[1])
    profiles = any(kind == b"colr" and data[:4] in (b"prof", b"rICC") for kind, data in properties)
    return None if profiles else found


def nclx(properties: list[tuple[bytes, bytes]]) -> tuple[int, int] | None:
    """Read primaries and transfer from the `nclx` colour box (ISO 14496-12, section 12.1.5); an HDR one first."""
    found = None
    for kind, data in properties:
        if kind == b"colr" and data[:4] == b"nclx" and len(data) >= 8:
            found = int.from_bytes(data[4:6], "big"), int.from_bytes(data[6:8], "big")
            if found[1] in HDR_TRANSFERS:
                break
    return found


def avif_depth(properties: list[tuple[bytes, bytes]]) -> int:
    """Read the depth from `pixi` (ISO 23008-12, section 6.5.6) or `av1C` (AV1 in ISOBMFF, section 2.3.3)."""
    for kind, data in properties:
        if kind == b"pixi" and len(data) > 5:
            return max(data[5:])
        if kind == b"av1C" and len(data) > 2 and data[2] & 0x40:
            return 12 if data[2] & 0x20 else 10
    return 8


def main_properties(file: BinaryIO) -> list[tuple[bytes, bytes]]:
    """List the properties of the main picture as `item_properties` does.

    An AVIF with a gain map names PQ for its other rendition; only what belongs to the main picture is returned.
    """
    return item_properties(file, None)


def item_properties(file: BinaryIO, item: int | None) -> list[tuple[bytes, bytes]]:
    """List the properties of a picture (ISO 23008-12, section 9.3).

    Args:
        file: The open file.
        item: The number of the picture; None for the main one.

    Returns:
        Kind and contents of each box.
    """
    size = file.seek(0, 2)
    position, meta = 0, b""
    while position + 8 <= size and not meta:
        file.seek(position)
        frame = file.read(16)
        length = int.from_bytes(frame[:4], "big")
        length = int.from_bytes(frame[8:16], "big") if length == 1 else length or size - position
        if frame[4:8] == b"meta":
            file.seek(position + 12)
            meta = file.read(min(length - 12, _MAX_META)) if length > 12 else b""
        position += max(length, 8)
    boxes = dict(_boxes(meta))
    described = dict(_boxes(boxes.get(b"iprp", b"")))
    every = list(_boxes(described.get(b"ipco", b"")))
    if item is None:
        item = int.from_bytes(boxes.get(b"pitm", b"")[4:], "big")
    wanted = _associated(described.get(b"ipma", b""), item)
    return [every[index - 1] for index in wanted if 0 < index <= len(every)]


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Walk over the boxes in `data`; stop where they stop making sense."""
    position = 0
    while position + 8 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big") or len(data) - position
        if length < 8:
            return
        yield data[position + 4 : position + 8], data[position + 8 : position + length]
        position += length


def _associated(ipma: bytes, item: int) -> list[int]:
    """List the property numbers of one item (ISO 23008-12, section 9.3.2), counted from 1."""
    if len(ipma) < 8:
        return []
    item_bytes = 4 if ipma[0] else 2
    index_bytes = 2 if ipma[3] & 1 else 1
    position = 8
    for _ in range(int.from_bytes(ipma[4:8], "big")):
        if position >= len(ipma):
            break
        number = int.from_bytes(ipma[position : position + item_bytes], "big")
        position += item_bytes
        count = ipma[position] if position < len(ipma) else 0
        position += 1
        end = position + count * index_bytes
        if number == item:
            mask = 0x7FFF if index_bytes == 2 else 0x7F
            return [
                int.from_bytes(ipma[start : start + index_bytes], "big") & mask
                for start in range(position, end, index_bytes)
            ]
        position = end
    return []
