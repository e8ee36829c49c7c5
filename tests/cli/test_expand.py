"""`expand.py`: every flag does what it says, and one bad file does not stop the others."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from hdr_demo.calibration import calibrate
from hdr_demo.cli import run_command
from hdr_demo.cli.expand import find_photographs
from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.io import read_hdr, read_ldr, write_sdr
from hdr_demo.model import ExpandNet
from hdr_demo.reading import PUBLISHED_READING
from hdr_demo.tonemap import TONE_MAPPERS, tone_map
from hdr_demo.weights import save_checkpoint

ROOT = Path(__file__).parents[2]
RGBE = 1 / 128  # one step of a shared-exponent mantissa, of the brightest channel
HALF = 2**-11  # half of the last of a half float's 10 bits
JPEG = 12 / 255  # what a JPEG of quality 95 may change in a smooth picture


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A smooth slope with a clipped corner, 60×40."""
    rows, columns = np.mgrid[0:40, 0:60].astype(np.float32)
    ldr = np.stack((columns / 45, rows / 45, (rows + columns) / 120), axis=-1).clip(0, 1)
    ldr[:12, 45:] = 1
    return write_sdr(tmp_path_factory.mktemp("photos") / "slope.png", ldr)


def expand(*words: object) -> int:
    return run_command("expand", ["--device", "cpu", "--offline", *map(str, words)], prog="python expand.py")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_script_runs_as_documented(photograph: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "expand.py", photograph, "--out", tmp_path / "new" / "results", "--offline"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"HDR_DEMO_WEIGHTS": ""},
    )
    assert done.returncode == 0, done.stderr
    result = tmp_path / "new" / "results" / "slope_prediction.hdr"
    assert str(result) in done.stdout
    hdr, ldr = read_hdr(result), read_ldr(photograph).ldr
    dark = ldr.max(axis=-1) < 0.85
    assert np.abs(hdr - decode_srgb(ldr))[dark].max() < RGBE
    assert hdr.max() > 1


def test_results_lie_beside_the_photograph_without_out(photograph: Path, tmp_path: Path) -> None:
    copy = tmp_path / "slope.png"
    copy.write_bytes(photograph.read_bytes())
    assert expand(copy) == 0
    assert names(tmp_path) == {"slope.png", "slope_prediction.hdr"}


