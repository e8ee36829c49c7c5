"""`python -m hdr_demo convert`: every format into every other, what is lost is told, and what fails leaves nothing."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from hdr_demo.cli import main
from hdr_demo.color import BT709_TO_BT2020
from hdr_demo.io import (
    HdrPicture,
    hdr_kind,
    read_hdr,
    read_hdr_picture,
    read_ldr,
    writable_formats,
    write_hdr,
    write_sdr,
)
from hdr_demo.tonemap import tone_map

ROOT = Path(__file__).parents[2]
# Two lossy steps, each of at most 0.15 stops in a smooth picture (tests/io/test_hdr_files.py).
TWO_STEPS = 0.3
JPEG = 6 / 255  # what quality 92 and the dither may change in a smooth picture


def slope() -> np.ndarray:
    """From 1/16 to 16 times white."""
    light = 2.0 ** np.linspace(-4, 4, 80, dtype=np.float32)
    return np.tile(light[:, None] * np.float32([1, 0.9, 0.7]), (48, 1, 1))


def write(path: Path, hdr: np.ndarray) -> Path:
    return write_hdr(path, hdr, sdr=tone_map(hdr, "hable"))


def convert(*words: object) -> int:
    return main(["convert", *map(str, words)])


@pytest.mark.parametrize("given", writable_formats())
@pytest.mark.parametrize("wanted", writable_formats())
def test_every_format_becomes_every_other(tmp_path: Path, given: str, wanted: str) -> None:
    hdr = slope()
    source, target = write(tmp_path / f"given{given}", hdr), tmp_path / f"wanted{wanted}"
    assert convert(source, target) == 0
    assert hdr_kind(target) == hdr_kind(write(tmp_path / f"direct{wanted}", hdr))
    assert np.abs(np.log2(read_hdr(target) / hdr)).max() < TWO_STEPS


def test_the_base_image_is_that_of_the_source_or_of_the_operator(tmp_path: Path) -> None:
    hdr = slope()
    source = write(tmp_path / "given.jpg", hdr)
    for words, sdr in (
        ((), tone_map(hdr, "hable")),
        (("--tone_map", "aces"), tone_map(hdr, "aces")),
        (("--stops", "-1"), tone_map(hdr / 2, "reinhard")),
    ):
        assert convert(source, tmp_path / "wanted.jpg", *words) == 0
        assert np.abs(read_ldr(tmp_path / "wanted.jpg").ldr - sdr).max() < JPEG


def test_white_peak_stops_and_float_reach_the_file(tmp_path: Path) -> None:
    hdr = slope()
    source = write_hdr(tmp_path / "given.exr", hdr, full_float=True)
    assert convert(source, tmp_path / "a.png", "--white", 100, "--peak", 1000) == 0
    light = read_hdr(tmp_path / "a.png")
    assert (light @ BT709_TO_BT2020.T).max() == pytest.approx(1000 / 203, rel=0.01)  # of 1600 nits
    assert light[0, 40] == pytest.approx(hdr[0, 40] * 100 / 203, rel=0.01)
    assert convert(source, tmp_path / "b.exr", "--float", "--stops", "2") == 0
    np.testing.assert_array_equal(read_hdr(tmp_path / "b.exr"), hdr * 4)


def test_quality_changes_the_size(tmp_path: Path, rng: np.random.Generator) -> None:
    noise = rng.uniform(0, 4, (64, 64, 3)).astype(np.float32)
    source = write_hdr(tmp_path / "given.exr", noise)
    for suffix in (".jpg", ".avif"):
        sizes = []
        for quality in (20, 90):
            assert convert(source, tmp_path / f"a{suffix}", "--quality", quality) == 0
            sizes.append((tmp_path / f"a{suffix}").stat().st_size)
        assert sizes[0] < 0.8 * sizes[1]


@pytest.mark.parametrize(
    "odd, target, words, sentence",
    [
        (np.nan, "a.exr", (), "1 value was no number (NaN) and became 0."),
        (np.inf, "a.hdr", (), "1 value was infinite and became the largest that Radiance holds."),
        (-1.0, "a.jpg", (), "1 value was negative, which JPEG with a gain map cannot hold, and became 0."),
        (1e5, "a.exr", (), "1 value was beyond 65,504, the most that half floats hold"),
        (100.0, "a.png", (), "The brightest light, 20,300 nits, is above the peak of 10,000 nits and was rolled off."),
        (10.0, "a.avif", ("--peak", "1000"), "The brightest light, 2,030 nits, is above the peak of 1,000 nits"),
        (1e5, "a.exr", ("--float",), ""),
        (-0.5, "a.tif", (), ""),
    ],
)
def test_what_a_format_cannot_hold_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], odd: float, target: str, words: tuple, sentence: str
) -> None:
    hdr = np.full((48, 48, 3), 0.5, np.float32)
    hdr[7, 9, 1] = odd
    source = write_exr_as_it_is(tmp_path / "given.exr", hdr)
    assert convert(source, tmp_path / target, *words) == 0
    told = capsys.readouterr().err
    assert told.startswith(f"{source}: {sentence}") if sentence else told == ""
    assert np.isfinite(read_hdr(tmp_path / target)).all()


def write_exr_as_it_is(path: Path, hdr: np.ndarray) -> Path:
    import OpenEXR

    with OpenEXR.File({"type": OpenEXR.scanlineimage}, {"RGB": hdr}) as file:
        file.write(str(path))
    return path


@pytest.mark.parametrize(
    "words, sentence",
    [
        (("photo.png", "a.exr"), "photo.png is not an HDR picture that can be read: choose"),
        (("missing.exr", "a.hdr"), "missing.exr does not exist"),
        (("given.exr", "a.bmp"), "names no known format: use .hdr, .exr"),
        (("given.exr", "nowhere/a.png"), "its folder does not exist"),
        (("given.exr", "a.png", "--peak", "100"), "--peak 100 cannot be used: choose from --white (203) to 10000"),
        (("given.exr", "a.png", "--peak", "20000"), "--peak 20000 cannot be used"),
        (("given.exr", "a.png", "--white", "20000"), "--white 20000 cannot be used: choose at most 10000"),
        (("given.exr", "a.jpg", "--quality", "101"), "--quality 101 cannot be used"),
        (("given.exr", "a.jpg", "--max_megapixels", "0.001"), "more than the limit of 0.001"),
    ],
)
def test_a_mistake_gets_one_sentence_and_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "given.exr", slope())
    write_sdr(tmp_path / "photo.png", np.zeros((8, 8, 3), np.float32))
    before = sorted(tmp_path.iterdir())
    assert convert(*words) == 1
    told = capsys.readouterr().err
    assert sentence in told and told.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_picture_keeps_its_alpha_or_the_loss_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alpha = np.linspace(0.25, 1, 48 * 80, dtype=np.float32).reshape(48, 80)
    source = write_hdr(tmp_path / "given.exr", slope(), alpha=alpha)
    for suffix in (".png", ".tif"):
        assert convert(source, tmp_path / f"a{suffix}") == 0
        found: HdrPicture = read_hdr_picture(tmp_path / f"a{suffix}")
        np.testing.assert_allclose(found.alpha, alpha, rtol=2**-10)
    assert capsys.readouterr().err == ""
    for suffix in (".jpg", ".avif", ".hdr"):
        assert convert(source, tmp_path / f"a{suffix}") == 0
        assert "Its transparency was left out, for which" in capsys.readouterr().err


def test_many_pictures_go_into_a_folder_in_every_format_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two sources of one name do not overwrite each other."""
    for name in ("a.exr", "a.hdr", "b.png"):
        write(tmp_path / name, slope())
    sources = [tmp_path / name for name in ("a.exr", "a.hdr", "b.png", "a.exr")]
    assert convert(*sources, "--out", tmp_path / "new" / "folder", "--format", "jpg,.EXR,avif") == 0
    made = sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert made == sorted(f"{name}{end}" for name in ("a", "a-2", "b") for end in ("_hdr.jpg", ".exr", "_pq.avif"))
    for path in (tmp_path / "new" / "folder").iterdir():
        assert np.abs(np.log2(read_hdr(path) / slope())).max() < TWO_STEPS
    assert capsys.readouterr().out.count(" -> ") == 9


