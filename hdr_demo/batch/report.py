"""What became of each photo of a batch, as a table for other programs."""

import csv
import io
import json
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from hdr_demo.batch.settings import FileReport
from hdr_demo.io.output import replacing, writer_for


def _state(report: FileReport) -> str:
    return "stopped" if report.stopped else "failed" if report.error else "done"


# The columns, in their order.
_COLUMNS: dict[str, Callable[[FileReport], object]] = {
    "source": lambda report: str(report.source),
    "state": _state,
    "files": lambda report: [str(path) for path in report.files],
    "width": lambda report: report.width,
    "height": lambda report: report.height,
    "seconds": lambda report: round(report.seconds, 2),
    "stops_gained": lambda report: None if math.isnan(report.stops_gained) else round(report.stops_gained, 2),
    "notes": lambda report: list(report.notes),
    "error": lambda report: report.error,
}


def _rows(reports: Sequence[FileReport]) -> list[dict[str, object]]:
    return [{name: tell(report) for name, tell in _COLUMNS.items()} for report in reports]


def _csv_text(reports: Sequence[FileReport]) -> str:
    table = io.StringIO()
    writer = csv.DictWriter(table, _COLUMNS)
    writer.writeheader()
    for row in _rows(reports):
        # Several files or notes stand in one field, each on a line of its own.
        writer.writerow({name: "\n".join(value) if isinstance(value, list) else value for name, value in row.items()})
    return table.getvalue()


def _json_text(reports: Sequence[FileReport]) -> str:
    return json.dumps(_rows(reports), indent=2, ensure_ascii=False) + "\n"


REPORT_FORMATS: dict[str, Callable[[Sequence[FileReport]], str]] = {".csv": _csv_text, ".json": _json_text}


def write_report(path: str | os.PathLike[str], reports: Sequence[FileReport]) -> Path:
    """Write source, results, size, seconds, notes and error of each photo.

    Args:
        path: The file, `.csv` or `.json`.
        reports: Of `run_batch`.

    Returns:
        The file.

    Raises:
        OutputError: If it has another suffix, or cannot be written.
    """
    path = Path(path)
    make_text = writer_for(path, REPORT_FORMATS)
    with replacing(path) as temporary:
        # File names of any bytes, and signs of any script.
        temporary.write_bytes(make_text(reports).encode("utf-8", "surrogateescape"))
    return path
