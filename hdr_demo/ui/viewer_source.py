"""What the viewer is given: one small file with the photo and its light, and numbers about the whole image."""

import gzip
from pathlib import Path

import numpy as np

from hdr_demo.io.output import replacing

# 65504 is the largest half float.
BRIGHTEST_HALF = np.float32(65504)


def encode_exact(photo: np.ndarray, hdr: np.ndarray, alpha: np.ndarray | None) -> bytes:
    """Encode a photo and its light as half floats, compressed.

    Args:
        photo: Linear RGB, float32, (H, W, 3), [0, 1].
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); what no light can be becomes black or the brightest half float.
        alpha: Opacity, float32, (H, W), [0, 1], or None.

    Returns:
        gzip: light and opacity, (H, W, 4), then the photo, (H, W, 3); little-endian half floats.
    """
    light = np.ones((*hdr.shape[:2], 4), np.float32)
    light[..., :3] = np.fmin(np.fmax(hdr, 0), BRIGHTEST_HALF)
    if alpha is not None:
        light[..., 3] = alpha
    return gzip.compress(light.astype("<f2").tobytes() + photo.astype("<f2").tobytes(), compresslevel=6, mtime=0)


def write_exact(path: Path, photo: np.ndarray, hdr: np.ndarray, alpha: np.ndarray | None) -> Path:
    """Write what `encode_exact` gives."""
    with replacing(path) as temporary:
        temporary.write_bytes(encode_exact(photo, hdr, alpha))
    return path
