"""`python -m hdr_demo`: the sub-commands, their help, and the smaller ones from end to end."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.cli import COMMANDS, main, run_command
from hdr_demo.io import write_hdr

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


@pytest.fixture(scope="module")
def skies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("skies")
    sky = np.random.default_rng(0).uniform(0.1, 0.3, (32, 64, 3)).astype(np.float32)
    sky[10:14, 20:30] = 20
    (folder / "train").mkdir()
    (folder / "val").mkdir()
    write_hdr(folder / "train" / "sky.exr", sky)
    write_hdr(folder / "val" / "sky.exr", sky[:, ::-1])
    return folder


def test_train_takes_every_flag_and_resumes(skies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--batch_size", "1", "--crops", "1", "--crop_size", "32", "--num_workers", "0", "--loss_freq", "1"]
    flags += ["--checkpoint_freq", "1", "--use_gpu", "False", "--learning_rate", "1e-3", "--seed", "3"]
    places = ["-d", str(skies / "train"), "-s", str(tmp_path)]
    assert run_command("train", [*places, *flags, "--steps", "2"], prog="python train.py") == 0
    told = capsys.readouterr()
    assert "expandnet-hdr-demo.safetensors" in told.out
    assert (tmp_path / "training_state.pt").exists() and "8 views" in (tmp_path / "README.md").read_text("utf-8")
    more = ["--steps", "3", "--resume", "--val_root_path", str(skies / "val"), "--device", "cpu"]
    assert run_command("train", [*places, *flags, *more], prog="python train.py") == 0
    assert "3 of 3 steps" in (tmp_path / "README.md").read_text("utf-8")


def test_the_card_repeats_the_run_without_private_folders(skies: Path, tmp_path: Path) -> None:
    flags = ["-d", str(skies / "train"), "-s", str(tmp_path), "--steps", "1", "--batch_size", "1", "--num_workers", "0"]
    assert main(["train", *flags, "--crop_size", "32", "--note", "Two skies."]) == 0
    card = (tmp_path / "README.md").read_text("utf-8")
    assert "python train.py --data_root_path train --steps 1 --batch_size 1 --crops 2 --crop_size 32" in card
    assert "Two skies." in card and str(tmp_path) not in card and str(skies) not in card
    assert "expandnet-hdr-demo.safetensors photo.jpg" in card  # the file beside the card, not the bundled one


@pytest.mark.parametrize("flags", [["--crop_size", "300"], ["--num_workers", "-1"], ["--learning_rate", "-1"]])
def test_a_training_flag_out_of_range_is_explained(
    skies: Path, tmp_path: Path, flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["train", "-d", str(skies / "train"), "-s", str(tmp_path), *flags])
    except SystemExit as ended:
        code = ended.code
    assert code in (1, 2) and flags[0] in capsys.readouterr().err


def test_train_without_data_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command("train", ["--data_root_path", str(tmp_path)], prog="python train.py") == 1
    assert capsys.readouterr().err.strip().endswith("name a folder of equirectangular HDR images.")


def test_bench_compares_both_passes_in_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--width", "300", "--height", "200", "--repeats", "1", "--device", "cpu"]) == 0
    told = capsys.readouterr().out
    assert "plain pass" in told and "exact tiles" in told
    if Path("/proc/self/clear_refs").exists():
        assert all(0 < float(line.split("MP/s")[1].split("MiB")[0]) < 500 for line in told.splitlines()[1:3])
    assert float(told.split("times as fast, ")[1].split(" apart")[0]) < 1e-5
