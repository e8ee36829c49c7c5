"""`expand.py` with clips: every flag does what it says, and nothing half-done is left behind."""

import os
import re
import signal
import subprocess
import sys
import zipfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hdr_demo.cli import INTERRUPTED, run_command
from hdr_demo.io import write_sdr
from hdr_demo.video.clip import Clip
from hdr_demo.video.convert import ConvertedClip
from hdr_demo.video.settings import ClipSettings
from tests.video.clips import demuxed, make_clip, moving_square
from tests.video.test_refusals import CASES

ROOT = Path(__file__).parents[2]
SIZE = (48, 64)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten frames of 64×48 with sound."""
    return make_clip(tmp_path_factory.mktemp("clips") / "square.mp4", moving_square(10, *SIZE), audio="aac")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Clip, dict[str, Path], ClipSettings]]:
    """What `convert_clip` is asked for, without doing it."""
    calls = []

    def note(clip: Clip, expander: object, targets: dict[str, Path], settings: ClipSettings, **_: object) -> object:
        calls.append((clip, targets, settings))
        return ConvertedClip(dict(targets), 1, 1.0, False, 0.0, None, ("A note.",))

    monkeypatch.setattr("hdr_demo.video.convert.convert_clip", note)
    return calls


def expand(*words: object) -> int:
    return run_command("expand", ["--device", "cpu", "--offline", *map(str, words)], prog="python expand.py")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def told_of(path: Path) -> tuple[str, int, int, int, int]:
    """Codec, height, width, frames and transfer of a video."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        context = stream.codec_context
        return context.codec.canonical_name, frames[0].height, frames[0].width, len(frames), frames[0].color_trc


def test_the_script_runs_as_documented(clip: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "expand.py", clip, "--video", "True", "--tone_map", "reinhard", "--out", tmp_path / "new"]
        + ["--offline"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"HDR_DEMO_WEIGHTS": ""},
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    result = tmp_path / "new" / "square_prediction_reinhard.mp4"
    assert names(result.parent) == {result.name}
    assert str(result) in done.stdout and "10 frames" in done.stdout
    assert told_of(result)[:4] == ("h264", *SIZE, 10)
    assert [contents for _, contents in demuxed(result, "audio")] == [
        contents for _, contents in demuxed(clip, "audio")
    ]


