"""`python -m hdr_demo train-bracket`: what a run leaves, interruption and resumption, and what is said of bad flags."""

import argparse
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from hdr_demo.cli import main, train_bracket
from hdr_demo.errors import DataError
from hdr_demo.io import read_ldr
from hdr_demo.merge.networks import NETWORKS
from hdr_demo.training.bracket_card import bracket_card
from hdr_demo.training.bracket_loop import BracketTrainer
from hdr_demo.training.bracket_release import release_bracket
from hdr_demo.training.bracket_samples import find_samples
from hdr_demo.training.loop import peek
from hdr_demo.training.plan import BracketPlan
from hdr_demo.weights import BRACKET_WEIGHTS, read_bracket_tensors, read_metadata
from hdr_demo.weights.table import BUNDLED_FOLDER

ROOT = Path(__file__).parents[2]
SMALL = ["--batch_size", "2", "--crop_size", "32", "--precision", "float32"]


@pytest.fixture
def words(album: Path, block_scenes: Path, tmp_path: Path) -> list[str]:
    """A run of three steps on samples that are there."""
    folders = {"-d": block_scenes, "--album": album, "-s": tmp_path / "run"}
    drawn = ["--samples", "6", "--album_seed", "3"]
    return ["train-bracket", *(str(word) for pair in folders.items() for word in pair), *drawn, *SMALL, "--steps", "3"]


