"""A contact sheet: what went into a batch and what came out, small, on pages."""

import io
import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hdr_demo.batch.settings import FileReport
from hdr_demo.batch.thumbnails import MOST_PIXELS
from hdr_demo.io import SDR_FORMATS, write_sdr
from hdr_demo.io.output import writer_for
from hdr_demo.io.refusal import shown_name

COLUMNS, ROWS = 3, 20  # of a page
MOST_CELLS = COLUMNS * ROWS
_GAP, _TEXT_SIZE = 8, 15
_LINE = 21
_MOST_LINES = 6  # of a sentence about what went wrong
_CELL_WIDTH = 2 * MOST_PIXELS + _GAP
_PAPER, _INK, _PALE, _FAILED = "white", "#222222", "#666666", "#b3261e"


def write_contact_sheet(path: str | os.PathLike[str], reports: Sequence[FileReport]) -> list[Path]:
    """Draw each photo beside its result, with its name and the stops gained, or why there is none.

    Args:
        path: A picture; its suffix is one of `SDR_FORMATS`. Further pages get numbers: "sheet.jpg", "sheet-2.jpg".
        reports: Of `run_batch`, with thumbnails.

    Returns:
        The pages.

    Raises:
        OutputError: If the suffix names no such format, or a page cannot be written.
    """
    path = Path(path)
    writer_for(path, SDR_FORMATS)
    pages = []
    for first in range(0, max(len(reports), 1), MOST_CELLS):
        number = first // MOST_CELLS + 1
        place = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        page = _draw_page(reports[first : first + MOST_CELLS], first)
        pages.append(write_sdr(place, np.asarray(page, np.float32) / np.float32(255)))
    return pages


def _draw_page(reports: Sequence[FileReport], first: int) -> Image.Image:
    rows = [reports[start : start + COLUMNS] for start in range(0, len(reports), COLUMNS)]
    heights = [max(_height(report) for report in row) for row in rows]
    columns = max(1, min(COLUMNS, len(reports)))
    width = columns * (_CELL_WIDTH + 2 * _GAP) + 2 * _GAP
    page = Image.new("RGB", (width, sum(heights) + 2 * _GAP * (len(rows) + 1)), _PAPER)
    top = 2 * _GAP
    for number, (row, height) in enumerate(zip(rows, heights, strict=True)):
        for column, report in enumerate(row):
            left = 2 * _GAP + column * (_CELL_WIDTH + 2 * _GAP)
            _draw_cell(page, (left, top), report, first + number * COLUMNS + column + 1)
        top += height + 2 * _GAP
    return page


def _draw_cell(page: Image.Image, corner: tuple[int, int], report: FileReport, number: int) -> None:
    draw = ImageDraw.Draw(page)
    left, top = corner
    name = _shorten(f"{number}  {shown_name(report.source)}")
    said = _FAILED if report.error else _PALE
    for line, ink in ((name, _INK), *((line, said) for line in _said(report))):
        draw.text((left, top + _TEXT_SIZE), line, ink, _font(line), anchor="ls")
        top += _LINE
    for place, picture in enumerate(_pictures(report)):
        page.paste(picture, (left + place * (MOST_PIXELS + _GAP), top))
    if not _pictures(report):
        draw.rectangle((left, top, left + _CELL_WIDTH, top + 2), said)


def _height(report: FileReport) -> int:
    pictures = max((picture.height for picture in _pictures(report)), default=_GAP)
    return _LINE * (1 + len(_said(report))) + pictures


def _pictures(report: FileReport) -> list[Image.Image]:
    if report.thumbnails is None:
        return []
    return [Image.open(io.BytesIO(data)) for data in (report.thumbnails.before, report.thumbnails.after)]


def _said(report: FileReport) -> list[str]:
    if report.error:
        return _wrap(report.error.replace("×", "x"))  # Pillow's font has no such sign
    size = f"{report.width} x {report.height}" if report.width else "was there already"
    if math.isnan(report.stops_gained):
        return [size]
    return [f"{size}, {report.stops_gained:+.1f} stops"]


def _wrap(sentence: str) -> list[str]:
    lines, line = [], ""
    for word in sentence.split():
        longer = f"{line} {word}".strip()
        if line and _width(longer) > _CELL_WIDTH:
            lines.append(_shorten(line))
            longer = word
        line = longer
    lines.append(_shorten(line))
    return lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], "…"]


def _shorten(text: str) -> str:
    """Leave out the middle of what is too long for a cell: a name's end often tells photos apart."""
    if _width(text) <= _CELL_WIDTH:
        return text
    kept = len(text)
    while kept > 2 and _width(shorter := f"{text[: (kept + 1) // 2]}…{text[-(kept // 2) :]}") > _CELL_WIDTH:
        kept -= 1
    return shorter


def _width(line: str) -> float:
    return _font(line).getlength(line)


def _font(line: str) -> ImageFont.FreeTypeFont:
    """Choose the font that writes a line: names are of any script."""
    from hdr_demo.figure.fonts import font_for  # which the processes of a batch have no need of

    return font_for(line, _TEXT_SIZE)
