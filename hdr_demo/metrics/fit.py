"""What is taken away before images are compared: an exposure (one gain), or a camera's whole response."""

import numpy as np

from hdr_demo.color import decode_pq, encode_pq, luminance
from hdr_demo.metrics.light import log2_light

# Constants of `crf_correction.m`, published with PU21 (github.com/gfxdisp/pu21), which the benchmark SI-HDR uses.
LOWEST_NITS, HIGHEST_NITS = 0.005, 10000.0
DEGREE, RIDGE = 3, 0.01
CHROMA_SCALE = 410 / 255
RGB_TO_XYZ = np.array([[0.412424, 0.357579, 0.180464], [0.212656, 0.715158, 0.072186], [0.019332, 0.119193, 0.950444]])
LOWEST_XYZ = 1e-4


def fit_gain(hdr: np.ndarray, truth: np.ndarray) -> float:
    """Find the gain that makes the mean log luminances equal; it takes away what a camera's exposure decides.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        truth: Linear RGB, float32, (H, W, 3), [0, inf).

    Returns:
        What `hdr` must be multiplied by.
    """
    return float(np.exp2(np.mean(log2_light(luminance(truth)) - log2_light(luminance(hdr)))))


def correct_response(nits: np.ndarray, truth_nits: np.ndarray) -> np.ndarray:
    """Take away what a camera's response decides, by a smooth map of lightness and one of colour fitted to the truth.

    The CRF correction of Hanji et al. 2022 (SI-HDR), section 5: a cubic polynomial between the PQ codes of the
    luminances, and one with a cross term, held near identity, between the chromaticities u'v'; 20 numbers in all.

    Args:
        nits: Linear RGB, float32, (H, W, 3), [0, inf), in cd/m², after a gain was fitted.
        truth_nits: Linear RGB, float32, (H, W, 3), [0, inf), in cd/m².

    Returns:
        Linear RGB, float32, (H, W, 3), [0, 10000], in cd/m².
    """
    (light, chroma), (true_light, true_chroma) = (_to_luv(image) for image in (nits, truth_nits))
    codes = _fit_polynomial(encode_pq(light), encode_pq(true_light), ridge=0.0)
    mapped_light = decode_pq(np.clip(codes, encode_pq(LOWEST_NITS), encode_pq(HIGHEST_NITS)))
    mapped_chroma = np.maximum(_fit_polynomial(chroma, true_chroma, ridge=RIDGE), LOWEST_NITS)
    return _from_luv(mapped_light, mapped_chroma).reshape(nits.shape).astype(np.float32)


def _fit_polynomial(x: np.ndarray, y: np.ndarray, *, ridge: float) -> np.ndarray:
    """Map x, float64, (N, channels), by the polynomial that comes closest to y."""
    count, channels = x.shape
    powers = [x**degree for degree in range(DEGREE, 1, -1)]
    crossed = [np.prod(x, axis=1, keepdims=True)] if channels == 2 else []
    basis = np.concatenate([*powers, *crossed, x, np.ones((count, 1))], axis=1)
    size = basis.shape[1]
    identity = np.zeros((size, channels))
    identity[-1 - channels : -1] = np.eye(channels)
    weight = ridge * count / size
    if weight == 0:  # the normal equations of a picture of one colour have no solution; lstsq finds the shortest
        return basis @ np.linalg.lstsq(basis, y, rcond=None)[0]
    return basis @ np.linalg.solve(basis.T @ basis + weight * np.eye(size), basis.T @ y + weight * identity)


def _to_luv(nits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Part light into luminance, float64, (N, 1), in cd/m², and chromaticity u'v', scaled, (N, 2)."""
    rgb = np.maximum(nits.reshape(-1, 3).astype(np.float64), LOWEST_NITS)
    x, y, z = np.maximum(rgb @ RGB_TO_XYZ.T, LOWEST_XYZ).T
    scale = CHROMA_SCALE / (x + 15 * y + 3 * z)
    return y[:, np.newaxis], np.stack([4 * x * scale, 9 * y * scale], axis=1)


def _from_luv(light: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """Join luminance and chromaticity into linear RGB, float64, (N, 3), in cd/m²."""
    y, (u, v) = light[:, 0], chroma.T / CHROMA_SCALE
    x = y * 9 * u / (4 * v)
    z = y * (12 - 3 * u - 20 * v) / (4 * v)
    xyz = np.maximum(np.stack([x, y, z], axis=1), LOWEST_XYZ)
    return np.clip(xyz @ np.linalg.inv(RGB_TO_XYZ).T, 0, HIGHEST_NITS)
