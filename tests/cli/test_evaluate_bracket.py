"""`python -m hdr_demo evaluate-bracket`: every flag, what is printed and what is written."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from hdr_demo.cli import main
from hdr_demo.evaluation.bracket_measures import BRACKET_MEASURES
from hdr_demo.evaluation.brackets import ENTRIES, PAPER, choose_entries
from hdr_demo.io import read_ldr, write_hdr
from hdr_demo.merge.networks import NETWORKS
from hdr_demo.scenes import KINDS

QUICK = ["--brackets", "2", "--side", "64", "--device", "cpu"]


def write_tiff(path: Path, encoded: np.ndarray) -> None:
    """Write 16 bits, of whose curve the file says nothing."""
    cv2.imwrite(str(path), np.rint(encoded[..., ::-1] * 65535).astype(np.uint16))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two panoramas in `skies`, two scenes of the paper's layout in `paper`, one of which cannot be merged."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for name in ("skies", "empty", "paper/wall", "paper/quarrel"):
        (folder / name).mkdir(parents=True)
    for name in ("a", "b"):
        write_hdr(folder / "skies" / f"{name}.exr", np.exp2(rng.normal(-2, 2, (64, 128, 3))).astype(np.float32))
    for name in ("wall", "quarrel"):
        light = np.repeat(np.repeat(rng.uniform(0.02, 1.5, (12, 16, 3)), 8, axis=0), 8, axis=1).astype(np.float32)
        for number, time in enumerate((0.25, 1, 4)):
            shown = light if name == "wall" or number else light[::-1, ::-1]
            write_tiff(folder / "paper" / name / f"{number}.tif", np.clip(shown * time, 0, 1) ** np.float32(1 / 2.2))
        (folder / "paper" / name / "exposure.txt").write_text("-2\n0\n2\n")
        write_hdr(folder / "paper" / name / "HDRImg.hdr", light)
    return folder


def test_tables_are_printed_for_every_kind(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate-bracket", str(data / "skies"), *QUICK]) == 0
    told, warned = capsys.readouterr()
    for kind in KINDS:
        assert f"{kind} (2), dB ↑" in told and f"## Every measure: {kind}" in told
    entries, missing = choose_entries()
    for entry in entries:
        assert f"| {ENTRIES[entry].label} |" in told
    for label in missing:
        assert f"{label} is left out: it has no checkpoint." in warned and label not in told
    for measure in BRACKET_MEASURES.values():
        assert measure.label in told
    assert "by how far what moves most has moved" in told and "by the clipped share of the reference" in told


def test_a_report_is_written(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "report"
    flags = ["--methods", "reference", "debevec", "triangle:pose", "--out", str(out)]
    assert main(["evaluate-bracket", str(data / "skies"), *QUICK, *flags]) == 0
    assert capsys.readouterr().out.split() == [str(out / name) for name in ("report.md", "scores.csv", "pictures.jpg")]
    report = (out / "report.md").read_text("utf-8")
    assert "evaluate-bracket skies --brackets 2 --side 64 --methods reference debevec triangle:pose" in report
    assert str(data) not in report
    with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    asked = ["reference", "debevec:none", "debevec:pose", "debevec:flow", "triangle:pose"]
    assert len(rows) == 2 * len(KINDS) * len(asked)
    assert [row["method"] for row in rows[: len(asked)]] == [ENTRIES[name].label for name in asked]
    assert {row["kind"] for row in rows} == set(KINDS) and {row["scene"] for row in rows} == {"a", "b"}
    for row in rows:
        assert (float(row["motion"]) == 0) == (row["kind"] == "static") and 0 <= float(row["clipped"]) <= 1
        assert all(float(row[name]) == float(row[name]) for name in BRACKET_MEASURES)
    page = read_ldr(out / "pictures.jpg").ldr
    assert page.shape[1] > 64 * (2 + len(asked)) and page.std() > 0.1


def test_scenes_in_the_papers_layout_are_measured(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate-bracket", str(data / "paper"), "--methods", "triangle", "reference", "--device", "cpu"]) == 0
    told = capsys.readouterr().out
    assert f"{PAPER} (1), dB ↑" in told and "what moves most" not in told
    assert "## Left out\n\n- quarrel: 0.tif and 1.tif have nothing in common" in told
    line = next(line for line in told.splitlines() if line.startswith(f"| {ENTRIES['triangle:pose'].label}"))
    assert float(line.split("|")[2].split("[")[0].strip(" *")) > 40  # it stands still, and its truth is exact


@pytest.mark.parametrize(
    "words, said",
    [
        (["{data}/empty"], "holds no HDR scene that can be read"),
        (["{data}/paper/quarrel", "--methods", "triangle"], "have nothing in common"),
        (["{data}/skies", "--methods", "photoshop"], "'photoshop' is none of"),
        (["{data}/skies", "--methods", "debevec:nearly"], "'debevec:nearly' is none of"),
        (["{data}/skies", "--out", "{data}/paper/wall/exposure.txt/x"], "choose another folder"),
        (["{data}/skies", "--brackets", "0"], "--brackets"),
        (["{data}/skies", "--side", "31"], "31 is below 32 px"),
        (["{data}/nowhere"], "holds no HDR scene that can be read"),
    ],
)
def test_what_cannot_be_measured_is_explained(
    data: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["evaluate-bracket", *(word.format(data=data) for word in words)])
    except SystemExit as ended:
        code = ended.code
    assert code in (1, 2) and said in capsys.readouterr().err


def test_a_network_without_a_checkpoint_is_refused_if_it_is_asked_for(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hdr_demo.merge import load
    from hdr_demo.weights import table

    load._load_network.cache_clear()
    monkeypatch.setattr(table, "BRACKET_WEIGHTS", {})
    assert main(["evaluate-bracket", str(data / "skies"), *QUICK, "--methods", *NETWORKS]) == 1
    assert "No checkpoint of the network" in capsys.readouterr().err
