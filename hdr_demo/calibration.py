"""From what the network says to an HDR image in the photo's own units: 1.0 is the photo's white.

Where the photo is not clipped it is itself the best measurement of the light, so the HDR image is the photo, decoded
from sRGB. Where it is clipped, the network's estimate takes over, never darker than the photo.
"""

from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from hdr_demo.color import brightest_channel, darkest_channel, decode_srgb, luminance
from hdr_demo.metrics import WELL_EXPOSED, clipped_mask
from hdr_demo.reading import Reading
from hdr_demo.strips import in_strips

# What has the arithmetic of an array: the same weights serve inference and the loss.
Array = TypeVar("Array")

SCALES = ("calibrated", "radiometric", "paper")

# Below 0.85 of white the photo counts alone, at white the network; Eilertsen et al. 2017 (HDRCNN), section 3.2, blend
# from 0.95, but cameras bend the last stop (a shoulder) and JPEG scatters white.
BLEND_FROM, BLEND_TO = 0.85, 1.0

# Scale and slope: 26.04 dB PU21-PSNR on held-out views with the published weights; the scale alone: 24.94 dB
# (benchmarks/calibration.py).
FITTED_PIXELS = 200_000
SLOPES = (0.5, 3.0)  # a line outside is a fit gone wrong; the published weights give 0.6 to 1.3 on photographs

# A response is read from so many codes: what 8 bits distinguish in the middle of their range despite noise.
RESPONSE_CODES = 64
DARKEST_LIGHT = 1e-6

# What is kept of the colour (in log ratios to the luminance) where all channels are lost. On held-out views this costs
# 0.05 dB against all of it; but a window or a wall then has no tint that is plainly a guess.
KEPT_COLOR = 0.4


@dataclass(frozen=True)
class Fit:
    """How a network's answer becomes light: light = gain * decoded ** slope.

    Attributes:
        gain: 1 for an absolute reading.
        slope: Likewise.
        response: The response that decodes the photo, as `fit_response` gives it; None is sRGB.
    """

    gain: float = 1.0
    slope: float = 1.0
    response: np.ndarray | None = None


def prepare_input(ldr: np.ndarray, scale: str) -> np.ndarray:
    """Give the network its input: the photo itself, or stretched to [0, 1] as the published command line does.

    Args:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        scale: One of `SCALES`.

    Returns:
        Display-encoded, float32, (H, W, 3), [0, 1].
    """
    return stretch(ldr) if scale == "paper" else ldr


def needs_network(ldr: np.ndarray) -> np.ndarray:
    """Say which pixels the network changes in "calibrated" with an absolute reading: those above 0.85 of white.

    Args:
        ldr: The photo, display-encoded sRGB, float32, (H, W, 3), [0, 1].

    Returns:
        bool, (H, W).
    """
    return in_strips(lambda strip: brightest_channel(strip) > BLEND_FROM, ldr)


def fit(raw: np.ndarray, ldr: np.ndarray, reading: Reading, scale: str = "calibrated") -> Fit:
    """Fit what a scale needs to a photo.

    Args:
        raw: The network's own scale, float32, (H, W, 3), [0, 1].
        ldr: The photo, display-encoded sRGB, float32, (H, W, 3), [0, 1].
        reading: How the checkpoint's output is to be read.
        scale: "calibrated" or "radiometric".

    Returns:
        What `calibrate` needs.
    """
    gain, slope = fit_photo(raw, ldr, reading) if reading.kind == "relative" else (1.0, 1.0)
    response = fit_response(raw, ldr, reading, gain=gain, slope=slope) if scale == "radiometric" else None
    return Fit(gain, slope, response)


