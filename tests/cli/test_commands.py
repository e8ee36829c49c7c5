"""`python -m hdr_demo`: the sub-commands, their help, and the smaller ones from end to end."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from hdr_demo.backends import BACKENDS
from hdr_demo.cli import COMMANDS, main
from hdr_demo.cli.bench_formats import SAME
from hdr_demo.io import writable_formats
from hdr_demo.tonemap import TONE_MAPPERS

ROOT = Path(__file__).parents[2]


def python(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)


def test_help_lists_every_command() -> None:
    done = python("-m", "hdr_demo", "--help")
    assert done.returncode == 0
    assert all(f"\n  {name} " in done.stdout for name in COMMANDS)


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    done = python("-X", "importtime", "-m", "hdr_demo", "--help")
    assert not [name for name in ("torch", "gradio", "cv2", "huggingface_hub") if f" {name}\n" in done.stderr]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert f"python -m hdr_demo {command}" in told and "options:" in told


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["expnad"])
    assert ended.value.code == 2 and "expand" in capsys.readouterr().err


def test_bench_times_every_back_end_against_the_published_procedure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--sizes", "300x200", "--repeats", "1", "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("cpu, ") and any("matrix product" in line for line in lines)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| 300x200")]
    fitting = [name for name, row in BACKENDS.items() if row.fits(torch.device("cpu"), torch.float32)]
    assert [row[1] for row in rows] == ["published", *fitting, "draft"]
    for _, name, seconds, pace, ratio, memory, difference in rows:
        assert float(pace) == pytest.approx(0.06 / float(seconds), rel=0.02)
        assert float(ratio) == pytest.approx(float(rows[0][2]) / float(seconds), rel=0.02)
        assert float(difference) < 1e-5 or name == "draft"
        if Path("/proc/self/clear_refs").exists():
            assert 1 < float(memory.removesuffix(" MiB")) < 1000


def test_bench_times_only_what_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--sizes", "80x60", "64x64", "--only", "torch", "--repeats", "1", "--device", "cpu"]) == 0
    told = capsys.readouterr().out
    assert "| 80x60 | torch |" in told and "| 64x64 | torch |" in told and "published" not in told
    assert main(["bench", "--only", "abacus", "--device", "cpu"]) == 1
    assert "no method 'abacus' on cpu; choose from published, torch" in capsys.readouterr().err


def test_bench_times_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--formats", "--sizes", "400x300", "--repeats", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| 400x300")]
    assert {row[1] for row in rows} >= {f"HDR{suffix}" for suffix in writable_formats() if suffix not in SAME}
    sizes = {row[1]: float(row[2]) for row in rows}
    # Nothing is compressed in it: 400×300 pixels of three times two bytes.
    assert sizes["photo.tif, 16 bits"] == pytest.approx(0.72, abs=0.05)
    assert all(float(seconds) >= 0 for row in rows for seconds in (row[3], row[4], row[6], row[7]))


def test_bench_times_every_operator_and_what_the_page_computes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--tone-map", "--sizes", "400x300", "--repeats", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| 400x300")]
    seconds = {row[1]: float(row[2]) for row in rows}
    assert list(seconds)[: len(TONE_MAPPERS)] == list(TONE_MAPPERS)
    page = [name for name in seconds if name.startswith("page: ")]
    assert len(page) + len(TONE_MAPPERS) == len(rows) and page[-1] == "page: sum"
    # Each is printed to a thousandth.
    assert seconds["page: sum"] == pytest.approx(sum(seconds[name] for name in page[:-1]), abs=0.0005 * len(page))


@pytest.mark.slow
def test_bench_times_the_start_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--startup", "--repeats", "1"]) == 0
    told = capsys.readouterr().out
    waits = dict(re.findall(r"\| ([^|]+) \| ([\d.]+) \|", told))
    assert 0 < float(waits["the page is served"]) < 120 and float(waits["in the background: the network is warm"]) > 0
    assert float(waits["gradio"]) > 0
    assert "torch" not in waits  # the page does not wait for it


def test_bench_shows_what_training_and_loading_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--batch_size", "1", "--crops", "1", "--crop_size", "16", "--num_workers", "2", "--seconds", "0.01"]
    assert main(["bench", "--train", *flags, "--precision", "float32", "--no-compile", "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "cpu, float32: 1 views a step, 1 crops of 16 px each"
    assert [line.split("  ")[0] for line in lines[1:4]] == ["learning", "loading, 1 worker", "loading, 2 workers"]
    assert all(float(line.split(" crops/s")[0].split()[-1]) > 0 for line in lines[1:4])
    assert lines[4].startswith("The bottleneck is ")


def test_bench_times_clips_exact_and_as_a_draft(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--width", "96", "--height", "64", "--frames", "2"]
    assert main(["bench", "--video", *flags, "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("96x64 to sdr and hdr10_av1, cpu, ") and "torch" in lines[0]
    timings, steps = lines[1:5:2], lines[2:5:2]
    assert [line.split(" frames")[0] for line in timings] == ["exact  2", "draft  2"]
    assert all(float(line.split(" frames/s")[0].split()[-1]) > 0 for line in timings)
    for line in steps:
        shares = dict(part.strip().rsplit(" ", 1) for part in line.split(","))
        assert shares.keys() == {"decoding", "network", "tone mapping", "encoding", "cuts and steadiness"}
        assert sum(int(share.rstrip("%")) for share in shares.values()) == pytest.approx(100, abs=3)
    assert float(lines[5].split("exact ")[1].split(" dB")[0]) > 20


@pytest.mark.parametrize("given, used", [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_waiting_threads_sleep_unless_somebody_wants_otherwise(given: str | None, used: str, monkeypatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", given or "")
    if given is None:
        monkeypatch.delenv("OMP_WAIT_POLICY")
    with pytest.raises(SystemExit):
        main(["bench", "--help"])
    assert os.environ["OMP_WAIT_POLICY"] == used
