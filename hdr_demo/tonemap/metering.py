"""Meter an HDR image: how dark, how bright, how coloured it is as a whole.

The statistics are taken from a small copy of the image, and from percentiles rather than extremes, so that a preview
and an export agree and one hot pixel darkens nothing.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from hdr_demo.color import luminance

# Larger images are averaged down to this many pixels on their longer side before they are measured.
METER_SIDE = 512

# Share of the lit pixels, in per cent, that may lie below `low` and above `high`.
TAIL_PERCENT = 0.5

# The input's white. An image without a white is not brightened until it has one.
WHITE = 1.0

# A pixel this many times darker than the brightest ones says nothing about the scene: black bars, a dead sensor pixel.
BLACK_RATIO = 2.0**-14

# Keeps the logarithm of a channel that is dark throughout finite.
DARKEST = 1e-30


@dataclass(frozen=True)
class Meter:
    """What an operator needs to know of the whole image.

    Attributes:
        low: The darkest luminance that counts, linear.
        log_mean: The geometric mean of the luminance, linear.
        high: The brightest luminance that counts, linear; at least `WHITE`.
        mean_rgb: The mean colour, linear RGB, float32, (3,), each pixel weighed at most as much as `high`.
    """

    low: float
    log_mean: float
    high: float
    mean_rgb: np.ndarray

    def to_logs(self) -> np.ndarray:
        """Give the statistics as numbers that may be averaged: natural logarithms, float64, (6,)."""
        return np.log(np.maximum([self.low, self.log_mean, self.high, *self.mean_rgb], DARKEST, dtype=np.float64))

    @classmethod
    def from_logs(cls, logs: np.ndarray) -> "Meter":
        """Undo `to_logs`."""
        low, log_mean, high, *mean_rgb = np.exp(logs)
        return cls(float(low), float(log_mean), max(float(high), WHITE), np.float32(mean_rgb))


def meter(hdr: np.ndarray) -> Meter:
    """Measure the luminance of an HDR image as a whole.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf), finite.

    Returns:
        The statistics; of a black image those of one whose every pixel is white (1.0).
    """
    small = shrink(hdr, METER_SIDE)
    lit = np.sort(luminance(small), axis=None)
    high = _bright_end(lit)
    lit = lit[lit > high * BLACK_RATIO]
    if lit.size == 0:
        return Meter(WHITE, WHITE, WHITE, np.full(3, WHITE, np.float32))
    return Meter(
        low=percentile(lit, TAIL_PERCENT),
        log_mean=float(np.exp(np.log(np.minimum(lit, high), dtype=np.float64).mean())),
        high=high,
        mean_rgb=np.minimum(small, np.float32(high)).mean(axis=(0, 1)),
    )


def measure_bright_end(light: np.ndarray) -> float:
    """Measure the brightest luminance of an image that counts, which is `Meter.high`.

    Args:
        light: Luminance, float32, (H, W), [0, inf), finite.

    Returns:
        It, at least white (1.0).
    """
    return _bright_end(np.sort(shrink(light, METER_SIDE), axis=None))


def _bright_end(ordered: np.ndarray) -> float:
    return max(percentile(ordered[ordered > 0], 100 - TAIL_PERCENT), WHITE)


def has_light(hdr: np.ndarray) -> bool:
    """Tell whether anything of an image can be measured; the statistics of a black one are a convention.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf), finite.
    """
    return bool(luminance(shrink(hdr, METER_SIDE)).max() > WHITE * BLACK_RATIO)


def measure_light(hdr: np.ndarray, **_: float) -> np.ndarray:
    """Measure an image for the operators that need no more than a `Meter`.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf), finite.
        **_: The operator's parameters, which change nothing.

    Returns:
        `Meter.to_logs` of it, float64, (6,).
    """
    return meter(hdr).to_logs()


def known_light(hdr: np.ndarray, statistics: np.ndarray | Meter | None) -> Meter:
    """Take the statistics that are given, or measure the image.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf), finite.
        statistics: As `measure_light` gives them, or a `Meter`, or None.

    Returns:
        What an operator needs to know.
    """
    if isinstance(statistics, Meter):
        return statistics
    return meter(hdr) if statistics is None else Meter.from_logs(statistics)


def percentile(ordered: np.ndarray, percent: float) -> float:
    """Give the value that `percent` of an ascending array lie below: one of its own (no interpolation), 0 of none."""
    return 0.0 if ordered.size == 0 else float(ordered[int((ordered.size - 1) * percent / 100)])


def shrink(image: np.ndarray, side: int) -> np.ndarray:
    """Average an image down until its longer side is at most `side`.

    Args:
        image: float32, (H, W) or (H, W, C).
        side: Pixels.

    Returns:
        float32, at most `side` pixels on the longer side; the image itself where it is small enough.
    """
    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
