"""HDR in AVIF: written as 10-bit PQ with the BT.2020 primaries, read as PQ or HLG with any.

The pixels are coded by SVT-AV1, which comes with PyAV and knows only 4:2:0: the colours of two by two pixels are
averaged. The boxes around them are written here, because FFmpeg's AVIF has no place for the light levels or for EXIF.
"""

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from hdr_demo.color import BT2020_LUMINANCE_WEIGHTS
from hdr_demo.errors import OutputError
from hdr_demo.io.avif import avif_depth, decode_avif, main_properties, nclx
from hdr_demo.io.avif_boxes import box, wrap_avif
from hdr_demo.io.deflate import in_order
from hdr_demo.io.hdr_picture import Delivery, HdrPicture, upright_picture
from hdr_demo.io.pillow import open_header
from hdr_demo.io.pq import (
    BT2020,
    BT2020_NCL,
    MASTERING_BLACK_NITS,
    MASTERING_PRIMARIES,
    MASTERING_WHITE,
    PQ,
    LightLevel,
    bands,
    check_primaries,
    from_codes,
    to_pq_codes,
    whole_nits,
)
from hdr_demo.io.refusal import check_pixels, damaged
from hdr_demo.io.shaper import HDR_TRANSFERS
from hdr_demo.io.svt import encode_still

# SVT-AV1 never ends with 16 by 80 pixels; the upper limits are those of its configuration.
_LEAST_SIDE, _MOST_WIDTH, _MOST_HEIGHT = 32, 16384, 8704
_BITS, _MAXIMUM = 10, 1023
_PRESET = 8


def write_avif_pq(path: Path, picture: HdrPicture, delivery: Delivery) -> None:
    """Write an AVIF of 10 bits a channel, full range, CICP 9/16/9, with mastering display and light levels.

    Raises:
        OSError: If it cannot be written.
        OutputError: If it has too many or too few pixels for the encoder.
    """
    height, width, _ = picture.hdr.shape
    if not (_LEAST_SIDE <= width <= _MOST_WIDTH and _LEAST_SIDE <= height <= _MOST_HEIGHT):
        raise OutputError(
            f"A picture of {width}×{height} pixels cannot be written as AVIF, which the encoder makes from "
            f"{_LEAST_SIDE}×{_LEAST_SIDE} to {_MOST_WIDTH}×{_MOST_HEIGHT}: change its size, or choose .png."
        )
    codes, level = to_pq_codes(picture.hdr, 65535, delivery.white_nits, delivery.peak_nits)
    # From 1, which is the encoder's best, for a quality of 100, to 63, its worst.
    crf = round(63 - 0.62 * min(max(delivery.quality, 1), 100))
    coded, configuration = encode_still(
        _to_ycbcr(codes), primaries=BT2020, transfer=PQ, matrix=BT2020_NCL, crf=crf, preset=_PRESET
    )
    properties = [
        (box(b"pixi", bytes([0, 0, 0, 0, 3, _BITS, _BITS, _BITS])), False),
        (box(b"av1C", configuration), True),
        (box(b"colr", b"nclx", struct.pack(">HHHB", BT2020, PQ, BT2020_NCL, 0x80)), False),
        *((light, False) for light in _light_boxes(level, delivery)),
    ]
    path.write_bytes(wrap_avif(coded, width, height, properties, picture.exif))


def _light_boxes(level: LightLevel, delivery: Delivery) -> tuple[bytes, bytes]:
    """State the mastering display and the light level (ISO 14496-12, sections 12.1.7 and 12.1.6)."""
    red, green, blue = (MASTERING_PRIMARIES[start : start + 2] for start in (0, 2, 4))
    chromaticities = [round(value / 0.00002) for value in (*green, *blue, *red, *MASTERING_WHITE)]
    luminances = [round(value / 0.0001) for value in (delivery.peak_nits, MASTERING_BLACK_NITS)]
    levels = [min(whole_nits(value), 65535) for value in (level.content, level.average)]
    return box(b"mdcv", struct.pack(">8H2I", *chromaticities, *luminances)), box(b"clli", struct.pack(">2H", *levels))


def _to_ycbcr(codes: np.ndarray) -> list[np.ndarray]:
    """Turn R'G'B' into full-range Y'CbCr 4:2:0 (ITU-R BT.2100-2, table 6; table 9).

    Args:
        codes: R'G'B', uint16, (H, W, 3), [0, 65535]. Odd sides are continued by one pixel for the colours.

    Returns:
        Y', Cb and Cr, uint16, [0, 1023]; the colours lie in the middle of their four pixels.
    """
    height, width, _ = codes.shape
    red, _, blue = (float(weight) for weight in BT2020_LUMINANCE_WEIGHTS)
    luma = np.empty((height, width), np.uint16)
    colours = [np.empty(((height + 1) // 2, (width + 1) // 2), np.uint16) for _ in range(2)]
    scale = np.float32(_MAXIMUM / 65535)

    def convert(band: slice) -> None:
        band = slice(band.start // 2 * 2, band.stop // 2 * 2 if band.stop < height else height)
        rgb = codes[band].astype(np.float32) * scale
        light = rgb @ BT2020_LUMINANCE_WEIGHTS
        luma[band] = np.rint(light)
        for plane, channel, weight in zip(colours, (2, 0), (blue, red), strict=True):
            difference = (rgb[..., channel] - light) / np.float32(2 * (1 - weight))
            difference = np.pad(difference, ((0, len(rgb) % 2), (0, width % 2)), "edge")
            rows, columns = difference.shape
            mean = difference.reshape(rows // 2, 2, columns // 2, 2).mean((1, 3))
            plane[band.start // 2 : (band.stop + 1) // 2] = np.clip(np.rint(mean + 512), 0, _MAXIMUM)

    for _ in in_order(convert, bands(height, 2 * width)):
        pass
    return [luma, *colours]


def avif_transfer(file: BinaryIO) -> str | None:
    """Tell which of the HDR transfer functions an AVIF names for its main picture; None for an ordinary one."""
    points = nclx(main_properties(file))
    return HDR_TRANSFERS.get(points[1]) if points else None


def read_avif_pq(file: BinaryIO, name: str, max_megapixels: float) -> HdrPicture:
    """Decode an AVIF whose main picture is PQ or HLG.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The picture, upright.

    Raises:
        ImageError: If it is too big or damaged.
    """
    properties = main_properties(file)
    primaries, transfer = nclx(properties)
    check_primaries(name, primaries)
    image = open_header(file, name)
    width, height = image.size
    check_pixels(name, width, height, max_megapixels)
    bits = max(avif_depth(properties), 8)
    codes = decode_avif(file)
    if codes is None or codes.dtype != (np.uint16 if bits > 8 else np.uint8) or codes.shape[:2] != (height, width):
        raise damaged(name)
    codes = codes.reshape(height, width, -1)
    if codes.shape[2] == 1:
        codes = codes.repeat(3, -1)
    maximum = 2**bits - 1
    alpha = codes[..., 3] / np.float32(maximum) if codes.shape[2] == 4 else None
    hdr = from_codes(codes[..., :3], primaries, transfer, maximum)
    return upright_picture(hdr, alpha, image.info.get("exif"))
