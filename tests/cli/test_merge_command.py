"""`python -m hdr_demo merge`: files in, one HDR file out, a sentence for what cannot be."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from hdr_demo.cli import main
from hdr_demo.cli.merge import parse_times
from hdr_demo.color import encode_srgb
from hdr_demo.io import hdr_kind, read_hdr, read_ldr, write_sdr

TIMES = (0.25, 1.0, 4.0)


@pytest.fixture
def photos(tmp_path: Path, rng: np.random.Generator) -> list[Path]:
    """A static bracket of smooth light from 1/64 to 4 times the reference's white."""
    slope = 2.0 ** np.linspace(-6, 2, 96, dtype=np.float32)
    light = np.tile(slope[:, None] * np.float32([1, 0.9, 0.7]), (64, 1, 1))
    paths = [tmp_path / f"{name}.png" for name in ("short", "middle", "long")]
    for path, time in zip(paths, TIMES, strict=True):
        write_sdr(path, encode_srgb(np.minimum(light * np.float32(time), 1)))
    return paths


def merge(*words: object) -> int:
    return main(["merge", *map(str, words)])


@pytest.mark.parametrize("suffix", [".exr", ".hdr", ".jpg", ".png"])
def test_a_bracket_becomes_one_hdr_file(photos: list[Path], tmp_path: Path, suffix: str, capsys):
    out = tmp_path / f"scene{suffix}"
    assert merge(photos[2], photos[0], photos[1], "--method", "triangle", "--times", "4,0.25,1", "--out", out) == 0
    hdr = read_hdr(out)
    expected = 2.0 ** np.linspace(-6, 2, 96)
    assert hdr_kind(out) is not None
    assert np.abs(np.log2(hdr[32, 5:, 0] / expected[5:])).max() < 0.2
    said = capsys.readouterr().out
    assert "short.png -2.0 stops, middle.png reference, long.png +2.0 stops (times: typed)" in said


def test_without_a_name_the_result_lies_beside_the_reference(photos: list[Path], capsys):
    assert merge(*photos, "--method", "triangle", "--times", "1/4,1,4", "--reference", "long.png") == 0
    assert hdr_kind(photos[2].with_name("long_hdr.jpg")) == "JPEG with a gain map"
    assert "times: typed" in capsys.readouterr().out


def test_times_may_be_estimated(photos: list[Path], tmp_path: Path, capsys):
    assert merge(*photos, "--method", "triangle", "--out", tmp_path / "a.exr") == 0
    said = capsys.readouterr()
    assert "times: estimated" in said.out and "does not tell its exposure time" in said.err
    assert read_hdr(tmp_path / "a.exr").max() == pytest.approx(4, rel=0.1)


