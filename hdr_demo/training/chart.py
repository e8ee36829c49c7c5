"""Curves over the steps of a run, one panel below the other, as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, PANEL_HEIGHT = 960, 300
LEFT, RIGHT, TOP, BOTTOM = 76, 20, 34, 52  # margins for the labels, in pixels
FINER = 3  # drawn this much larger, then reduced: smooth lines
TICKS = 6
# Values outside these percentiles, mostly those of the first steps, leave the panel rather than flatten the rest.
SHOWN_PERCENTILES = (0.0, 98.0)

PAPER, INK, GRID = "white", "#333333", "#e2e2e2"
# Okabe & Ito 2008: blue and vermilion, which colour-blind people tell apart, and light grey for what is only noise.
COLORS = ("#c9d6df", "#0072b2", "#d55e00")


@dataclass(frozen=True)
class Curve:
    """One line.

    Attributes:
        label: What the key calls it.
        steps: Where, float, (n,), rising.
        values: What, float, (n,); NaN leaves a gap.
        color: As Pillow spells colours.
    """

    label: str
    steps: np.ndarray
    values: np.ndarray
    color: str


@dataclass(frozen=True)
class Panel:
    """Curves that share an axis.

    Attributes:
        label: Of the upright axis, with its unit.
        curves: Later ones lie above earlier ones.
    """

    label: str
    curves: Sequence[Curve]


def smooth(values: np.ndarray, span: int) -> np.ndarray:
    """Average each value with those before it, the older the less.

    Args:
        values: float, (n,).
        span: After how many values an old one counts for 1/e.

    Returns:
        float, (n,).
    """
    averaged, weight, total = np.empty(len(values)), 0.0, 0.0
    keep = np.exp(-1 / span)
    for place, value in enumerate(values):
        weight, total = keep * weight + 1, keep * total + value
        averaged[place] = total / weight
    return averaged


def draw_chart(panels: Sequence[Panel]) -> np.ndarray:
    """Draw panels over one axis of steps.

    Returns:
        Display-encoded sRGB, float32, (300 for each panel, 960, 3), [0, 1].
    """
    image = Image.new("RGB", (WIDTH * FINER, PANEL_HEIGHT * FINER * len(panels)), PAPER)
    last = max((curve.steps[-1] for panel in panels for curve in panel.curves if len(curve.steps)), default=1)
    for number, panel in enumerate(panels):
        _draw_panel(ImageDraw.Draw(image), panel, number * PANEL_HEIGHT, max(float(last), 1.0))
    return np.asarray(image.reduce(FINER), np.float32) / 255


def ticks(low: float, high: float) -> np.ndarray:
    """Choose round numbers within a range: 1, 2 or 5 times a power of ten apart."""
    rough = (high - low) / TICKS
    power = 10 ** np.floor(np.log10(rough))
    step = next(factor for factor in (1, 2, 5, 10) if factor * power >= rough) * power
    return np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step


def _draw_panel(draw: ImageDraw.ImageDraw, panel: Panel, top: int, last: float) -> None:
    font = ImageFont.load_default(13 * FINER)
    low, high = _range(panel.curves)
    across = np.array([LEFT, WIDTH - RIGHT]) * FINER
    down = np.array([top + PANEL_HEIGHT - BOTTOM, top + TOP]) * FINER

    def column(step: np.ndarray) -> np.ndarray:
        return np.interp(step, (0, last), across)

    def row(value: np.ndarray) -> np.ndarray:
        return down[0] + (value - low) / (high - low) * (down[1] - down[0])

    for value in ticks(low, high):
        draw.line([(across[0], row(value)), (across[1], row(value))], GRID, FINER)
        draw.text((across[0] - 8 * FINER, row(value)), f"{value:.5g}", INK, font, "rm")
    for step in ticks(0, last):
        draw.line([(column(step), down[0]), (column(step), down[1])], GRID, FINER)
        draw.text((column(step), down[0] + 8 * FINER), f"{step:.7g}", INK, font, "mt")
    draw.text((across[1], down[0] + 28 * FINER), "step", INK, font, "rt")
    draw.text((8 * FINER, (top + 8) * FINER), panel.label, INK, font, "lt")

    place = across[1]
    for curve in reversed(panel.curves):
        place -= draw.textlength(curve.label, font)
        draw.text((place, (top + 8) * FINER), curve.label, INK, font, "lt")
        draw.line([(place - 26 * FINER, (top + 15) * FINER), (place - 6 * FINER, (top + 15) * FINER)], curve.color, 9)
        place -= 44 * FINER
    for curve in panel.curves:
        shown = np.isfinite(curve.values)
        points = list(zip(column(curve.steps[shown]), row(np.clip(curve.values[shown], low, high)), strict=True))
        if len(points) > 1:
            draw.line(points, curve.color, 2 * FINER, "curve")
        for x, y in points if len(points) <= 40 else ():
            draw.circle((x, y), 3 * FINER, curve.color)
    draw.line([(across[0], down[1]), (across[0], down[0]), (across[1], down[0])], INK, FINER)


def _range(curves: Sequence[Curve]) -> tuple[float, float]:
    """Find what an axis shows: the values, a twentieth of their range, and never nothing."""
    values = np.concatenate([curve.values[np.isfinite(curve.values)] for curve in curves])
    if not len(values):
        return 0.0, 1.0
    low, high = np.percentile(values, SHOWN_PERCENTILES)
    margin = max(0.05 * (high - low), 1e-3 * max(abs(high), 1.0))
    return low - margin, high + margin
