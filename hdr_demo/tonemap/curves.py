"""Operators that treat every pixel alike, whatever the rest of the image: exposure and the film-like curves.

Each takes linear RGB, float32, (H, W, 3), [0, inf) and gives display-encoded sRGB, float32, (H, W, 3), [0, 1].
"""

from collections.abc import Callable

import cv2
import numpy as np

from hdr_demo.color import BT709_TO_BT2020, BT2020_TO_BT709, encode_srgb, luminance
from hdr_demo.strips import in_strips
from hdr_demo.tonemap.recolor import TINY, spread

# Hable, "Uncharted 2: HDR Lighting", GDC 2010: strength of the shoulder; strength and angle of the linear part;
# strength, numerator and denominator of the toe.
HABLE_A, HABLE_B, HABLE_C, HABLE_D, HABLE_E, HABLE_F = 0.15, 0.50, 0.10, 0.20, 0.02, 0.30
HABLE_EXPOSURE_BIAS = 2.0

# Sobotka's AgX as in Blender 4 (EaryChow/AgX_LUT_Gen, AgXBaseRec2020.py): the inset of the BT.2020 primaries, and the
# inverse of the outset; log2 light from 10 stops below to 6.5 above middle grey.
AGX_INSET = np.array(
    [
        [0.856627153315983, 0.0951212405381588, 0.0482516061458583],
        [0.137318972929847, 0.761241990602591, 0.101439036467562],
        [0.11189821299995, 0.0767994186031903, 0.811302368396859],
    ]
)
AGX_INVERSE_OUTSET = np.array(
    [
        [0.899796955911611, 0.0871996192028351, 0.013003424885555],
        [0.11142098895748, 0.875575586156966, 0.0130034248855548],
        [0.11142098895748, 0.0871996192028349, 0.801379391839686],
    ]
)
AGX_LOWEST, AGX_HIGHEST = -12.47393, 4.026069
# Wrensch, "Minimal AgX Implementation", 2023: the sigmoid as a polynomial, highest power first.
AGX_SIGMOID = (15.5, -40.14, 31.96, -6.868, 0.4298, 0.1191, -0.00232)
AGX_DISPLAY_GAMMA = 2.2

# Khronos PBR Neutral Tone Mapper specification, 2024: Fresnel reflection at normal incidence, start of the
# compression, speed of the desaturation.
NEUTRAL_F90 = 0.04
NEUTRAL_START = 0.8 - NEUTRAL_F90
NEUTRAL_DESATURATION = 0.15


def exposure(hdr: np.ndarray, *, stops: float) -> np.ndarray:
    """Photograph the scene with a camera that clips at 1.0.

    Args:
        hdr: Linear RGB.
        stops: Exposure change. +1 doubles the light, -1 halves it.
    """
    return _through(encode_srgb, hdr, stops)


def hable(hdr: np.ndarray, *, stops: float, white: float) -> np.ndarray:
    """Apply Hable's film curve to each channel: a soft toe, a long shoulder.

    Args:
        hdr: Linear RGB.
        stops: Exposure change before the curve.
        white: The light, on the curve's own scale (twice the exposed image's), that becomes white.
    """
    brightest = float(_hable_curve(np.float32(white)))

    def curve(rgb: np.ndarray) -> np.ndarray:
        return encode_srgb(_hable_curve(rgb * np.float32(HABLE_EXPOSURE_BIAS)) / np.float32(brightest))

    return _through(curve, hdr, stops)


def aces(hdr: np.ndarray, *, stops: float) -> np.ndarray:
    """Apply Narkowicz's fit of the ACES reference and output transforms to each channel.

    Args:
        hdr: Linear RGB.
        stops: Exposure change before the curve.
    """

    def curve(rgb: np.ndarray) -> np.ndarray:
        a, b, c, d, e = np.float32([2.51, 0.03, 2.43, 0.59, 0.14])
        return encode_srgb(rgb * (a * rgb + b) / (rgb * (c * rgb + d) + e))

    return _through(curve, hdr, stops)


def agx(hdr: np.ndarray, *, stops: float, contrast: float, saturation: float) -> np.ndarray:
    """Apply AgX: a sigmoid over log light, in primaries drawn in so that bright colours go to white.

    Args:
        hdr: Linear RGB.
        stops: Exposure change before the curve.
        contrast: The power of the look (ASC CDL): 1 is the base look, 1.35 the one called punchy.
        saturation: The saturation of the look: 1 is the base look, 1.4 the one called punchy.
    """
    inset = (AGX_INSET @ BT709_TO_BT2020).astype(np.float32)
    outset = np.linalg.inv(AGX_INVERSE_OUTSET).astype(np.float32)

    def curve(rgb: np.ndarray) -> np.ndarray:
        light = np.log2(np.maximum(cv2.transform(rgb, inset), np.float32(1e-10)))
        light -= np.float32(AGX_LOWEST)
        light *= np.float32(1 / (AGX_HIGHEST - AGX_LOWEST))
        np.clip(light, 0, 1, out=light)
        shown = np.full_like(light, AGX_SIGMOID[0])
        for coefficient in AGX_SIGMOID[1:]:
            shown *= light
            shown += np.float32(coefficient)
        shown = np.maximum(shown, 0) ** np.float32(contrast)
        grey = spread(luminance(shown))
        shown = grey + np.float32(saturation) * (shown - grey)
        shown = np.maximum(cv2.transform(shown, outset), 0) ** np.float32(AGX_DISPLAY_GAMMA)
        return encode_srgb(cv2.transform(shown, BT2020_TO_BT709))

    return _through(curve, hdr, stops)


def neutral(hdr: np.ndarray, *, stops: float) -> np.ndarray:
    """Apply Khronos PBR Neutral: colours below 0.8 as they are (less 0.04 of glare), brighter ones rolled off to white.

    Args:
        hdr: Linear RGB.
        stops: Exposure change before the curve.
    """

    def curve(rgb: np.ndarray) -> np.ndarray:
        darkest = np.minimum(np.minimum(rgb[..., 0], rgb[..., 1]), rgb[..., 2])
        toe = np.minimum(darkest, np.float32(2 * NEUTRAL_F90))
        base = rgb - spread(toe - toe * toe / np.float32(4 * NEUTRAL_F90))
        peak = np.maximum(np.maximum(base[..., 0], base[..., 1]), base[..., 2])
        above = np.maximum(peak - np.float32(NEUTRAL_START), 0)
        room = np.float32(1 - NEUTRAL_START)
        rolled = np.where(above > 0, 1 - room * room / (above + room), peak)
        keep = 1 / (np.float32(NEUTRAL_DESATURATION) * (peak - rolled) + 1)
        base *= spread(rolled / np.maximum(peak, TINY) * keep)
        base += spread(rolled * (1 - keep))
        return encode_srgb(base)

    return _through(curve, hdr, stops)


def _through(curve: Callable[[np.ndarray], np.ndarray], hdr: np.ndarray, stops: float) -> np.ndarray:
    """Expose the image by `stops` and pass it through a per-pixel curve."""
    gain = np.float32(2.0**stops)
    return in_strips(lambda rgb: curve(rgb * gain), hdr)


def _hable_curve(x: np.ndarray) -> np.ndarray:
    """Evaluate Hable's curve, not yet scaled to its white."""
    a, b, cb, de, df = np.float32([HABLE_A, HABLE_B, HABLE_C * HABLE_B, HABLE_D * HABLE_E, HABLE_D * HABLE_F])
    return (x * (a * x + cb) + de) / (x * (a * x + b) + df) - np.float32(HABLE_E / HABLE_F)
