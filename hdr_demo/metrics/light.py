"""Errors of light in stops: on what the camera lost, and on what it had seen well."""

import numpy as np

from hdr_demo.color import brightest_channel, decode_srgb, luminance
from hdr_demo.strips import in_strips

# A code of 250 of 255 is clipped: JPEG scatters white by a few codes.
CLIPPED_CODE = 250 / 255

# Luminance of a decoded photo that is neither the noise of the shadows nor what a camera's shoulder bends.
WELL_EXPOSED = (0.02, 0.6)
# A quarter of a stop: half of that is the smallest step of most cameras' exposure dials, a third.
HARM_STOPS = 0.25

# 16 stops under white: keeps the logarithm of black finite.
LOWEST_LIGHT = 2.0**-16


def log2_light(light: np.ndarray) -> np.ndarray:
    """Take the logarithm of light, with a floor 16 stops under white that keeps black finite."""
    return np.log2(np.maximum(light, LOWEST_LIGHT))


def clipped_mask(ldr: np.ndarray) -> np.ndarray:
    """Find the pixels whose light the camera lost.

    Args:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].

    Returns:
        Where the brightest channel is at least 250/255, bool, (H, W).
    """
    return in_strips(lambda strip: brightest_channel(strip) >= CLIPPED_CODE, ldr)


def well_exposed_mask(ldr: np.ndarray) -> np.ndarray:
    """Find the pixels whose light a photo shows well.

    Args:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].

    Returns:
        Where nothing is clipped and the decoded luminance is from 0.02 to 0.6 of white, bool, (H, W).
    """
    seen = luminance(decode_srgb(ldr))
    return (seen >= WELL_EXPOSED[0]) & (seen <= WELL_EXPOSED[1]) & ~clipped_mask(ldr)


def highlight_error(hdr: np.ndarray, truth: np.ndarray, clipped: np.ndarray) -> float:
    """Measure how well the lost light was estimated.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        truth: Linear RGB, float32, (H, W, 3), [0, inf), in the same units.
        clipped: Where the photo was clipped, bool, (H, W).

    Returns:
        Mean |log2| luminance error there, in stops; NaN where nothing was clipped.
    """
    if not clipped.any():
        return float("nan")
    return float(np.abs(log2_light(luminance(hdr[clipped])) - log2_light(luminance(truth[clipped]))).mean())


def harmed_share(hdr: np.ndarray, truth: np.ndarray, ldr: np.ndarray) -> float:
    """Measure how much of what the camera saw well was made worse.

    A pixel is harmed where its luminance is further from the truth than that of the photo, decoded from sRGB, by more
    than a quarter of a stop. Both have the gain that makes the mean log luminances of the well-exposed pixels equal,
    so that a guess of the highlights cannot move the rest.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        truth: Linear RGB, float32, (H, W, 3), [0, inf).
        ldr: The photo, display-encoded, float32, (H, W, 3), [0, 1].

    Returns:
        The share of the well-exposed pixels, in [0, 1]; NaN where there is none.
    """
    seen = well_exposed_mask(ldr)
    if not seen.any():
        return float("nan")
    true = log2_light(luminance(truth[seen]))
    off, was_off = (
        np.abs(difference - difference.mean())
        for difference in (log2_light(luminance(linear)) - true for linear in (hdr[seen], decode_srgb(ldr[seen])))
    )
    return float(np.mean(off > was_off + HARM_STOPS))


def dynamic_range_stops(linear: np.ndarray) -> float:
    """Measure an image's range: the stops between its darkest and its brightest 0.1 %.

    Args:
        linear: Linear RGB, float32, (H, W, 3), [0, inf).

    Returns:
        log2 of the ratio of the 99.9th and 0.1th percentiles of the luminances above 0; 0 for a black image.
    """
    return luminance_range_stops(in_strips(luminance, linear))


def luminance_range_stops(lit: np.ndarray) -> float:
    """Measure a range as `dynamic_range_stops` does, of known luminances: linear, float32, (H, W), [0, inf)."""
    lit = lit[lit > 0]
    if lit.size == 0:
        return 0.0
    low, high = np.percentile(lit, (0.1, 99.9))
    return float(np.log2(high / low))
