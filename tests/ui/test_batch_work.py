"""What the tab Many photos has done, without the page."""

import csv
import io
import shutil
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from hdr_demo import batch
from hdr_demo.batch import BatchSettings
from hdr_demo.errors import ImageError, OutputError, Stopped
from hdr_demo.io import hdr_kind, read_hdr, writable_formats, write_hdr, write_sdr
from hdr_demo.ui import batch_work
from hdr_demo.ui.batch_controls import (
    BASES,
    build_batch_controls,
    check_formats,
    offered_formats,
    read_batch_settings,
)
from hdr_demo.ui.batch_results import draw_list, draw_made
from hdr_demo.ui.batch_work import ARCHIVE, REPORT, SHEET, BatchRun, BatchWork, check_count, take_photos
from hdr_demo.ui.job import Job
from hdr_demo.ui.network import Networks
from hdr_demo.ui.session import Visitors

from .conftest import PacedExpander, make_ldr

SIZE = (72, 96)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read and write in this process: how that is done elsewhere is tested with the batch itself."""
    monkeypatch.setattr(batch_work, "WORKERS", 0)


def write_photos(folder: Path, *names: str) -> list[Path]:
    """Write photos as Gradio keeps them: each in a folder of its own, under the name that it had."""
    paths = []
    for number, name in enumerate(names):
        (folder / str(number)).mkdir(parents=True)
        paths.append(write_sdr(folder / str(number) / name, make_ldr(*SIZE)))
    return paths


def prepare(expander: PacedExpander, uploads: list[Path], folder: Path, **settings: object) -> BatchRun:
    for name in ("given", "files"):
        (folder / name).mkdir(parents=True)
    photos = take_photos(uploads, folder / "given")
    return BatchWork(Networks({"first": lambda: expander})).new_run(
        "first", photos, folder / "files", BatchSettings(**settings)
    )


def finish(run: BatchRun) -> batch_work.BatchResult:
    for _ in run.job.follow():
        pass
    return run.job.result


def test_the_archive_holds_every_file_the_report_and_the_contact_sheet(expander: PacedExpander, tmp_path: Path) -> None:
    uploads = write_photos(tmp_path, "beach.png", "beach.png", "夜.jpg")
    result = finish(prepare(expander, uploads, tmp_path / "own", formats=(".jpg", ".exr")))
    with zipfile.ZipFile(result.archive) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {
            *("beach_hdr.jpg", "beach.exr", "beach-2_hdr.jpg", "beach-2.exr", "夜_hdr.jpg", "夜.exr"),
            *(REPORT, SHEET),
        }
        archive.extractall(tmp_path / "out")
        rows = list(csv.DictReader(io.StringIO(archive.read(REPORT).decode())))
    assert [row["source"] for row in rows] == ["beach.png", "beach.png", "夜.jpg"]
    assert rows[1]["files"].splitlines() == ["beach-2_hdr.jpg", "beach-2.exr"]
    assert hdr_kind(tmp_path / "out" / "beach_hdr.jpg") and read_hdr(tmp_path / "out" / "夜.exr").shape == (*SIZE, 3)


def test_hdr_files_keep_their_own_light_and_need_no_network(expander: PacedExpander, tmp_path: Path) -> None:
    light = np.full((20, 30, 3), 7.5, np.float32)
    (tmp_path / "0").mkdir()
    passes = len(expander.passes)
    given = write_hdr(tmp_path / "0" / "render.exr", light)
    result = finish(prepare(expander, [given], tmp_path / "own", formats=(".hdr",)))
    (report,) = result.reports
    np.testing.assert_allclose(read_hdr(tmp_path / "own" / "files" / report.files[0]), light, rtol=2**-7)
    assert len(expander.passes) == passes


def test_one_that_fails_is_told_of_and_the_others_are_made(expander: PacedExpander, tmp_path: Path) -> None:
    good, cut, text = write_photos(tmp_path, "good.png", "cut.png", "notes.jpg")
    cut.write_bytes(cut.read_bytes()[:-400])
    text.write_text("milk, eggs")
    result = finish(prepare(expander, [good, cut, text], tmp_path / "own"))
    assert [bool(report.error) for report in result.reports] == [False, True, True]
    assert result.reports[1].error.startswith("cut.png ") and result.reports[2].error.startswith("notes.jpg ")
    assert {"good_hdr.jpg", REPORT, SHEET} == set(zipfile.ZipFile(result.archive).namelist())


def test_without_any_file_there_is_no_archive(expander: PacedExpander, tmp_path: Path) -> None:
    (text,) = write_photos(tmp_path, "notes.jpg")
    text.write_text("milk, eggs")
    result = finish(prepare(expander, [text], tmp_path / "own"))
    assert result.archive is None and not result.problem and result.pages[0].is_file()


def test_stop_keeps_what_is_finished(expander: PacedExpander, tmp_path: Path) -> None:
    uploads = write_photos(tmp_path, "a.png", "b.png", "c.png")
    expander.seconds_a_tile = 0.1
    run = prepare(expander, uploads, tmp_path / "own")
    for _ in run.job.follow():
        if run.steps[0] and run.steps[0].report:
            run.job.stop()
    result = run.job.result
    assert result.stopped and not result.reports[0].error and result.reports[2].stopped
    assert "a_hdr.jpg" in zipfile.ZipFile(result.archive).namelist()


def test_one_that_is_stopped_before_it_begins_makes_nothing(expander: PacedExpander, tmp_path: Path) -> None:
    run = prepare(expander, write_photos(tmp_path, "a.png"), tmp_path / "own")
    run.job.stop()
    with pytest.raises(Stopped):
        finish(run)
    assert list(run.folder.iterdir()) == []


def test_no_room_for_the_archive_leaves_each_file_to_be_downloaded(
    expander: PacedExpander, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", refuse)
    run = prepare(expander, write_photos(tmp_path, "a.png"), tmp_path / "own")
    result = finish(run)
    assert result.archive is None and result.problem.startswith(
        f"{ARCHIVE} cannot be written, because the disk is full"
    )
    assert "a_hdr.jpg" in draw_list(run, "en", result) and str(run.folder) in draw_list(run, "en", result)
    assert "can be downloaded by itself" in draw_made(run, result, "en")
    assert {path.name for path in run.folder.iterdir()} == {"a_hdr.jpg", REPORT, SHEET}


def test_nothing_of_a_visitor_who_was_forgotten_comes_back(expander: PacedExpander, tmp_path: Path) -> None:
    run = prepare(expander, write_photos(tmp_path, "a.png", "b.png"), tmp_path / "own")
    expander.seconds_a_tile = 0.1
    steps = run.job.follow()
    while not (run.steps[0] and run.steps[0].stage == "expanding"):
        next(steps)
    run.job.stop()
    shutil.rmtree(tmp_path / "own", ignore_errors=True)
    with pytest.raises(Stopped):
        list(steps)
    assert not (tmp_path / "own").exists()


def test_the_share_of_all_never_falls_and_ends_at_the_whole(expander: PacedExpander, tmp_path: Path) -> None:
    run = prepare(expander, write_photos(tmp_path, "a.png", "b.png"), tmp_path / "own")
    expander.seconds_a_tile = 0.1
    shares = [step.share for step in run.job.follow()]
    assert shares == sorted(shares) and shares[-1] <= 1 and run.packs
    assert sum(map(batch_work.share_done, run.steps)) == len(run.steps)


def test_a_photo_of_a_batch_waits_for_a_preview(expander: PacedExpander, tmp_path: Path) -> None:
    networks = Networks({"first": lambda: expander})
    networks.of().expander()
    (tmp_path / "given").mkdir()
    (tmp_path / "files").mkdir()
    photos = take_photos(write_photos(tmp_path / "uploads", "a.png"), tmp_path / "given")
    run = BatchWork(networks).new_run("first", photos, tmp_path / "files", BatchSettings())
    asked = expander.tiles_asked
    with networks.of().turns.first():
        steps = run.job.follow()
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            next(steps)
        assert expander.tiles_asked == asked
    for _ in steps:
        pass
    assert expander.tiles_asked > asked


def test_a_draft_is_asked_for_where_it_was_chosen(expander: PacedExpander, tmp_path: Path) -> None:
    folder = tmp_path / "0"
    folder.mkdir()
    photo = write_sdr(folder / "wide.png", make_ldr(160, 240))
    exact = finish(prepare(expander, [photo], tmp_path / "exact", formats=(".exr",)))
    draft = finish(prepare(expander, [photo], tmp_path / "draft", formats=(".exr",), draft=True))
    one, other = (
        read_hdr(tmp_path / name / "files" / result.reports[0].files[0])
        for name, result in (("exact", exact), ("draft", draft))
    )
    assert one.shape == other.shape and not np.array_equal(one, other)


def test_on_zero_gpu_each_photo_asks_for_a_gpu_and_its_refusal_is_a_sentence(
    expander: PacedExpander, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loans = []

    def gpu(function: object, **_: object) -> object:
        def call(*args: object, **others: object) -> object:
            assert not {"progress", "should_stop"} & set(others)  # they cannot follow into another process
            loans.append(args)
            if len(loans) > 1:
                raise gr.Error("You have exceeded your GPU quota.")
            return function(*args, **others)

        return call

    spaces = ModuleType("spaces")
    spaces.GPU, spaces.__spec__ = gpu, SimpleNamespace(name="spaces")
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    result = finish(prepare(expander, write_photos(tmp_path, "a.png", "b.png"), tmp_path / "own"))
    assert [report.error for report in result.reports] == ["", "You have exceeded your GPU quota."]


def test_sentences_and_reports_keep_the_visitors_folder_to_themselves(expander: PacedExpander, tmp_path: Path) -> None:
    run = prepare(expander, write_photos(tmp_path, "a.png"), tmp_path / "own")
    result = finish(run)
    assert str(tmp_path) not in (run.folder / REPORT).read_text()
    broken = replace(result.reports[0], source=tmp_path / "x" / "a.png", error=f"{tmp_path}/x/a.png was left out.")
    assert batch_work._without_folders(broken, run.folder).error == "a.png was left out."


@pytest.mark.parametrize(("count", "sentence"), [(0, "upload one or more"), (6, "6 photos, and 5 are taken")])
def test_too_few_and_too_many_get_a_sentence(count: int, sentence: str) -> None:
    with pytest.raises(ImageError, match=sentence):
        check_count(["x"] * count, 5)


def test_uploads_that_are_gone_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"lost\.png is no longer here"):
        take_photos([tmp_path / "lost.png"], tmp_path)


def test_formats_are_those_of_the_table_each_once() -> None:
    offered = offered_formats()
    rows = [writable_formats()[suffix] for suffix in offered]
    assert offered[0] == ".jpg" and len(set(rows)) == len(rows) and set(rows) == set(writable_formats().values())
    assert check_formats(["exr", ".jpg", "exr"]) == tuple(each for each in offered if each in (".jpg", ".exr"))
    for wrong in ([], None, ["exr", "docx"]):
        with pytest.raises(OutputError, match="nothing to make"):
            check_formats(wrong)


def test_who_leaves_stops_the_batch(tmp_path: Path) -> None:
    visitors = Visitors(tmp_path)
    visitor = visitors.of(gr.Request(session_hash="a"))
    visitor.batch = SimpleNamespace(job=Job(lambda note, stop: None))
    visitors.leave(gr.Request(session_hash="a"))
    assert visitor.batch.job.stopped


def test_every_control_has_its_place_in_the_settings() -> None:
    chosen = read_batch_settings((["exr", ".jpg"], "draft", "toned", "drago", "paper", False), 5.0)
    assert chosen == BatchSettings(
        formats=(".jpg", ".exr"),
        operator="drago",
        base="rendition",
        scale="paper",
        draft=True,
        exif=False,
        max_megapixels=5.0,
    )
    assert tuple(BASES.values()) == batch.BASES


def test_what_the_page_chooses_at_first_is_what_the_package_does() -> None:
    with gr.Blocks():
        controls = build_batch_controls(Networks({"first": None}))
    values = [control.value for control in controls.values]
    assert read_batch_settings(values, BatchSettings().max_megapixels) == BatchSettings()