def test_the_ghost_map_shows_what_was_somewhere_else(photos: list[Path], tmp_path: Path):
    moved = read_ldr(photos[2]).ldr
    moved[20:40, 10:30] = 0.9
    write_sdr(photos[2], moved)
    ghosts = tmp_path / "ghosts.png"
    assert merge(*photos, "--method", "reference", "--times", "1/4,1,4", "--out", tmp_path / "a.exr") == 0
    words = ["--times", "1/4,1,4", "--out", tmp_path / "a.exr", "--ghosts", ghosts, "--overwrite"]
    assert merge(*photos, "--method", "triangle", "--alignment", "none", *words) == 0
    found = read_ldr(ghosts).ldr[..., 0]
    assert found[25:35, 15:25].min() > 0.9 and found[:, 50:].max() < 0.2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--times", "1,2"], "3 photos and 2 exposure times"),
        (["--times", "1,1,2"], "the same exposure"),
        (["--reference", "4"], "4 is none of the photos"),
        (["--reference", "nobody.jpg"], "nobody.jpg is none of the photos"),
        (["--response", "film"], "film is no camera response"),
        (["--out", "a.bmp"], "bmp"),
    ],
)
def test_a_wrong_wish_gets_a_sentence_and_no_file(photos, tmp_path, capsys, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    assert merge(*photos, "--method", "triangle", *words) == 1
    assert sentence in capsys.readouterr().err
    assert set(tmp_path.iterdir()) == before


def test_a_photo_is_not_replaced(photos: list[Path], capsys):
    before = photos[1].read_bytes()
    assert merge(*photos, "--times", "1/4,1,4", "--out", photos[1]) == 1
    assert "would replace a photo" in capsys.readouterr().err and photos[1].read_bytes() == before


@pytest.mark.parametrize("flag", ["--out", "--ghosts"])
def test_what_is_there_stays_unless_it_may_be_replaced(photos: list[Path], tmp_path: Path, capsys, flag: str):
    kept = tmp_path / "kept.png"
    kept.write_bytes(b"mine")
    words = [*photos, "--method", "reference", "--times", "1/4,1,4", flag, kept]
    words += [] if flag == "--out" else ["--out", tmp_path / "new" / "a.exr"]
    assert merge(*words) == 1
    assert "kept.png exists" in capsys.readouterr().err and kept.read_bytes() == b"mine"
    assert merge(*words, "--overwrite") == 0
    assert "kept.png" in capsys.readouterr().out and kept.stat().st_size > 100


def test_a_photo_is_not_replaced_by_the_ghost_map(photos: list[Path], capsys):
    before = photos[1].read_bytes()
    assert merge(*photos, "--times", "1/4,1,4", "--ghosts", photos[1], "--overwrite") == 1
    assert "would replace a photo" in capsys.readouterr().err and photos[1].read_bytes() == before


def test_the_border_is_cropped_where_not_all_photos_reach(photos: list[Path], tmp_path: Path, rng):
    light = 2.0 ** cv2.resize(
        rng.normal(-2, 1, (9, 12, 3)).astype(np.float32), (240, 180), interpolation=cv2.INTER_CUBIC
    )
    for number, (path, time) in enumerate(zip(photos, TIMES, strict=True)):
        view = light[5 * number : 5 * number + 128, 7 * number : 7 * number + 192]
        write_sdr(path, encode_srgb(np.minimum(view * np.float32(time), 1)))
    words = ["--method", "triangle", "--times", "1/4,1,4", "--out", tmp_path / "a.exr", "--overwrite"]
    assert merge(*photos, *words, "--border", "fill") == 0
    assert read_hdr(tmp_path / "a.exr").shape == (128, 192, 3)
    assert merge(*photos, *words, "--border", "crop", "--alignment", "pose") == 0
    height, width, _ = read_hdr(tmp_path / "a.exr").shape
    assert (height, width) == pytest.approx((128 - 10, 192 - 14), abs=4)


def test_what_is_no_measured_light_is_said(photos: list[Path], tmp_path: Path, capsys):
    words = ["--times", "1/4,1,4", "--out", tmp_path / "a.exr"]
    assert merge(*photos, *words, "--method", "mertens") == 0
    assert "not measured light" in capsys.readouterr().err
    assert merge(*photos, *words, "--method", "reference", "--overwrite") == 0
    assert "takes no light from short.png, long.png" in capsys.readouterr().err


def test_of_two_photos_of_one_name_the_number_tells(photos: list[Path], tmp_path: Path, capsys):
    (tmp_path / "other").mkdir()
    twin = photos[0].rename(tmp_path / "other" / "middle.png")
    words = [twin, photos[1], photos[2], "--method", "triangle", "--times", "1/4,1,4", "--out", tmp_path / "a.exr"]
    assert merge(*words, "--reference", "middle.png") == 1
    assert "names several of the photos" in capsys.readouterr().err
    assert merge(*words, "--reference", "2") == 0


def test_times_are_read_as_photographers_write_them():
    assert parse_times("1/250,0.5,2") == (1 / 250, 0.5, 2)


@pytest.mark.parametrize("text", ["", "1/0,2", "a,b", "1/2/3,1", "-1,2", "0,1", "inf,1"])
def test_what_are_no_times_is_refused_at_once(photos: list[Path], text: str):
    with pytest.raises(SystemExit) as leaving:
        merge(*photos, f"--times={text}")
    assert leaving.value.code == 2
