"""`python -m hdr_demo pan`: every flag, and what is said where a panorama cannot be used."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.cli import main
from hdr_demo.io import write_hdr
from hdr_demo.metrics import psnr
from hdr_demo.video.header import open_clip
from hdr_demo.video.reader import read_frames

ROOT = Path(__file__).parents[2]
SCENE = ROOT / "examples" / "scenes" / "workshop.exr"
SMALL = ["--width", "64", "--height", "48", "--seconds", "0.5", "--rate", "8"]


def frames(path: Path) -> np.ndarray:
    return np.stack([frame.codes for frame in read_frames(open_clip(path))]).astype(np.float32)


def pan(out: Path, *flags: object, scene: Path = SCENE) -> np.ndarray:
    assert main(["pan", str(scene), str(out), *SMALL, *map(str, flags)]) == 0
    return frames(out)


def test_a_clip_is_filmed_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pan(tmp_path / "a.mp4", "--truth", tmp_path / "light.zip").shape == (4, 48, 64, 3)
    assert (tmp_path / "light.zip").stat().st_size > 4 * 48 * 64
    assert capsys.readouterr().out == f"{tmp_path}/a.mp4 and {tmp_path}/light.zip: 4 frames of 64x48\n"


@pytest.mark.parametrize(
    "flags",
    [
        ("--yaw", 90),
        ("--pitch", -20),
        ("--degrees", 90),
        ("--field_of_view", 50),
        ("--clipped", 0.3),
        ("--drift", 2),
        ("--jitter", 0.5),
        ("--no_noise",),
        ("--seed", 1),
        ("--cut", SCENE),
        ("--cut", SCENE.with_name("thatch_chapel.exr"), "--cut_yaw", 30),
    ],
    ids=lambda flags: " ".join(getattr(flag, "stem", str(flag)) for flag in flags),
)
def test_every_flag_changes_the_pictures_and_keeps_their_number(flags: tuple[object, ...], tmp_path: Path) -> None:
    plain, other = pan(tmp_path / "plain.mp4"), pan(tmp_path / "other.mp4", *flags)
    assert plain.shape == other.shape and np.abs(plain - other).mean() > 0.05


def test_a_tone_is_added_and_the_pictures_stay(tmp_path: Path) -> None:
    assert np.array_equal(pan(tmp_path / "plain.mp4"), pan(tmp_path / "tone.mp4", "--tone"))
    assert open_clip(tmp_path / "tone.mp4").audio and not open_clip(tmp_path / "plain.mp4").audio


def test_what_is_no_panorama_is_explained_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    square = tmp_path / "square.exr"
    write_hdr(square, np.ones((40, 40, 3), np.float32))
    for scene, said in ((square, "twice as wide as high"), (ROOT / "README.md", "suffixes .exr"), ("no.exr", "no.exr")):
        assert main(["pan", str(scene), str(tmp_path / "out.mp4"), *SMALL]) == 1
        told = capsys.readouterr().err
        assert said in told and told.count("\n") == 1
    assert main(["pan", str(SCENE), str(tmp_path / "out.gif"), *SMALL]) == 1
    assert "out.gif" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["square.exr"]


@pytest.mark.parametrize("flags", [("--field_of_view", "180"), ("--clipped", "1"), ("--seconds", "0"), ("--rate", "x")])
def test_impossible_numbers_are_refused(flags: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["pan", str(SCENE), str(tmp_path / "out.mp4"), *flags])
    assert ended.value.code == 2


def test_the_example_clip_is_what_its_credit_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    credits = (root / "examples" / "CREDITS.md").read_text(encoding="utf-8")
    command = shlex.split(
        re.search(r"^python -m hdr_demo (pan .*?)\n```", credits, re.DOTALL | re.MULTILINE)[1].replace("\\\n", "")
    )
    example, again = root / command[2], tmp_path / "again.mp4"
    assert example.stat().st_size < 2_000_000
    monkeypatch.chdir(root)
    assert main([*command[:2], str(again), *command[3:]]) == 0
    clip = open_clip(example)
    assert (clip.height, clip.width, clip.rate, clip.frame_count) == (360, 640, 24, 144)
    for shipped, fresh in zip(read_frames(clip), read_frames(open_clip(again)), strict=True):
        # Another x264 may write other bytes of the same picture.
        assert psnr(shipped.codes.astype(np.float32), fresh.codes.astype(np.float32), 255) > 36
