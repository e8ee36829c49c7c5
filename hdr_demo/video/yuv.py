"""From R'G'B' to the planes that encoders take: Y'CbCr 4:2:0, limited range."""

import cv2
import numpy as np


def to_yuv420(rgb: np.ndarray, luma_weights: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Code a picture as Y'CbCr 4:2:0, as ITU-R BT.709-6, items 3.2 to 3.5, or BT.2020-2, tables 4 and 5, have it.

    Chroma samples lie on the even columns and midway between two rows (Chroma420SampleLocType 0 of ITU-T H.273, which
    is what players assume of a file that says nothing), so they are filtered by 1 2 1 along rows and 1 1 along columns.

    Args:
        rgb: R'G'B', non-linear, float32, (H, W, 3), [0, 1].
        luma_weights: Of R', G' and B' in luma, float32, (3,).
        bits: Of a sample: 8, or up to 16.

    Returns:
        Y', Cb and Cr, limited range, uint8 or uint16, (h, w), (h / 2, w / 2) and (h / 2, w / 2); h and w are H and W,
        made even by repeating the last row and column.
    """
    rgb = _make_even(np.ascontiguousarray(rgb, np.float32))
    scale = 1 << (bits - 8)
    dtype = np.uint8 if bits == 8 else np.uint16
    # 219 and 224 steps above 16 and around 128, times 2 ** (bits - 8); a half more rounds what is truncated. Of chroma,
    # an eighth, because eight times a sample are added. All in one product, because OpenCV has vectors for 3 x 4 alone.
    steps = np.array([219, 224 / 8, 224 / 8]) * scale
    zero = (np.array([16, 128, 128]) * scale + 0.5) / [1, 8, 8]
    matrix = np.column_stack((yuv_matrix(luma_weights) * steps[:, np.newaxis], zero)).astype(np.float32)
    luma, *chroma = cv2.split(cv2.transform(rgb, matrix))
    return luma.astype(dtype), *(_halve(plane).astype(dtype) for plane in chroma)


def _halve(chroma: np.ndarray) -> np.ndarray:
    """Add up 1 2 1 along rows and 1 1 along columns, at every other pixel."""
    rows = chroma[0::2] + chroma[1::2]
    even, odd = rows[:, 0::2], rows[:, 1::2]
    halved = even + even
    halved += odd
    halved[:, :1] += even[:, :1]
    halved[:, 1:] += odd[:, :-1]
    return halved


def yuv_matrix(luma_weights: np.ndarray) -> np.ndarray:
    """Make the matrix from R'G'B' to Y' in [0, 1] and Cb, Cr in [-0.5, 0.5], float32, (3, 3)."""
    red, _, blue = (float(weight) for weight in luma_weights)
    y = np.asarray(luma_weights, np.float64)
    cb = (np.array([0, 0, 1]) - y) / (2 * (1 - blue))
    cr = (np.array([1, 0, 0]) - y) / (2 * (1 - red))
    return np.stack((y, cb, cr)).astype(np.float32)


def _make_even(rgb: np.ndarray) -> np.ndarray:
    height, width = rgb.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return rgb
    return cv2.copyMakeBorder(rgb, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
