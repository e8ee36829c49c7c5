"""`python -m hdr_demo`: the sub-commands, their help, and the smaller ones from end to end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hdr_demo.cli import COMMANDS, main

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


def test_bench_compares_both_passes_in_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--width", "300", "--height", "200", "--repeats", "1", "--device", "cpu"]) == 0
    told = capsys.readouterr().out
    assert "plain pass" in told and "exact tiles" in told
    if Path("/proc/self/clear_refs").exists():
        assert all(0 < float(line.split("MP/s")[1].split("MiB")[0]) < 500 for line in told.splitlines()[1:3])
    assert float(told.split("times as fast, ")[1].split(" apart")[0]) < 1e-5


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
