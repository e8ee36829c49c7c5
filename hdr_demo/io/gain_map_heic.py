"""Apple's gain maps in HEIC, read with the package pillow-heif where it is installed."""

import io
import re
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from hdr_demo.errors import ImageError
from hdr_demo.io.avif import item_properties
from hdr_demo.io.exif import exif_of_bytes
from hdr_demo.io.gain_map import GainMap
from hdr_demo.io.gain_map_apple import AUXILIARY, unpack_auxiliary
from hdr_demo.io.gain_map_reading import apply_map, check_shape
from hdr_demo.io.hdr_picture import HdrPicture
from hdr_demo.io.refusal import check_pixels, damaged

if TYPE_CHECKING:
    import pillow_heif

_TURNS = (b"irot", b"imir")  # ISO 23008-12, sections 6.5.10 and 6.5.12
_PACKET = re.compile(rb"<x:xmpmeta.{,65536}?</x:xmpmeta>", re.DOTALL)


def has_apple_map(file: BinaryIO) -> bool:
    """Tell whether a HEIC holds a gain map of Apple's that can be read; never where pillow-heif is not installed."""
    return _open(file) is not None


def _open(file: BinaryIO) -> "tuple[pillow_heif.HeifFile, int, GainMap] | None":
    """Open a HEIC without decoding it, and find its gain map's number and meaning."""
    try:
        import pillow_heif  # an extra that most installations do without
    except ImportError:
        return None
    file.seek(0)
    data = file.read()
    if AUXILIARY.encode("ascii") not in data:
        return None
    picture = pillow_heif.open_heif(io.BytesIO(data))
    numbers = picture.info.get("aux", {}).get(AUXILIARY, [])
    # Each picture in the file has its own packet, of which only the map's names a version.
    for packet in _PACKET.findall(data) if len(numbers) == 1 else ():
        try:
            gain_map = unpack_auxiliary(packet, picture.info.get("exif"))
        except ValueError:
            continue
        if gain_map.is_sound():
            return picture, numbers[0], gain_map
    return None


def read_apple_heic(file: BinaryIO, name: str, max_megapixels: float) -> HdrPicture:
    """Decode a HEIC and apply Apple's gain map.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The picture, upright, with its base image.

    Raises:
        ImageError: If it is too big or damaged, or its map does not fit.
    """
    found = _open(file)
    if found is None:
        raise damaged(name)
    picture, number, gain_map = found
    check_pixels(name, *picture.size, max_megapixels)
    turned, map_turned = ([*_turns(file, item)] for item in (None, number))
    if turned != map_turned:  # a decoder turns each as its own properties say
        raise ImageError(f"{name} has a gain map that is turned otherwise than its picture: choose the original.")
    codes = picture.get_aux_image(number).to_pillow().convert("RGB")
    check_shape(name, picture.size, codes.size)
    base = np.asarray(picture.to_pillow().convert("RGB"))
    hdr, sdr = apply_map(base, picture.info.get("icc_profile"), np.asarray(codes), gain_map)
    return HdrPicture(hdr, None, sdr, exif_of_bytes(picture.info.get("exif")))


def _turns(file: BinaryIO, item: int | None) -> list[tuple[bytes, bytes]]:
    return [(kind, data) for kind, data in item_properties(file, item) if kind in _TURNS]
