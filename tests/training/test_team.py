"""Several processes learn what one does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from hdr_demo.errors import DataError, DeviceError
from hdr_demo.io import write_hdr
from hdr_demo.reading import OUR_READING
from hdr_demo.training.loop import STATE_NAME
from hdr_demo.training.loss import Loss, compare_light
from hdr_demo.training.team import Team

ROOT = Path(__file__).parents[2]
FLAGS = ["--batch_size", "4", "--crops", "2", "--crop_size", "24", "--precision", "float32", "--device", "cpu"]
FLAGS += ["--num_workers", "0", "--checkpoint_freq", "1", "--loss_freq", "1"]
# Of how far a weight moves: sums come in another order, and Adam makes small gradients as large as others.
SHARE_APART = 0.05
# Of a tensor's largest gradient: float32 sums in another order.
ROUNDING = 1e-4


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("team") / "scenes"
    folder.mkdir()
    light = np.random.default_rng(0).uniform(0.05, 0.4, (64, 128, 3)).astype(np.float32)
    light[20:28, 40:60] = 30
    write_hdr(folder / "sky.exr", light)
    return folder


def train(processes: int, scenes: Path, run: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"] if processes > 1 else []
    words = [sys.executable, *launcher, "train.py", "-d", scenes, "-s", run, *FLAGS, *flags]
    return subprocess.run([str(word) for word in words], cwd=ROOT, capture_output=True, text=True, timeout=300)


def state(run: Path) -> dict:
    return torch.load(run / STATE_NAME, weights_only=True)


@pytest.mark.slow
def test_two_processes_learn_what_one_does_and_go_on_where_it_stopped(scenes: Path, tmp_path: Path) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    for run, processes, steps in ((alone, 1, "2"), (alone, 1, "4"), (together, 2, "2"), (together, 2, "4")):
        extra = ["--resume"] if (run / STATE_NAME).exists() else []
        done = train(processes, scenes, run, "--steps", steps, *extra)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("expandnet-hdr-demo.safetensors") == 1  # one of them writes
    one, two = state(alone), state(together)
    assert one["step"] == two["step"] == 4
    start = state_of_a_new_run(scenes, tmp_path / "new")
    for name, value in one["model"].items():
        moved, apart = (value - start[name]).abs().max(), (value - two["model"][name]).abs().max()
        assert moved > 1e-5 and apart < SHARE_APART * moved, name
    losses = [np.loadtxt(run / "loss.csv", delimiter=",", skiprows=1)[:, 1] for run in (alone, together)]
    assert np.allclose(*losses, rtol=1e-4)
    assert "2 processes" in (together / "README.md").read_text("utf-8")


@pytest.mark.slow
def test_the_gradient_of_two_processes_is_that_of_one_with_all_samples(scenes: Path, tmp_path: Path) -> None:
    program, folders = Path(__file__).with_name("gradients.py"), {1: tmp_path / "alone", 2: tmp_path / "together"}
    for processes, folder in folders.items():
        folder.mkdir()
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
        words = [sys.executable, *launcher, program, scenes, folder, 4]
        surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run([str(word) for word in words], env=surroundings, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    one = torch.load(folders[1] / "0.pt")
    for rank in range(2):
        both = torch.load(folders[2] / f"{rank}.pt")
        for name, value in one.items():
            assert value.abs().max() > 0 and (both[name] - value).abs().max() < ROUNDING * value.abs().max(), name


def state_of_a_new_run(scenes: Path, run: Path) -> dict[str, torch.Tensor]:
    from hdr_demo.training.loop import Trainer
    from hdr_demo.training.plan import Plan

    return Trainer(Plan(scenes), torch.device("cpu")).model.state_dict()


@pytest.mark.slow
def test_an_interrupted_team_saves_once_and_resumes(scenes: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", "train.py"]
    words += ["-d", str(scenes), "-s", str(tmp_path), *FLAGS, "--steps", "100000", "--checkpoint_freq", "100000"]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    losses = tmp_path / "loss.csv"
    deadline = time.monotonic() + 240
    while not (losses.exists() and losses.read_text().count("\n") > 3):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=240)
    assert process.returncode != 0 and "go on with --resume" in told
    assert state(tmp_path)["step"] > 2


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(DataError, match="--batch_size 6 cannot be shared by 4 processes; choose a multiple of 4"):
        Team(size=4).share_out(6)


def test_all_samples_are_taken_once_in_the_order_of_the_batches() -> None:
    shares = [Team(rank=rank, size=3).own_samples(6, 12, 30) for rank in range(3)]
    assert shares[1] == [14, 15, 20, 21, 26, 27]
    assert sorted(sum(shares, [])) == list(range(12, 30))
    assert list(Team().own_samples(6, 12, 30)) == list(range(12, 30))
    assert len(Team().own_samples(6, 0, 10**9)) == 10**9  # no list of them is made


def test_a_device_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(DeviceError, match="one for each CUDA device"):
        Team(size=2, beside=2, local_rank=1).choose_device(torch.device("cuda"))
    assert Team(size=2, beside=2, local_rank=1).choose_device(torch.device("cpu")) == torch.device("cpu")


def test_the_mean_of_the_parts_losses_is_the_loss_of_the_batch(rng: np.random.Generator) -> None:
    ldr = torch.from_numpy(rng.random((6, 3, 16, 16), dtype=np.float32)).clamp(max=0.9)
    ldr[:2] = 1  # views differ in how much is clipped, so a mean of means would not do
    hdr, raw = ldr * 2, torch.from_numpy(rng.random((6, 3, 16, 16), dtype=np.float32))
    whole = compare_light(raw, ldr, hdr, OUR_READING, views=6)
    halves, sent = [np.s_[:3], np.s_[3:]], []

    def send(value: torch.Tensor) -> torch.Tensor:
        sent.append(value)
        return value

    def compare(mean_over_parts: Callable[[torch.Tensor], torch.Tensor]) -> list[Loss]:
        return [
            compare_light(raw[half], ldr[half], hdr[half], OUR_READING, views=3, mean_over_parts=mean_over_parts)
            for half in halves
        ]

    compare(send)
    parts = compare(lambda _: torch.stack(sent).mean())
    for term in ("light", "everywhere", "color", "energy", "fidelity", "total"):
        joined = (getattr(parts[0], term) + getattr(parts[1], term)) / 2
        assert joined.item() == pytest.approx(getattr(whole, term).item(), rel=1e-5), term
    assert parts[0].light.item() != pytest.approx(whole.light.item(), rel=1e-2)
