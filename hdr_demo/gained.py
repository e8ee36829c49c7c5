"""What a photo lost, and what its HDR image has of it."""

from dataclasses import dataclass

import numpy as np

from hdr_demo.color import decode_srgb, luminance
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.metrics import clipped_mask, luminance_range_stops
from hdr_demo.strips import in_strips

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
    had, has = in_strips(lambda ldr: luminance(decode_srgb(ldr)), expanded.ldr), in_strips(luminance, expanded.hdr)
    gained = has[clipped] >= had[clipped] * np.float32(2.0**RECOVERED_STOPS)
    recovered = float(np.mean(gained)) if clipped.any() else 0.0
    brightest = float(np.percentile(has, BRIGHTEST_PERCENTILE))
    return Measures(
        photo_range=luminance_range_stops(had),
        hdr_range=luminance_range_stops(has),
        clipped=float(clipped.mean()),
        recovered=recovered,
        brightest_stops=float(np.log2(max(brightest, 2.0**-16))),
    )
