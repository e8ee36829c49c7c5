"""What `evaluate` leaves: a Markdown report, a CSV with a row for each shot and method, and a page of pictures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hdr_demo.errors import OutputError
from hdr_demo.evaluation.measures import MEASURES, Measure
from hdr_demo.evaluation.pictures import Pictured, draw_page
from hdr_demo.evaluation.scores import BASELINE, Method, Record, differences, evaluate, summarize
from hdr_demo.evaluation.shots import Shot
from hdr_demo.evaluation.tables import MAIN_COLUMNS, csv_text, markdown_table, say_value, scene_table
from hdr_demo.io import write_sdr
from hdr_demo.io.output import replacing
from hdr_demo.metrics import clipped_mask

REPORT, SCORES, PICTURES = "report.md", "scores.csv", "pictures.jpg"
JPEG_QUALITY = 88

# A page that one can still look through.
PICTURED_SHOTS = 6

# What is compared with the baseline shot by shot, and listed by scene.
COMPARED = ("pu21_psnr", "pu21_psnr_crf", "hi", "hi_gain", "jod")
LISTED = ("pu21_psnr", "pu21_psnr_crf", "hi")
CAPTION = ("pu21_psnr", "hi")

_HOW_TO_READ = """\
Means over shots, in brackets their 95 % bootstrap interval over scenes; the best mean of a column is bold. Unless a
measure says otherwise, one gain is fitted first, which makes the mean log luminances equal; the truth's white has
203 cd/m². A PSNR counts as 100 dB at the most. Measured pairs are compared at a megapixel at the most: photo and truth
are both reduced in linear light."""


@dataclass(frozen=True)
class Chapter:
    """What was measured on one set of shots.

    Attributes:
        name: Of the set, such as "srgb camera".
        records: A record for each shot and method.
        pictured: Some of the shots.
    """

    name: str
    records: list[Record]
    pictured: list[Pictured]


def measure_chapter(
    name: str, methods: Mapping[str, Method], shots: Iterable[Shot], measures: Mapping[str, Measure]
) -> Chapter:
    """Measure methods on a set of shots, and keep of each of the first scenes the shot that lost most for the page."""
    kept: dict[str, tuple[Shot, dict[str, np.ndarray]]] = {}

    def keep(shot: Shot, results: dict[str, np.ndarray]) -> None:
        if (shot.scene in kept and _share_lost(shot) > _share_lost(kept[shot.scene][0])) or (
            shot.scene not in kept and len(kept) < PICTURED_SHOTS
        ):
            kept[shot.scene] = shot, results

    records = evaluate(methods, shots, measures=measures, on_shot=keep)
    pictured = [
        Pictured(shot, results, {record.method: _caption(record) for record in records if record.shot == shot.name})
        for shot, results in kept.values()
    ]
    return Chapter(name, records, pictured)


def _share_lost(shot: Shot) -> float:
    return float(clipped_mask(shot.ldr).mean())


def _caption(record: Record) -> str:
    quality, lost = (say_value(MEASURES[name], record.values[name]) for name in CAPTION)
    return f"{quality} dB, hi {lost}"


def chapter_tables(chapter: Chapter, measures: Mapping[str, Measure]) -> str:
    """Write the tables of a chapter as Markdown.

    Args:
        chapter: As `measure_chapter` gives it.
        measures: What was measured.
    """
    records = chapter.records
    summary = summarize(records)
    shots, scenes = (len({getattr(record, what) for record in records}) for what in ("shot", "scene"))
    rest = [name for name in measures if name not in MAIN_COLUMNS]
    parts = [
        f"## {chapter.name}: {_count(shots, 'shot')} of {_count(scenes, 'scene')}",
        markdown_table(summary, columns=MAIN_COLUMNS, measures=measures),
        markdown_table(summary, columns=rest, measures=measures),
    ]
    if len(summary) > 1 and BASELINE in summary:
        parts += [
            f"Difference to the {BASELINE}, shot by shot:",
            markdown_table(summarize(differences(records)), columns=COMPARED, measures=measures, signed=True),
        ]
    for name in LISTED:
        parts += [f"{measures[name].label} by scene:", scene_table(records, name, measures)]
    return "\n\n".join(parts)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def report_text(chapters: list[Chapter], measures: Mapping[str, Measure], *, command: str = "") -> str:
    """Write the whole report as Markdown.

    Args:
        chapters: In their order.
        measures: What was measured.
        command: What repeats the report.
    """
    parts = ["# Evaluation", *([f"`{command}`"] if command else []), _HOW_TO_READ]
    parts += [chapter_tables(chapter, measures) for chapter in chapters]
    parts += [
        "## The measures",
        "\n".join(f"- **{measure.label}**: {measure.meaning}" for measure in measures.values()),
    ]
    parts += [f"All values: `{SCORES}`. Of the first {PICTURED_SHOTS} scenes, the shot that lost most: `{PICTURES}`."]
    return "\n\n".join(parts) + "\n"


def prepare_folder(folder: Path) -> None:
    """Create the folder of a report before anything is measured for it.

    Raises:
        OutputError: If that cannot be done.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be created ({error.strerror}): choose another folder.") from error


def write_report(
    folder: Path, chapters: list[Chapter], measures: Mapping[str, Measure], *, command: str = ""
) -> list[Path]:
    """Write report, scores and pictures.

    Args:
        folder: Exists.
        chapters: In their order.
        measures: What was measured.
        command: What repeats the report.

    Returns:
        The three files.

    Raises:
        OutputError: If one cannot be written.
    """
    records = {chapter.name: chapter.records for chapter in chapters}
    page = draw_page({chapter.name: chapter.pictured for chapter in chapters})
    return [
        write_text(folder / REPORT, report_text(chapters, measures, command=command)),
        write_text(folder / SCORES, csv_text(records)),
        write_sdr(folder / PICTURES, page, quality=JPEG_QUALITY),
    ]


def write_text(path: Path, text: str) -> Path:
    """Write a text file, whole or not at all.

    Raises:
        OutputError: If it cannot be written.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return path
