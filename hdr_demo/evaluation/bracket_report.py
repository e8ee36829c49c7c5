"""What `evaluate-bracket` leaves: a Markdown report, a CSV with a row for each bracket and method, and pictures."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hdr_demo.errors import BracketError
from hdr_demo.evaluation.bracket_measures import BRACKET_MEASURES
from hdr_demo.evaluation.brackets import ENTRIES, OURS, BracketRecord, BracketShot, measure_brackets
from hdr_demo.evaluation.pictures import Pictured, draw_page
from hdr_demo.evaluation.report import JPEG_QUALITY, PICTURES, REPORT, SCORES, write_text
from hdr_demo.evaluation.scores import Interval, Summary, differences, summarize
from hdr_demo.evaluation.shots import Shot
from hdr_demo.evaluation.tables import csv_text, markdown_table, say_value
from hdr_demo.io import write_sdr

# Of each kind the first ones, so that nobody chose them.
PICTURED_SHOTS = 2
EXPOSURES = (2.0, 0.0, -2.0)
CAPTION = "mu_psnr"
# What is written for each group of brackets, and compared with ours.
MAIN = ("mu_psnr", "linear_psnr")
# Where one group of brackets ends and the next begins.
MOTION_PIXELS = (8.0, 16.0, 24.0)
CLIPPED_PERCENT = (1.0, 10.0)

_HOW_TO_READ = """\
Means over brackets, each with its 95 % bootstrap interval over scenes, if there are several; the best mean of a column
is bold. Light is measured in the unit of the bracket: 1.0 is what its shortest exposure clips at, and both images are
clipped there. No gain is fitted, but for one method: exposure fusion (Mertens) gives a picture and no light, so the one
exposure that suits the truth is fitted before it is measured. A PSNR counts as 100 dB at the most. Each bracket is
aligned once, and every method that uses an alignment gets the same."""

Groups = Mapping[str, Callable[[BracketRecord], bool]]


@dataclass(frozen=True)
class BracketResults:
    """What was measured.

    Attributes:
        records: A record for each bracket and method.
        pictured: Some of the brackets, by kind.
        refused: Why the program refused to merge a bracket, by the bracket's name.
    """

    records: list[BracketRecord]
    pictured: dict[str, list[Pictured]]
    refused: dict[str, str]


def measure_all(entries: Sequence[str], shots: Iterable[BracketShot], *, device: str = "auto") -> BracketResults:
    """Measure methods on brackets, and keep the first of each kind for the page of pictures.

    Args:
        entries: Names of `ENTRIES`.
        shots: As `draw_shots` or `read_shots` give them.
        device: Of the networks, as in `device.choose_device`.

    Raises:
        WeightsError: If a network's checkpoint is missing or damaged.
    """
    pictured: dict[str, list[Pictured]] = {}
    refused: dict[str, str] = {}

    def keep(shot: BracketShot, results: dict[str, np.ndarray], reached: list[BracketRecord]) -> None:
        shown = pictured.setdefault(shot.kind, [])
        if len(shown) < PICTURED_SHOTS:
            captions = {name: _caption(record) for name, record in zip(results, reached, strict=True)}
            shown.append(Pictured(Shot(shot.scene, shot.name, shot.ldr, shot.truth), results, captions))

    def refuse(shot: BracketShot, error: BracketError) -> None:
        refused[shot.name] = str(error)

    records = measure_brackets(entries, shots, device=device, on_shot=keep, on_refusal=refuse)
    return BracketResults(records, pictured, refused)


def _caption(record: BracketRecord) -> str:
    row = BRACKET_MEASURES[CAPTION]
    return f"{say_value(row, record.values[CAPTION])} dB {row.label}"


def bracket_tables(results: BracketResults) -> str:
    """Write all tables as Markdown."""
    records = results.records
    ours = ENTRIES[OURS].label
    kinds = {kind: lambda record, kind=kind: record.kind == kind for kind in _kinds(records)}
    parts = []
    for name in MAIN:
        label = BRACKET_MEASURES[name].label
        parts += [f"## {label} by kind", group_table(records, kinds, name)]
        if len({record.method for record in records} - {ours}) and any(record.method == ours for record in records):
            parts += [
                f"{label} less that of {ours}, bracket by bracket:",
                group_table(differences(records, ours), kinds, name, signed=True),
            ]
    for kind, belongs in kinds.items():
        summary = summarize([record for record in records if belongs(record)])
        table = markdown_table(summary, columns=list(BRACKET_MEASURES), measures=BRACKET_MEASURES)
        parts += [f"## Every measure: {kind}", table]
    groupings = {
        "how far what moves most has moved, where something moves by itself": ranges(
            lambda record: record.motion if record.kind == "moving" else math.nan, MOTION_PIXELS, "px"
        ),
        "the clipped share of the reference": ranges(lambda record: 100 * record.clipped, CLIPPED_PERCENT, "%"),
    }
    for heading, groups in groupings.items():
        table = group_table(records, groups, CAPTION)
        parts += [f"## {BRACKET_MEASURES[CAPTION].label} by {heading}", table] if table else []
    if results.refused:
        parts += ["## Left out", "\n".join(f"- {name}: {why}" for name, why in results.refused.items())]
    return "\n\n".join(parts)


def _kinds(records: Sequence[BracketRecord]) -> list[str]:
    return list(dict.fromkeys(record.kind for record in records))


def ranges(value: Callable[[BracketRecord], float], edges: Sequence[float], unit: str) -> Groups:
    """Make groups of records by a number; where it is NaN they belong to none."""
    ends = [-math.inf, *edges, math.inf]

    def spell(low: float, high: float) -> str:
        if math.isinf(low):
            return f"below {high:g} {unit}"
        return f"from {low:g} {unit}" if math.isinf(high) else f"{low:g} to {high:g} {unit}"

    return {
        spell(low, high): lambda record, low=low, high=high: low <= value(record) < high
        for low, high in zip(ends[:-1], ends[1:], strict=True)
    }


def group_table(records: Sequence[BracketRecord], groups: Groups, name: str, *, signed: bool = False) -> str:
    """Write one measure as a Markdown table: a row for each method, a column for each group that has brackets.

    Args:
        records: As `measure_brackets` gives them.
        groups: By heading, which records belong to it.
        name: Of the measure.
        signed: Whether the numbers are differences.

    Returns:
        The table; nothing if no record belongs to any group.
    """
    table: Summary = {}
    columns = {}
    for heading, belongs in groups.items():
        members = [record for record in records if belongs(record)]
        count, scenes = (len({getattr(record, what) for record in members}) for what in ("shot", "scene"))
        for method, scores in summarize(members).items() if members else ():
            # One scene says nothing of how far others would be from it.
            alone = Interval(scores[name].mean, math.nan, math.nan)
            table.setdefault(method, {})[heading] = scores[name] if scenes > 1 else alone
            columns[heading] = replace(BRACKET_MEASURES[name], label=f"{heading} ({count})")
    return markdown_table(table, columns=list(columns), measures=columns, signed=signed) if table else ""


def bracket_report(results: BracketResults, *, command: str = "") -> str:
    """Write the whole report as Markdown.

    Args:
        results: As `measure_all` gives them.
        command: What repeats the report.
    """
    parts = ["# Evaluation of merged brackets", *([f"`{command}`"] if command else []), _HOW_TO_READ]
    parts += [bracket_tables(results), "## The measures"]
    parts += ["\n".join(f"- **{measure.label}**: {measure.meaning}" for measure in BRACKET_MEASURES.values())]
    parts += [f"All values: `{SCORES}`. The first {PICTURED_SHOTS} brackets of each kind: `{PICTURES}`."]
    return "\n\n".join(parts) + "\n"


def write_bracket_report(folder: Path, results: BracketResults, *, command: str = "") -> Iterator[Path]:
    """Write report, scores and pictures, and give their files.

    Args:
        folder: Exists.
        results: As `measure_all` gives them.
        command: What repeats the report.

    Raises:
        OutputError: If one cannot be written.
    """
    by_kind = {kind: [record for record in results.records if record.kind == kind] for kind in _kinds(results.records)}
    yield write_text(folder / REPORT, bracket_report(results, command=command))
    yield write_text(folder / SCORES, csv_text(by_kind, group="kind", circumstances=("motion", "clipped")))
    if results.pictured:
        page = draw_page(results.pictured, exposures=EXPOSURES, fit=False)
        yield write_sdr(folder / PICTURES, page, quality=JPEG_QUALITY)
