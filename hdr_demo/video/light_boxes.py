"""What mp4 says beside the pictures about the screen that they were made for, and how bright they are.

Encoders put both into the pictures. Players that choose a way to show a clip before they decode it, such as Apple's and
Chrome, look for boxes instead; and from the boxes libavformat also makes Matroska's elements. PyAV has no way to ask
for them.
"""

import struct
from pathlib import Path
from typing import BinaryIO

import av
from av.sidedata.sidedata import Type

from hdr_demo.video.light_level import LightLevel

# The way to a track's sample entry (ISO/IEC 14496-12): boxes, and how far their contents begin after their beginning.
_WAY = ((b"moov", 8), (b"trak", 8), (b"mdia", 8), (b"minf", 8), (b"stbl", 8), (b"stsd", 16))
# Chromaticities are stated in units of 0.00002 and luminances in units of 0.0001 cd/m².
_CHROMATICITY, _LUMINANCE = 50_000, 10_000


def add_light_boxes(path: Path, level: LightLevel) -> None:
    """Add `mdcv` and `clli` (ISO/IEC 14496-12, 12.1.6 and 12.1.7) to the only track of an mp4 file.

    Args:
        path: The file, whose index has to follow its pictures, as it does unless asked otherwise. What it says of the
            screen is what its first picture says.
        level: How bright the pictures are.

    Raises:
        OSError: If the disk is full.
    """
    with av.open(str(path)) as container:
        screen = next(container.decode(video=0)).side_data.get(Type.MASTERING_DISPLAY_METADATA)
    boxes = struct.pack(">I4sHH", 12, b"clli", level.max_cll, level.max_fall)
    if screen:
        boxes += struct.pack(">I4s", 32, b"mdcv") + _mastering_display(bytes(screen))
    with open(path, "r+b") as file:
        start = _find_index(file)
        file.seek(start)
        index = bytearray(file.read())
        _insert(index, boxes)
        file.seek(start)
        file.write(index)


def _mastering_display(screen: bytes) -> bytes:
    """Turn libavutil's AVMasteringDisplayMetadata into the contents of `mdcv`."""
    numbers = struct.unpack("=20i", screen[:80])
    values = [numerator / denominator for numerator, denominator in zip(numbers[::2], numbers[1::2])]
    red, green, blue, white = (values[start : start + 2] for start in (0, 2, 4, 6))
    points = [round(value * _CHROMATICITY) for value in (*green, *blue, *red, *white)]
    darkest, brightest = (round(value * _LUMINANCE) for value in values[8:])
    return struct.pack(">8H2I", *points, brightest, darkest)


def _find_index(file: BinaryIO) -> int:
    """Find the box `moov` among those of a file; it is the last."""
    position = 0
    while True:
        file.seek(position)
        size, kind = struct.unpack(">I4s", file.read(8))
        if kind == b"moov":
            return position
        position += size if size != 1 else struct.unpack(">Q", file.read(8))[0]


def _insert(index: bytearray, boxes: bytes) -> None:
    """Put boxes at the end of the first sample entry, and make longer what holds it."""
    holders, position = [], 0
    for kind, header in _WAY:
        while index[position + 4 : position + 8] != kind:
            position += _size(index, position)
        holders.append(position)
        position += header
    end = position + _size(index, position)
    for holder in (*holders, position):
        index[holder : holder + 4] = struct.pack(">I", _size(index, holder) + len(boxes))
    index[end:end] = boxes


def _size(index: bytearray, position: int) -> int:
    return struct.unpack_from(">I", index, position)[0]
