"""`python train.py`: every flag, data of every kind, interruption and resumption."""

import argparse
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.cli import main, train
from hdr_demo.color import encode_srgb
from hdr_demo.errors import DataError
from hdr_demo.io import read_ldr, write_hdr, write_sdr
from hdr_demo.training.loop import peek
from hdr_demo.weights import read_metadata

ROOT = Path(__file__).parents[2]
SMALL = ["--batch_size", "1", "--crops", "1", "--crop_size", "32", "--precision", "float32", "--device", "cpu"]


def draw_sky() -> np.ndarray:
    sky = np.random.default_rng(0).uniform(0.1, 0.3, (32, 64, 3)).astype(np.float32)
    sky[10:14, 20:30] = 20
    return sky


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A panorama and a damaged file, and nothing to validate on."""
    folder = tmp_path_factory.mktemp("one") / "sky"
    folder.mkdir()
    write_hdr(folder / "sky.exr", draw_sky())
    (folder / "torn.exr").write_bytes(b"no picture")
    return folder


def test_train_takes_every_flag_and_resumes(sky: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = [*SMALL, "--num_workers", "0", "--loss_freq", "1", "--checkpoint_freq", "1", "--val_freq", "1"]
    flags += ["--learning_rate", "1e-3", "--weight_decay", "0.1", "--seed", "3", "--keep_best", "--no-compile"]
    flags += ["--use_gpu", "False"]
    assert main(["train", "-d", str(sky), "-s", str(tmp_path), *flags, "--steps", "2"]) == 0
    told = capsys.readouterr()
    assert "expandnet-hdr-demo.safetensors" in told.out
    assert "step      2  loss" in told.out and (told.out + told.err).count("torn.exr") == 1
    assert main(["train", "-d", str(sky), "-s", str(tmp_path), *flags, "--steps", "3", "--resume"]) == 0
    assert "3 of 3 steps" in (tmp_path / "README.md").read_text("utf-8")
    assert (tmp_path / "loss.csv").read_text().count("\n") == 4
    assert read_ldr(tmp_path / "curves.png").ldr.shape[1] == 960


def test_pairs_are_enough_to_learn_from(tmp_path: Path) -> None:
    for place in ("photos", "light"):
        (tmp_path / place).mkdir()
    write_sdr(tmp_path / "photos" / "001.png", encode_srgb(np.minimum(draw_sky(), 1)))
    write_hdr(tmp_path / "light" / "001.exr", draw_sky())
    pairs = ["--pairs", str(tmp_path / "photos"), str(tmp_path / "light")]
    flags = [*SMALL, "--num_workers", "0", "--steps", "1"]
    assert main(["train", *pairs, "-s", str(tmp_path / "run"), *flags]) == 0
    command = read_metadata(tmp_path / "run" / "expandnet-hdr-demo.safetensors")["command"]
    assert "--pairs photos light" in command and "data_root_path" not in command


def test_the_card_repeats_the_run_without_private_folders(sky: Path, tmp_path: Path) -> None:
    flags = ["-d", str(sky), "-s", str(tmp_path), *SMALL, "--steps", "1", "--num_workers", "0"]
    assert main(["train", *flags, "--note", "One sky."]) == 0
    card = (tmp_path / "README.md").read_text("utf-8")
    assert "python train.py --data_root_path sky --steps 1 --batch_size 1 --crops 1 --crop_size 32" in card
    assert "One sky." in card and str(tmp_path) not in card and str(sky) not in card
    assert "expandnet-hdr-demo.safetensors photo.jpg" in card  # the file beside the card, not the bundled one


def read_flags(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize(
    "words",
    [
        ["--steps", "1234567", "--seed", "20261122", "--learning_rate", "0.00012345678", "--keep_best"],
        ["--val_root_path", "val", "--val_freq", "50", "--precision", "bfloat16", "--compile"],
        ["--no-compile"],
    ],
)
def test_the_command_of_a_card_asks_for_the_same_run(words: list[str]) -> None:
    arguments = read_flags("-d", "skies", *words)
    again = read_flags(*shlex.split(train.describe_command(arguments))[2:])
    assert vars(again) == vars(arguments)


def test_nothing_is_learned_from_what_is_held_out(tmp_path: Path) -> None:
    for name in ("train", "val", "train/val", "val/more"):
        (tmp_path / name).mkdir()

    def choose(data: str, held_out: str | None = None) -> Path | None:
        flags = ["-d", str(tmp_path / data), *(["--val_root_path", str(tmp_path / held_out)] if held_out else [])]
        return train.choose_folders(read_flags(*flags))[1]

    assert choose("train") == tmp_path / "val" and choose("val") is None and choose("train", "val/more")
    for data, held_out in (("val", "val"), ("train", "train/val"), ("val/more", "val")):
        with pytest.raises(DataError, match="name another --val_root_path"):
            choose(data, held_out)


def test_a_run_is_not_overwritten_by_mistake(sky: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["train", "-d", str(sky), "-s", str(tmp_path), *SMALL, "--steps", "1", "--num_workers", "0"]
    assert main(flags) == 0
    capsys.readouterr()
    assert main(flags) == 1
    assert "holds a run of 1 steps; go on with --resume" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags",
    [
        ["--crop_size", "300"],
        ["--num_workers", "-1"],
        ["--learning_rate", "-1"],
        ["--val_freq", "0"],
        ["--precision", "int8"],
        ["--pairs", "one"],
    ],
)
def test_a_flag_out_of_range_is_explained(
    sky: Path, tmp_path: Path, flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["train", "-d", str(sky), "-s", str(tmp_path), *flags])
    except SystemExit as ended:
        code = ended.code
    assert code in (1, 2) and flags[0].strip("-") in capsys.readouterr().err


def test_an_empty_folder_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "-d", str(tmp_path), "-s", str(tmp_path / "run"), *SMALL]) == 1
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith(f"{tmp_path} holds no HDR scene that can be read; name a folder of .exr")


@pytest.mark.slow
def test_a_run_is_interrupted_resumed_and_finished(tmp_path: Path) -> None:
    for place in ("train", "val"):
        (tmp_path / place).mkdir()
        write_hdr(tmp_path / place / "sky.exr", draw_sky()[:, :: 1 if place == "train" else -1])
    (tmp_path / "train" / "torn.exr").write_bytes(b"no picture")
    run = tmp_path / "run"
    words = [sys.executable, "train.py", "-d", str(tmp_path / "train"), "-s", str(run), *SMALL, "--num_workers", "2"]
    words += ["--loss_freq", "1", "--checkpoint_freq", "1000", "--val_freq", "1000", "--keep_best"]

    first = subprocess.Popen(
        [*words, "--steps", "1000000"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    said = []
    for line in first.stdout:
        said.append(line)
        if line.startswith("step      3  loss"):
            first.send_signal(signal.SIGINT)
            break
    rest, errors = first.communicate(timeout=120)
    assert first.returncode == 1 and "go on with --resume" in errors.splitlines()[-1]
    assert "".join([*said, rest, errors]).count("torn.exr") == 1
    steps, precision = peek(run)
    assert steps >= 3 and precision == "float32"

    last = str(steps + 2)
    done = subprocess.run([*words, "--steps", last, "--resume"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert peek(run)[0] == steps + 2
    assert [line.split(",")[0] for line in (run / "validation.csv").read_text().splitlines()] == ["step", "0", last]
    assert [line.split(",")[0] for line in (run / "loss.csv").read_text().splitlines()] == [
        "step",
        *(str(step) for step in range(1, steps + 3)),
    ]
    assert "held out unknown radiometric" in (run / "README.md").read_text("utf-8")
    assert (run / "progress.png").exists() and len(list((run / "progress").iterdir())) == 2
