"""From the codes of a camera with another response to sRGB codes, in which everything after works."""

import re
from collections.abc import Sequence
from itertools import combinations

import cv2
import numpy as np

from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.errors import BracketError

SRGB, CALIBRATED = "srgb", "calibrated"
RESPONSE_NAMES = (SRGB, "gamma 2.2", CALIBRATED)
_SIDE = 400  # of the copies that are calibrated on
_SHIFT_BITS = 5  # shifts of up to 32 of their pixels are found
_FLAT_SHARE = 0.75  # of the frame; with half of it or all the curves come out worse
# Of the curve against pairs whose weights add up to 1: second differences, and, where nothing is told, first ones.
_SMOOTHNESS, _STEADINESS = 1000.0, 0.1
_ROUNDS, _DOUBT = 6, 0.35  # of trusting pairs; the second is half a stop
_MIDDLE = 128
# Debevec & Malik 1997, equation 4; noise and clipping have the ends.
_HAT = np.minimum(np.arange(256), 255 - np.arange(256)).astype(np.float64)
_HAT[:3] = _HAT[-4:] = 0
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
    """Find the response from the bracket itself, by the least squares of Debevec & Malik 1997, equation 3.

    Three things are other than there, and in OpenCV, whose curve is off by half a stop where the camera or the scene
    moved. Not single pixels but all pairs of codes are counted (a comparagram), which leaves nothing unknown but the
    curve; pairs that fit badly count little, since something moved there; and what is smooth is the curve's difference
    from that of sRGB, which rules where few pixels tell.

    Args:
        photos: Codes, uint8 or uint16, (H, W, 3).
        times: Their exposures.

    Returns:
        Linear light of each of 256 codes, float32, (256, 3), rising, [0, 1]; a grey stays grey at the middle code.

    Raises:
        BracketError: If no pixel is well exposed in two photos.
    """
    small = _lay_over([_reduce(photo) for photo in photos])
    flat = _find_flat(small)
    curves = []
    for channel in range(3):
        pairs = [
            (small[i][..., channel][flat], small[j][..., channel][flat], np.log(times[j] / times[i]))
            for i, j in combinations(range(len(small)), 2)
        ]
        curves.append(np.exp(_solve(*_count_pairs(pairs))))
    light = np.maximum.accumulate(np.stack(curves, axis=1), axis=0)
    light = (light - light[:1]) / (light[_MIDDLE] - light[:1])  # code 0 is dark
    # The largest code is white in every channel, for that is how clipped pixels are known.
    return np.minimum(light / light[-1].min(), 1).astype(np.float32)


def _reduce(photo: np.ndarray) -> np.ndarray:
    """Reduce a photo to 8 bits and few pixels."""
    height, width = photo.shape[:2]
    factor = min(1.0, _SIDE / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    return small if photo.dtype == np.uint8 else np.rint(small / np.float32(257)).astype(np.uint8)


def _lay_over(photos: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Shift photos onto the middle one by their median bitmaps (Ward 2003), whatever their response."""
    align = cv2.createAlignMTB(_SHIFT_BITS, 4, False)
    greys = [cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY) for photo in photos]
    middle, (height, width) = greys[len(greys) // 2], greys[0].shape
    shifted = []
    for photo, grey in zip(photos, greys, strict=True):
        across, down = align.calculateShift(middle, grey) if min(height, width) >> _SHIFT_BITS else (0, 0)
        matrix = np.float32([[1, 0, across], [0, 1, down]])
        shifted.append(cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_NEAREST))  # 0 outside
    return shifted


def _find_flat(photos: Sequence[np.ndarray]) -> np.ndarray:
    """Find where photos have no edges, which shift and blur would mix; bool, (H, W)."""
    around = np.ones((5, 5), np.uint8)
    rough = np.max([(cv2.dilate(photo, around) - cv2.erode(photo, around)).max(axis=-1) for photo in photos], axis=0)
    return rough <= np.quantile(rough, _FLAT_SHARE)


def _count_pairs(pairs: Sequence[tuple[np.ndarray, np.ndarray, float]]) -> tuple[np.ndarray, ...]:
    """Count which codes two photos have at one place.

    Args:
        pairs: Codes of the one and of the other, uint8, (n,), and the logarithm of how much longer that was exposed.

    Returns:
        Codes, codes, such logarithms and weights, adding up to 1, for each pair that occurs.
    """
    found = []
    for first, second, step in pairs:
        counts = np.bincount(first.astype(np.intp) * 256 + second, minlength=256**2).reshape(256, 256)
        low, high = np.nonzero(counts)
        weights = counts[low, high] * np.minimum(_HAT[low], _HAT[high]) ** 2
        found.append((low, high, np.full(len(low), step), weights))
    low, high, steps, weights = map(np.concatenate, zip(*found, strict=True))
    if not weights.any():
        raise BracketError(
            "No response can be calibrated, for nothing is well exposed in two of the photos: choose srgb."
        )
    return low, high, steps, weights / weights.sum()


def _solve(low: np.ndarray, high: np.ndarray, steps: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Find the logarithm of the light of each code, float64, (256,), from what `_count_pairs` gives."""
    start = np.log(decode_srgb(np.maximum(np.arange(256, dtype=np.float32), 0.5) / 255)).astype(np.float64)
    bend, slope = np.diff(np.eye(256), 2, axis=0), np.diff(np.eye(256), axis=0)
    smooth = _SMOOTHNESS * bend.T @ bend + _STEADINESS * slope.T @ slope
    smooth[_MIDDLE, _MIDDLE] += 1  # or any scale would do
    curve = start
    for _ in range(_ROUNDS):
        trust = weights / (1 + ((curve[high] - curve[low] - steps) / _DOUBT) ** 2) ** 2  # Geman & McClure 1987
        pairs = np.zeros((256, 256))
        np.add.at(pairs, (low, high), trust)
        matrix = np.diag(pairs.sum(axis=0) + pairs.sum(axis=1)) - pairs - pairs.T + smooth
        missing = trust * (steps - start[high] + start[low])
        curve = start + np.linalg.solve(matrix, np.bincount(high, missing, 256) - np.bincount(low, missing, 256))
    return curve


def _codes(dtype: np.dtype) -> np.ndarray:
    largest = np.iinfo(dtype).max
    return np.arange(largest + 1, dtype=np.float32) / np.float32(largest)


def _stretch(curve: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Give a curve of 256 codes as many as a type has."""
    if dtype == np.uint8:
        return curve
    codes = _codes(dtype) * 255
    return np.stack([np.interp(codes, np.arange(256), curve[:, c]) for c in range(3)], axis=1).astype(np.float32)
