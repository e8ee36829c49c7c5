"""Gain maps (ISO 21496-1): the light that an ordinary picture lacks, as a second picture that multiplies it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from hdr_demo.color import decode_bt709, decode_srgb
from hdr_demo.strips import in_strips, over_strips

# What is added to both renditions so that black has a ratio: the value of Adobe's specification and of Android.
OFFSET = 1 / 64
# A headroom of 0 would divide by zero in a reader; so little more than white shows everywhere.
_LEAST_HEADROOM = 0.01
# From the darkest to the brightest that PQ knows there are 27.
_MOST_STOPS = 32
_DIGITS = 6
_DITHER_SIDE = 256


@dataclass(frozen=True)
class GainMap:
    """What a gain map's codes mean. Numbers of three are for red, green and blue.

    Attributes:
        low: The gain of code 0, in stops.
        high: The gain of code 255, in stops.
        gamma: Codes, over 255, are the gain's place between `low` and `high` to this power.
        base_offset: Added to the base image, linear, before the gain.
        alternate_offset: Taken from the product.
        base_headroom: How many stops above its white the base image was made for: 0 for an ordinary screen.
        headroom: From how many stops on a screen shows the whole gain.
        in_base_colours: Whether the gain belongs to the primaries of the base image, not to those of the map's profile.
        apple: Whether the codes are those of Apple's own gain maps, which have only a headroom.
    """

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    gamma: tuple[float, float, float] = (1.0, 1.0, 1.0)
    base_offset: tuple[float, float, float] = (OFFSET,) * 3
    alternate_offset: tuple[float, float, float] = (OFFSET,) * 3
    base_headroom: float = 0.0
    headroom: float = 1.0
    in_base_colours: bool = True
    apple: bool = False

    def stops(self) -> np.ndarray:
        """Tabulate the gain of each code.

        ISO 21496-1, section 6.3; of Apple's own maps "Applying Apple HDR effect to your photos" (Apple, 2023): the
        code, linearised as BT.709 is, goes from a factor of 1 to the headroom.

        Returns:
            float32, (256, 3), in stops.
        """
        places = np.arange(256) / 255
        if self.apple:
            gain = np.log2(1 + (2**self.headroom - 1) * decode_bt709(places))
            return np.stack([gain] * 3, -1).astype(np.float32)
        rows = zip(self.low, self.high, self.gamma, strict=True)
        return np.stack([places ** (1 / gamma) * (high - low) + low for low, high, gamma in rows], -1).astype(
            np.float32
        )

    def is_sound(self) -> bool:
        """Tell whether the numbers can be computed with, and mean an HDR rendition beside an ordinary base image."""
        rows = (self.low, self.high, self.gamma, self.base_offset, self.alternate_offset)
        numbers = [*(number for row in rows for number in row), self.base_headroom, self.headroom]
        return (
            all(math.isfinite(number) and abs(number) <= _MOST_STOPS for number in numbers)
            and min(self.gamma) > 0
            and self.headroom > self.base_headroom
        )


def measure_gain(
    base: np.ndarray, hdr: np.ndarray, limit: Callable[[np.ndarray], np.ndarray] = lambda light: light
) -> tuple[np.ndarray, GainMap]:
    """Find the gain from a base image to an HDR picture.

    One range for the three channels keeps the map nearly grey, which is small as a JPEG. The codes are dithered: a
    range of ten stops has steps of 1/25 stop, which a clear sky would show as bands. The gain is computed twice, to
    find its range and to encode it, because that takes less time than memory for it would take memory.

    Args:
        base: The codes that a reader will decode, display-encoded sRGB, uint8, (H, W, 3).
        hdr: Linear BT.709 RGB, float32, (H, W, 3), [0, inf).
        limit: What is done to a few rows of `hdr` first.

    Returns:
        The map, uint8, (H, W, 3), and what its codes mean.
    """
    table = decode_srgb(np.arange(256, dtype=np.float32) / 255) + np.float32(OFFSET)

    def find_gain(base: np.ndarray, light: np.ndarray) -> np.ndarray:
        return np.log2((light + np.float32(OFFSET)) / np.take(table, base))

    def find_range(base: np.ndarray, hdr: np.ndarray) -> tuple[np.float32, np.float32, np.float32]:
        light = limit(hdr)
        gain = find_gain(base, light)
        return gain.min(), gain.max(), light.max()

    lowest, highest, brightest = zip(*over_strips(find_range, base, hdr), strict=True)
    low = math.floor(float(min(lowest)) * 10**_DIGITS) / 10**_DIGITS
    high = math.ceil(float(max(highest)) * 10**_DIGITS) / 10**_DIGITS
    headroom = round(max(math.log2(max(float(max(brightest)), 1.0)), _LEAST_HEADROOM), _DIGITS)

    encode = _rounding(hdr.shape[1])

    def place(base: np.ndarray, hdr: np.ndarray, rows: np.ndarray) -> np.ndarray:
        gain = find_gain(base, limit(hdr))
        gain -= np.float32(low)
        gain *= np.float32(1 / max(high - low, 1e-6))
        return encode(gain, rows)

    codes = in_strips(place, base, hdr, np.arange(len(hdr)))
    return codes, GainMap((low,) * 3, (high,) * 3, headroom=headroom)


def to_codes(values: np.ndarray) -> np.ndarray:
    """Round to 8 bits with a dither of one step, the same for equal pictures.

    Args:
        values: float32, (H, W, 3), [0, 1]; values outside are clipped.

    Returns:
        Codes, uint8, (H, W, 3). 0 and 1 stay what they are.
    """
    height, width, _ = values.shape
    return in_strips(_rounding(width), values, np.arange(height))


def _rounding(width: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Make what rounds some rows of a picture, given them and their numbers, as `to_codes` does."""
    noise = np.random.default_rng(0).random((_DITHER_SIDE, _DITHER_SIDE, 1), np.float32)
    across = np.tile(noise, (1, -(-width // _DITHER_SIDE), 1))[:, :width]

    def encode(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        values = np.fmin(np.fmax(values, 0), 1) * np.float32(255)
        return np.minimum(values + across[rows % _DITHER_SIDE], 255).astype(np.uint8)

    return encode


def apply_gain(
    base: np.ndarray, codes: np.ndarray, gain_map: GainMap, to_light: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Apply the whole gain, as on a screen with all the headroom that it asks for (ISO 21496-1, section 6.3).

    Args:
        base: The base image, uint8, (H, W, 3).
        codes: The map, uint8, (h, w, 3) of any size.
        gain_map: What its codes mean.
        to_light: Turns rows of the base image into linear light, float32, [0, 1].

    Returns:
        Linear RGB, float32, (H, W, 3).
    """
    height, width, _ = base.shape
    stops = gain_map.stops()
    base_offset, alternate_offset = (np.float32(row) for row in (gain_map.base_offset, gain_map.alternate_offset))
    if codes.shape == base.shape:
        told, to_gain = codes, partial(look_up, table=np.exp2(stops))
    else:
        told = cv2.resize(look_up(codes, stops), (width, height), interpolation=cv2.INTER_LINEAR).reshape(base.shape)
        to_gain = np.exp2
    return in_strips(lambda base, told: (to_light(base) + base_offset) * to_gain(told) - alternate_offset, base, told)


def look_up(codes: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Replace codes, uint8, (H, W, 3), by what a table, float32, (256, 3), has for them in each channel."""
    return cv2.LUT(codes, table[np.newaxis]).reshape(codes.shape)
