"""Reading JPEGs with a gain map: after ISO 21496-1, Adobe and Android, and Apple's own of before."""

import io
from dataclasses import dataclass
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image

from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.errors import ImageError
from hdr_demo.io.exif import exif_of_image
from hdr_demo.io.gain_map import GainMap, apply_gain, look_up
from hdr_demo.io.gain_map_apple import unpack_apple
from hdr_demo.io.gain_map_metadata import (
    ISO_NAME,
    XMP_NAME,
    map_length,
    promises_gain_map,
    unpack_iso,
    unpack_xmp,
)
from hdr_demo.io.hdr_picture import HdrPicture, upright_picture
from hdr_demo.io.jpeg_segments import APP1, APP2, EXIF_NAME, MPF_NAME, START, segments, unpack_index
from hdr_demo.io.pillow import open_header
from hdr_demo.io.profile import parse_profile
from hdr_demo.io.refusal import check_pixels, damaged
from hdr_demo.strips import in_strips

_SHAPE_SLACK = 0.1
_HEAD_BYTES = 1 << 20  # a base image's segments; EXIF with its thumbnail, XMP and a profile stay far below


@dataclass(frozen=True)
class _Announcement:
    """What the segments of one picture in a file say about gain maps."""

    iso: bytes | None = None
    xmp: bytes | None = None
    exif: bytes | None = None
    others: tuple[tuple[int, int], ...] = ()

    @property
    def promised(self) -> bool:
        return self.iso is not None or (self.xmp is not None and promises_gain_map(self.xmp))


def _announcement(data: bytes | memoryview, start: int = 0) -> _Announcement:
    iso = xmp = exif = None
    others: list[tuple[int, int]] = []
    for marker, place, contents in segments(data, start):
        if marker == APP1 and contents.startswith(XMP_NAME) and xmp is None:
            xmp = contents[len(XMP_NAME) :]
        elif marker == APP1 and contents.startswith(EXIF_NAME):
            exif = contents
        elif marker == APP2 and contents.startswith(ISO_NAME):
            iso = contents[len(ISO_NAME) :]
        elif marker == APP2 and contents.startswith(MPF_NAME):
            others = unpack_index(contents[len(MPF_NAME) :], place + len(MPF_NAME))
    return _Announcement(iso, xmp, exif, tuple(others))


def has_gain_map(file: BinaryIO) -> bool:
    """Tell whether a JPEG promises a gain map, in its own segments or in those of the pictures in its index."""
    file.seek(0)
    first = _announcement(file.read(_HEAD_BYTES))
    if first.promised:
        return True
    for start, length in first.others:
        file.seek(start)
        head = file.read(min(length, _HEAD_BYTES))
        if head.startswith(START) and _meaning(_announcement(head), first) is not None:
            return True
    return False


def read_gain_map_jpeg(file: BinaryIO, name: str, max_megapixels: float) -> HdrPicture:
    """Decode a JPEG and apply its gain map; what ISO 21496-1 says counts more than XMP.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The picture, upright, with its base image.

    Raises:
        ImageError: If it is too big or damaged, or its gain map is missing or cannot be understood.
    """
    image = open_header(file, name)
    check_pixels(name, *image.size, max_megapixels)
    file.seek(0)
    data = file.read()
    start, gain_map = _find_map(data, name)
    codes_image = _decode(data[start:], name, max_megapixels)
    check_shape(name, image.size, codes_image.size)
    image.load()
    icc, exif, kept_exif = image.info.get("icc_profile"), image.info.get("exif"), exif_of_image(image)
    map_icc = None if gain_map.in_base_colours else codes_image.info.get("icc_profile")
    base, codes = _pixels(image), _pixels(codes_image)
    del image, codes_image, data  # 8 bytes a pixel, which the floats need

    hdr, sdr = apply_map(base, icc, codes, gain_map, map_icc)
    upright = upright_picture(hdr, None, exif)
    return HdrPicture(upright.hdr, None, upright_picture(sdr, None, exif).hdr, kept_exif)


