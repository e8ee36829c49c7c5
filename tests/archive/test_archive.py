"""Archives: every file gets its record, whatever happens to the processes that work on it."""

import hashlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.archive import PLACES, RECORDS_NAME, ArchiveSettings, Record, list_jobs, run_archive
from hdr_demo.archive.places import Crew
from hdr_demo.archive.records import Records
from hdr_demo.batch import pool as pool_module
from hdr_demo.cli import main
from hdr_demo.color import encode_srgb
from hdr_demo.errors import DataError, OutputError
from hdr_demo.io import read_hdr, write_hdr, write_sdr
from tests.archive.dying import DEADLY, die_once
from tests.video.clips import make_clip, moving_square

ROOT = Path(__file__).parents[2]
SETTINGS = ArchiveSettings(formats=(".exr",), outputs=("sdr",), device="cpu", backend="torch", offline=True)


def light(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 1.5, (40, 56, 3)).astype(np.float32)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Photos in two folders, one of which is torn, one HDR file, one clip, and what is neither."""
    folder = tmp_path / "pictures"
    (folder / "walk").mkdir(parents=True)
    write_sdr(folder / "beach.jpg", encode_srgb(np.minimum(light(), 1)))
    write_sdr(folder / "beach.png", encode_srgb(np.minimum(light(1), 1)))
    write_sdr(folder / "walk" / "beach.jpg", encode_srgb(np.minimum(light(2), 1)))
    (folder / "walk" / "torn.jpg").write_bytes((folder / "beach.jpg").read_bytes()[:300])
    (folder / "walk" / "notes.txt").write_text("no picture")
    make_clip(folder / "walk" / "sea.mp4", moving_square(4))
    return folder


def lines(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / RECORDS_NAME).read_text("utf-8").splitlines()]


def work(archive: Path, out: Path, **others: object) -> list[Record]:
    settings = others.pop("settings", SETTINGS)
    return run_archive(list_jobs([archive], out), out, settings, **others)


def test_photos_and_clips_of_all_folders_get_files_and_records(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = {Path(record.source).relative_to(archive).as_posix(): record for record in work(archive, out, workers=2)}
    assert done.keys() == {"beach.jpg", "beach.png", "walk/beach.jpg", "walk/torn.jpg", "walk/sea.mp4"}
    assert [name for name, record in done.items() if record.error] == ["walk/torn.jpg"]
    assert "torn.jpg" in done["walk/torn.jpg"].error
    for name, record in done.items():
        read = (archive / name).read_bytes()
        assert record.bytes == len(read) and record.sha256 == hashlib.sha256(read).hexdigest() and record.attempts == 1
        assert record.settings["formats"] == [".exr"] and (record.seconds > 0 or record.error)
        assert all((out / file).is_file() for file in record.files) and bool(record.files) != bool(record.error)
    files = [file for record in done.values() for file in record.files]
    assert len(set(files)) == len(files) == 4 and "pictures/walk/sea_reinhard.mp4" in files
    assert read_hdr(out / done["beach.jpg"].files[0]).shape == (40, 56, 3)
    assert len(lines(out)) == 5


def test_a_second_run_does_what_is_missing_changed_or_asked_for_otherwise(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = work(archive, out)

    def again(**others: object) -> set[str]:
        told: list[Record] = []
        assert len(work(archive, out, progress=told.append, **others)) == len(first)
        return {Path(record.source).relative_to(archive).as_posix() for record in told}

    assert again() == set()
    os.utime(archive / "beach.jpg", ns=(0, 0))  # copied, but the same
    assert again() == set()
    assert again(again=True) == {"walk/torn.jpg"}
    (out / next(record for record in first if record.source.endswith("png")).files[0]).unlink()
    write_sdr(archive / "walk" / "beach.jpg", encode_srgb(np.minimum(light(3), 1)))
    assert again() == {"beach.png", "walk/beach.jpg"}
    with (out / RECORDS_NAME).open("ab") as file:  # a crash in the middle of a line
        file.write(b'{"source": "cut o')
    assert again() == set()
    other = ArchiveSettings(**vars(SETTINGS) | {"formats": (".hdr",)})
    assert {"beach.jpg", "beach.png", "walk/beach.jpg"} <= again(settings=other)


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Kill each process over its first task, as often as the list says."""
    left, original = [0], pool_module.Worker.ask

    def ask(self: pool_module.Worker, box: list, places: object) -> object:
        if left[0] > 0:
            left[0] -= 1
            process = self._process or self._start()
            threading.Timer(0.05, os.kill, (process.pid, signal.SIGKILL)).start()
        return original(self, box, places)

    monkeypatch.setattr(pool_module.Worker, "ask", ask)
    return left


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_what_a_killed_process_worked_on_is_tried_again(archive: Path, tmp_path: Path, killed: list[int]) -> None:
    killed[0] = 1
    records = work(archive, tmp_path / "out")
    assert sorted(record.attempts for record in records) == [1, 1, 1, 1, 2]
    assert sum(bool(record.error) for record in records) == 1  # the torn one


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_file_that_kills_twice_is_recorded_and_the_others_go_on(tmp_path: Path, killed: list[int]) -> None:
    (tmp_path / "in").mkdir()
    write_sdr(tmp_path / "in" / "a.png", encode_srgb(np.minimum(light(), 1)))
    killed[0] = 2
    (record,) = work(tmp_path / "in", tmp_path / "out")
    assert "2 processes that worked on it were ended" in record.error and record.attempts == 2
    (record,) = work(tmp_path / "in", tmp_path / "out", again=True)
    assert not record.error


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for number in range(12):
        write_sdr(folder / f"{number:02}.png", encode_srgb(np.minimum(light(number), 1)))
    words = [sys.executable, "-m", "hdr_demo", "batch", str(folder), "--out", str(out), "--offline", "--device", "cpu"]
    process = subprocess.Popen([*words, "--workers", "1"], cwd=ROOT, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not ((out / RECORDS_NAME).exists() and len(lines(out)) >= 2):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()
    before = len(lines(out))
    assert before < 12
    assert subprocess.run(words, cwd=ROOT, stderr=subprocess.DEVNULL).returncode == 0
    assert len(lines(out)) == 12 and not any(line["error"] for line in lines(out))


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_a_ray_cluster_does_the_same(archive: Path, tmp_path: Path) -> None:
    here, there = work(archive, tmp_path / "here"), work(archive, tmp_path / "there", on="ray", workers=1)
    assert {record.files for record in here} == {record.files for record in there}
    assert {record.error for record in here} == {record.error for record in there}
    for file in (file for record in here for file in record.files if file.endswith(".exr")):
        assert np.array_equal(read_hdr(tmp_path / "here" / file), read_hdr(tmp_path / "there" / file))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("place", PLACES)
def test_a_killed_process_leaves_nothing_and_the_next_one_does_its_work(place: str, tmp_path: Path) -> None:
    if place == "ray":
        pytest.importorskip("ray")
    (tmp_path / "in").mkdir()
    (tmp_path / "out" / "in").mkdir(parents=True)
    for name in ("a.png", DEADLY, "c.png"):
        write_sdr(tmp_path / "in" / name, encode_srgb(np.minimum(light(), 1)))
    jobs = list_jobs([tmp_path / "in"], tmp_path / "out")
    done = {job.source.name: record for job, record in PLACES[place](jobs, die_once, Crew())}
    assert [name for name, record in done.items() if record is None] == [DEADLY] and len(done) == 3
    assert list((tmp_path / "out" / "in").iterdir()) == []
    ((_, record),) = PLACES[place](jobs[1:2], die_once, Crew())
    assert record.stem == "b"


def test_without_ray_the_sentence_says_what_to_install(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ray" else find(name))
    with pytest.raises(DataError, match="pip install"):
        work(archive, tmp_path / "out", on="ray")


def test_the_command_counts_and_names_what_failed(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (archive / "walk" / "sea.mp4").unlink()
    write_hdr(archive / "render.exr", light(4))
    words = ["batch", archive, "--out", tmp_path / "out", "--formats", "jpg", "--workers", "1", "--offline"]
    words += ["--device", "cpu", "--backend", "torch", "--scale", "radiometric", "--draft", "--outputs", "sdr"]
    assert main([str(word) for word in words]) == 1
    told = capsys.readouterr()
    assert "3 of 4 files are done, 1 failed" in told.out and "torn.jpg" in told.err
    (archive / "walk" / "torn.jpg").unlink()
    assert main([str(word) for word in [*words, "--again", "--on", "local"]]) == 0


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["--outputs", "film"], "no output 'film' of clips; choose from sdr"),
        (["--formats", "gif"], "gif"),
        (["--weights", "no-such-weights"], "no-such-weights"),
    ],
)
def test_what_cannot_be_done_is_said(
    archive: Path, tmp_path: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["batch", str(archive / "beach.jpg"), "--out", str(tmp_path / "out"), "--offline", *words]
    try:
        code = main(given)
    except SystemExit as ended:  # argparse
        code = ended.code
    assert code != 0 and sentence in capsys.readouterr().err


def test_empty_or_missing_sources_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no photo and no clip"):
        list_jobs([tmp_path / "empty"], tmp_path / "out")
    with pytest.raises(DataError, match="is not there"):
        list_jobs([tmp_path / "nowhere"], tmp_path / "out")


def test_results_keep_their_names_when_sources_come_and_go(archive: Path, tmp_path: Path) -> None:
    out, jpeg = tmp_path / "out", archive / "beach.jpg"
    kept = jpeg.rename(tmp_path / "kept.jpg")
    before = {record.source: record.files for record in work(archive, out)}
    kept.rename(jpeg)
    after = {record.source: record.files for record in work(archive, out)}
    assert after == before | {str(jpeg): ("pictures/beach.jpg.exr",)}
    elsewhere = tmp_path / "elsewhere" / "pictures"  # another folder of the same name
    elsewhere.mkdir(parents=True)
    (elsewhere / "beach.png").write_bytes((archive / "beach.png").read_bytes())
    (record,) = work(elsewhere, out)
    assert record.files == ("pictures/beach.png.exr",)


@pytest.mark.parametrize("out", ["pictures", "."])
def test_sources_among_the_results_are_refused(archive: Path, out: str) -> None:
    for source in (archive, archive / "beach.jpg"):
        with pytest.raises(DataError, match="lies in the folder of results.*another --out"):
            list_jobs([source], archive.parent / out)
    assert len(list_jobs([archive], archive / "hdr")) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all names are Unicode")
def test_a_name_that_is_no_unicode_has_a_record(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (archive / "beach.jpg").rename(tmp_path / "in" / "caf\udce9 海.jpg")
    (record,) = work(tmp_path / "in", tmp_path / "out")
    assert not record.error and "海" in (tmp_path / "out" / RECORDS_NAME).read_text("utf-8")
    told: list[Record] = []
    assert work(tmp_path / "in", tmp_path / "out", progress=told.append) == [record] and not told


def test_a_folder_of_results_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError):
        Records(tmp_path / "out")


@pytest.mark.skipif(os.name == "nt", reason="there are no locks of this kind")
def test_two_runs_do_not_write_into_one_folder(archive: Path, tmp_path: Path) -> None:
    first = Records(tmp_path / "out")
    with pytest.raises(OutputError, match="Another run writes into .*out: wait for its end"):
        work(archive, tmp_path / "out")
    first.close()
    assert len(work(archive, tmp_path / "out")) == 5
