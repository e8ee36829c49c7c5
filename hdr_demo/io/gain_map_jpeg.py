"""JPEG with a gain map: an ordinary picture for every screen, and the light it lacks for those that can show it.

Both ways of saying what the map means are written: ISO 21496-1, which Apple reads, and Adobe's and Google's XMP, which
older Androids and Adobe read. The base image is encoded first and the gain measured against what a decoder makes of it,
so that the map also mends what JPEG did to the base. The map has full resolution and three channels: half of it would
save a fifth of the file and make the largest errors at edges half as large again. Light ends at 10,000 nits as in PQ:
a sun in the map would leave coarse steps for everything else.
"""

import io
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from hdr_demo.errors import OutputError
from hdr_demo.io.gain_map import measure_gain, to_codes
from hdr_demo.io.gain_map_metadata import ISO_NAME, ISO_VERSION, XMP_NAME, pack_directory, pack_iso, pack_xmp
from hdr_demo.io.hdr_picture import Delivery, HdrPicture
from hdr_demo.io.jpeg_segments import APP1, APP2, EXIF_NAME, MPF_NAME, START, pack_index, segment
from hdr_demo.io.pq import bands, find_brightest, limit_light
from hdr_demo.io.sdr import srgb_profile

_MOST_EXIF = 0xFFFF - 2 - len(EXIF_NAME)  # what a segment holds; only other formats have more
_MOST_PIXELS = 65500  # libjpeg, JPEG_MAX_DIMENSION
_MAP_QUALITY = 90


def write_gain_map_jpeg(path: Path, picture: HdrPicture, delivery: Delivery) -> None:
    """Write a gain-map JPEG whose base image is `picture.sdr`.

    Raises:
        OSError: If it cannot be written.
        OutputError: If it is too wide or too high for JPEG.
    """
    height, width, _ = picture.hdr.shape
    if max(height, width) > _MOST_PIXELS:
        raise OutputError(
            f"A picture of {width}×{height} pixels cannot be written as JPEG, which ends at {_MOST_PIXELS}: make it "
            "smaller, or choose .exr."
        )
    exif = EXIF_NAME + picture.exif if picture.exif and len(picture.exif) <= _MOST_EXIF else None
    base = _encode(to_codes(picture.sdr), delivery.quality, exif=exif)
    brightest = find_brightest(picture.hdr) * delivery.white_nits
    limit = partial(limit_light, peak=delivery.peak_nits, white_nits=delivery.white_nits, source=brightest)
    codes, gain_map = measure_gain(_decode(base), picture.hdr, limit)
    second = _insert(
        _encode(codes, _MAP_QUALITY),
        segment(APP1, XMP_NAME + pack_xmp(gain_map)) + segment(APP2, ISO_NAME + pack_iso(gain_map)),
    )
    path.write_bytes(_join(base, second))


def _encode(codes: np.ndarray, quality: int, **options: bytes | None) -> bytes:
    """Encode as JPEG, 4:4:4."""
    file = io.BytesIO()
    given = {name: value for name, value in options.items() if value is not None}
    image = Image.fromarray(codes)
    image.save(file, "JPEG", quality=quality, subsampling=0, icc_profile=srgb_profile(), **given)
    return file.getvalue()


def _decode(jpeg: bytes) -> np.ndarray:
    """Decode a JPEG to codes, uint8, (H, W, 3); band by band, because Pillow hands out copies of copies."""
    image = Image.open(io.BytesIO(jpeg))
    width, height = image.size
    codes = np.empty((height, width, 3), np.uint8)
    for band in bands(height, width):
        codes[band] = np.asarray(image.crop((0, band.start, width, band.stop)))
    return codes


def _insert(jpeg: bytes, inserted: bytes) -> bytes:
    """Put segments behind those that have to come first: APP0, and EXIF."""
    place = _place(jpeg)
    return jpeg[:place] + inserted + jpeg[place:]


def _place(jpeg: bytes) -> int:
    position = len(START)
    while jpeg[position + 1] == 0xE0 or jpeg[position + 4 : position + 10] == EXIF_NAME:
        position += 2 + int.from_bytes(jpeg[position + 2 : position + 4], "big")
    return position


def _join(base: bytes, second: bytes) -> bytes:
    """Tell the base image of the map that follows it, and put the two into one file."""
    announced = segment(APP1, XMP_NAME + pack_directory(len(second))) + segment(APP2, ISO_NAME + ISO_VERSION)
    index_bytes = len(segment(APP2, MPF_NAME + pack_index([0, 0], 0)))
    index_place = _place(base) + len(announced) + 4 + len(MPF_NAME)
    lengths = [len(base) + len(announced) + index_bytes, len(second)]
    index = segment(APP2, MPF_NAME + pack_index(lengths, index_place))
    return _insert(base, announced + index) + second
