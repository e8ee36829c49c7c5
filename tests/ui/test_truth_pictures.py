"""What the tab Compare with the truth shows besides photographs."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from hdr_demo.evaluation import MEASURES
from hdr_demo.ui.text import LANGUAGES, TEXT
from hdr_demo.ui.truth_pictures import (
    ALL_CLIPPED,
    PARTLY_CLIPPED,
    draw_clipped_legend,
    draw_error_legend,
    draw_scores,
    find_best,
    paint_clipped,
)


def make_ldr() -> np.ndarray:
    """Half grey, a quarter clipped in red alone, a quarter clipped in all channels."""
    ldr = np.full((4, 4, 3), 0.5, np.float32)
    ldr[0, :, 0] = 1.0
    ldr[1] = 1.0
    return ldr


def test_clipped_pixels_are_painted_by_what_they_lost() -> None:
    painted = paint_clipped(make_ldr())
    assert (painted[0] == PARTLY_CLIPPED).all() and (painted[1] == ALL_CLIPPED).all()
    assert (painted[2:, :, 0] == painted[2:, :, 1]).all() and (painted[2:] > 0).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_legend_says_how_much_was_lost(language: str) -> None:
    legend = draw_clipped_legend(make_ldr(), language)
    assert len(re.findall("25.0\u00a0%", legend)) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_legend_of_the_error_is_the_same_at_both_ends_of_zero(language: str) -> None:
    legend = ElementTree.fromstring(draw_error_legend(language))
    assert [tick.text for tick in legend.iter("span")] == ["−2", "−1", "0", "+1", "+2"]
    cells = [cell.get("style") for cell in legend.iter("i")]
    assert len(set(cells)) == len(cells) and len(cells) % 2 == 1


@pytest.mark.parametrize(
    ("better", "values", "best"),
    [
        ("higher", {"a": 30.0, "b": 31.0}, "b"),
        ("lower", {"a": 0.3, "b": 0.4}, "a"),
        ("zero", {"a": -3.0, "b": 2.0}, "b"),
        ("higher", {"a": 30.0, "b": 30.0}, None),
        ("lower", {"a": float("nan"), "b": 1.0}, None),
        ("higher", {"a": 30.0, "b": float("inf")}, "b"),
    ],
)
def test_the_best_score_is_where_its_measure_says(better: str, values: dict, best: str | None) -> None:
    row = next(row for row in MEASURES.values() if row.better == better)
    assert find_best(row, values) == best


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_is_in_the_table_once_for_each_method(language: str) -> None:
    scores = {
        "network": dict.fromkeys(MEASURES, -0.25),
        "linearized": dict.fromkeys(MEASURES, float("nan")) | {next(iter(MEASURES)): float("inf")},
    }
    drawn = draw_scores(scores, language)
    for name, row in MEASURES.items():
        (cell,) = re.findall(rf'data-score="{name}" data-method="network"[^>]*>([^<]*)<', drawn)
        assert cell == f"−{0.25:.{row.digits}f}"
    assert drawn.count(">–<") == len(MEASURES) - 1 and drawn.count(">∞<") == 1
    assert {f"unit_{row.unit}" for row in MEASURES.values() if row.unit} <= set(TEXT)
