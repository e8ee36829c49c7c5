"""ICC profiles (ICC.1:2001-04, version 2) spelled byte by byte."""

import struct
from collections.abc import Callable

import numpy as np

D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def profile(space: bytes, connection: bytes, tags: dict[bytes, bytes], *, device: bytes = b"mntr") -> bytes:
    table, data = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += struct.pack(">4sII", name, start + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    body = table + data
    header = struct.pack(">I4sI4s4s4s", 128 + len(body), b"\0" * 4, 0x02400000, device, space, connection)
    header += (
        struct.pack(">6H4s", 2020, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    )
    return header.ljust(128, b"\0") + body


def xyz(values: np.ndarray) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(float(value) * 65536) for value in values))


def gamma(exponent: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256))


def table(curve: Callable[[np.ndarray], np.ndarray], count: int = 1024) -> bytes:
    values = np.round(curve(np.linspace(0, 1, count)) * 65535).astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", count) + values.tobytes()


def parametric(kind: int, *numbers: float) -> bytes:
    packed = struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + packed


SRGB_CURVE = parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def colorants(primaries: tuple[float, ...], white: tuple[float, float]) -> np.ndarray:
    """XYZ of red, green and blue, as columns, adapted from `white` to D50 by Bradford's matrix."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in zip(primaries[::2], primaries[1::2])]).T
    white_xyz = np.array([white[0] / white[1], 1, (1 - white[0] - white[1]) / white[1]])
    columns = columns * np.linalg.solve(columns, white_xyz)
    adaptation = np.linalg.inv(_BRADFORD) @ np.diag((_BRADFORD @ D50) / (_BRADFORD @ white_xyz)) @ _BRADFORD
    return adaptation @ columns


def rgb(primaries: tuple[float, ...], white: tuple[float, float], curve: bytes, **more: bytes) -> bytes:
    """An RGB profile of a matrix and curves."""
    columns = colorants(primaries, white)
    tags = {b"wtpt": xyz(D50)}
    tags |= {name: xyz(columns[:, index]) for index, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return profile(b"RGB ", b"XYZ ", tags | {name.encode(): content for name, content in more.items()})


def grey(curve: bytes, connection: bytes = b"XYZ ") -> bytes:
    return profile(b"GRAY", connection, {b"wtpt": xyz(D50), b"kTRC": curve})


def lookup(space: bytes, to_xyz: Callable[[np.ndarray], np.ndarray], points: int) -> bytes:
    """A profile that is a table from codes in [0, 1] to CIE Lab (`mft2`), sampled from a function to XYZ under D50."""
    inputs = 4 if space == b"CMYK" else 3
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, points)] * inputs, indexing="ij"), -1).reshape(-1, inputs)
    ratio = to_xyz(grid) / D50
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * 841 / 108 + 4 / 29)
    lightness = 116 * root[:, 1] - 16
    a, b = 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])
    codes = np.stack([lightness * 652.8, (a + 128) * 256, (b + 128) * 256], -1)
    straight = np.array([0, 65535], ">u2").tobytes()
    content = b"mft2\0\0\0\0" + struct.pack(">4B", inputs, 3, points, 0)
    content += struct.pack(">9i", *(65536 * np.eye(3, dtype=int)).ravel()) + struct.pack(">HH", 2, 2)
    content += straight * inputs + np.clip(np.round(codes), 0, 65535).astype(">u2").tobytes() + straight * 3
    return profile(space, b"Lab ", {b"wtpt": xyz(D50), b"A2B0": content}, device=b"scnr")


D65 = (0.3127, 0.3290)
SRGB_PRIMARIES = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
SRGB = rgb(SRGB_PRIMARIES, D65, SRGB_CURVE)
DISPLAY_P3 = rgb((0.680, 0.320, 0.265, 0.690, 0.150, 0.060), D65, SRGB_CURVE)
ADOBE_RGB = rgb((0.64, 0.33, 0.21, 0.71, 0.15, 0.06), D65, gamma(563 / 256))
PROPHOTO = rgb((0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001), (0.34567, 0.35850), gamma(1.8))
TABLE_CURVE = rgb(SRGB_PRIMARIES, D65, table(lambda code: code**1.7))
