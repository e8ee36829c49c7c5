"""Operators whose one curve adapts to the whole image: photographic, Reinhard & Devlin, Mantiuk, Drago.

Each takes linear RGB, float32, (H, W, 3), [0, inf) and gives display-encoded sRGB, float32, (H, W, 3), [0, 1].
"""

import numpy as np

from hdr_demo.color import decode_srgb, encode_srgb, luminance
from hdr_demo.strips import in_strips
from hdr_demo.tonemap.metering import known_light
from hdr_demo.tonemap.planes import join, raise_to, split
from hdr_demo.tonemap.recolor import TINY, recolor

# Mantiuk et al. 2006, equation 14: the eye's response to a contrast G = log10(L1 / L2) is 54.09288 * G ** 0.41850.
RESPONSE_POWER = 0.41850

# The fewest times that the brightest light exceeds the darkest: without it a foggy scene, which has no shadows, counts
# as one that is dark throughout, and is flattened to white. Seven stops, what an ordinary photo has.
REINHARD_LEAST_RANGE = 128.0

# The result's power in linear light. Drago et al. leave the display's gamma to the user: OpenCV shows the logarithm as
# it is, a power of 2.2, which is dark; others gamma-correct it, a power of 1, which is pale. Chosen by eye in between.
DRAGO_CONTRAST = 1.4


def photographic(hdr: np.ndarray, *, key: float, saturation: float, statistics: np.ndarray | None = None) -> np.ndarray:
    """Set the log-average luminance to `key` and roll the highlights off, as a photographer prints.

    Reinhard et al. 2002, equations 1, 2 and 4.

    Args:
        hdr: Linear RGB.
        key: The luminance that the average becomes: 0.18 is a grey card, 0.09 a night scene, 0.36 snow.
        saturation: 1 keeps the colours, 0 gives grey.
        statistics: What to know of the image, as `measure_light` gives it; without it, the image is measured.
    """
    light = known_light(hdr, statistics)
    scale = np.float32(key / light.log_mean)
    white = np.float32(key / light.log_mean * light.high)

    def curve(rgb: np.ndarray) -> np.ndarray:
        lit = luminance(rgb)
        scaled = lit * scale
        return encode_srgb(recolor(rgb, lit, scaled * (1 + scaled / (white * white)) / (1 + scaled), saturation))

    return in_strips(curve, hdr)


def reinhard(
    hdr: np.ndarray,
    *,
    intensity: float,
    light_adaptation: float,
    color_adaptation: float,
    statistics: np.ndarray | None = None,
) -> np.ndarray:
    """Respond to the light as the eye's receptors do: V = I / (I + (f Ia) ** m).

    Reinhard & Devlin 2005, with the parameters of OpenCV's `createTonemapReinhard`. The response to
    the luminance is shown as it is: a grey image equals OpenCV's at gamma 1. The colours keep their hue; OpenCV's,
    which come from three separate responses, shift it and are garish in the shadows.

    Args:
        hdr: Linear RGB.
        intensity: Brightness; f = exp(-intensity).
        light_adaptation: 1 adapts to each pixel, 0 to the mean of the image.
        color_adaptation: 1 adapts each channel by itself, which takes colour away; 0 all three by the luminance.
        statistics: What to know of the image, as `measure_light` gives it; without it, the image is measured.
    """
    light = known_light(hdr, statistics)
    span = np.log(light.high / min(light.low, light.high / REINHARD_LEAST_RANGE))
    key = np.clip(np.log(light.high / light.log_mean) / span, 0, 1)
    power = np.float32(0.3 + 0.7 * key**1.4)
    gain = np.float32(np.exp(-intensity))
    by_color, by_light = np.float32(color_adaptation), np.float32(light_adaptation)
    mean_luminance = luminance(light.mean_rgb)
    mean_rgb = by_color * light.mean_rgb + (1 - by_color) * mean_luminance

    def adapt(local: np.ndarray, mean: np.ndarray) -> np.ndarray:
        drive = local * (gain * by_light)
        drive += mean * (gain * (1 - by_light))
        return raise_to(drive, power)

    white = np.float32(light.high)
    brightest = white / (white + adapt(white.reshape(1), mean_luminance))

    def curve(rgb: np.ndarray) -> np.ndarray:
        lit = luminance(rgb)
        adapted = adapt(lit, mean_luminance)
        shown = decode_srgb(np.minimum(lit / np.maximum(lit + adapted, TINY) / brightest, 1))
        if color_adaptation > 0:
            planes = split(rgb)
            local = by_color * planes
            local += (1 - by_color) * lit
            own = adapt(local, mean_rgb[:, np.newaxis, np.newaxis])
            planes *= np.divide(adapted, np.maximum(own, TINY, out=own), out=own)
            rgb = join(planes)
            lit = luminance(rgb)
        return encode_srgb(recolor(rgb, lit, shown, 1))

    return in_strips(curve, hdr)


