"""`expand.py --formats`: files to share, many photographs, and what became of each."""

import csv
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.cli import INTERRUPTED, run_command
from hdr_demo.color import BT709_TO_BT2020, decode_srgb
from hdr_demo.io import HDR_FORMATS, hdr_kind, read_hdr, read_hdr_picture, read_ldr, write_hdr, write_sdr
from hdr_demo.tonemap import tone_map

ROOT = Path(__file__).parents[2]
HALF = 2**-11
JPEG = 4 / 255  # the mean that a JPEG of quality 92 may change in a smooth picture


def picture(height: int = 40, width: int = 60) -> np.ndarray:
    """A smooth slope with a clipped corner."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    ldr = np.stack((columns / width * 1.3, rows / height * 1.2, (rows + columns) / 2 / width), axis=-1).clip(0, 1)
    ldr[: height // 3, width * 3 // 4 :] = 1
    return ldr


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """One photograph, in a folder of its own."""
    (tmp_path / "photos").mkdir()
    return write_sdr(tmp_path / "photos" / "beach.png", picture())


def expand(*words: object) -> int:
    return run_command("expand", ["--device", "cpu", "--offline", *map(str, words)], prog="python expand.py")


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_one_photo_becomes_the_files_to_share(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert expand(photo, "--formats", "jpg, EXR,.avif,Radiance", "--out", tmp_path / "out") == 0
    assert names(tmp_path / "out") == {"beach_hdr.jpg", "beach.exr", "beach_pq.avif", "beach.hdr"}
    hdr, ldr = read_hdr(tmp_path / "out" / "beach.exr"), read_ldr(photo).ldr
    dark = ldr.max(axis=-1) < 0.85
    assert np.allclose(hdr[dark], decode_srgb(ldr)[dark], rtol=2 * HALF, atol=1e-4) and hdr.max() > 1
    assert np.abs(read_hdr_picture(tmp_path / "out" / "beach_hdr.jpg").sdr - ldr).mean() < JPEG
    told = capsys.readouterr()
    assert "beach_hdr.jpg" in told.out and "(60x40, " in told.out and told.err == ""


def test_files_lie_beside_the_photo_and_are_no_photographs_of_the_next_run(photo: Path) -> None:
    formats = ",".join(("jpg", "png", "avif", "tif", "exr"))
    for _ in range(2):
        assert expand(photo.parent, "--formats", formats, "--tone_map", "reinhard") == 0
    assert names(photo.parent) == {
        "beach.png",
        "beach_hdr.jpg",
        "beach_pq.png",
        "beach_pq.avif",
        "beach.tif",
        "beach.exr",
        "beach_prediction_reinhard.jpg",
    }


def test_ordinary_pictures_that_are_called_like_results_are_photographs(photo: Path, tmp_path: Path) -> None:
    write_sdr(photo.with_name("beach_hdr.jpg"), picture())
    assert expand(photo.parent, "--formats", "exr", "--out", tmp_path / "out") == 0
    assert names(tmp_path / "out") == {"beach.exr", "beach_hdr.exr"}


@pytest.mark.parametrize("formats", ["bmp", "jpg,", "exr jpg"])
def test_an_unknown_format_is_told_with_the_choices(
    photo: Path, capsys: pytest.CaptureFixture[str], formats: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        expand(photo, "--formats", formats)
    told = capsys.readouterr().err
    assert ended.value.code == 2 and ".exr (OpenEXR)" in told and ".jpg (JPEG with a gain map)" in told
    assert names(photo.parent) == {"beach.png"}


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ("--formats exr --use_exr True", "--formats exr"),
        ("--formats exr --white 500 --peak 400", "--peak 400 cannot be used"),
        ("--formats exr --white 20000", "--white 20000 cannot be used: choose at most 10000"),
        ("--formats jpg --quality 101", "--quality 101"),
        ("--formats jpg --report beach.png/report.csv", "beach.png cannot be made (a file is in its way)"),
        ("--formats exr --contact-sheet sheet.pdf", "sheet.pdf cannot be written"),
        ("--formats exr --report report.txt", "report.txt cannot be written"),
    ],
)
def test_what_contradicts_itself_is_told_before_anything_is_done(
    photo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, flags: str, sentence: str
) -> None:
    monkeypatch.chdir(photo.parent)
    assert expand(photo, *flags.split()) == 1
    told = capsys.readouterr().err.strip()
    assert sentence in told and "\n" not in told
    assert names(photo.parent) == {"beach.png"}


def test_white_peak_and_float_are_in_the_files(photo: Path, tmp_path: Path) -> None:
    import OpenEXR

    flags = ("--formats", "exr,png", "--white", "100", "--peak", "150", "--float", "--out", tmp_path / "out")
    assert expand(photo, *flags) == 0
    with OpenEXR.File(str(tmp_path / "out" / "beach.exr"), separate_channels=True) as file:
        assert file.header()["whiteLuminance"] == 100
        assert all(channel.pixels.dtype == np.float32 for channel in file.channels().values())
    hdr = read_hdr(tmp_path / "out" / "beach.exr")
    assert hdr.max() > 1.6
    limited = read_hdr(tmp_path / "out" / "beach_pq.png") @ BT709_TO_BT2020.T  # a file of PQ has these primaries
    assert limited.max() == pytest.approx(150 / 203, rel=0.02)


def test_quality_makes_smaller_files(photo: Path, tmp_path: Path) -> None:
    for quality in ("20", "95"):
        assert expand(photo, "--formats", "jpg", "--quality", quality, "--out", tmp_path / quality) == 0
    small, large = (next((tmp_path / quality).iterdir()).stat().st_size for quality in ("20", "95"))
    assert small < large


def test_the_base_image_is_what_the_flag_says(photo: Path, tmp_path: Path) -> None:
    assert expand(photo, "--formats", "jpg,exr", "--base", "hable", "--gamma", "1.2", "--out", tmp_path) == 0
    rendition = tone_map(read_hdr(tmp_path / "beach.exr"), "hable", gamma=1.2)
    assert np.abs(read_hdr_picture(tmp_path / "beach_hdr.jpg").sdr - rendition).mean() < JPEG


def test_exif_is_kept_unless_it_shall_not_be(tmp_path: Path) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    Image.new("RGB", (40, 30), "grey").save(tmp_path / "taken.jpg", exif=exif)
    for kept in ("True", "False"):
        assert expand(tmp_path / "taken.jpg", "--formats", "jpg", "--exif", kept, "--out", tmp_path / kept) == 0
        found = read_ldr(tmp_path / kept / "taken_hdr.jpg").exif or b""
        assert (b"Camera maker" in found) == (kept == "True")


def test_a_draft_is_another_answer_where_the_photo_is_clipped(tmp_path: Path) -> None:
    photo = write_sdr(tmp_path / "large.png", picture(160, 200))
    for name, flags in (("exact", ()), ("draft", ("--draft",))):
        assert expand(photo, "--formats", "exr", "--out", tmp_path / name, *flags) == 0
    exact, draft = (read_hdr(tmp_path / name / "large.exr") for name in ("exact", "draft"))
    dark = read_ldr(photo).ldr.max(axis=-1) < 0.85
    assert np.allclose(exact[dark], draft[dark], rtol=2 * HALF, atol=1e-4)
    assert not np.allclose(exact, draft, rtol=0.01)


@pytest.mark.parametrize(
    ("flags", "own"),
    [
        (("--formats", "exr"), True),
        (("--formats", "exr", "--network"), False),
        (("--use_exr", "True"), False),
        (("--use_exr", "True", "--own-light"), True),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_photographs_with_a_gain_map_keep_their_light_as_the_flags_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], own: bool
) -> None:
    phone = write_hdr(tmp_path / "phone.jpg", picture() * 3 + np.float32(0.1), sdr=picture())
    assert expand(phone, *flags, "--out", tmp_path / "out") == 0
    written = read_hdr(next((tmp_path / "out").iterdir()))
    assert np.allclose(written, read_hdr(phone), rtol=2 * HALF, atol=1e-4) == own
    assert ("kept its own light" in capsys.readouterr().out) == own


def test_a_render_is_converted_and_tone_mapped(tmp_path: Path) -> None:
    render = write_hdr(tmp_path / "render.exr", picture() * 4)
    assert expand(render, "--tone_map", "aces", "--out", tmp_path / "out") == 0
    assert names(tmp_path / "out") == {"render_prediction.hdr", "render_prediction_aces.jpg"}
    rendition = read_ldr(tmp_path / "out" / "render_prediction_aces.jpg").ldr
    assert np.abs(rendition - tone_map(read_hdr(render), "aces")).mean() < JPEG


def test_folders_of_folders_are_made_again_below_out_and_results_are_left_out(photo: Path) -> None:
    root = photo.parent
    for inner in ("a/b", "c", ".hidden"):
        (root / inner).mkdir(parents=True)
        (root / inner / "beach.png").write_bytes(photo.read_bytes())
    for _ in range(2):
        assert expand(root, "--recursive", "--formats", "exr", "--workers", "1", "--out", root / "out") == 0
    assert names(root / "out") == {"beach.exr", "a/b/beach.exr", "c/beach.exr"}
    assert expand(root, "--recursive", "--tag", "my-tag", "--out", root / "out") == 0
    assert "c/beach_prediction_my-tag.hdr" in names(root / "out")


def test_an_interrupted_batch_goes_on_where_it_was(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, flags = tmp_path / "out", ("--formats", "jpg,exr", "--skip-existing")
    write_sdr(photo.with_name("dune.png"), picture())
    assert expand(photo, *flags, "--out", out) == 0
    times = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    assert expand(photo.parent, *flags, "--out", out) == 0
    assert names(out) == {"beach_hdr.jpg", "beach.exr", "dune_hdr.jpg", "dune.exr"}
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())
    assert "there already" in capsys.readouterr().out


@pytest.mark.parametrize("workers", ["0", "2"])
def test_many_photos_are_reported_and_drawn_and_a_failure_is_summed_up(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], workers: str
) -> None:
    photo.with_name("broken.png").write_bytes(photo.read_bytes()[:80])
    out, sheet, table = tmp_path / "out", tmp_path / "sheet.jpg", tmp_path / "report.csv"
    words = ("--formats", "exr", "--workers", workers, "--out", out, "--contact-sheet", sheet, "--report", table)
    assert expand(photo.parent, *words) == 1
    assert names(out) == {"beach.exr"}
    told = capsys.readouterr()
    assert told.err.count("\n") == 1 and "broken.png" in told.err
    assert "1 of 2 photographs failed:\n  broken.png is damaged" in told.out
    with table.open(encoding="utf-8") as file:
        rows = {Path(row["source"]).name: row for row in csv.DictReader(file)}
    assert rows["beach.png"]["files"] == str(out / "beach.exr") and float(rows["beach.png"]["stops_gained"]) > 0
    assert rows["broken.png"]["state"] == "failed" and "damaged" in rows["broken.png"]["error"]
    drawn = read_ldr(sheet).ldr
    assert ((drawn[..., 0] > 0.6) & (drawn[..., 1] < 0.35)).any(), "the failure is not red"


def test_what_was_written_is_told_beside_what_was_not(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sdr(photo.with_name("one.png"), np.full((1, 1, 3), 0.5, np.float32))
    out, table = tmp_path / "out", tmp_path / "new" / "report.json"
    words = ("--formats", "avif,exr", "--out", out, "--report", table)
    assert expand(photo.with_name("one.png"), *words) == 1
    told = capsys.readouterr()
    assert told.err.startswith(f"{out / 'one_pq.avif'}: A picture of 1×1 pixels cannot be written as AVIF")
    assert f"one.png -> {out / 'one.exr'} (1x1" in told.out and table.exists()


def test_a_photograph_that_is_named_twice_is_expanded_once(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert expand(photo, photo.parent, "--formats", "exr", "--out", tmp_path / "out") == 0
    assert capsys.readouterr().out.count("->") == 1


def test_a_report_that_cannot_be_written_does_not_silence_the_rest(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, sheet = tmp_path / "report.csv", tmp_path / "sheet.png"
    table.mkdir()
    assert expand(photo, "--formats", "exr", "--report", table, "--contact-sheet", sheet) == 1
    assert f"{table} is not a file" in capsys.readouterr().err and sheet.exists()


@pytest.mark.parametrize("suffix", HDR_FORMATS)
def test_every_format_can_be_asked_for(photo: Path, tmp_path: Path, suffix: str) -> None:
    if not HDR_FORMATS[suffix].available():
        pytest.skip(f"{HDR_FORMATS[suffix].package} is not installed")
    assert expand(photo, "--formats", suffix.removeprefix("."), "--out", tmp_path / "out") == 0
    assert hdr_kind(next((tmp_path / "out").iterdir())) is not None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process, and no terminals of this kind")
def test_one_bar_tells_of_all_photos_and_ctrl_c_leaves_nothing_unfinished(tmp_path: Path) -> None:
    import pty
    import termios

    photos = [write_sdr(tmp_path / f"photo{number}.png", picture(300, 400)) for number in range(8)]
    out, temporary = tmp_path / "out", tmp_path / "temporary"
    temporary.mkdir()
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (24, 120))
    process = subprocess.Popen(
        [sys.executable, "expand.py", *photos, "--offline", "--device", "cpu", "--out", out, "--formats", "avif,exr"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"HDR_DEMO_WEIGHTS": "", "TMPDIR": str(temporary)},
    )
    os.close(theirs)
    shown = b""
    try:
        while b"3 of 8, photo2.png" not in shown:
            shown += os.read(ours, 4096)
        assert len(list(temporary.iterdir())) == 1, "no arrays travel"
        process.send_signal(signal.SIGINT)
        while True:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # the other end was closed, by the processes that read and write, too
                break
        assert process.wait(timeout=60) == INTERRUPTED, shown.decode()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(ours)
    assert shown.decode().strip().endswith("Interrupted.") and b"Traceback" not in shown
    assert re.search(rb"\d%\|.*\[", shown)
    assert list(temporary.iterdir()) == []
    assert names(out) <= {f"photo{number}{ending}" for number in range(8) for ending in ("_pq.avif", ".exr")}
    for path in out.iterdir():
        assert read_hdr(path).shape == (300, 400, 3)


@pytest.mark.parametrize("suffix", ["pdf", "png"])
def test_a_figure_is_drawn_and_is_no_photograph_of_the_next_run(photo: Path, suffix: str) -> None:
    for _ in range(2):
        assert expand(photo.parent, "--formats", "exr", "--figure", suffix, "--tone_map", "agx") == 0
        assert names(photo.parent) == {"beach.png", "beach.exr", "beach_prediction_agx.jpg", f"beach_figure.{suffix}"}
    drawn = (photo.parent / f"beach_figure.{suffix}").read_bytes()
    assert drawn.startswith(b"%PDF-1.7" if suffix == "pdf" else b"\x89PNG")


def test_a_panorama_is_what_the_user_says_it_is(photo: Path) -> None:
    found = {}
    for said in ("auto", "no", "yes"):
        assert expand(photo, "--formats", "exr", "--panorama", said, "--tag", said) == 0
        found[said] = read_hdr(photo.parent / f"beach_{said}.exr")
    assert np.array_equal(found["auto"], found["no"])  # 60×40 pixels are none
    assert not np.array_equal(found["yes"], found["no"])
