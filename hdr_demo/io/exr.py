"""OpenEXR pictures (.exr), through the OpenEXR package: the one door to it."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import OpenEXR

from hdr_demo.color import REFERENCE_WHITE_NITS

# The largest finite half (IEEE 754 binary16); what is brighter would become infinite.
LARGEST_HALF = 65504.0
_BT709_AND_D65 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
_REASONS = {os.strerror(code): code for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS)}


def write_exr(
    path: Path, hdr: np.ndarray, alpha: np.ndarray | None = None, *, attributes: Mapping[str, object] | None = None
) -> None:
    """Write an OpenEXR picture of half floats, ZIP-compressed; 1.0 is 203 nits.

    Args:
        path: The file, which is overwritten.
        hdr: Linear BT.709 RGB, float32, (H, W, 3), [0, inf). NaN becomes 0, and more than 65504 becomes 65504.
        alpha: Opacity, float32, (H, W), [0, 1]. The colours are multiplied by it, as OpenEXR prescribes.
        attributes: More of the header, or other values for it; a `Fraction` is written as a rational.

    Raises:
        OSError: If it cannot be written.
    """
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "chromaticities": _BT709_AND_D65,
        "whiteLuminance": REFERENCE_WHITE_NITS,
        "software": "hdr_demo",
        "comments": "Linear BT.709; 1.0 is the diffuse white of the photograph.",
        **(attributes or {}),
    }
    height, width, _ = hdr.shape
    pixels = np.empty((height, width, 3 if alpha is None else 4), np.float16)
    for row in range(height):
        line = np.nan_to_num(np.clip(hdr[row], -LARGEST_HALF, LARGEST_HALF))
        if alpha is not None:
            line *= alpha[row, :, None]
            pixels[row, :, 3] = alpha[row]
        pixels[row, :, :3] = line
    try:
        with OpenEXR.File(header, {"RGB" if alpha is None else "RGBA": pixels}) as file:
            file.write(str(path))
    except (RuntimeError, UnicodeError) as error:
        # OpenEXR tells the system's reason in words only.
        code = next((code for words, code in _REASONS.items() if words in str(error)), errno.EIO)
        raise OSError(code, os.strerror(code)) from error


def size_exr(path: Path) -> tuple[int, int]:
    """Read the size of an OpenEXR picture from its header: the largest of its parts.

    Args:
        path: The file.

    Returns:
        Width and height.

    Raises:
        Exception: Of many kinds, if it is damaged.
    """
    with OpenEXR.File(str(path), header_only=True) as file:
        windows = [np.asarray(part.header["dataWindow"], np.int64) for part in file.parts]
    width, height = max((end - start + 1 for start, end in windows), key=np.prod)
    return int(width), int(height)


def read_exr(path: Path) -> np.ndarray | None:
    """Decode an OpenEXR picture: its first part, channels R, G, B or Y.

    Args:
        path: The file.

    Returns:
        Linear RGB, float32, (H, W, 3); None where it has no such channels. Colours that were multiplied by an alpha are
        divided by it, where it is not 0.

    Raises:
        Exception: Of many kinds, if it is damaged.
    """
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = file.channels()
        names = next((names for names in ("RGB", "YYY") if set(names) <= set(channels)), None)
        if names is None or any(name in channels for name in ("RY", "BY")):
            return None
        planes = [channels[name].pixels for name in names]
        if any(plane.dtype.kind != "f" or plane.shape != planes[0].shape for plane in planes):
            return None
        hdr = np.stack(planes, -1, dtype=np.float32, casting="same_kind")
        if "A" in channels and channels["A"].pixels.shape == hdr.shape[:2]:
            alpha = channels["A"].pixels.astype(np.float32)
            np.divide(hdr, alpha[..., None], out=hdr, where=((alpha > 0) & (alpha < 1))[..., None])
    return hdr


def is_exr(head: bytes) -> bool:
    """Recognise an OpenEXR picture."""
    return head.startswith(b"\x76\x2f\x31\x01")
