"""Durand & Dorsey's operator: compress the broad differences of light, keep the detail."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from hdr_demo.color import encode_srgb, luminance
from hdr_demo.guided import fit_locally
from hdr_demo.strips import in_strips, usable_cores
from hdr_demo.tonemap.metering import BLACK_RATIO, TAIL_PERCENT, WHITE, measure_bright_end, percentile, shrink
from hdr_demo.tonemap.recolor import recolor

# The bilateral filter runs on a copy of this many pixels on the longer side. Measured on a 3-megapixel forest against
# 1024 pixels: 0.002 of difference in the mean, 0.02 at the 99th percentile, and a tenth of the time.
BASE_SIDE = 384
# It is filtered in so many bands, on any number of cores, so that the result is the same everywhere.
BANDS = 4

# Share of the base layer, in per cent, that may be darker than the range that `contrast` sets. Durand & Dorsey take its
# minimum; the few blackest pixels of an 8-bit photo would then wash the rest out.
SHADOW_PERCENT = 5

# The window, in pixels of the small image, and the noise, in squared natural log luminance, of the fits that carry the
# base layer up to full size.
FIT_WINDOW = 5
FIT_NOISE = 0.01


def durand(
    hdr: np.ndarray,
    *,
    contrast: float,
    saturation: float,
    sigma_space: float,
    sigma_color: float,
    statistics: np.ndarray | None = None,
) -> np.ndarray:
    """Split the log luminance into a base and a detail layer and compress the base only.

    Durand & Dorsey 2002. The bilateral filter runs at a bounded size; its base layer is carried up as a
    local linear function of the log luminance, which follows edges (fast guided filter, He & Sun 2015).

    Args:
        hdr: Linear RGB.
        contrast: The range left to the base layer, in natural log units, as in OpenCV. A base of less is left alone.
        saturation: 1 keeps the colours, 0 gives grey.
        sigma_space: The width of the filter, in per cent of the longer side.
        sigma_color: The difference that counts as an edge, in log10 luminance.
        statistics: As `measure_base` gives them; without them, the image is measured.
    """
    log_light, small, base, floor = _split(hdr, sigma_space, sigma_color)
    shadow, high = _range(base, floor) if statistics is None else statistics
    squeeze = min(1.0, contrast / (high - shadow)) if high > shadow else 1.0
    fits = fit_locally(small, base, FIT_WINDOW, FIT_NOISE)
    change, anchor = np.float32(squeeze - 1), np.float32(high * squeeze)
    rows = np.arange(len(hdr))

    def curve(rgb: np.ndarray, log_light: np.ndarray, rows: np.ndarray) -> np.ndarray:
        slope, offset = (_enlarge(fit, hdr.shape[:2], rows) for fit in fits)
        base = slope * log_light + offset
        mapped = np.exp(log_light + change * base - anchor)
        return encode_srgb(recolor(rgb, luminance(rgb), mapped, saturation))

    return in_strips(curve, hdr, log_light, rows)


def measure_base(hdr: np.ndarray, *, sigma_space: float, sigma_color: float, **_: float) -> np.ndarray:
    """Measure the range of an image's base layer.

    Args:
        hdr: Linear RGB.
        sigma_space: As in `durand`.
        sigma_color: Likewise.
        **_: The other parameters, which change nothing.

    Returns:
        Its shadows and its brightest part, natural log luminance, float64, (2,).
    """
    _, _, base, floor = _split(hdr, sigma_space, sigma_color)
    return _range(base, floor)


def _split(
    hdr: np.ndarray, sigma_space: float, sigma_color: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.float32]:
    """Give the log luminance at full and at bounded size, its base layer, and the luminance that counts as black."""
    light = in_strips(luminance, hdr)
    floor = np.float32(measure_bright_end(light) * BLACK_RATIO)
    log_light = in_strips(lambda light: np.log(np.maximum(light, floor)), light, out=light)
    small = shrink(log_light, BASE_SIDE)
    return log_light, small, _smooth(small, sigma_space, sigma_color), floor


def _smooth(small: np.ndarray, sigma_space: float, sigma_color: float) -> np.ndarray:
    """Filter an image of log luminance, in a few bands at once; OpenCV does small images on one core."""
    space, color = sigma_space / 100 * max(small.shape), sigma_color * np.log(10)
    reach = max(1, round(1.5 * space))  # as OpenCV has it
    edges = sorted({len(small) * band // BANDS for band in range(BANDS + 1)})

    def smooth(top: int, bottom: int) -> np.ndarray:
        start = max(0, top - reach)
        band = cv2.bilateralFilter(small[start : bottom + reach], d=2 * reach + 1, sigmaColor=color, sigmaSpace=space)
        return band[top - start : bottom - start]

    with ThreadPoolExecutor(usable_cores()) as threads:
        return np.concatenate(list(threads.map(smooth, edges[:-1], edges[1:])))


def _enlarge(small: np.ndarray, size: tuple[int, int], rows: np.ndarray) -> np.ndarray:
    """Give some rows of an image enlarged to (height, width); between pixels' centres it is linear, as in OpenCV."""
    height, width = size
    at = np.clip((rows + 0.5) * (len(small) / height) - 0.5, 0, len(small) - 1)
    above = np.minimum(at.astype(np.intp), max(len(small) - 2, 0))
    below = np.minimum(above + 1, len(small) - 1)
    share = np.float32(at - above)[:, np.newaxis]
    between = small[above] + share * (small[below] - small[above])
    return cv2.resize(between, (width, len(rows)), interpolation=cv2.INTER_LINEAR)


def _range(base: np.ndarray, floor: np.float32) -> np.ndarray:
    lit = np.sort(base[base > np.log(2 * floor)])
    high = max(percentile(lit, 100 - TAIL_PERCENT), np.log(WHITE))
    return np.array([percentile(lit, SHADOW_PERCENT), high])