def apply_map(
    base: np.ndarray, icc: bytes | None, codes: np.ndarray, gain_map: GainMap, map_icc: bytes | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Apply a gain map to decoded codes.

    Args:
        base: The base image, uint8, (H, W, 3).
        icc: Its profile; sRGB if none.
        codes: The map, uint8, (h, w, 3).
        gain_map: What its codes mean.
        map_icc: The map's profile, whose primaries the gain belongs to if not to the base image's.

    Returns:
        Linear BT.709 RGB, float32, (H, W, 3), and the base image, display-encoded sRGB, float32, (H, W, 3), [0, 1].
    """
    curves, to_bt709 = _space(icc)
    table = np.stack(curves, -1)
    matrix, to_map = to_bt709, np.eye(3)
    if not gain_map.in_base_colours:
        _, matrix = _space(map_icc)
        to_map = np.linalg.solve(matrix, to_bt709)

    def to_light(base: np.ndarray) -> np.ndarray:
        return _multiply(look_up(base, table), to_map)

    if icc is None:
        sdr = in_strips(lambda base: base / np.float32(255), base)
    else:
        sdr = in_strips(lambda base: encode_srgb(_multiply(to_light(base), matrix)), base)
    hdr = apply_gain(base, codes, gain_map, to_light)
    return in_strips(lambda light: _multiply(light, matrix), hdr, out=hdr), sdr


def check_shape(name: str, size: tuple[int, int], map_size: tuple[int, int]) -> None:
    """Refuse a map that does not cover its picture: sides may be rounded to a pixel or to blocks, but not turned.

    Args:
        name: The file's name.
        size: The picture's width and height.
        map_size: The map's.

    Raises:
        ImageError: If it does not.
    """
    one, other = size[0] * map_size[1], size[1] * map_size[0]
    if abs(one - other) > _SHAPE_SLACK * max(one, other) + max(size):
        raise ImageError(
            f"{name} has a gain map of another shape ({map_size[0]}×{map_size[1]} for {size[0]}×{size[1]}), as editors "
            "leave it that do not know gain maps: choose the original, or save it again without its map."
        )


def _find_map(data: bytes, name: str) -> tuple[int, GainMap]:
    """Find the gain map by the file's index, or else by what the base image's XMP says of it."""
    first = _announcement(data)
    places = list(first.others)
    length = map_length(first.xmp) if first.xmp else None
    if length:
        places.append((len(data) - length, length))
    for start, length in places:
        if start > 0 and start + length <= len(data) and data[start : start + 2] == START:
            meaning = _meaning(_announcement(data, start), first)
            if meaning is not None:
                return start, meaning
    raise ImageError(
        f"{name} promises a gain map that is missing, cut off or cannot be understood: copy or download it again, or "
        "open it as an ordinary photograph."
    )


def _meaning(announced: _Announcement, first: _Announcement) -> GainMap | None:
    """Understand what a map's own segments say, and for Apple's own maps those of the first picture."""
    ways = (
        (announced.iso, unpack_iso),
        (announced.xmp, unpack_xmp),
        (announced.xmp, lambda xmp: unpack_apple(xmp, first.exif)),
    )
    for packed, unpack in ways:
        if packed is not None:
            try:
                gain_map = unpack(packed)
            except ValueError:
                continue
            if gain_map.is_sound():
                return gain_map
    return None


def _decode(data: bytes, name: str, max_megapixels: float) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=["JPEG"])
    check_pixels(name, *image.size, max_megapixels)
    image.load()
    if image.mode not in ("L", "RGB"):
        raise damaged(name)
    return image


def _pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _space(icc: bytes | None) -> tuple[list[np.ndarray], np.ndarray]:
    """Understand a profile as curves, tables of 256 linear values, and a matrix to linear BT.709; sRGB if none."""
    shaper = None
    if icc:
        try:
            shaper = parse_profile(icc).shaper
        except ValueError:
            shaper = None
    if shaper is None or shaper.matrix is None or shaper.is_srgb():
        return [decode_srgb(np.arange(256, dtype=np.float32) / 255)] * 3, np.eye(3)
    codes = np.arange(256) / 255
    return [np.clip(curve(codes), 0, 1).astype(np.float32) for curve in shaper.curves], shaper.matrix


def _multiply(rgb: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    if np.allclose(matrix, np.eye(3), atol=1e-6):
        return rgb
    return cv2.transform(rgb, matrix.astype(np.float32)).reshape(rgb.shape)
