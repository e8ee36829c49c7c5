"""Scores as text: Markdown tables, a sentence for a model card, and a CSV of everything."""

import csv
import io
import math
from collections.abc import Mapping, Sequence

from hdr_demo.evaluation.measures import MEASURES, Measure
from hdr_demo.evaluation.scores import Interval, Record, Summary

NOTHING = "–"
# What fits into the width of a page and says most; the rest follows in a second table.
MAIN_COLUMNS = ("pu21_psnr", "pu21_psnr_crf", "hi", "hi_gain", "range_bias", "harmed")


def say_value(measure: Measure, value: float, *, signed: bool = False) -> str:
    """Write a number with the digits of its measure, without the unit; with a plus sign where that says something."""
    if math.isnan(value):
        return NOTHING
    sign = "+" if signed or measure.better == "zero" else ""
    return f"{value:{sign}.{measure.digits}f}"


def say_interval(measure: Measure, interval: Interval, *, signed: bool = False) -> str:
    """Write a mean and its interval, such as `25.25 [22.30, 28.49]`; without one, where there is none."""
    if math.isnan(interval.low):
        return say_value(measure, interval.mean, signed=signed)
    mean, low, high = (
        say_value(measure, value, signed=signed) for value in (interval.mean, interval.low, interval.high)
    )
    return f"{mean} [{low}, {high}]"


def say_scores(scores: Mapping[str, Interval], shots: int) -> str:
    """Say in a sentence what a model card must say.

    Args:
        scores: One method's row of `summarize`.
        shots: How many were measured.
    """
    quality, lost = (say_interval(MEASURES[name], scores[name]) for name in ("pu21_psnr", "hi"))
    return f"{quality} dB PU21-PSNR, clipped pixels off by {lost} stops (means of {shots} views, 95 % intervals)"


def markdown_table(
    summary: Summary,
    *,
    columns: Sequence[str] = MAIN_COLUMNS,
    measures: Mapping[str, Measure] = MEASURES,
    signed: bool = False,
) -> str:
    """Write means and intervals as a Markdown table: a row for each method, the best mean of each column bold.

    Args:
        summary: As `summarize` gives it.
        columns: Names of measures; those that were not measured are left out.
        measures: Where the names are explained.
        signed: Whether the numbers are differences.
    """
    rows = list(summary.items())
    columns = [name for name in columns if rows and name in rows[0][1]]
    best = {name: _best(measures[name], [scores[name].mean for _, scores in rows]) for name in columns}
    lines = [["method", *(_heading(measures[name]) for name in columns)]]
    for method, scores in rows:
        cells = []
        for name in columns:
            text = say_interval(measures[name], scores[name], signed=signed)
            mean, *rest = text.split(" ", 1)
            is_best = say_value(measures[name], scores[name].mean) in best[name]
            cells.append(" ".join([f"**{mean}**", *rest]) if is_best else text)
        lines.append([method, *cells])
    return _join(lines)


def scene_table(records: Sequence[Record], name: str, measures: Mapping[str, Measure] = MEASURES) -> str:
    """Write one measure's mean on every scene as a Markdown table: a row for each scene, a column for each method.

    Args:
        records: As `evaluate` gives them.
        name: Of the measure.
        measures: Where the name is explained.
    """
    methods = list(dict.fromkeys(record.method for record in records))
    groups: dict[tuple[str, str], list[float]] = {}
    for record in records:
        groups.setdefault((record.scene, record.method), []).append(record.values[name])
    lines = [["scene", *methods]]
    for scene in dict.fromkeys(record.scene for record in records):
        lines.append([scene, *(say_value(measures[name], _mean(groups[scene, method])) for method in methods)])
    return _join(lines)


def csv_text(
    records: Mapping[str, Sequence[Record]], *, group: str = "camera", circumstances: Sequence[str] = ()
) -> str:
    """Write a row for each shot and method.

    Args:
        records: As `evaluate` gives them, in groups.
        group: What the groups are.
        circumstances: Further attributes of the records, which are numbers.
    """
    names = next((list(record.values) for members in records.values() for record in members), [])
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([group, "scene", "shot", "method", *circumstances, *names])
    for place, members in records.items():
        for record in members:
            numbers = [*(getattr(record, name) for name in circumstances), *(record.values[name] for name in names)]
            writer.writerow([place, record.scene, record.shot, record.method, *(f"{each:.6g}" for each in numbers)])
    return out.getvalue()


def _heading(measure: Measure) -> str:
    return f"{measure.label}{f', {measure.unit}' if measure.unit else ''} {measure.arrow}"


def _best(measure: Measure, means: list[float]) -> set[str]:
    """Find what the best mean is written as; methods that read the same are equally good."""
    known = [mean for mean in means if not math.isnan(mean)]
    if len(means) < 2 or not known:
        return set()
    keys = {"higher": lambda mean: -mean, "lower": lambda mean: mean, "zero": abs}
    return {say_value(measure, min(known, key=keys[measure.better]))}


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def _join(lines: list[list[str]]) -> str:
    head, *rows = ("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return "\n".join([head, "|---" * len(lines[0]) + "|", *rows])