def test_one_broken_picture_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.exr").write_bytes(b"\x76\x2f\x31\x01 nothing")
    write(tmp_path / "whole.exr", slope())
    sources = [tmp_path / name for name in ("broken.exr", "missing.hdr", "whole.exr")]
    assert convert(*sources, "--out", tmp_path / "new") == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["whole_hdr.jpg"]
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert told[0].startswith("broken.exr ") and told[1].startswith("missing.hdr ")


def test_a_picture_is_not_replaced_by_what_is_made_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "a.exr", slope())
    before = source.read_bytes()
    for words in (("--out", tmp_path, "--format", "exr"), (tmp_path / "." / "a.exr",)):
        assert convert(source, *words) == 1
        assert "would replace the picture that it is made of: choose another name or" in capsys.readouterr().err
        assert source.read_bytes() == before


@pytest.mark.parametrize("words", [("a.exr",), ("a.exr", "b.exr", "c.jpg")])
def test_without_a_folder_there_is_one_picture_and_one_file(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert convert(*words) == 1
    assert "or several and a folder: --out FOLDER" in capsys.readouterr().err


def test_an_unknown_format_is_a_wrong_flag(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        convert(tmp_path / "a.exr", "--out", tmp_path, "--format", "jpg,bmp")
    assert "'bmp' is none of .hdr (Radiance), .exr (OpenEXR), .jpg" in capsys.readouterr().err


def test_exif_data_are_kept_or_left_out(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    source = write_hdr(tmp_path / "given.png", slope(), exif=exif.tobytes().removeprefix(b"Exif\0\0"))
    for flag, kept in (((), "Camera"), (("--exif", "True"), "Camera"), (("--exif", "False"), None)):
        for suffix in (".jpg", ".png", ".avif"):
            assert convert(source, tmp_path / f"a{suffix}", *flag) == 0
            with Image.open(tmp_path / f"a{suffix}") as image:
                assert image.getexif().get(ExifTags.Base.Make) == kept


@pytest.mark.parametrize("wanted", writable_formats())
def test_what_is_no_light_becomes_a_picture_all_the_same(tmp_path: Path, wanted: str) -> None:
    """NaN, infinity and negative numbers, as renderers leave them, in blocks that JPEG and AV1 keep apart."""
    hdr = np.full((48, 96, 3), 0.5, np.float32)
    hdr[:, 32:48], hdr[:, 48:64], hdr[:, 64:80] = np.nan, np.inf, -1
    source = write_exr_as_it_is(tmp_path / "given.exr", hdr)
    assert convert(source, tmp_path / f"a{wanted}") == 0
    found = read_hdr(tmp_path / f"a{wanted}")
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[8:-8, 8:24], 0.5, rtol=0.15)
    assert found[24, 40].max() < 0.1 < 30 < found[24, 56].min()
    picture = read_hdr_picture(tmp_path / f"a{wanted}")
    assert picture.sdr is None or np.isfinite(picture.sdr).all()


def test_numbers_far_from_white_are_told_with_the_stops_that_help(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_hdr(tmp_path / "nits.exr", slope() * 203)
    assert convert(source, tmp_path / "a.exr") == 0 and capsys.readouterr().err == ""
    assert convert(source, tmp_path / "a.png") == 0
    stops = re.search(r"far from 1.0, which is white: try --stops (-\d+)", capsys.readouterr().err)[1]
    assert convert(source, tmp_path / "a.png", "--stops", stops) == 0 and capsys.readouterr().err == ""
    assert 0.1 < np.median(read_hdr(tmp_path / "a.png")) < 0.4


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_a_full_disk_under_the_output_is_one_sentence(tmp_path: Path) -> None:
    source = write(tmp_path / "a.exr", slope())
    command = [sys.executable, "-m", "hdr_demo", "convert", str(source), str(tmp_path / "b.hdr")]
    with open("/dev/full", "w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert ended.returncode == 1 and (tmp_path / "b.hdr").exists()
    assert ended.stderr.startswith("What was done could not be printed (") and ended.stderr.count("\n") == 1
