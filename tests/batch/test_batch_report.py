"""The report of a batch can be read by other programs."""

import csv
import json
import os
from pathlib import Path

import pytest

from hdr_demo.batch import REPORT_FORMATS, FileReport, write_report
from hdr_demo.errors import OutputError

REPORTS = [
    FileReport(Path('a, "b".jpg'), (Path("a.exr"), Path("a_hdr.jpg")), 60, 40, 1.234, ("One.", "Two."), "", False, 2.5),
    FileReport(Path("中.jpg"), error="中.jpg is damaged: copy it again."),
    FileReport(Path("c.jpg"), error="The batch was stopped.", stopped=True),
]


def read(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("suffix", REPORT_FORMATS)
def test_every_photo_has_its_row(tmp_path: Path, suffix: str) -> None:
    rows = read(write_report(tmp_path / f"report{suffix}", REPORTS))
    assert [row["source"] for row in rows] == [str(report.source) for report in REPORTS]
    assert [row["state"] for row in rows] == ["done", "failed", "stopped"]
    assert [row["error"] for row in rows] == [report.error for report in REPORTS]
    first = rows[0]
    files, notes = (
        value if isinstance(value, list) else value.split("\n") for value in (first["files"], first["notes"])
    )
    assert files == ["a.exr", "a_hdr.jpg"] and notes == ["One.", "Two."]
    assert [float(first[name]) for name in ("width", "height", "seconds", "stops_gained")] == [60, 40, 1.23, 2.5]
    assert rows[1]["stops_gained"] in (None, "")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("suffix", REPORT_FORMATS)
def test_a_name_of_any_bytes_is_written(tmp_path: Path, suffix: str) -> None:
    path = write_report(tmp_path / f"report{suffix}", [FileReport(Path(os.fsdecode(b"caf\xe9.jpg")))])
    assert b"caf\xe9.jpg" in path.read_bytes()


def test_another_suffix_is_refused_with_the_choices(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"report\.txt cannot be written.*\.csv or \.json"):
        write_report(tmp_path / "report.txt", REPORTS)