def mantiuk(hdr: np.ndarray, *, scale: float, saturation: float, statistics: np.ndarray | None = None) -> np.ndarray:
    """Scale the eye's response to every contrast in the image.

    Mantiuk et al. 2006, contrast mapping. Scaling the response R = a G ** p to a contrast G in log luminance scales G
    itself by scale ** (1 / p). All contrasts being scaled alike, the luminance that has them exists: it is the old one
    to that power, and their least-squares problem needs no solver. (OpenCV's solver ends within 0.0005 of it.)

    Args:
        hdr: Linear RGB.
        scale: The response to a contrast after tone mapping, relative to that before.
        saturation: 1 keeps the colours, 0 gives grey.
        statistics: What to know of the image, as `measure_light` gives it; without it, the image is measured.
    """
    light = known_light(hdr, statistics)
    power = np.float32(scale ** (1 / RESPONSE_POWER))
    white = np.float32(light.high)
    low = light.low / light.high
    # Flattened shadows are grey: a toe takes off what the darkest have gained on white.
    toe = np.float32(low**power - low)

    def curve(rgb: np.ndarray) -> np.ndarray:
        lit = luminance(rgb)
        mapped = raise_to(lit / white, power)
        mapped *= mapped * (1 + toe) / np.maximum(mapped + toe, TINY)
        return encode_srgb(recolor(rgb, lit, mapped, saturation))

    return in_strips(curve, hdr)


def drago(hdr: np.ndarray, *, bias: float, saturation: float, statistics: np.ndarray | None = None) -> np.ndarray:
    """Take the logarithm of the luminance, to a base from 2 in the shadows to 10 in the highlights.

    Drago et al. 2003, equation 4, with the parameters of OpenCV's `createTonemapDrago`.

    Args:
        hdr: Linear RGB.
        bias: How soon the base grows: lower values give brighter pictures with paler highlights.
        saturation: 1 keeps the colours, 0 gives grey.
        statistics: What to know of the image, as `measure_light` gives it; without it, the image is measured.
    """
    light = known_light(hdr, statistics)
    mean = np.float32(light.log_mean)
    brightest = np.float32(light.high / light.log_mean)
    power = np.float32(np.log(bias) / np.log(0.5))
    white = np.log1p(brightest) / np.log(np.float32(10))

    def curve(rgb: np.ndarray) -> np.ndarray:
        lit = luminance(rgb)
        adapted = lit / mean
        base = raise_to(np.minimum(adapted / brightest, 1), power)
        mapped = _log1p(adapted) / np.log(2 + 8 * base) / white
        return encode_srgb(recolor(rgb, lit, raise_to(mapped, DRAGO_CONTRAST), saturation))

    return in_strips(curve, hdr)


def _log1p(light: np.ndarray) -> np.ndarray:
    """Compute log(1 + light), float32, at least 0; numpy's own does so number by number."""
    above = 1 + light
    # What the sum has lost of `light`, by the slope of the logarithm.
    return np.log(above) + (light - (above - 1)) / above
