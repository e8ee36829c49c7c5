"""The named endpoint /expand_photos, called by the client that programs use."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from hdr_demo.io import write_sdr
from hdr_demo.ui.job import Job

from .conftest import make_ldr


@pytest.fixture(scope="module")
def client(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    client = Client(url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))
    yield client
    client.close()


def test_many_photos_come_back_in_one_archive_with_a_report(
    client: Client, small_photo: Path, scene: Path, no_photo: Path, tmp_path: Path, page: gr.Blocks
) -> None:
    other = write_sdr(tmp_path / "lamp.png", make_ldr(60, 80))
    photos = [handle_file(path) for path in (small_photo, other, scene, no_photo)]
    archive, report = client.predict(photos, ["jpg", "exr"], draft=True, base="rendition", api_name="/expand_photos")
    assert set(zipfile.ZipFile(archive).namelist()) == {
        *("lamp_hdr.jpg", "lamp.exr", "lamp-2_hdr.jpg", "lamp-2.exr", "room_hdr.jpg", "room.exr"),
        *("report.csv", "contact-sheet.jpg"),
    }
    assert [row["state"] for row in report] == ["done", "done", "done", "failed"]
    assert report[1]["files"] == ["lamp-2_hdr.jpg", "lamp-2.exr"] and (report[1]["width"], report[1]["height"]) == (
        80,
        60,
    )
    assert "notes.jpg is not a picture" in report[3]["error"]
    visitor = page.visitors.of(gr.Request(session_hash=client.session_hash))
    assert [path.name for path in visitor.folder.rglob("*.*")] == ["hdr-photos.zip"]


def test_a_second_start_while_one_runs_is_refused(page: gr.Blocks, small_photo: Path) -> None:
    parts = {part.elem_id: part for part in page.blocks.values() if part.elem_id}
    (start,) = (
        handler
        for handler in page.fns.values()
        if (parts["batch-begin"]._id, "click") in handler.targets and handler.fn
    )
    request = gr.Request(headers={}, session_hash="twice")
    visitor = page.visitors.of(request)
    visitor.batch = SimpleNamespace(job=Job(lambda note, stop: None))
    values = [part.value for part in start.inputs[1:]]
    with pytest.raises(gr.Error, match="being worked on already"):
        start.fn(request, [{"path": str(small_photo)}], *values)
    visitor.batch = None
    assert start.fn(request, [{"path": str(small_photo)}], *values) and visitor.batch.names == ("lamp.png",)
    visitor.forget()


def test_without_any_file_there_is_a_report_and_no_archive(client: Client, no_photo: Path) -> None:
    archive, (row,) = client.predict([handle_file(no_photo)], api_name="/expand_photos")
    assert archive is None and row["state"] == "failed"


@pytest.mark.parametrize(
    ("count", "formats", "sentence"),
    [(0, ["jpg"], "upload one or more"), (1, [], "nothing to make"), (6, ["jpg"], "5 are taken at once")],
)
def test_a_wrong_wish_gets_a_sentence(
    client: Client, small_photo: Path, count: int, formats: list[str], sentence: str
) -> None:
    with pytest.raises(AppError, match=sentence):
        client.predict([handle_file(small_photo)] * count, formats, api_name="/expand_photos")
