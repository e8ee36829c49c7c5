"""From the codes of a camera with another response to sRGB codes, in which everything after works."""

import re
from collections.abc import Sequence

import cv2
import numpy as np

from hdr_demo.color import encode_srgb
from hdr_demo.errors import BracketError

SRGB, CALIBRATED = "srgb", "calibrated"
RESPONSE_NAMES = (SRGB, "gamma 2.2", CALIBRATED)
_SAMPLES, _SMOOTHNESS = 400, 30.0
_SIDE = 400  # of the copies that are calibrated on
_LARGEST = 65535


def parse_response(name: str) -> str | float:
    """Understand the name of a response: "srgb", "calibrated", or a gamma as a number, with or without the word.

    Raises:
        BracketError: If it is none of these.
    """
    name = name.strip().lower()
    if name in (SRGB, CALIBRATED):
        return name
    found = re.fullmatch(r"(?:gamma\s*)?(\d+(?:\.\d+)?)", name)
    if found is None or not 0.2 <= float(found[1]) <= 5:
        raise BracketError(f"{name} is no camera response; give srgb, gamma 2.2 (or another number), or calibrated.")
    return float(found[1])


def bring_to_srgb(photos: Sequence[np.ndarray], times: Sequence[float], response: str | float) -> list[np.ndarray]:
    """Give photos the codes that a camera with the sRGB response would have given them.

    Args:
        photos: Codes, uint8 or uint16, (H, W, 3).
        times: Their exposures; of `CALIBRATED` only.
        response: As `parse_response` gives it.

    Returns:
        The same for `SRGB`; else uint16.
    """
    if response == SRGB:
        return list(photos)
    if isinstance(response, float):
        curves = {
            dtype: np.repeat((_codes(dtype) ** np.float32(response))[:, np.newaxis], 3, axis=1)
            for dtype in {photo.dtype for photo in photos}
        }
    else:
        eight = calibrate_response(photos, times)
        curves = {photo.dtype: _stretch(eight, photo.dtype) for photo in photos}
    tables = {dtype: np.rint(encode_srgb(curve) * _LARGEST).astype(np.uint16) for dtype, curve in curves.items()}
    return [
        np.stack([tables[photo.dtype][photo[..., channel], channel] for channel in range(3)], axis=-1)
        for photo in photos
    ]


def calibrate_response(photos: Sequence[np.ndarray], times: Sequence[float]) -> np.ndarray:
    """Find the response from the bracket itself (Debevec & Malik 1997, equation 3), as OpenCV does.

    Args:
        photos: Codes, uint8 or uint16, (H, W, 3).
        times: Their exposures.

    Returns:
        Linear light of each of 256 codes, float32, (256, 3), rising, [0, 1]; a grey stays grey at the middle code.
    """
    small = []
    for photo in photos:
        height, width = photo.shape[:2]
        factor = min(1.0, _SIDE / max(height, width))
        size = max(1, round(width * factor)), max(1, round(height * factor))
        reduced = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
        small.append(reduced if photo.dtype == np.uint8 else (reduced // 257).astype(np.uint8))
    calibrator = cv2.createCalibrateDebevec(_SAMPLES, _SMOOTHNESS)
    found = calibrator.process(small, np.asarray(times, np.float32)).reshape(256, 3)
    if not (np.isfinite(found).all() and (found > 0).all()):
        raise BracketError("The camera's response cannot be calibrated from these photos; choose srgb.")
    found = np.maximum.accumulate(found, axis=0)
    curve = found / found[128]
    curve = (curve - curve[:1]) / (curve[-1:] - curve[:1]).max()  # codes of 0 are dark
    return np.minimum(curve, 1).astype(np.float32)


def _codes(dtype: np.dtype) -> np.ndarray:
    largest = np.iinfo(dtype).max
    return np.arange(largest + 1, dtype=np.float32) / np.float32(largest)


def _stretch(curve: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Give a curve of 256 codes as many as a type has."""
    if dtype == np.uint8:
        return curve
    codes = _codes(dtype) * 255
    return np.stack([np.interp(codes, np.arange(256), curve[:, c]) for c in range(3)], axis=1).astype(np.float32)
