"""Scores as text say what was measured, and read back as it."""

import csv
import io
import math

import numpy as np

from hdr_demo.evaluation import MEASURES, Record, Shot, csv_text, markdown_table, say_scores, scene_table, summarize
from hdr_demo.evaluation.pictures import Pictured, draw_page

NAN = float("nan")


def record(scene: str, method: str, **values: float) -> Record:
    return Record(scene, f"{scene} 0", method, values)


RECORDS = [
    record("beach", "plain", pu21_psnr=20, hi=0.5, range_bias=-1),
    record("beach", "net | big", pu21_psnr=24, hi=NAN, range_bias=0.5),
    record("hall", "plain", pu21_psnr=22, hi=0.7, range_bias=-1),
    record("hall", "net | big", pu21_psnr=28, hi=NAN, range_bias=0.5),
]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.replace("\\|", "/").strip("|").split("|")]


def test_the_table_has_a_row_for_each_method_and_marks_the_best() -> None:
    head, rule, plain, net = map(cells, markdown_table(summarize(RECORDS)).splitlines())
    assert head == ["method", "PU21-PSNR, dB ↑", "hi, stops ↓", "range bias, stops → 0"] and len(rule) == 4
    assert plain == ["plain", "21.00 [20.00, 22.00]", "**0.600** [0.500, 0.700]", "-1.00 [-1.00, -1.00]"]
    assert net == ["net / big", "**26.00** [24.00, 28.00]", "–", "**+0.50** [+0.50, +0.50]"]


def test_differences_carry_a_sign() -> None:
    table = markdown_table(summarize(RECORDS), columns=["pu21_psnr"], signed=True)
    assert "| +21.00 [+20.00, +22.00] |" in table and "| **+26.00** [" in table


def test_the_table_by_scene_has_each_mean() -> None:
    lines = [cells(line) for line in scene_table(RECORDS, "hi").splitlines()]
    assert lines == [["scene", "plain", "net / big"], ["---"] * 3, ["beach", "0.500", "–"], ["hall", "0.700", "–"]]


def test_the_csv_gives_the_numbers_back() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text({"srgb": RECORDS, "unknown": RECORDS[:1]}))))
    assert [row["camera"] for row in rows] == ["srgb"] * 4 + ["unknown"]
    assert rows[1]["method"] == "net | big" and rows[1]["shot"] == "beach 0" and float(rows[1]["pu21_psnr"]) == 24
    assert math.isnan(float(rows[1]["hi"]))


def test_the_sentence_names_both_numbers_and_their_intervals() -> None:
    said = say_scores(summarize(RECORDS)["plain"], 2)
    assert said.startswith("21.00 [20.00, 22.00] dB PU21-PSNR, clipped pixels off by 0.600 [0.500, 0.700] stops")
    assert "2 views" in said


def test_every_measure_explains_itself() -> None:
    for name, measure in MEASURES.items():
        assert measure.name == name and measure.label and measure.meaning.endswith(".")
    assert len({measure.label for measure in MEASURES.values()}) == len(MEASURES)


def test_the_page_shows_a_perfect_method_as_the_truth_with_a_white_error_map() -> None:
    rng = np.random.default_rng(0)
    truth = np.exp2(rng.normal(-2, 2, (160, 240, 3))).astype(np.float32)
    shot = Shot("wall", "wall 0", np.clip(truth, 0, 1), truth)
    page = draw_page({"srgb camera": [Pictured(shot, {"perfect": 4 * truth, "dark": truth**2}, {"perfect": "∞ dB"})]})
    assert page.dtype == np.float32 and page.min() >= 0 and page.max() <= 1
    photo, true, perfect, dark = np.split(page[:, : 4 * 246], 4, axis=1)
    exposures = slice(24 + 24, 24 + 24 + 3 * 166)
    np.testing.assert_allclose(true[exposures], perfect[exposures], atol=1e-3)
    assert np.abs(true[exposures] - dark[exposures]).max() > 0.3
    error = slice(exposures.stop, exposures.stop + 160)
    assert perfect[error].min() > 0.95 and dark[error, :240].min() < 0.5
    assert np.abs(photo - np.float32((0.85, 0.1, 0.55))).max(axis=-1).min() < 0.01, "what is clipped is marked"
    as_it_is = draw_page({"srgb camera": [Pictured(shot, {"bright": 4 * truth}, {})]}, fit=False)
    true, bright = as_it_is[:, 246:492], as_it_is[:, 492:738]
    assert np.abs(true[exposures] - bright[exposures]).max() > 0.3, "four times too bright where no gain is fitted"
    assert np.ptp(bright[error, :240], axis=(0, 1)).max() < 0.01 and bright[error, :240, 0].min() < 0.5