def calibrate(
    raw: np.ndarray,
    ldr: np.ndarray,
    reading: Reading,
    scale: str = "calibrated",
    *,
    fitted: Fit | None = None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Turn what the network says about a photo into an HDR image.

    Args:
        raw: The network's own scale, float32, (H, W, 3), [0, 1].
        ldr: The photo, display-encoded sRGB, float32, (H, W, 3), [0, 1].
        reading: How the checkpoint's output is to be read.
        scale: "calibrated": 1.0 is the photo's white, and the unclipped photo is kept. "radiometric": the
            same unit, but the photo is decoded by the response that the network reads from it. "paper": the published
            behaviour, the output stretched to [0, 1] by its minimum and maximum, in no unit.
        fitted: What `fit` gives, or a mean of what it gives for several frames; without it, the photo's own.
        out: Where the result goes, float32, (H, W, 3); it may be `raw`. Without it, into a new array. Not for "paper".

    Returns:
        `hdr`, linear RGB, float32, (H, W, 3), [0, inf).
    """
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}, not {scale!r}")
    if raw.shape != ldr.shape:
        raise ValueError(f"raw and ldr must have one shape, not {raw.shape} and {ldr.shape}")
    if scale == "paper":
        return stretch(reading.decode(raw))
    fitted = fitted or fit(raw, ldr, reading, scale)
    decode = decode_srgb if fitted.response is None else partial(decode_response, stops=fitted.response)

    def strip(raw: np.ndarray, ldr: np.ndarray) -> np.ndarray:
        photo, weight = decode(ldr), blend_weight(ldr)
        if not weight.any():  # most of most photos
            return photo
        estimate = read_light(raw, reading, fitted)
        # Powers are slow, and in most photos few pixels have lost all channels.
        lost = darkest_channel(weight)
        some = lost > 0
        if some.any():
            estimate = np.array(estimate)  # which may be `raw` itself
            estimate[some] = mute_color(estimate[some], lost[some][:, np.newaxis])
        return blend(estimate, photo, weight)

    return in_strips(strip, raw, ldr, out=out)


def read_light(raw: np.ndarray, reading: Reading, fitted: Fit) -> np.ndarray:
    """Read the network's answer as light in the photo's unit.

    Args:
        raw: The network's own scale, float32, any shape, [0, 1].
        reading: How the checkpoint's output is to be read.
        fitted: What `fit` gives.

    Returns:
        Linear, float32, the same shape, [0, inf); 1.0 is the photo's white.
    """
    light = reading.decode(raw)
    if (fitted.gain, fitted.slope) == (1.0, 1.0):
        return light
    return np.float32(fitted.gain) * light ** np.float32(fitted.slope)


def blend(estimate: np.ndarray, photo: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Join the photo and the network's estimate of its light.

    A sensor clips each channel by itself. Where red alone is lost, green and blue are still measured, so each channel
    has its own weight, and a pixel is touched only where its brightest channel exceeds 0.85. On held-out views the
    brightest channel's weight for all three is as good, to 0.02 dB and 0.004 stops (benchmarks/calibration.py).

    Args:
        estimate: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the photo's white.
        photo: The decoded photo, linear RGB, float32, (H, W, 3), [0, inf).
        weight: How much the estimate counts, float32, (H, W, 3) or (H, W, 1), [0, 1].

    Returns:
        Linear RGB, float32, (H, W, 3), [0, inf); the photo where the weight is 0, and nowhere darker than that.
    """
    return photo + weight * np.maximum(estimate - photo, 0)


def mute_color(light: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Take colour away where all three channels were lost, and nothing tells what it was.

    Args:
        light: Linear RGB, float32, (..., 3), [0, inf).
        weight: How much was lost, float32, (..., 1), [0, 1].

    Returns:
        Linear RGB, float32, (..., 3), [0, inf), of nearly the same luminance.
    """
    grey = np.maximum(luminance(light), DARKEST_LIGHT)[..., np.newaxis]
    return grey * (light / grey) ** (1 - weight * np.float32(1 - KEPT_COLOR))


def fit_response(
    raw: np.ndarray, ldr: np.ndarray, reading: Reading, *, gain: float = 1.0, slope: float = 1.0
) -> np.ndarray:
    """Find the camera's response that the network sees in a photo: how much light a code stands for.

    What the network says of one pixel is noisy; what it says of all pixels with one code is not. The medians over equal
    codes are made monotone by pooling neighbours that are out of order (isotonic regression, Barlow et al. 1972).
    Clipped pixels have no say: the response ends at white, which is 1.0 by definition.

    Args:
        raw: The network's own scale, float32, (H, W, 3), [0, 1].
        ldr: The photo, display-encoded, float32, (H, W, 3), [0, 1].
        reading: How the checkpoint's output is to be read.
        gain: Light is gain * decoded ** slope; as `fit_photo` gives it for a relative reading.
        slope: Likewise.

    Returns:
        log2 of the light for each of `RESPONSE_CODES` equally spaced codes from 0 to 1, float32, ascending to 0.
    """
    step = max(1, int((ldr.shape[0] * ldr.shape[1] / FITTED_PIXELS) ** 0.5))
    photo, said = ldr[::step, ::step], raw[::step, ::step]
    seen = ~clipped_mask(photo)
    codes = np.rint(photo[seen].ravel() * (RESPONSE_CODES - 1)).astype(np.intp)
    stops = np.log2(np.maximum(reading.decode(said[seen]), DARKEST_LIGHT)).ravel()
    order = np.lexsort((stops, codes))
    codes, stops = codes[order], stops[order]
    known, first, count = np.unique(codes, return_index=True, return_counts=True)
    medians = stops[first + count // 2]
    pooled: list[tuple[float, int, int]] = []  # value, weight in pixels, how many codes share it
    for value, weight in zip(medians.tolist(), count.tolist(), strict=True):
        share = 1
        while pooled and pooled[-1][0] > value:
            before, pixels, codes_before = pooled.pop()
            value = (before * pixels + value * weight) / (pixels + weight)
            weight, share = weight + pixels, share + codes_before
        pooled.append((value, weight, share))
    levels = np.repeat([value for value, _, _ in pooled], [share for _, _, share in pooled])
    levels = np.minimum(slope * levels + np.log2(gain), 0.0)
    dark = known < RESPONSE_CODES - 1
    curve = np.interp(np.arange(RESPONSE_CODES), [*known[dark], RESPONSE_CODES - 1], [*levels[dark], 0.0])
    return curve.astype(np.float32)


def decode_response(ldr: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Decode a photo by a response.

    Args:
        ldr: Display-encoded, float32, any shape, [0, 1].
        stops: As `fit_response` gives it.

    Returns:
        Linear, float32, the same shape, (0, inf).
    """
    position = np.clip(ldr, 0, 1) * np.float32(len(stops) - 1)
    below = np.minimum(position.astype(np.int32), len(stops) - 2)
    position -= below
    position *= np.diff(stops).take(below)
    position += stops.take(below)
    return np.exp2(position, out=position)


def blend_weight(ldr: Array) -> Array:
    """Say how much the network counts: smoothly from 0 at 0.85 to 1 at white.

    Args:
        ldr: Display-encoded sRGB, float32, any shape, numpy or torch, [0, 1].

    Returns:
        float32, the same shape, [0, 1].
    """
    return smooth_step((ldr - BLEND_FROM) / (BLEND_TO - BLEND_FROM))


def smooth_step(ramp: Array) -> Array:
    """Bend a ramp from 0 to 1 so that it starts and ends level (a cubic, Perlin 1985).

    Args:
        ramp: float, any shape, numpy or torch; clipped to [0, 1].

    Returns:
        float, the same shape, [0, 1].
    """
    ramp = ramp.clip(0, 1)
    return ramp * ramp * (3 - 2 * ramp)


def fit_photo(raw: np.ndarray, ldr: np.ndarray, reading: Reading) -> tuple[float, float]:
    """Fit a relative output to the photo: a line between log luminances, on the well-exposed pixels.

    Args:
        raw: The network's own scale, float32, (H, W, 3), [0, 1].
        ldr: The photo, display-encoded sRGB, float32, (H, W, 3), [0, 1].
        reading: How the checkpoint's output is to be read.

    Returns:
        Gain and slope: light = gain * decoded ** slope. The slope is 1 where the photo has no contrast to fit.
    """
    step = max(1, int((ldr.shape[0] * ldr.shape[1] / FITTED_PIXELS) ** 0.5))
    said = luminance(reading.decode(raw[::step, ::step])).ravel()
    small = ldr[::step, ::step]
    seen = luminance(decode_srgb(small)).ravel()
    good = (
        (seen > WELL_EXPOSED[0])
        & (seen < WELL_EXPOSED[1])
        & (brightest_channel(small).ravel() < BLEND_FROM)
        & (said > 0)
    )
    if not good.any():
        good = said > 0
    if not good.any():
        return 1.0, 1.0
    x, y = np.log2(said[good], dtype=np.float64), np.log2(np.maximum(seen[good], 1e-4), dtype=np.float64)
    variance = x.var()
    slope = np.clip(np.mean((x - x.mean()) * (y - y.mean())) / variance, *SLOPES) if variance > 1e-3 else 1.0
    return float(np.exp2(y.mean() - slope * x.mean())), float(slope)


def stretch(image: np.ndarray) -> np.ndarray:
    """Map an image's minimum to 0 and its maximum to 1; a constant image stays as it is.

    Args:
        image: float32, any shape.

    Returns:
        float32, the same shape, [0, 1].
    """
    low, high = image.min(), image.max()
    return (image - low) / (high - low) if high > low else image