def test_without_a_wish_there_is_a_file_that_plays_everywhere_and_one_in_hdr(clip: Path, tmp_path: Path) -> None:
    copy = tmp_path / "square.mp4"
    copy.write_bytes(clip.read_bytes())
    assert expand(copy) == 0
    sdr, hdr = tmp_path / "square_prediction_reinhard.mp4", tmp_path / "square_prediction_hdr10_av1.mp4"
    assert names(tmp_path) == {copy.name, sdr.name, hdr.name}
    assert told_of(sdr) == ("h264", *SIZE, 10, 1) and told_of(hdr) == ("av1", *SIZE, 10, 16)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (("--tone_map", "drago"), {"sdr": "_drago.mp4"}),
        (("--hdr10", "av1"), {"hdr10_av1": "_hdr10_av1.mp4"}),
        (("--hdr10", "hevc"), {"hdr10_hevc": "_hdr10_hevc.mp4"}),
        (("--hdr10", "hevc", "--hdr10", "av1"), {"hdr10_av1": "_hdr10_av1.mp4", "hdr10_hevc": "_hdr10_hevc.mp4"}),
        (("--hlg", "av1"), {"hlg_av1": "_hlg_av1.mp4"}),
        (("--hlg", "hevc"), {"hlg_hevc": "_hlg_hevc.mp4"}),
        (("--mkv",), {"sdr": "_reinhard.mkv", "hdr10_av1": "_hdr10_av1.mkv"}),
        (("--mkv", "--exr-sequence"), {"exr_sequence": "_exr.zip"}),
        (("--exr-sequence",), {"exr_sequence": "_exr.zip"}),
        (("--exr-sequence", "zip"), {"exr_sequence": "_exr.zip"}),
        (("--exr-sequence", "folder"), {"exr_sequence": "_exr"}),
        (("--side-by-side",), {"side_by_side": "_side_by_side.mp4"}),
        (
            ("--tone_map", "reinhard", "--hdr10", "av1", "--side-by-side"),
            {"sdr": "_reinhard.mp4", "hdr10_av1": "_hdr10_av1.mp4", "side_by_side": "_side_by_side.mp4"},
        ),
        ((), {"sdr": "_reinhard.mp4", "hdr10_av1": "_hdr10_av1.mp4"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_flags_choose_the_files(
    clip: Path, tmp_path: Path, asked: list, flags: tuple[str, ...], expected: dict[str, str]
) -> None:
    assert expand(clip, "--out", tmp_path, *flags) == 0
    ((_, targets, _),) = asked
    assert targets == {name: tmp_path / f"square_prediction{ending}" for name, ending in expected.items()}


def test_a_tag_stands_before_the_suffix(clip: Path, tmp_path: Path, asked: list) -> None:
    assert expand(clip, "--out", tmp_path, "--tag", "new", "--hdr10", "av1", "--exr-sequence", "folder") == 0
    assert {path.name for path in asked[0][1].values()} == {
        "square_prediction_hdr10_av1_new.mp4",
        "square_prediction_exr_new",
    }


@pytest.mark.parametrize(
    ("flags", "name", "expected"),
    [
        ((), "smooth", True),
        ((), "draft", False),
        (("--draft",), "draft", True),
        (("--start", "0.12"), "start", 0.12),
        (("--start", "00:00.12"), "start", 0.12),
        (("--end", "0:0:0.2"), "end", 0.2),
        ((), "end", None),
        (("--max_side", "48"), "max_side", 48),
        (("--max-side", "48"), "max_side", 48),
        ((), "white_nits", 203.0),
        (("--white", "100"), "white_nits", 100.0),
        ((), "peak_nits", 1000.0),
        (("--peak", "4000"), "peak_nits", 4000.0),
        (("--stops", "-1.5"), "stops", -1.5),
        (("--gamma", "1.2"), "parameters", {"gamma": 1.2}),
        (("--scale", "radiometric"), "scale", "radiometric"),
        (("--tone_map", "durand"), "operator", "durand"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_flags_choose_the_settings(
    clip: Path, tmp_path: Path, asked: list, flags: tuple[str, ...], name: str, expected: object
) -> None:
    assert expand(clip, "--out", tmp_path, *flags) == 0
    assert getattr(asked[0][2], name) == expected


def test_a_part_is_reduced_drafted_and_written_in_every_way(tmp_path: Path) -> None:
    large = make_clip(tmp_path / "square.mp4", moving_square(10, 96, 128), audio="aac")
    out = tmp_path / "out"
    flags = "--start 0.08 --end 0.2 --max_side 64 --draft --hdr10 hevc --hlg hevc --hlg av1 --side-by-side"
    assert expand(large, "--out", out, *flags.split(), "--exr-sequence", "--peak", "600") == 0
    assert told_of(out / "square_prediction_hdr10_hevc.mp4") == ("hevc", *SIZE, 3, 16)
    assert told_of(out / "square_prediction_hlg_hevc.mp4") == ("hevc", *SIZE, 3, 18)
    assert told_of(out / "square_prediction_hlg_av1.mp4") == ("av1", *SIZE, 3, 18)
    assert told_of(out / "square_prediction_side_by_side.mp4")[3] == 3
    with zipfile.ZipFile(out / "square_prediction_exr.zip") as archive:
        assert len(archive.namelist()) == 3
    assert len(names(out)) == 5


def test_clips_are_told_from_photographs_by_their_suffix(clip: Path, tmp_path: Path, asked: list) -> None:
    photograph = write_sdr(tmp_path / "photo.png", np.full((8, 8, 3), 0.5, np.float32))
    capitals, other = tmp_path / "CAPITALS.MOV", tmp_path / "clip.bin"
    for path in (capitals, other):
        path.write_bytes(clip.read_bytes())
    assert expand(photograph, capitals, "--out", tmp_path / "out") == 0
    assert [call[0].path for call in asked] == [capitals] and names(tmp_path / "out") == {"photo_prediction.hdr"}
    assert expand(other, "--video", "True", "--out", tmp_path / "out") == 0
    assert asked[-1][0].path == other
    assert expand(other, "--out", tmp_path / "out") == 1
    assert expand(capitals, "--video", "False", "--out", tmp_path / "out") == 1
    assert len(asked) == 2


def test_a_folder_is_searched_for_clips_if_that_is_said(
    clip: Path, tmp_path: Path, asked: list, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("b.mp4", "a.MKV", "b_prediction_reinhard.mp4", "my_prediction.mov", "notes.txt"):
        (folder / name).write_bytes(clip.read_bytes())
    write_sdr(folder / "photo.png", np.full((8, 8, 3), 0.5, np.float32))
    assert expand(folder, "--video", "True") == 0
    assert [call[0].path.name for call in asked] == ["a.MKV", "b.mp4", "my_prediction.mov"]
    asked.clear()
    assert expand(folder, "--out", tmp_path / "photos") == 0
    assert asked == [] and names(tmp_path / "photos") == {"photo_prediction.hdr"}
    (tmp_path / "empty").mkdir()
    capsys.readouterr()
    assert expand(tmp_path / "empty", "--video", "True") == 1
    assert "holds no clip" in capsys.readouterr().err


def test_two_clips_of_one_name_do_not_replace_each_other_s_results(
    clip: Path, tmp_path: Path, asked: list, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.mp4", "a.mkv"):
        (tmp_path / name).write_bytes(clip.read_bytes())
    photograph = write_sdr(tmp_path / "a.png", np.full((8, 8, 3), 0.5, np.float32))
    assert expand(tmp_path / "a.mp4", tmp_path / "a.mkv", photograph) == 1
    assert "would replace" in capsys.readouterr().err
    assert len(asked) == 1 and "a_prediction.hdr" in names(tmp_path)


def test_what_is_known_and_noted_is_said(tmp_path: Path, asked: list, capsys: pytest.CaptureFixture[str]) -> None:
    tags = {"matrix": None, "primaries": None, "transfer": None, "full_range": None}
    expand(make_clip(tmp_path / "old.mp4", moving_square(2), **tags))
    told = capsys.readouterr().out
    assert "BT.601 is assumed" in told and "A note." in told and "64x48" in told


@pytest.mark.parametrize("case", CASES)
def test_a_clip_that_cannot_be_used_is_one_line_and_leaves_nothing(
    tmp_path: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make, words = CASES[case]
    path = make(tmp_path)
    capsys.readouterr()
    # A folder is searched for clips, and this one has none.
    words = "holds no clip" if case == "a folder" else words
    assert expand(path, "--video", "True", "--out", tmp_path / "out") == 1
    told = capsys.readouterr().err
    assert words in told and told.count("\n") == 1
    assert names(tmp_path / "out") == set()


def test_the_rest_goes_on_after_a_clip_that_cannot_be_used(
    clip: Path, tmp_path: Path, asked: list, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no clip")
    photograph = write_sdr(tmp_path / "photo.png", np.full((8, 8, 3), 0.5, np.float32))
    assert expand(broken, tmp_path / "missing.mov", clip, photograph, "--out", tmp_path / "out") == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2 and "broken.mp4" in told[0] and "missing.mov" in told[1]
    assert len(asked) == 1 and names(tmp_path / "out") == {"photo_prediction.hdr"}


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--max-clip-seconds", "0.3"), "more than the limit of 0.3"),
        (("--max_clip_frames", "9"), "more than the limit of 9"),
        (("--max-clip-megapixels", "0.003"), "more than the limit of 0.003"),
        (("--max-clip-seconds", "0.3", "--end", "0.3"), None),
        (("--start", "3"), "ends at 0.40 s"),
        (("--start", "2", "--end", "1"), "--end 1 must come after --start 2"),
        (("--scale", "paper"), "--scale paper"),
        (("--peak", "100"), "--peak 100 cannot be used: choose from --white (203) to 10000"),
        (("--peak", "20000"), "--peak 20000"),
        (("--gamma", "0"), "--gamma"),
        (("--resize", "True"), "--max_side"),
        (("--use_exr", "True"), "--exr-sequence"),
        (("--device", "abacus"), "no device 'abacus'"),
        (("--use_weights", "nothing-of-this-name"), "nothing-of-this-name"),
        (("--patch_size", "32"), None),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_flags_are_obeyed_or_explained_in_a_line(
    clip: Path,
    tmp_path: Path,
    asked: list,
    capsys: pytest.CaptureFixture[str],
    flags: tuple[str, ...],
    sentence: str | None,
) -> None:
    code = expand(clip, "--out", tmp_path, *flags)
    told = capsys.readouterr().err.strip()
    assert code == (0 if sentence is None else 1), told
    assert len(asked) == (sentence is None)
    if sentence:
        assert sentence in told and "\n" not in told


@pytest.mark.parametrize(
    "flags",
    [
        ("--hdr10", "vp9"),
        ("--hlg", "h264"),
        ("--start", "soon"),
        ("--start", "-1"),
        ("--end", "1:75"),
        ("--end", "1:2:3:4"),
        ("--end", "nan"),
        ("--max_side", "0"),
        ("--peak", "-5"),
        ("--video", "maybe"),
        ("--exr-sequence", "tar"),
    ],
    ids=" ".join,
)
def test_a_value_that_is_none_is_refused_before_anything_is_done(
    clip: Path, tmp_path: Path, flags: tuple[str, str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        expand(clip, "--out", tmp_path, *flags)
    assert ended.value.code == 2 and names(tmp_path) == set()


def test_frames_too_small_for_a_format_are_refused_before_anything_is_done(
    tmp_path: Path, asked: list, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make_clip(tmp_path / "tiny.mp4", moving_square(5, 48, 64))
    assert expand(path, "--out", tmp_path / "out", "--hdr10", "av1", "--max_side", "24") == 1
    told = capsys.readouterr().err
    assert "HDR10 (AV1) needs frames of at least 32×32 pixels and these have 24×18" in told
    assert asked == [] and names(tmp_path / "out") == set()


def test_minutes_and_hours_are_understood(clip: Path, tmp_path: Path, asked: list) -> None:
    path = make_clip(tmp_path / "long.mkv", moving_square(5), rate=Fraction(1, 1800), codec="ffv1")
    assert expand(path, "--start", "0:30:00", "--end", "1:30:30.5", "--max-clip-seconds", "9999") == 0
    assert (asked[0][2].start, asked[0][2].end) == (1800, 5430.5)


def test_an_output_that_cannot_be_written_is_one_line_and_leaves_nothing(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    assert expand(clip, "--out", tmp_path / "taken") == 1
    told = capsys.readouterr().err
    assert "taken" in told and told.count("\n") == 1
    folder = tmp_path / "out"
    (folder / "square_prediction_hdr10_av1.mp4").mkdir(parents=True)
    assert expand(clip, "--out", folder) == 1
    told = capsys.readouterr().err
    assert "square_prediction_hdr10_av1.mp4" in told and told.count("\n") == 1
    assert names(folder) == {"square_prediction_hdr10_av1.mp4"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process, and no terminals of this kind")
def test_a_bar_shows_the_pace_and_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    import pty
    import termios

    path = make_clip(tmp_path / "long.mp4", moving_square(60, 240, 320), audio="aac")
    out = tmp_path / "out"
    flags = ["--offline", "--device", "cpu", "--out", out, "--exr-sequence", "folder", "--hdr10", "av1"]
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (24, 120))
    process = subprocess.Popen(
        [sys.executable, "expand.py", path, *flags, "--side-by-side", "--tone_map", "reinhard"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"HDR_DEMO_WEIGHTS": ""},
    )
    os.close(theirs)
    shown = b""
    try:
        while not re.search(rb" ([3-9]|[1-5]\d)/60 ", shown):
            shown += os.read(ours, 4096)
        assert any(name.startswith(".") for name in names(out)), "nothing was being written"
        process.send_signal(signal.SIGINT)
        while True:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # the other end was closed
                break
        assert process.wait(timeout=60) == INTERRUPTED, shown.decode()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(ours)
    assert b"frames/s" in shown and b"<" in shown  # the time left stands behind the time taken
    assert shown.decode().strip().endswith("Interrupted.") and b"Traceback" not in shown
    assert names(out) == set()
