"""The fastest back end is found by timing, once on a computer."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from hdr_demo.backends import BACKENDS, Piece, choice, choose_backend, find_backend, table
from hdr_demo.errors import DeviceError
from hdr_demo.inference import Expander
from hdr_demo.model import ExpandNet

CPU = torch.device("cpu")


class Paced:
    """A back end that takes as long as it is told, by the clock that the choice reads."""

    def __init__(self, clock: list[float], seconds: float) -> None:
        self.clock, self.seconds = clock, seconds

    def run(self, pieces: list[Piece]) -> Iterator[tuple[Piece, np.ndarray]]:
        for piece in pieces:
            self.clock[0] += self.seconds
            yield piece, piece.picture


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(choice.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(choice, "_chosen", {})
    monkeypatch.setattr(choice.importlib.metadata, "version", lambda name: "1")
    monkeypatch.setenv("HDR_DEMO_CACHE", str(tmp_path / "cache"))
    return now


def take(seconds: dict[str, float], clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be these back ends, each of them so fast."""
    rows = {
        name: table.Backend(name, lambda *_: True, lambda *_, slow=slow: Paced(clock, slow), "")
        for name, slow in seconds.items()
    }
    monkeypatch.setattr(choice, "BACKENDS", rows)


@pytest.mark.parametrize("fast", ["torch", "ncnn"])
def test_the_fastest_is_chosen_and_remembered(fast: str, clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    take({name: 1.0 if name == fast else 2.0 for name in ("torch", "ncnn")}, clock, monkeypatch)
    assert choose_backend(CPU, torch.float32) == fast
    spent = clock[0]
    choice._chosen.clear()  # as a new process
    assert choose_backend(CPU, torch.float32) == fast and clock[0] == spent > 0
    [(computer, kept)] = json.loads((choice.cache_folder() / choice.FILE_NAME).read_text(encoding="utf-8")).items()
    assert kept["seconds"][fast] == pytest.approx(1) and f"{torch.get_num_threads()} threads" in computer


def test_another_version_is_timed_again(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    take({"torch": 1.0, "ncnn": 2.0}, clock, monkeypatch)
    assert choose_backend(CPU, torch.float32) == "torch"
    monkeypatch.setattr(choice.importlib.metadata, "version", lambda name: "2")
    take({"torch": 2.0, "ncnn": 1.0}, clock, monkeypatch)
    assert choose_backend(CPU, torch.float32) == "ncnn"


@pytest.mark.parametrize("kept", ["", "[1]", '{"it": 3}', "\x00"])
def test_a_broken_memory_is_measured_anew(kept: str, clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    take({"torch": 1.0, "ncnn": 2.0}, clock, monkeypatch)
    choice.cache_folder().mkdir()
    (choice.cache_folder() / choice.FILE_NAME).write_text(kept, encoding="utf-8")
    assert choose_backend(CPU, torch.float32) == "torch"
    choice._chosen.clear()
    spent = clock[0]
    assert choose_backend(CPU, torch.float32) == "torch" and clock[0] == spent


def test_a_cache_that_cannot_be_written_costs_a_measurement_only(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    take({"torch": 1.0, "ncnn": 2.0}, clock, monkeypatch)
    choice.cache_folder().write_text("a file where the folder should be", encoding="utf-8")
    assert choose_backend(CPU, torch.float32) == "torch"


def test_without_its_wheel_pytorch_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    find = table.importlib.util.find_spec
    monkeypatch.setattr(table.importlib.util, "find_spec", lambda name: None if name == "ncnn" else find(name))
    assert Expander(ExpandNet(), CPU).backend == "torch"
    with pytest.raises(DeviceError, match="pip install ncnn"):
        find_backend("ncnn", CPU, torch.float32)


def test_an_unknown_back_end_is_refused_with_the_choices() -> None:
    with pytest.raises(DeviceError, match=", ".join(BACKENDS)):
        find_backend("fast", CPU, torch.float32)


def test_each_back_end_that_fits_takes_part_in_a_real_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(choice, "_chosen", {})
    monkeypatch.setenv("HDR_DEMO_CACHE", str(tmp_path))
    fitting = [name for name, row in BACKENDS.items() if row.fits(CPU, torch.float32)]
    assert choose_backend(CPU, torch.float32) in fitting
    if len(fitting) > 1:
        [kept] = json.loads((tmp_path / choice.FILE_NAME).read_text(encoding="utf-8")).values()
        assert kept["seconds"].keys() == set(fitting)
