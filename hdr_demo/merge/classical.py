"""What OpenCV merges: the classics, which ours is compared with."""

from collections.abc import Sequence

import cv2
import numpy as np

from hdr_demo.color import decode_srgb

_WHITE = 255


def merge_debevec(photos: Sequence[np.ndarray], times: Sequence[float], reference: int) -> np.ndarray:
    """Merge as Debevec & Malik 1997, equation 6, with OpenCV's weights (one for three channels) and the sRGB response.

    Where all photos are white OpenCV gives the mean of their whites, or black (Robertson); here it is the white of the
    shortest exposure, for that much light there was at least.

    Args:
        photos: sRGB-encoded codes, uint8 or uint16, (H, W, 3), aligned; OpenCV takes 8 bits of them.
        times: Their exposures, rising.
        reference: Whose white is to be 1.0.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, inf).
    """
    return _by_response(cv2.createMergeDebevec(), photos, times, reference)


def merge_robertson(photos: Sequence[np.ndarray], times: Sequence[float], reference: int) -> np.ndarray:
    """Merge as Robertson, Borman & Stevenson 2003, equation 7, likewise."""
    return _by_response(cv2.createMergeRobertson(), photos, times, reference)


def merge_mertens(photos: Sequence[np.ndarray], times: Sequence[float], reference: int) -> np.ndarray:
    """Fuse exposures as Mertens, Kautz & Van Reeth 2007: a picture for a screen, without any measured light.

    Returns:
        The fused picture, linearised, float32, (H, W, 3), [0, 1].
    """
    fused = cv2.createMergeMertens().process([_eight_bits(photo) for photo in photos])
    return decode_srgb(np.clip(np.nan_to_num(fused), 0, 1))


def _by_response(
    merger: cv2.MergeExposures, photos: Sequence[np.ndarray], times: Sequence[float], reference: int
) -> np.ndarray:
    response = np.repeat(decode_srgb(np.arange(256, dtype=np.float32) / 255)[:, np.newaxis, np.newaxis], 3, axis=2)
    # The logarithm of code 0 is none; a quarter of code 1 is darker than what can be told.
    response[0] = response[1] / 4
    relative = np.asarray(times, np.float32) / np.float32(times[reference])
    codes = [_eight_bits(photo) for photo in photos]
    hdr = np.nan_to_num(merger.process(codes, relative, response), copy=False, nan=0, posinf=0, neginf=0)
    white = codes[0] == _WHITE
    for others in codes[1:]:
        white &= others == _WHITE
    hdr[white] = 1 / relative[0]
    return hdr


def _eight_bits(photo: np.ndarray) -> np.ndarray:
    return photo if photo.dtype == np.uint8 else np.rint(photo / np.float32(257)).astype(np.uint8)
