"""The log-luminance histogram of a photo and its HDR image, drawn as HTML that any width, screen and theme suits."""

import html
from dataclasses import dataclass

import numpy as np

from hdr_demo.color import luminance
from hdr_demo.ui.text import say_stops

LOWEST_STOPS, HIGHEST_STOPS = -12, 8
BINS_PER_STOP = 4
LABEL_EVERY_STOPS = 2
DRAWING_HEIGHT = 100.0
TOLERANCE_STOPS = np.float32(1e-3)


@dataclass(frozen=True)
class Histogram:
    """How much of an image has how much light.

    Attributes:
        edges: Between the bins, in stops relative to white, float64, (bins + 1,).
        photo: Share of the photo's pixels in each bin, float64, (bins,).
        hdr: Share of the HDR image's pixels in each bin, float64, (bins,).
    """

    edges: np.ndarray
    photo: np.ndarray
    hdr: np.ndarray


def count_light(photo: np.ndarray, hdr: np.ndarray) -> Histogram:
    """Count the pixels of each luminance; what is darker or brighter than the ends counts there.

    Args:
        photo: Linear RGB, float32, (H, W, 3), [0, 1].
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the photo's white.

    Returns:
        The histograms of both, over the same bins.
    """
    edges = np.linspace(LOWEST_STOPS, HIGHEST_STOPS, (HIGHEST_STOPS - LOWEST_STOPS) * BINS_PER_STOP + 1)
    return Histogram(edges, _shares(photo, edges), _shares(hdr, edges))


def draw_histogram(histogram: Histogram, *, title: str, alt: str, axis: str, clip: str, photo: str, hdr: str) -> str:
    """Draw a histogram as HTML.

    Args:
        histogram: What `count_light` gave.
        title: Above the drawing.
        alt: What the drawing says, for those who do not see it.
        axis: What the numbers below it are.
        clip: What the mark at white says.
        photo: The name of the first curve.
        hdr: The name of the second curve.

    Returns:
        HTML; its classes are styled in style.css.
    """
    # A square root keeps a few bright pixels visible beside many dark ones.
    highest = max(histogram.photo.max(), histogram.hdr.max(), 1e-9) ** 0.5
    curves = "".join(
        f'<path class="{name}" d="{_outline(shares**0.5 / highest, histogram.edges)}"/>'
        for name, shares in (("photo", histogram.photo), ("hdr", histogram.hdr))
    )
    ticks = range(LOWEST_STOPS, HIGHEST_STOPS + 1, LABEL_EVERY_STOPS)
    lines = "".join(f'<line x1="{stops}" x2="{stops}" y1="0" y2="{DRAWING_HEIGHT}"/>' for stops in ticks)
    numbers = "".join(f'<span style="left:{_percent(stops):.2f}%">{say_stops(stops)}</span>' for stops in ticks)
    width = HIGHEST_STOPS - LOWEST_STOPS
    return (
        f'<figure class="histogram"><figcaption>{html.escape(title)}'
        f'<span class="key photo">{html.escape(photo)}</span>'
        f'<span class="key hdr">{html.escape(hdr)}</span></figcaption>'
        f'<div class="plot"><svg viewBox="{LOWEST_STOPS} 0 {width} {DRAWING_HEIGHT}" preserveAspectRatio="none" '
        f'role="img" aria-label="{html.escape(alt)}">{lines}{curves}'
        f'<line class="clip" x1="0" x2="0" y1="0" y2="{DRAWING_HEIGHT}"/></svg>'
        f'<span class="clip" style="left:{_percent(0):.2f}%">{html.escape(clip)}</span></div>'
        f'<div class="ticks" aria-hidden="true">{numbers}</div><div class="axis">{html.escape(axis)}</div></figure>'
    )


def _shares(linear: np.ndarray, edges: np.ndarray) -> np.ndarray:
    stops = np.log2(np.maximum(luminance(linear), np.float32(2.0**LOWEST_STOPS)))
    # White itself counts below the mark at white: it is the last light that the photo has.
    counts, _ = np.histogram(np.clip(stops - TOLERANCE_STOPS, edges[0], edges[-1]), edges)
    return counts / stops.size


def _outline(heights: np.ndarray, edges: np.ndarray) -> str:
    steps = "".join(
        f"L{start:g} {DRAWING_HEIGHT * (1 - height):.2f}L{end:g} {DRAWING_HEIGHT * (1 - height):.2f}"
        for height, start, end in zip(heights, edges[:-1], edges[1:], strict=True)
    )
    return f"M{edges[0]:g} {DRAWING_HEIGHT}{steps}L{edges[-1]:g} {DRAWING_HEIGHT}Z"


def _percent(stops: float) -> float:
    return 100 * (stops - LOWEST_STOPS) / (HIGHEST_STOPS - LOWEST_STOPS)
