"""Many photos at once: the same files as one by one, the network never waits, and one photo never costs another."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from doubling import DOUBLED, HALF, JPEG, Network, slope

from hdr_demo.batch import BatchProgress, BatchSettings, FileReport, Rendition, number_names, run_batch
from hdr_demo.color import BT709_TO_BT2020, decode_srgb
from hdr_demo.errors import DeviceError
from hdr_demo.io import Delivery, read_hdr, read_hdr_picture, read_ldr, write_hdr, write_sdr
from hdr_demo.tonemap import tone_map

pytestmark = pytest.mark.usefixtures("temporary")


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Six smooth photos."""
    return [write_sdr(tmp_path / f"photo{number}.png", slope(40, 60, number)) for number in range(6)]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_three_lines_are_enough(photos: list[Path], tmp_path: Path) -> None:
    expand = Network().expand
    reports = run_batch(photos[:2], expand, number_names(photos, tmp_path / "new" / "folder"))
    assert [report.files for report in reports] == [
        (tmp_path / "new" / "folder" / f"photo{n}_hdr.jpg",) for n in range(2)
    ]


def test_files_are_the_same_whoever_writes_them_and_reports_keep_the_order(photos: list[Path], tmp_path: Path) -> None:
    settings = BatchSettings((".jpg", ".exr", ".png"), renditions=(Rendition("_look.jpg", "aces", {"stops": 1.0}),))
    reports = {}
    for workers in (0, 1, 3):
        out = tmp_path / str(workers)
        network = Network()
        reports[workers] = run_batch(photos, network.expand, number_names(photos, out), settings, workers=workers)
        assert network.asked == [path.stem for path in photos]
        assert [report.source for report in reports[workers]] == photos
        assert all(report.error == "" and report.width == 60 and report.height == 40 for report in reports[workers])
        assert names(out) == {
            f"{path.stem}{ending}" for path in photos for ending in ("_hdr.jpg", ".exr", "_pq.png", "_look.jpg")
        }
    for path in (tmp_path / "0").iterdir():
        assert (
            path.read_bytes() == (tmp_path / "1" / path.name).read_bytes() == (tmp_path / "3" / path.name).read_bytes()
        )
    hdr = decode_srgb(read_ldr(photos[3]).ldr) * DOUBLED
    assert np.allclose(read_hdr(tmp_path / "3" / "photo3.exr"), hdr, rtol=HALF, atol=1e-6)
    look = read_ldr(tmp_path / "3" / "photo3_look.jpg").ldr
    assert np.abs(look - tone_map(hdr, "aces", stops=1.0)).mean() < JPEG


def test_the_network_reads_ahead_and_writes_behind_within_bounds(photos: list[Path], tmp_path: Path) -> None:
    steps: list[BatchProgress] = []
    in_flight: list[int] = []

    def meanwhile(name: str) -> None:
        number = int(name[-1])
        begun = {step.index for step in steps if step.stage == "reading"}
        ended = {step.index for step in steps if step.stage == "done"}
        assert begun >= set(range(min(number + 3, len(photos)))), "nothing is being read meanwhile"
        in_flight.append(len(begun - ended))
        until = time.monotonic() + 60
        # Were the one before written only after this one, its file would never come.
        while number and not (tmp_path / "out" / f"photo{number - 1}.exr").exists():
            assert time.monotonic() < until
            time.sleep(0.01)

    settings = BatchSettings((".exr",))
    target = number_names(photos, tmp_path / "out")
    reports = run_batch(photos, Network(meanwhile).expand, target, settings, workers=2, progress=steps.append)
    assert not any(report.error for report in reports)
    assert max(in_flight) <= 2 + 1 + 2


def test_progress_tells_each_step_of_each_photo_in_its_order(photos: list[Path], tmp_path: Path) -> None:
    steps: list[BatchProgress] = []
    photos[1].write_bytes(b"no picture")
    run_batch(photos, Network().expand, number_names(photos, tmp_path / "out"), progress=steps.append)
    for index in range(len(photos)):
        mine = [step for step in steps if step.index == index]
        stages = list(dict.fromkeys(step.stage for step in mine))
        assert stages == (["reading", "failed"] if index == 1 else ["reading", "expanding", "writing", "done"])
        assert [step.report is not None for step in mine] == [False] * (len(mine) - 1) + [True]
        shares = [step.share for step in mine]
        assert shares == sorted(shares) and shares[-1] == 1


