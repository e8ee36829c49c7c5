"""Radiance pictures (.hdr): RGBE, a shared exponent for three 8-bit mantissas (Ward, Real Pixels, 1991)."""

import re
from pathlib import Path

import numpy as np

from hdr_demo.io.opencv import decode, encode

# Radiance's own primaries are others, so a picture in BT.709 says so (Radiance file formats, "PRIMARIES").
_HEADER = (
    "#?RADIANCE\n"
    "SOFTWARE=hdr_demo\n"
    "FORMAT=32-bit_rle_rgbe\n"
    "PRIMARIES=0.640 0.330 0.300 0.600 0.150 0.060 0.3127 0.3290\n"
    "\n"
    "-Y {height} +X {width}\n"
)
_RESOLUTION = re.compile(rb"\n\n-Y \d+ \+X \d+\n")
_MANTISSA_BITS = 8
_LARGEST = np.float32(2.0**126)
_BAND_PIXELS = 1 << 20


def write_radiance(path: Path, hdr: np.ndarray, alpha: np.ndarray | None = None) -> None:
    """Write a Radiance picture; each value is right to 1/256 of its pixel's brightest channel.

    Args:
        path: The file, which is overwritten.
        hdr: Linear RGB, float32, (H, W, 3), [0, inf). Negative values and NaN become 0.
        alpha: Left out; the format has no place for it.

    Raises:
        OSError: If it cannot be written.
    """
    height, width, _ = hdr.shape
    rows = max(1, _BAND_PIXELS // width)
    with open(path, "wb") as file:
        file.write(_HEADER.format(height=height, width=width).encode("ascii"))
        for top in range(0, height, rows):
            encoded = encode(".hdr", _rounded(hdr[top : top + rows]))
            file.write(encoded[_RESOLUTION.search(encoded).end() :])


def _rounded(hdr: np.ndarray) -> np.ndarray:
    """Add half a step to every value, because the encoder cuts mantissas off instead of rounding them.

    Args:
        hdr: Linear RGB, float32, (H, W, 3).

    Returns:
        Linear RGB, float32, (H, W, 3), [0, 2^126]; black pixels stay black.
    """
    hdr = np.clip(np.nan_to_num(hdr, nan=0.0, posinf=_LARGEST), 0, _LARGEST)
    brightest = hdr.max(-1, keepdims=True)
    _, exponent = np.frexp(brightest)
    half_step = np.where(brightest > 0, np.ldexp(np.float32(1), exponent - _MANTISSA_BITS - 1), 0)
    return hdr + half_step.astype(np.float32)


def read_radiance(data: np.ndarray) -> np.ndarray | None:
    """Decode a Radiance picture.

    Args:
        data: The bytes of a file, uint8, (n,).

    Returns:
        Linear RGB, float32, (H, W, 3), [0, inf); None where it cannot be decoded.
    """
    hdr = decode(data)
    return hdr if hdr is not None and hdr.dtype == np.float32 and hdr.ndim == 3 else None


def is_radiance(head: bytes) -> bool:
    """Recognise a Radiance picture in RGBE."""
    return head.startswith((b"#?RADIANCE", b"#?RGBE")) and b"32-bit_rle_xyze" not in head
