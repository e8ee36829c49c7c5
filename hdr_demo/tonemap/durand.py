"""Durand & Dorsey's operator: compress the broad differences of light, keep the detail."""

import cv2
import numpy as np

from hdr_demo.color import encode_srgb, luminance
from hdr_demo.tonemap.metering import BLACK_RATIO, TAIL_PERCENT, WHITE, meter, percentile, shrink
from hdr_demo.tonemap.recolor import recolor
from hdr_demo.tonemap.strips import in_strips

# The bilateral filter runs on a copy of this many pixels on the longer side. Measured on a 3-megapixel forest against
# 1024 pixels: 0.002 of difference in the mean, 0.02 at the 99th percentile, and a tenth of the time.
BASE_SIDE = 384

# Share of the base layer, in per cent, that may be darker than the range that `contrast` sets. Durand & Dorsey take its
# minimum; the few blackest pixels of an 8-bit photo would then wash the rest out.
SHADOW_PERCENT = 5

# The window, in pixels of the small image, and the noise, in squared natural log luminance, of the fits that carry the
# base layer up to full size.
FIT_WINDOW = 5
FIT_NOISE = 0.01


def durand(
    hdr: np.ndarray, *, contrast: float, saturation: float, sigma_space: float, sigma_color: float
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
    """
    floor = np.float32(meter(hdr).high * BLACK_RATIO)
    log_light = in_strips(lambda rgb: np.log(np.maximum(luminance(rgb), floor)), hdr)
    small = shrink(log_light, BASE_SIDE)
    base = cv2.bilateralFilter(
        small, d=-1, sigmaColor=sigma_color * np.log(10), sigmaSpace=sigma_space / 100 * max(small.shape)
    )
    lit = np.sort(base[base > np.log(2 * floor)])
    high = max(percentile(lit, 100 - TAIL_PERCENT), np.log(WHITE))
    span = high - percentile(lit, SHADOW_PERCENT)
    squeeze = min(1.0, contrast / span) if span > 0 else 1.0
    slope, offset = (
        cv2.resize(fit, hdr.shape[1::-1], interpolation=cv2.INTER_LINEAR) for fit in _fit_locally(small, base)
    )
    change, anchor = np.float32(squeeze - 1), np.float32(high * squeeze)

    def curve(rgb: np.ndarray, log_light: np.ndarray, slope: np.ndarray, offset: np.ndarray) -> np.ndarray:
        base = slope * log_light + offset
        mapped = np.exp(log_light + change * base - anchor)
        return encode_srgb(recolor(rgb, luminance(rgb), mapped, saturation))

    return in_strips(curve, hdr, log_light, slope, offset)


def _fit_locally(guide: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Explain an image as a linear function of another one around each pixel (He, Sun & Tang 2010, equations 5 to 8).

    Args:
        guide: float32, (H, W).
        target: float32, (H, W).

    Returns:
        Slope and offset, float32, (H, W) each: target is nearly slope * guide + offset.
    """
    window = (FIT_WINDOW, FIT_WINDOW)
    mean_guide, mean_target = cv2.blur(guide, window), cv2.blur(target, window)
    variance = cv2.blur(guide * guide, window) - mean_guide * mean_guide
    covariance = cv2.blur(guide * target, window) - mean_guide * mean_target
    slope = covariance / (np.maximum(variance, 0) + np.float32(FIT_NOISE))
    return cv2.blur(slope, window), cv2.blur(mean_target - slope * mean_guide, window)