def test_whatever_goes_wrong_with_one_photo_the_rest_goes_on(photos: list[Path], tmp_path: Path) -> None:
    photos[0].unlink()
    photos[1].write_bytes(photos[1].read_bytes()[:100])

    def fail(name: str) -> None:
        if name == "photo2":
            raise MemoryError
        if name == "photo3":
            raise DeviceError("The device is gone.")

    for workers in (0, 2):
        reports = run_batch(photos, Network(fail).expand, number_names(photos, tmp_path / "out"), workers=workers)
        words = ["photo0.png does not exist", "photo1.png is damaged", "photo2.png does not fit", "The device is gone."]
        assert all(word in report.error and not report.files for word, report in zip(words, reports, strict=False))
        assert [report.error for report in reports[4:]] == ["", ""]


@pytest.mark.logs_errors
def test_a_fault_of_this_program_costs_one_photo_and_is_told(photos: list[Path], tmp_path: Path) -> None:
    def fail(name: str) -> None:
        if name == "photo2":
            raise ZeroDivisionError("by nothing")

    reports = run_batch(photos, Network(fail).expand, number_names(photos, tmp_path / "out"), workers=0)
    assert [bool(report.error) for report in reports] == [False, False, True, False, False, False]
    assert "ZeroDivisionError: by nothing" in reports[2].error and "please report it" in reports[2].error


def test_one_file_that_cannot_be_written_does_not_keep_the_others_back(photos: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "photo0.exr").mkdir(parents=True)
    reports = run_batch(
        photos[:2], Network().expand, number_names(photos, out), BatchSettings((".exr", ".hdr")), workers=0
    )
    assert "photo0.exr is not a file" in reports[0].error and reports[0].files == (out / "photo0.hdr",)
    assert reports[1].error == "" and len(reports[1].files) == 2


