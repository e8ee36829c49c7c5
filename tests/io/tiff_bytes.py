"""TIFF files (revision 6.0, and BigTIFF) spelled byte by byte, of kinds that no library here writes."""

import struct
import zlib

import numpy as np

NONE, DEFLATE = 1, 8


def tiff(
    pixels: np.ndarray,
    *,
    order: str = "<",
    big: bool = False,
    photometric: int | None = None,
    extra: int | None = None,
    separate_planes: bool = False,
    compression: int = NONE,
    predictor: bool = False,
    rows_per_strip: int | None = None,
    tile: int | None = None,
    tags: dict[int, tuple[int, list[int] | bytes]] | None = None,
) -> bytes:
    """Write pixels, (H, W) or (H, W, samples) of any integer or float type, as they are.

    `tags` adds more of them: number -> (type, values); types 1 (BYTE), 3 (SHORT), 4 (LONG), 7 (UNDEFINED), and the
    fractions 5 (RATIONAL) and 10 (SRATIONAL), whose values are numerator, denominator, numerator, ….
    """
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    height, width, samples = pixels.shape
    planes = [pixels[..., [index]] for index in range(samples)] if separate_planes else [pixels]
    rows = rows_per_strip or height
    blocks = []
    for plane in planes:
        if tile:
            padded = np.pad(plane, ((0, -height % tile), (0, -width % tile), (0, 0)))
            for top in range(0, height, tile):
                blocks += [padded[top : top + tile, left : left + tile] for left in range(0, width, tile)]
        else:
            blocks += [plane[top : top + rows] for top in range(0, height, rows)]
    if predictor:
        blocks = [np.diff(block, axis=1, prepend=block.dtype.type(0)) for block in blocks]
    data = [np.ascontiguousarray(block, block.dtype.newbyteorder(order)).tobytes() for block in blocks]
    if compression == DEFLATE:
        data = [zlib.compress(block) for block in data]

    long = 16 if big else 4
    entries = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [pixels.dtype.itemsize * 8] * samples),
        259: (3, [compression]),
        262: (3, [photometric if photometric is not None else (2 if samples >= 3 else 1)]),
        277: (3, [samples]),
        284: (3, [2 if separate_planes else 1]),
        **({317: (3, [2])} if predictor else {}),
        **({322: (4, [tile]), 323: (4, [tile])} if tile else {278: (4, [rows])}),
        **({338: (3, [extra])} if extra is not None else {}),
        **(tags or {}),
    }
    out = bytearray(struct.pack(order + "2sH", b"II" if order == "<" else b"MM", 43 if big else 42))
    out += struct.pack(order + "HHQ", 8, 0, 0) if big else struct.pack(order + "I", 0)
    offsets = []
    for block in data:
        offsets.append(len(out))
        out += block
    entries[324 if tile else 273] = (long, offsets)
    entries[325 if tile else 279] = (long, [len(block) for block in data])

    letters = {1: "B", 3: "H", 4: "I", 5: "I", 10: "i", 16: "Q"}
    number = "Q" if big else "I"
    directory = struct.pack(order + ("Q" if big else "H"), len(entries))
    for tag, (kind, values) in sorted(entries.items()):
        packed = values if isinstance(values, bytes) else struct.pack(f"{order}{len(values)}{letters[kind]}", *values)
        if len(packed) > struct.calcsize(number):
            place, out = len(out), out + packed
            packed = struct.pack(order + number, place)
        count = len(values) // 2 if kind in (5, 10) else len(values)
        directory += struct.pack(order + "HH" + number, tag, kind, count)
        directory += packed.ljust(struct.calcsize(number), b"\0")
    struct.pack_into(order + number, out, 8 if big else 4, len(out))
    return bytes(out + directory + bytes(8))