def test_a_run_leaves_checkpoint_card_tables_and_curves(
    words: list[str], album: Path, block_scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held_out = tmp_path / "val"
    held_out.mkdir()
    (held_out / "c.exr").write_bytes((block_scenes / "a.exr").read_bytes())
    words += ["--network", "we", "--val_root_path", str(held_out), "--val_samples", "3", "--val_freq", "2"]
    words += ["--loss_freq", "1", "--checkpoint_freq", "1", "--learning_rate", "1e-3", "--weight_decay", "0.1"]
    words += ["--seed", "4", "--workers", "1", "--note", "Two | scenes."]
    assert main(words) == 0
    told, run = capsys.readouterr(), tmp_path / "run"
    assert told.out.splitlines()[-2:] == [str(run / "bracket-we.safetensors"), str(run / "bracket-we.md")]
    assert "step      3  loss" in told.out and "validation, dB PSNR-T: " in told.out
    assert (run / "loss.csv").read_text().count("\n") == 4
    steps = [row.split(",")[0] for row in (run / "validation.csv").read_text().split()]
    assert steps[-3:] == ["0", "2", "3"] and read_ldr(run / "curves.png").ldr.shape == (900, 960, 3)
    tensors = read_bracket_tensors("we", NETWORKS["we"], run / "bracket-we.safetensors")
    assert all(
        torch.equal(tensors[name], value) for name, value in BracketTrainer.reopen(run).average.state_dict().items()
    )
    facts, card = read_metadata(run / "bracket-we.safetensors"), (run / "bracket-we.md").read_text("utf-8")
    assert "--data_root_path train --val_root_path val --network we --steps 3" in facts["command"]
    assert "3 of 3 steps of 2 crops of 32 px" in facts["training"] and "float32" in facts["training_time"]
    assert facts["samples"] == "6 brackets of 256 px, drawn of train with seed 3"
    assert facts["held_out"].startswith("3 brackets of 256 px, drawn of val with seed 7; nothing was learned")
    scores = [name for name in facts if name.startswith("held_out_")]
    assert scores and all("dB PSNR-L (triangle weights: " in facts[name] for name in scores)
    assert all(text.replace("|", "\\|") in card for name, text in facts.items())
    assert str(tmp_path) not in card and str(album) not in card

    assert main(words) == 1
    assert "holds a run of 3 steps; go on with --resume" in capsys.readouterr().err
    words[words.index("--steps") + 1] = "4"
    assert main([*words, "--resume"]) == 0
    assert peek(run) == (4, "float32") and (run / "loss.csv").read_text().count("\n") == 5


def test_scenes_of_the_paper_are_enough_to_learn_from(papers: Path, tmp_path: Path) -> None:
    words = ["train-bracket", "--paper_root_path", str(papers), "--album", str(tmp_path / "album"), *SMALL]
    assert main([*words, "-s", str(tmp_path / "run"), "--steps", "1"]) == 0
    facts = read_metadata(tmp_path / "run" / "bracket-selector.safetensors")
    assert facts["samples"] == "2 of 256 px, cut from papers"
    assert "--paper_root_path papers" in facts["command"] and "data_root_path" not in facts["command"]


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--crop_size", "257"], "--crop_size must be at most 256"),
        (["--resume"], "is not there; leave --resume out"),
        (["--val_root_path", "nowhere"], "nowhere is not there; name another --val_root_path"),
        (["--paper_root_path", "."], "no scenes in the paper's layout"),
        (["--precision", "int8"], "There is no precision 'int8'"),
        (["--album_seed", "5"], "of another seed; choose another --album"),
        (["-s", "taken"], "taken"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    words: list[str], tmp_path: Path, capsys, monkeypatch, flags: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("a file")
    assert main([*words, *flags]) == 1
    assert sentence in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("flags", [["--network", "safnet"], ["--workers", "0"], ["--learning_rate", "-1"]])
def test_a_flag_out_of_range_is_explained(words: list[str], capsys, flags: list[str]) -> None:
    with pytest.raises(SystemExit):
        main([*words, *flags])
    assert flags[0] in capsys.readouterr().err


def test_every_network_can_be_asked_for() -> None:
    assert tuple(NETWORKS) == train_bracket.NETWORKS


def read_flags(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train_bracket.add_arguments(parser)
    return parser.parse_args(words)


def test_the_command_of_a_card_asks_for_the_same_run() -> None:
    words = [
        "--network",
        "wie",
        "--val_samples",
        "7",
        "--samples",
        "77",
        "--steps",
        "1234567",
        "--learning_rate",
        "0.00012345678",
    ]
    arguments = read_flags("-d", "train", "--paper_root_path", "paper", "--precision", "bfloat16", *words)
    again = read_flags(*shlex.split(train_bracket.describe_command(arguments, "bfloat16"))[4:])
    assert vars(again) == vars(arguments)


def test_nothing_is_learned_from_what_is_held_out(tmp_path: Path) -> None:
    for name in ("train", "val", "paper/val"):
        (tmp_path / name).mkdir(parents=True)

    def choose(*words: str) -> tuple[Path | None, Path | None]:
        return train_bracket.choose_folders(
            read_flags(*(word if word.startswith("-") else str(tmp_path / word) for word in words))
        )

    assert choose("-d", "train") == (tmp_path / "train", tmp_path / "val")
    assert choose("-d", "val") == (tmp_path / "val", None)
    assert choose("--paper_root_path", "paper") == (None, None)
    for words in (
        ["-d", "val", "--val_root_path", "val"],
        ["--paper_root_path", "paper", "--val_root_path", "paper/val"],
    ):
        with pytest.raises(DataError, match="name another --val_root_path"):
            choose(*words)


@pytest.mark.slow
def test_ctrl_c_saves_and_a_resumed_run_ends(words: list[str], tmp_path: Path) -> None:
    words[words.index("--steps") + 1] = "400"
    program = [sys.executable, "-m", "hdr_demo", *words, "--loss_freq", "1"]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        while (
            not (tmp_path / "run" / "loss.csv").is_file() or "\n2," not in (tmp_path / "run" / "loss.csv").read_text()
        ):
            assert running.poll() is None
            time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)
    assert running.returncode == 1 and "go on with --resume" in told.splitlines()[-1]
    done = peek(tmp_path / "run")[0]
    assert 2 <= done < 400
    words[words.index("--steps") + 1] = str(done + 1)
    assert main([*words, "--resume"]) == 0


@pytest.mark.parametrize("network", NETWORKS)
def test_a_finished_state_is_released(
    plan_bracket: Callable[..., BracketPlan], album: Path, tmp_path: Path, network: str
) -> None:
    BracketTrainer(plan_bracket(network, steps=1)).run(save_to=tmp_path)
    checkpoint, card = release_bracket(BracketTrainer.reopen(tmp_path), tmp_path, facts={"command": "go"})
    again = [path.read_bytes() for path in (checkpoint, card)]
    release_bracket(BracketTrainer.reopen(tmp_path), tmp_path, facts={"command": "go"})
    assert [path.read_bytes() for path in (checkpoint, card)] == again
    facts = read_metadata(checkpoint)
    count = sum(tensor.numel() for tensor in NETWORKS[network]().state_dict().values())
    assert facts["network"] == network and f"{count:,} parameters" in facts["architecture"]
    assert ("learned to repeat the photos" in facts["training"]) == (network == "wie")
    assert "held_out" not in facts and facts["command"] == "go"


def test_the_python_of_a_card_runs(plan_bracket: Callable[..., BracketPlan], tmp_path: Path, monkeypatch) -> None:
    _, card = release_bracket(BracketTrainer(plan_bracket("we")), tmp_path, facts={})
    (program,) = re.findall(r"```python\n(.*?)```", card.read_text("utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(program, "card", "exec"), {})


@pytest.mark.parametrize("row", BRACKET_WEIGHTS.values(), ids=lambda row: row.name)
def test_the_card_of_a_bundled_checkpoint_says_what_the_checkpoint_says(row) -> None:
    path = BUNDLED_FOLDER / row.file
    assert path.with_suffix(".md").read_text("utf-8") == bracket_card(path)


def test_scenes_to_measure_on_are_tried_before_the_many_are_drawn(words: list[str], tmp_path: Path, capsys) -> None:
    (tmp_path / "empty").mkdir()
    words[words.index("--album") + 1] = str(tmp_path / "new")
    assert main([*words, "--val_root_path", str(tmp_path / "empty")]) == 1
    assert f"{tmp_path / 'empty'} holds no HDR scene" in capsys.readouterr().err.splitlines()[-1]
    assert not find_samples(tmp_path / "new")


def test_a_damaged_sample_ends_a_run_with_its_name(words: list[str], album: Path, tmp_path: Path, capsys) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in find_samples(album):
        (copy / path.name).write_bytes(b"no sample")
    words[words.index("--album") + 1] = str(copy)
    assert main(words) == 1
    assert ".npz cannot be read as a sample of brackets" in capsys.readouterr().err
