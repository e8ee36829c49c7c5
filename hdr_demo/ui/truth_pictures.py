"""What the tab Compare with the truth shows besides photographs: what clipped, the colours of errors, the scores."""

import html
import math
from collections.abc import Mapping

import numpy as np

from hdr_demo.color import darkest_channel, luminance
from hdr_demo.evaluation import LARGEST_STOPS, MEASURES, Measure, draw_error
from hdr_demo.metrics import clipped_mask
from hdr_demo.metrics.light import CLIPPED_CODE
from hdr_demo.ui.false_color import css_color, draw_scale
from hdr_demo.ui.text import TEXT, say

# Orange and red that colour-blind people tell from grey and from each other: ColorBrewer's OrRd (Harrower & Brewer
# 2003), display-encoded sRGB.
PARTLY_CLIPPED, ALL_CLIPPED = np.float32((253, 187, 132)) / 255, np.float32((215, 48, 31)) / 255
DIMMED = 0.7
LEGEND_CELLS = 33


def paint_clipped(ldr: np.ndarray) -> np.ndarray:
    """Paint the pixels that lost light: one colour where some channels clipped, another where all did.

    Args:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1]; grey where nothing was lost.
    """
    painted = np.repeat(np.float32(DIMMED) * luminance(ldr)[..., np.newaxis], 3, axis=-1)
    painted[clipped_mask(ldr)] = PARTLY_CLIPPED
    painted[darkest_channel(ldr) >= CLIPPED_CODE] = ALL_CLIPPED
    return painted


def draw_clipped_legend(ldr: np.ndarray, language: str) -> str:
    """Say what the colours of `paint_clipped` mean and how much of the photo they cover, in HTML."""
    some, every = clipped_mask(ldr).mean(), (darkest_channel(ldr) >= CLIPPED_CODE).mean()
    keys = (("truth_all_clipped", ALL_CLIPPED, every), ("truth_partly_clipped", PARTLY_CLIPPED, some - every))
    return '<p class="keys">' + "".join(_draw_key(key, color, share, language) for key, color, share in keys) + "</p>"


def _draw_key(key: str, color: np.ndarray, share: float, language: str) -> str:
    said = html.escape(say(language, key, percent=f"{100 * share:.1f}"))
    return f'<span data-key="{key}"><i style="background:{css_color(color)}"></i>{said}</span>'


def draw_error_legend(language: str) -> str:
    """Draw what the colours of the error map mean, in HTML."""
    cells = np.linspace(-LARGEST_STOPS, LARGEST_STOPS, LEGEND_CELLS, dtype=np.float32)
    largest = math.floor(LARGEST_STOPS)
    title = say(language, "truth_error_legend")
    colors = draw_error(cells[np.newaxis])[0]
    return draw_scale(colors, (-LARGEST_STOPS, LARGEST_STOPS), range(-largest, largest + 1), title)


def draw_scores(scores: Mapping[str, Mapping[str, float]], language: str) -> str:
    """Draw the scores of several methods as tables, the best one of each row marked, in HTML.

    Args:
        scores: Of each method, by its name, what `evaluation.measure` gave.
        language: One of `text.LANGUAGES`.

    Returns:
        A table of the measures that have an explanation, and below it one of all others, folded.
    """
    explained = [row for row in MEASURES.values() if f"score_note_{row.name}" in TEXT]
    others = [row for row in MEASURES.values() if row not in explained]
    return (
        f"{_draw_table(explained, scores, language)}<details><summary>{html.escape(say(language, 'truth_more'))}"
        f"</summary>{_draw_table(others, scores, language)}</details>"
    )


def _draw_table(rows: list[Measure], scores: Mapping[str, Mapping[str, float]], language: str) -> str:
    head = "".join(f'<th scope="col">{html.escape(say(language, f"truth_method_{name}"))}</th>' for name in scores)
    body = "".join(
        _draw_row(row, {method: each[row.name] for method, each in scores.items()}, language) for row in rows
    )
    return f'<table class="scores"><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>'


def _draw_row(row: Measure, values: Mapping[str, float], language: str) -> str:
    best = find_best(row, values)
    cells = "".join(
        f'<td data-score="{row.name}" data-method="{method}"{" class=best" if method == best else ""}>'
        f"{_say_score(value, row.digits)}</td>"
        for method, value in values.items()
    )
    key = f"score_note_{row.name}"
    note = f"<p>{html.escape(say(language, key))}</p>" if key in TEXT else ""
    name = html.escape(say(language, f"score_{row.name}"))
    unit = html.escape(say(language, f"unit_{row.unit}")) if row.unit else ""
    better = html.escape(say(language, f"better_{row.better}"))
    aim = f'<span role="img" aria-label="{better}" title="{better}">{row.arrow}</span>'
    return f'<tr><th scope="row">{name} <small>{unit} {aim}</small>{note}</th>{cells}</tr>'


def find_best(row: Measure, values: Mapping[str, float]) -> str | None:
    """Find the method with the best score; None where all are alike, or none has a score."""
    merit = {
        method: value if row.better == "higher" else -abs(value) if row.better == "zero" else -value
        for method, value in values.items()
        if not math.isnan(value)
    }
    if len(set(merit.values())) < 2:
        return None
    return max(merit, key=merit.get)


def _say_score(value: float, digits: int) -> str:
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞"
    return f"{value:.{digits}f}".replace("-", "−")
