"""`python -m hdr_demo evaluate`: every flag, what is printed and what is written."""

import csv
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.calibration import SCALES
from hdr_demo.cli import main
from hdr_demo.evaluation import BASELINE, MEASURES
from hdr_demo.io import read_ldr, write_hdr, write_sdr

QUICK = ["--views", "1", "--offline", "--device", "cpu", "--backend", "torch"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two panoramas in `skies`; a photograph in `ldr` with its light in `hdr`."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("skies", "ldr", "hdr", "empty"):
        (folder / name).mkdir()
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        sky = rng.uniform(0.1, 0.3, (32, 64, 3)).astype(np.float32)
        sky[10:14, 20:60] = 20
        write_hdr(folder / "skies" / f"{name}.exr", sky)
    (folder / "skies" / "broken.exr").write_bytes(b"not a picture")
    light = np.exp2(rng.normal(-2, 2, (64, 96, 3))).astype(np.float32)
    write_hdr(folder / "hdr" / "wall.exr", light)
    write_sdr(folder / "ldr" / "wall.png", np.clip(light, 0, 1) ** np.float32(1 / 2.2))
    return folder


def test_tables_are_printed_for_both_cameras(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(data / "skies"), *QUICK, "--scale", "calibrated"]) == 0
    told, bar = capsys.readouterr()
    assert "2/2" in bar.splitlines()[-1]  # one of the files is damaged
    assert "## srgb camera: 2 shots of 2 scenes" in told and "## unknown camera: 2 shots of 2 scenes" in told
    for measure in MEASURES.values():
        assert measure.label in told
    assert f"| {BASELINE} |" in told and "expandnet-hdr-demo, calibrated" in told and ", paper" not in told


def test_a_report_is_written(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "report"
    flags = ["--camera", "gamma", "--weights", "expandnet-hdr-demo", "--use_gpu", "False", "--out", str(out)]
    pairs = ["--pairs", str(data / "ldr"), str(data / "hdr")]
    assert main(["evaluate", str(data / "skies"), *pairs, *QUICK, *flags]) == 0
    assert capsys.readouterr().out.split() == [str(out / name) for name in ("report.md", "scores.csv", "pictures.jpg")]

    report = (out / "report.md").read_text("utf-8")
    assert "python -m hdr_demo evaluate skies --views 1 --camera gamma --pairs ldr hdr" in report
    assert "## gamma camera: 2 shots" in report and "## measured pairs: 1 shot" in report and str(data) not in report

    with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    methods = {row["method"] for row in rows}
    assert len(rows) == 3 * len(methods) and methods > {BASELINE}
    assert all(float(row[name]) == float(row[name]) for row in rows for name in ("pu21_psnr", "pu21_psnr_crf"))
    assert {row["camera"] for row in rows} == {"gamma camera", "measured pairs"}

    page = read_ldr(out / "pictures.jpg").ldr
    assert page.shape[1] > 160 * (2 + len(methods)) and page.std() > 0.1


def test_checkpoints_stand_side_by_side(data: Path, shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = ["--weights", "expandnet-hdr-demo", "--weights", str(shared / "published" / "weights.pth")]
    pairs = ["--pairs", str(data / "ldr"), str(data / "hdr")]
    assert main(["evaluate", *pairs, *weights, *QUICK]) == 0
    told = capsys.readouterr().out
    assert "## measured pairs: 1 shot of 1 scene" in told
    for scale in SCALES:
        assert f"| weights, {scale} |" in told
    # Light without a unit is what the published script gave, and says nothing of a checkpoint that has one.
    assert "| expandnet-hdr-demo, calibrated |" in told and "| expandnet-hdr-demo, paper |" not in told


@pytest.mark.parametrize(
    "flags, said",
    [
        ([], "name a folder of HDR images"),
        (["{data}/empty"], "holds no HDR scene that can be read"),
        (["--pairs", "{data}/ldr", "{data}/skies"], "has an HDR image of the same name"),
        (["{data}/empty", "--weights", "mistyped"], "mistyped"),  # before the scenes are read
        (["{data}/skies", "--camera", "polaroid"], "'polaroid' is none of srgb, unknown"),
        (["{data}/skies", "--out", "{data}/ldr/wall.png/x"], "choose another folder"),
    ],
)
def test_what_cannot_be_done_is_explained(
    data: Path, flags: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["evaluate", *(flag.format(data=data) for flag in flags), *QUICK])
    except SystemExit as ended:
        code = ended.code
    assert code in (1, 2) and said in capsys.readouterr().err