def test_a_full_disk_is_told_and_leaves_nothing(photos: list[Path], tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    noise = np.random.default_rng(0).random((60, 60, 3), np.float32)
    write_sdr(photos[0], noise)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))  # of this process and those it starts
        reports = run_batch(photos, Network().expand, number_names(photos, tmp_path / "out"), BatchSettings((".exr",)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "photo0.exr cannot be written, because the disk is full" in reports[0].error
    done = {path.name for report in reports for path in report.files}
    assert names(tmp_path / "out") == done and "photo0.exr" not in done


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found in /proc")
def test_processes_that_are_killed_fail_what_they_did_and_nothing_else(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).random((700, 900, 3), np.float32)
    photos = [write_sdr(tmp_path / f"photo{number}.png", noise) for number in range(6)]

    def kill(name: str) -> None:
        if name == "photo1":  # while photo0 is being written, which takes seconds
            for thread in Path("/proc/self/task").iterdir():
                for child in (thread / "children").read_text().split():
                    if b"hdr_demo.batch.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                        os.kill(int(child), signal.SIGKILL)

    out = tmp_path / "out"
    reports = run_batch(photos, Network(kill).expand, number_names(photos, out), BatchSettings((".avif",)))
    failed = [report for report in reports if report.error]
    assert failed and all("was ended, most often for want of memory" in report.error for report in failed)
    assert [report.error for report in reports[4:]] == ["", ""]
    assert names(out) == {path.name for report in reports for path in report.files}


@pytest.mark.parametrize("workers", [0, 2])
def test_stop_keeps_what_is_expanded_and_asks_for_nothing_more(
    photos: list[Path], tmp_path: Path, workers: int
) -> None:
    network = Network()
    steps: list[BatchProgress] = []
    reports = run_batch(
        photos,
        network.expand,
        number_names(photos, tmp_path / "out"),
        workers=workers,
        progress=steps.append,
        should_stop=lambda: any(step.index == 2 and step.share >= 0.5 for step in steps),
    )
    assert network.asked == ["photo0", "photo1", "photo2"]
    assert [report.stopped for report in reports] == [False, False, True, True, True, True]
    assert all(report.error for report in reports[2:])
    assert names(tmp_path / "out") == {"photo0_hdr.jpg", "photo1_hdr.jpg"}
    assert [step.stage for step in steps if step.report] == ["done"] * 2 + ["stopped"] * 4


def test_ctrl_c_leaves_no_file_and_no_folder(photos: list[Path], tmp_path: Path, temporary: Path) -> None:
    def interrupt(name: str) -> None:
        if name == "photo2":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(photos, Network(interrupt).expand, number_names(photos, tmp_path / "out"))
    assert names(tmp_path / "out") <= {"photo0_hdr.jpg", "photo1_hdr.jpg"}
    assert names(temporary) == set()


@pytest.mark.parametrize("base", ["photo", "rendition"])
def test_the_base_image_is_the_photo_or_its_rendition(photos: list[Path], tmp_path: Path, base: str) -> None:
    settings = BatchSettings(operator="hable", parameters={"stops": -1.0}, base=base)
    run_batch(photos[:1], Network().expand, number_names(photos, tmp_path / "out"), settings, workers=0)
    ldr = read_ldr(photos[0]).ldr
    expected = ldr if base == "photo" else tone_map(decode_srgb(ldr) * DOUBLED, "hable", stops=-1.0)
    assert np.abs(read_hdr_picture(tmp_path / "out" / "photo0_hdr.jpg").sdr - expected).mean() < JPEG


@pytest.mark.parametrize("kept", [True, False])
def test_exif_is_kept_unless_it_shall_not_be(tmp_path: Path, kept: bool) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    source = tmp_path / "taken.jpg"
    Image.new("RGB", (40, 30), "grey").save(source, exif=exif)
    run_batch([source], Network().expand, number_names([source], tmp_path / "out"), BatchSettings(exif=kept), workers=0)
    found = read_ldr(tmp_path / "out" / "taken_hdr.jpg").exif or b""
    assert (b"Camera maker" in found) == kept


def test_delivery_reaches_the_files(photos: list[Path], tmp_path: Path) -> None:
    target = number_names(photos, tmp_path / "out")
    settings = BatchSettings((".exr", ".png"), delivery=Delivery(203.0, 300.0, True, 50))
    report = run_batch(photos[:1], Network().expand, target, settings, workers=0)[0]
    hdr = decode_srgb(read_ldr(photos[0]).ldr) * DOUBLED
    assert np.array_equal(read_hdr(tmp_path / "out" / "photo0.exr"), hdr)
    stored = read_hdr(tmp_path / "out" / "photo0_pq.png") @ BT709_TO_BT2020.T
    assert stored.max() <= 300 / 203 * 1.01
    assert any("photo0_pq.png" in note and "peak" in note for note in report.notes)


def test_the_size_is_that_of_the_settings_with_and_without_the_network(photos: list[Path], tmp_path: Path) -> None:
    sources = [photos[0], write_hdr(tmp_path / "render.exr", slope(20, 30) * 4)]
    settings = BatchSettings((".hdr",), size=(12, 34))
    reports = run_batch(sources, Network().expand, number_names(sources, tmp_path / "out"), settings, workers=0)
    assert [(report.height, report.width) for report in reports] == [(12, 34)] * 2
    assert all(read_hdr(report.files[0]).shape == (12, 34, 3) for report in reports)


def test_no_result_replaces_another_or_a_photo(photos: list[Path], tmp_path: Path) -> None:
    render = write_hdr(tmp_path / "render.exr", slope(20, 30))
    before = render.read_bytes()
    sources = [photos[0], photos[0], render]

    def beside(source: Path, ending: str) -> Path:
        return source.with_suffix(ending)

    reports = run_batch(sources, Network().expand, beside, BatchSettings((".exr",)), workers=0)
    assert reports[0].error == ""
    assert "would replace that of" in reports[1].error
    assert "would replace a photograph" in reports[2].error and render.read_bytes() == before


def test_numbers_tell_photos_of_one_name_apart(tmp_path: Path) -> None:
    sources = [
        tmp_path / folder / name for folder, name in (("a", "x.jpg"), ("b", "X.png"), ("c", "x.jpg"), ("c", "y.jpg"))
    ]
    target = number_names(sources, tmp_path)
    assert [target(source, ".jpg").name for source in sources] == [
        "x_hdr.jpg",
        "X-2_hdr.jpg",
        "x-3_hdr.jpg",
        "y_hdr.jpg",
    ]
    assert target(sources[1], "_aces.jpg").name == "X-2_aces.jpg"


def test_what_is_there_is_left_alone_and_what_is_half_there_is_made_again(photos: list[Path], tmp_path: Path) -> None:
    target = number_names(photos, tmp_path / "out")
    settings = BatchSettings((".jpg", ".exr"), skip_existing=True)
    run_batch(photos[:3], Network().expand, target, settings, workers=0)
    (tmp_path / "out" / "photo1.exr").unlink()
    network = Network()
    reports = run_batch(photos[:4], network.expand, target, settings, workers=0)
    assert network.asked == ["photo1", "photo3"]
    assert all(len(report.files) == 2 and not report.error for report in reports)
    assert "there already" in reports[0].notes[0]


def test_nothing_to_do_is_no_mistake(tmp_path: Path) -> None:
    assert run_batch([], Network().expand, number_names([], tmp_path)) == []


def test_a_report_can_be_compared(tmp_path: Path) -> None:
    assert FileReport(tmp_path) != FileReport(tmp_path, error="no")
