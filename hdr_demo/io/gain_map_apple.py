"""Apple's own gain maps, of the iPhones before iOS 18: one headroom, from XMP or from the maker's notes.

Their second picture names itself in XMP. Version 1 leaves the headroom to two numbers in the maker's notes of the
photograph; version 2 states it. Later ones follow ISO 21496-1 besides, which counts more.
"""

import math
import struct

from PIL import ExifTags, Image

from hdr_demo.io.gain_map import GainMap
from hdr_demo.io.gain_map_metadata import parse_xmp, text_of

AUXILIARY = "urn:com:apple:photo:2020:aux:hdrgainmap"
_HDR_GAIN_MAP = "http://ns.apple.com/HDRGainMap/1.0/"
_PIXEL_DATA_INFO = "http://ns.apple.com/pixeldatainfo/1.0/"
# The maker's notes: their name, two numbers of a version, then a big-endian TIFF directory; places count from the name.
_NOTES_NAME, _DIRECTORY = b"Apple iOS\0", 14
_HEADROOM_TAG, _GAIN_TAG = 33, 48
_SIGNED_RATIONAL = 10


def unpack_apple(packet: bytes, exif: bytes | None) -> GainMap:
    """Understand an Apple gain map in a JPEG by its XMP and the photograph's EXIF data.

    Args:
        packet: The XMP of the map.
        exif: The EXIF data of the photograph.

    Raises:
        ValueError: If it is none, or has no headroom.
    """
    if text_of(parse_xmp(packet), "AuxiliaryImageType", _PIXEL_DATA_INFO).strip() != AUXILIARY:
        raise ValueError("another auxiliary picture")
    return unpack_auxiliary(packet, exif)


def unpack_auxiliary(packet: bytes, exif: bytes | None) -> GainMap:
    """Understand the XMP of what is known to be Apple's gain map; takes and raises what `unpack_apple` does."""
    tree = parse_xmp(packet)
    if not text_of(tree, "HDRGainMapVersion", _HDR_GAIN_MAP).strip():
        raise ValueError("a gain map without its version")
    stated = text_of(tree, "HDRGainMapHeadroom", _HDR_GAIN_MAP).strip()
    headroom = math.log2(float(stated)) if stated else headroom_of_notes(exif)
    none = (0.0,) * 3
    return GainMap(none, (headroom,) * 3, base_offset=none, alternate_offset=none, headroom=headroom, apple=True)


def headroom_of_notes(exif: bytes | None) -> float:
    """Compute the headroom from the maker's notes ("Applying Apple HDR effect to your photos", Apple, 2023).

    Args:
        exif: EXIF data.

    Returns:
        The headroom in stops.

    Raises:
        ValueError: If the notes are missing, or do not hold both numbers.
    """
    numbers = _notes(exif)
    if not {_HEADROOM_TAG, _GAIN_TAG} <= set(numbers):
        raise ValueError("the maker's notes have no headroom")
    gain = numbers[_GAIN_TAG]
    if numbers[_HEADROOM_TAG] < 1:
        stops = -20 * gain + 1.8 if gain <= 0.01 else -0.101 * gain + 1.601
    else:
        stops = -70 * gain + 3 if gain <= 0.01 else -0.303 * gain + 2.303
    return max(stops, 0.0)


def _notes(exif: bytes | None) -> dict[int, float]:
    """Read the signed fractions in Apple's notes."""
    parsed = Image.Exif()
    try:
        parsed.load(exif or b"")
        notes = parsed.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.MakerNote, b"")
    except Exception as error:  # of many kinds, from Pillow
        raise ValueError("the EXIF data are broken") from error
    if not notes.startswith(_NOTES_NAME):
        return {}
    numbers = {}
    try:
        (count,) = struct.unpack_from(">H", notes, _DIRECTORY)
        for index in range(count):
            tag, kind, _, place = struct.unpack_from(">HHII", notes, _DIRECTORY + 2 + 12 * index)
            if kind == _SIGNED_RATIONAL:
                numerator, denominator = struct.unpack_from(">ii", notes, place)
                numbers[tag] = numerator / denominator
    except (struct.error, ZeroDivisionError) as error:
        raise ValueError("the maker's notes are broken") from error
    return numbers