def test_several_files_and_a_directory_are_expanded(photograph: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a.png", "B.PNG", "notes.txt"):
        (folder / name).write_bytes(photograph.read_bytes())
    assert expand(photograph, folder, "--out", tmp_path / "out") == 0
    assert names(tmp_path / "out") == {"slope_prediction.hdr", "a_prediction.hdr", "B_prediction.hdr"}


def test_results_of_an_earlier_run_are_no_photographs_but_names_like_theirs_are(
    photograph: Path, tmp_path: Path
) -> None:
    results = ("a_prediction_reinhard.jpg", "a_resized.jpg", "a_exposure_-2_my-tag.jpg")
    own = ("a.jpg", "long_exposure.jpg", "weather_prediction_map.png", "holiday_resized_2.jpg")
    for name in results + own:
        (tmp_path / name).write_bytes(photograph.read_bytes())
    assert {path.name for path in find_photographs(tmp_path, [".jpg", ".png"])} == set(own)


def test_a_result_never_replaces_that_of_another_photograph(
    photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("same.png", "same.bmp"):
        (tmp_path / name).write_bytes(photograph.read_bytes())
    assert expand(tmp_path, "--out", tmp_path / "out") == 1
    told = capsys.readouterr().err.strip()
    assert "same.png was left out" in told and "same.bmp" in told and "\n" not in told
    assert names(tmp_path / "out") == {"same_prediction.hdr"}


def test_extensions_choose_what_is_taken_from_a_directory(photograph: Path, tmp_path: Path) -> None:
    for name in ("a.png", "b.foo", "c.BAR"):
        (tmp_path / name).write_bytes(photograph.read_bytes())
    assert [path.name for path in find_photographs(tmp_path, [".foo", "bar"])] == ["b.foo", "c.BAR"]
    assert expand(tmp_path, "--ldr_extensions", ".foo", "--out", tmp_path / "out") == 0
    assert names(tmp_path / "out") == {"b_prediction.hdr"}


def test_a_directory_without_photographs_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert expand(tmp_path) == 1
    assert "holds no photograph" in capsys.readouterr().err


def test_exr_and_tag(photograph: Path, tmp_path: Path) -> None:
    assert expand(photograph, "--out", tmp_path, "--use_exr", "True", "--tag", "my-tag") == 0
    assert names(tmp_path) == {"slope_prediction_my-tag.exr"}
    assert read_hdr(tmp_path / "slope_prediction_my-tag.exr").shape == (40, 60, 3)


def test_resize_writes_what_was_expanded(photograph: Path, tmp_path: Path) -> None:
    assert expand(photograph, "--out", tmp_path, "--resize", "True", "--height", "30", "--width", "25") == 0
    assert read_hdr(tmp_path / "slope_prediction.hdr").shape == (30, 25, 3)
    assert read_ldr(tmp_path / "slope_resized.jpg").ldr.shape == (30, 25, 3)


@pytest.mark.parametrize("operator", TONE_MAPPERS)
def test_every_operator_writes_its_rendition(photograph: Path, tmp_path: Path, operator: str) -> None:
    flags = ("--tone_map", operator, "--stops", "-1", "--gamma", "1.5", "--use_exr", "True")
    assert expand(photograph, "--out", tmp_path, *flags) == 0
    hdr = read_hdr(tmp_path / "slope_prediction.exr")
    expected = tone_map(hdr * np.float32(0.5), operator) ** (1 / 1.5)
    written = read_ldr(tmp_path / f"slope_prediction_{operator}.jpg").ldr
    assert np.abs(written - expected).mean() < JPEG / 4


def test_exposures_are_those_of_the_hdr_image(photograph: Path, tmp_path: Path) -> None:
    assert expand(photograph, "--out", tmp_path, "--exposures", "-2", "0", "1.5") == 0
    expected = {f"slope_exposure_{stops}.jpg" for stops in ("-2", "+0", "+1.5")}
    assert names(tmp_path) == expected | {"slope_prediction.hdr"}
    hdr = read_hdr(tmp_path / "slope_prediction.hdr")
    written = read_ldr(tmp_path / "slope_exposure_-2.jpg").ldr
    assert np.abs(written - encode_srgb(hdr / 4)).mean() < JPEG / 4


def test_weights_and_paper_scale(photograph: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = ExpandNet()
    model.initialize()
    weights = save_checkpoint(tmp_path / "own.safetensors", model.state_dict(), PUBLISHED_READING.to_metadata())
    assert expand(photograph, "--out", tmp_path, "--use_weights", weights, "--scale", "paper", "--use_exr", "True") == 0
    hdr = read_hdr(tmp_path / "slope_prediction.exr")
    assert hdr.min() == 0 and hdr.max() == 1
    assert expand(photograph, "--out", tmp_path, "--use_weights", weights, "--use_exr", "True") == 0
    ldr = read_ldr(photograph).ldr
    with torch.no_grad():
        raw = model(torch.from_numpy(ldr).permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()
    calibrated = calibrate(raw, ldr, PUBLISHED_READING)
    assert np.allclose(read_hdr(tmp_path / "slope_prediction.exr"), calibrated, rtol=HALF, atol=1e-5)


def test_patch_size_changes_nothing_but_the_pace(photograph: Path, tmp_path: Path) -> None:
    results = []
    for size in ("16", "33", "256"):
        assert expand(photograph, "--out", tmp_path, "--patch_size", size, "--use_exr", "True") == 0
        results.append(read_hdr(tmp_path / "slope_prediction.exr"))
    assert all(np.abs(result - results[0]).max() < 4 * HALF for result in results)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--use_gpu", "False"), None),
        (("--use_gpu", "True", "--device", "cpu"), "contradicts"),
        (("--device", "abacus"), "no device 'abacus'"),
        (("--backend", "torch"), None),
        (("--backend", "abacus"), "no back end 'abacus'; choose one of auto, torch, cuda, ncnn"),
        (("--precision", "float16"), "--precision float32"),
        (("--precision", "float32"), None),
        (("--use_weights", "nothing-of-this-name"), "nothing-of-this-name"),
        (("--max_megapixels", "0.002"), "slope.png"),
        (("--gamma", "0"), "--gamma"),
        (("--resize", "True", "--width", "90000", "--height", "90000"), "--max_megapixels 100"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_flags_are_obeyed_or_explained_in_a_line(
    photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], sentence: str | None
) -> None:
    code = expand(photograph, "--out", tmp_path, *flags)
    told = capsys.readouterr().err.strip()
    assert code == (0 if sentence is None else 1), told
    if sentence:
        assert sentence in told and "\n" not in told
        assert names(tmp_path) == set()


@pytest.mark.parametrize(
    "flags", [("--stops", "5000"), ("--exposures", "nan"), ("--patch_size", "0"), ("--use_exr", "maybe")]
)
def test_a_value_that_is_none_is_refused_before_anything_is_done(
    photograph: Path, tmp_path: Path, flags: tuple[str, str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        expand(photograph, "--out", tmp_path, *flags)
    assert ended.value.code == 2 and names(tmp_path) == set()


def test_an_unreadable_file_is_reported_and_the_rest_goes_on(
    photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, out = tmp_path / "broken.jpg", tmp_path / "out"
    broken.write_bytes(photograph.read_bytes()[:200])
    assert expand(broken, tmp_path / "missing.jpg", photograph, "--out", out) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2 and "broken.jpg" in told[0] and "missing.jpg" in told[1]
    assert names(out) == {"slope_prediction.hdr"}


def test_an_output_folder_that_is_a_file_is_reported(
    photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    assert expand(photograph, "--out", tmp_path / "taken") == 1
    assert "taken" in capsys.readouterr().err


def test_alpha_is_written_back(tmp_path: Path) -> None:
    import OpenEXR

    ldr = np.full((8, 8, 3), 0.5, np.float32)
    alpha = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    write_sdr(tmp_path / "glass.png", ldr, alpha=alpha)
    assert expand(tmp_path / "glass.png", "--use_exr", "True") == 0
    with OpenEXR.File(str(tmp_path / "glass_prediction.exr"), separate_channels=True) as file:
        assert np.abs(file.channels()["A"].pixels - alpha).max() < 3e-3
