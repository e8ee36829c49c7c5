"""Light as colour: one flat colour for each stop, blue below the photo's white and orange above it."""

import html
from collections.abc import Iterable

import numpy as np

from hdr_demo.color import luminance
from hdr_demo.ui.text import say_stops

LOWEST_STOPS, HIGHEST_STOPS = -8, 7

# Anchors of ColorBrewer's diverging scheme PuOr (Harrower & Brewer 2003), which colour-blind people can read, with blue
# in place of purple: from dark to pale below white, from pale to dark above it. Display-encoded sRGB, 8 bit.
_BELOW = ((8, 29, 88), (34, 94, 168), (65, 150, 196), (140, 200, 220), (222, 236, 244))
_ABOVE = ((254, 224, 182), (253, 184, 99), (224, 130, 20), (179, 88, 6), (110, 40, 4))


def _spread(anchors: tuple[tuple[int, int, int], ...], count: int) -> np.ndarray:
    places = np.linspace(0, len(anchors) - 1, count)
    return np.stack(
        [np.interp(places, range(len(anchors)), channel) for channel in zip(*anchors, strict=True)], axis=-1
    )


# A colour for each stop: row 0 is all light up to LOWEST_STOPS + 1, the last row all light from HIGHEST_STOPS - 1.
COLORS = (np.concatenate([_spread(_BELOW, -LOWEST_STOPS), _spread(_ABOVE, HIGHEST_STOPS)]) / 255).astype(np.float32)


def paint_stops(hdr: np.ndarray) -> np.ndarray:
    """Paint each pixel in the colour of its luminance.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1]; only rows of `COLORS` occur.
    """
    stops = np.log2(np.maximum(luminance(hdr), np.float32(2.0**LOWEST_STOPS)))
    # One per mille of tolerance: what a photo's white decodes to belongs to the stop that ends there.
    row = np.ceil(stops - 1e-3).astype(np.intp) - 1 - LOWEST_STOPS
    return COLORS[np.clip(row, 0, len(COLORS) - 1)]


def draw_legend(title: str) -> str:
    """Draw what the colours mean, as HTML.

    Args:
        title: What the numbers are.
    """
    numbers = range(LOWEST_STOPS + 2, HIGHEST_STOPS, 2)
    return draw_scale(COLORS, (LOWEST_STOPS, HIGHEST_STOPS), numbers, title)


def draw_scale(colors: np.ndarray, ends: tuple[float, float], numbers: Iterable[int], title: str) -> str:
    """Draw a strip of colours with stops below it, as HTML.

    Args:
        colors: From left to right, display-encoded sRGB, float32, (N, 3), [0, 1].
        ends: The stops at its left and its right end.
        numbers: The stops that are written.
        title: What the numbers are.
    """
    cells = "".join(f'<i style="background:{css_color(color)}"></i>' for color in colors)
    low, high = ends
    ticks = "".join(
        f'<span style="left:{100 * (stops - low) / (high - low):.2f}%">{say_stops(stops)}</span>' for stops in numbers
    )
    return (
        f'<div class="legend" role="img" aria-label="{html.escape(title)}"><div class="cells">{cells}</div>'
        f'<div class="ticks" aria-hidden="true">{ticks}</div><div class="axis">{html.escape(title)}</div></div>'
    )


def css_color(color: np.ndarray) -> str:
    """Write a colour, display-encoded sRGB, float32, (3,), [0, 1], as CSS does."""
    return f"rgb({','.join(str(round(255 * float(channel))) for channel in color)})"
