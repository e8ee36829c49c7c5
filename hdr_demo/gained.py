"""What a photo lost, and what its HDR image has of it."""

from dataclasses import dataclass

import numpy as np

from hdr_demo.color import decode_srgb, luminance
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.metrics import clipped_mask, dynamic_range_stops

# A clipped pixel counts as recovered from here on: the smallest step of a camera's exposure dial.
RECOVERED_STOPS = 1 / 3
BRIGHTEST_PERCENTILE = 99.9


@dataclass(frozen=True)
class Measures:
    """What a photo lost and its HDR image has.

    Attributes:
        photo_range: Dynamic range of the photo, in stops.
        hdr_range: Dynamic range of the HDR image, in stops.
        clipped: Share of the photo's pixels that are clipped, [0, 1].
        recovered: Share of the clipped pixels that got at least `RECOVERED_STOPS` more light, [0, 1].
        brightest_stops: The brightest 0.1 % of the HDR image, in stops above white.
    """

    photo_range: float
    hdr_range: float
    clipped: float
    recovered: float
    brightest_stops: float


def measure(expanded: ExpandedPhoto) -> Measures:
    """Measure a photo and its HDR image, every pixel of both."""
    clipped = clipped_mask(expanded.ldr)
    had, has = luminance(decode_srgb(expanded.ldr[clipped])), luminance(expanded.hdr[clipped])
    recovered = float(np.mean(has >= had * np.float32(2.0**RECOVERED_STOPS))) if clipped.any() else 0.0
    brightest = float(np.percentile(luminance(expanded.hdr), BRIGHTEST_PERCENTILE))
    return Measures(
        photo_range=dynamic_range_stops(decode_srgb(expanded.ldr)),
        hdr_range=dynamic_range_stops(expanded.hdr),
        clipped=float(clipped.mean()),
        recovered=recovered,
        brightest_stops=float(np.log2(max(brightest, 2.0**-16))),
    )
