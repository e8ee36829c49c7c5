"""OpenEXR pictures (.exr), through the OpenEXR package: the one door to it."""

import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
import OpenEXR

from hdr_demo.color import REFERENCE_WHITE_NITS
from hdr_demo.io.hdr_picture import HdrPicture, describe_units
from hdr_demo.io.pq import bands
from hdr_demo.io.refusal import check_pixels
from hdr_demo.io.shaper import matrix_of_chromaticities
from hdr_demo.strips import in_strips, usable_cores

# The largest finite half (IEEE 754 binary16); what is brighter would become infinite.
LARGEST_HALF = 65504.0
_BT709_AND_D65 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
# Programs round the numbers of BT.709 differently.
_SAME_COLOUR = 1e-3
_REASONS = {os.strerror(code): code for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS)}

# Its threads would be half there in a forked process, and whoever waited for them there would wait for ever.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=lambda: OpenEXR.set_global_thread_count(0))


def write_exr(
    path: Path,
    hdr: np.ndarray,
    alpha: np.ndarray | None = None,
    *,
    attributes: Mapping[str, object] | None = None,
    white_nits: float = REFERENCE_WHITE_NITS,
    full_float: bool = False,
) -> None:
    """Write an OpenEXR picture, ZIP-compressed.

    Args:
        path: The file, which is overwritten.
        hdr: Linear BT.709 RGB, float32, (H, W, 3), [0, inf). NaN becomes 0, and what is more than the
            format holds (65504 for half floats) becomes that.
        alpha: Opacity, float32, (H, W), [0, 1]. The colours are multiplied by it, as OpenEXR prescribes.
        attributes: More of the header, or other values for it; a `Fraction` is written as a rational.
        white_nits: The luminance of 1.0, which the header states.
        full_float: Floats of 32 bits instead of half floats.

    Raises:
        OSError: If it cannot be written.
    """
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "chromaticities": _BT709_AND_D65,
        "whiteLuminance": float(white_nits),
        "software": "hdr_demo",
        "comments": describe_units(hdr, white_nits),
        **(attributes or {}),
    }
    kind = np.float32 if full_float else np.float16
    largest = np.finfo(np.float32).max if full_float else LARGEST_HALF

    def encode(strip: np.ndarray, alpha: np.ndarray | None = None) -> np.ndarray:
        light = np.clip(strip, -largest, largest)
        np.copyto(light, 0, where=np.isnan(light))
        if alpha is not None:
            light = np.dstack([light * alpha[..., np.newaxis], alpha])
        return light.astype(kind)

    # OpenEXR believes that rows follow one another, whatever the array says.
    pixels = np.ascontiguousarray(in_strips(encode, *([hdr] if alpha is None else [hdr, alpha])))
    OpenEXR.set_global_thread_count(usable_cores())
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


def open_exr(file: BinaryIO, name: str, max_megapixels: float) -> HdrPicture | None:
    """Decode the OpenEXR picture that an open file is.

    Raises:
        ImageError: If it is too big.
        Exception: Of many kinds, if it is damaged.
    """
    path = Path(file.name)
    check_pixels(name, *size_exr(path), max_megapixels)
    return read_exr(path)


def read_exr(path: Path) -> HdrPicture | None:
    """Decode an OpenEXR picture: its first part, channels R, G, B or Y, and A.

    Args:
        path: The file.

    Returns:
        The picture; None where it has no such channels. Colours that were multiplied by an alpha are divided by it,
        where it is not 0.

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
        hdr = in_strips(lambda *strips: cv2.merge([strip.astype(np.float32) for strip in strips]), *planes)
        alpha = None
        if "A" in channels and channels["A"].pixels.shape == hdr.shape[:2]:
            alpha = np.clip(channels["A"].pixels.astype(np.float32), 0, 1)
            np.divide(hdr, alpha[..., None], out=hdr, where=((alpha > 0) & (alpha < 1))[..., None])
        chromaticities = file.header().get("chromaticities")
    if names == "RGB" and chromaticities is not None:
        _to_bt709(hdr, chromaticities)
    return HdrPicture(hdr, None if alpha is None or alpha.min() >= 1 else alpha)


def _to_bt709(hdr: np.ndarray, chromaticities: Sequence[float]) -> None:
    """Bring light with other primaries, such as those of ACES, to BT.709, in place; nonsense does nothing."""
    if np.allclose(chromaticities, _BT709_AND_D65, atol=_SAME_COLOUR):
        return
    try:
        matrix = matrix_of_chromaticities(chromaticities).T.astype(np.float32)
    except ValueError:
        return
    for band in bands(*hdr.shape[:2]):
        hdr[band] = hdr[band] @ matrix


def is_exr(head: bytes) -> bool:
    """Recognise an OpenEXR picture."""
    return head.startswith(b"\x76\x2f\x31\x01")
