"""Operators that treat every pixel alike, whatever the rest of the image: exposure and the film-like curves.

Each takes linear RGB, float32, (H, W, 3), [0, inf) and gives display-encoded sRGB, float32, (H, W, 3), [0, 1].
"""

from collections.abc import Callable

import cv2
import numpy as np

from hdr_demo.color import BT709_TO_BT2020, BT2020_TO_BT709, LUMINANCE_WEIGHTS, encode_srgb
from hdr_demo.strips import in_strips
from hdr_demo.tonemap.planes import join, raise_to, split
from hdr_demo.tonemap.recolor import TINY

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
    looks = saturation * np.eye(3) + (1 - saturation) * LUMINANCE_WEIGHTS
    outset = (np.linalg.inv(AGX_INVERSE_OUTSET) @ looks).astype(np.float32)

    def curve(rgb: np.ndarray) -> np.ndarray:
        light = cv2.transform(rgb, inset)
        np.log(np.maximum(light, np.float32(1e-10), out=light), out=light)
        light *= np.float32(1 / np.log(2) / (AGX_HIGHEST - AGX_LOWEST))
        light -= np.float32(AGX_LOWEST / (AGX_HIGHEST - AGX_LOWEST))
        np.clip(light, 0, 1, out=light)
        shown = light * np.float32(AGX_SIGMOID[0])
        for coefficient in AGX_SIGMOID[1:-1]:
            shown += np.float32(coefficient)
            shown *= light
        shown += np.float32(AGX_SIGMOID[-1])
        shown = cv2.transform(raise_to(np.maximum(shown, 0, out=shown), contrast), outset)
        shown = raise_to(np.maximum(shown, 0, out=shown), AGX_DISPLAY_GAMMA)
        return encode_srgb(cv2.transform(shown, BT2020_TO_BT709))

    return _through(curve, hdr, stops)


def neutral(hdr: np.ndarray, *, stops: float) -> np.ndarray:
    """Apply Khronos PBR Neutral: colours below 0.8 as they are (less 0.04 of glare), brighter ones rolled off to white.

    Args:
        hdr: Linear RGB.
        stops: Exposure change before the curve.
    """

    def curve(rgb: np.ndarray) -> np.ndarray:
        planes = split(rgb)
        toe = np.minimum(planes.min(axis=0), np.float32(2 * NEUTRAL_F90))
        planes -= toe - toe * toe / np.float32(4 * NEUTRAL_F90)
        peak = planes.max(axis=0)
        above = np.maximum(peak - np.float32(NEUTRAL_START), 0)
        room = np.float32(1 - NEUTRAL_START)
        rolled = np.where(above > 0, 1 - room * room / (above + room), peak)
        keep = 1 / (np.float32(NEUTRAL_DESATURATION) * (peak - rolled) + 1)
        planes *= rolled / np.maximum(peak, TINY) * keep
        planes += rolled * (1 - keep)
        return join(encode_srgb(planes))

    return _through(curve, hdr, stops)


def _through(curve: Callable[[np.ndarray], np.ndarray], hdr: np.ndarray, stops: float) -> np.ndarray:
    """Expose the image by `stops` and pass it through a per-pixel curve."""
    gain = np.float32(2.0**stops)
    return in_strips(lambda rgb: curve(rgb * gain), hdr)


def _hable_curve(x: np.ndarray) -> np.ndarray:
    """Evaluate Hable's curve, not yet scaled to its white."""
    a, b, cb, de, df = np.float32([HABLE_A, HABLE_B, HABLE_C * HABLE_B, HABLE_D * HABLE_E, HABLE_D * HABLE_F])
    return (x * (a * x + cb) + de) / (x * (a * x + b) + df) - np.float32(HABLE_E / HABLE_F)
