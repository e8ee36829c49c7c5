"""A run can be watched: tables, curves, pictures, scores, and the checkpoint whose scores were best."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from hdr_demo.calibration import SCALES
from hdr_demo.color import decode_srgb
from hdr_demo.errors import OutputError
from hdr_demo.io import read_ldr
from hdr_demo.reading import OUR_READING
from hdr_demo.scenes import Scene, Scenes
from hdr_demo.training import journal as module
from hdr_demo.training import validation
from hdr_demo.training.chart import PANEL_HEIGHT, WIDTH, Curve, Panel, draw_chart, smooth, ticks
from hdr_demo.training.history import History
from hdr_demo.training.journal import TERMS, Journal
from hdr_demo.training.loop import Trainer
from hdr_demo.training.plan import Plan
from hdr_demo.training.strip import MOST_COLUMNS, Strip
from hdr_demo.training.validation import CAMERA_SCALES, SHOTS, choose_tasks, trailing_median
from hdr_demo.weights import load_model, read_metadata
from hdr_demo.weights.files import open_checkpoint

CPU = torch.device("cpu")
Plans = Callable[..., Plan]


# --- Tables -----------------------------------------------------------------------------------------------------------


def test_a_table_goes_on_where_the_state_was_saved(tmp_path: Path) -> None:
    table = History(tmp_path / "a" / "loss.csv", ("total",), before=0)
    for step in (2, 4, 6):
        table.append(step, {"total": step / 8})
    with open(table.path, "a") as file:
        file.write("8,")  # cut off
    again = History(table.path, ("total",), before=4)
    assert again.column("step").tolist() == [2, 4] and again.column("total").tolist() == [0.25, 0.5]
    again.append(6, {"total": float("nan")})
    assert table.path.read_text() == "step,total\n2,0.25\n4,0.5\n6,nan\n"
    assert History(table.path, ("total",), before=0).rows == []


def test_a_table_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match=r"loss\.csv cannot be written; choose another --save_path"):
        History(tmp_path / "taken" / "loss.csv", ("total",), before=0)


# --- Curves -----------------------------------------------------------------------------------------------------------


def test_a_chart_shows_every_panel_and_curve() -> None:
    steps = np.arange(100.0)
    blue, red = Curve("one", steps, np.cos(steps / 9), "#0000ff"), Curve("two", steps, np.sin(steps / 9), "#ff0000")
    chart = draw_chart([Panel("waves", [blue, red]), Panel("one wave", [blue])])
    assert chart.shape == (2 * PANEL_HEIGHT, WIDTH, 3) and chart.dtype == np.float32
    assert chart.min() >= 0 and chart.max() <= 1

    def shown(part: np.ndarray, color: tuple[int, int, int]) -> int:
        return int((np.abs(part - np.float32(color)).max(axis=-1) < 0.1).sum())

    above, below = chart[:PANEL_HEIGHT], chart[PANEL_HEIGHT:]
    assert shown(above, (0, 0, 1)) > 500 and shown(above, (1, 0, 0)) > 500
    assert shown(below, (0, 0, 1)) > 500 and shown(below, (1, 0, 0)) == 0


@pytest.mark.parametrize("values", [[], [1.0], [2.0, 2.0], [np.nan, 3.0], [np.nan] * 2, [1e9, 0.5, 0.4]])
def test_a_chart_of_hardly_anything_can_be_drawn(values: list[float]) -> None:
    curve = Curve("few", np.arange(len(values), dtype=float), np.array(values), "#0000ff")
    assert draw_chart([Panel("few", [curve])]).shape == (PANEL_HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("low, high", [(0, 12), (0, 20000), (-0.3, 0.001), (27.31, 27.34)])
def test_ticks_are_few_and_round(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 8 and low - 1e-9 <= found[0] and found[-1] <= high + 1e-9
    step = found[1] - found[0]
    assert np.allclose(np.diff(found), step) and f"{step:.3e}"[0] in "125"


def test_smoothing_keeps_a_constant_and_follows_a_change() -> None:
    assert np.allclose(smooth(np.full(9, 3.0), 5), 3)
    assert smooth(np.array([0.0] * 50 + [1.0] * 50), 5)[-1] == pytest.approx(1, abs=1e-3)


# --- Validation -------------------------------------------------------------------------------------------------------


def test_a_choice_looks_back_on_five_evaluations() -> None:
    assert np.isnan(trailing_median([1, 2, 3, 4]))
    assert trailing_median([9, 1, 2, 99, 3, 4]) == 3  # one lucky evaluation does not decide


@pytest.mark.parametrize("count", [1, 3, 8, 9, 30])
def test_validation_photographs_are_few_and_always_the_same(count: int) -> None:
    light = np.random.default_rng(0).random((32, 64, 3), np.float32)
    scenes = [Scene(f"scene {number}", light) for number in range(count)]
    tasks = choose_tasks(scenes)
    each = SHOTS // len(CAMERA_SCALES)
    assert len(CAMERA_SCALES) * min(count, each) <= len(tasks) <= SHOTS
    assert {task.scale for task in tasks} <= set(SCALES)
    assert len({task.shot.scene for task in tasks}) == min(count, each)
    assert np.array_equal(tasks[-1].shot.ldr, choose_tasks(scenes)[-1].shot.ldr)


def test_a_strip_grows_and_stays_narrow(skies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "SHOTS", 4)
    tasks = choose_tasks(Scenes(skies))
    strip = Strip(tmp_path, tasks, before=0)
    truths = [task.shot.truth for task in tasks]
    widths = [strip.add(step, truths).shape[1] for step in range(0, 2 * MOST_COLUMNS)]
    column = widths[1] - widths[0]
    assert widths[0] == 3 * column and max(widths) == (MOST_COLUMNS + 2) * column
    picture = read_ldr(tmp_path / "progress.png").ldr
    # What was made of the photo is the truth here, so both columns are the same picture.
    assert np.array_equal(picture[30:, column : 2 * column], picture[30:, -column:])
    assert not np.array_equal(picture[30:, :column], picture[30:, -column:])
    Strip(tmp_path, tasks, before=5)
    assert sorted(path.stem for path in (tmp_path / "progress").iterdir())[-1] == "0000005"


# --- All of it --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Watched:
    """A finished run, everything that it left, and what it said."""

    trainer: Trainer
    journal: Journal
    folder: Path
    said: list[str]


@pytest.fixture(scope="module")
def watched(skies: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder, said = tmp_path_factory.mktemp("watched"), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validation, "SHOTS", 2)
        trainer = Trainer(Plan(data=skies, steps=4, batch_size=2, crops=2, crop_size=32), CPU)
        journal = Journal(
            trainer,
            folder,
            loss_every=2,
            scenes=Scenes(skies),
            validate_every=2,
            log=importlib.util.find_spec("tensorboard") is not None,
            say=said.append,
        )
        trainer.run(workers=0, on_start=journal.on_start, on_step=journal.on_step, save_to=folder)
        journal.close()
        yield Watched(trainer, journal, folder, said)


def test_a_watched_run_leaves_tables_curves_and_pictures(watched: Watched) -> None:
    losses = History(watched.folder / "loss.csv", TERMS, before=99)
    scores = History(watched.folder / "validation.csv", ("pu21_psnr", "hi"), before=99)
    assert losses.column("step").tolist() == [2, 4] and scores.column("step").tolist() == [0, 2, 4]
    assert 5 < scores.column("pu21_psnr").min() < scores.column("pu21_psnr").max() < 60
    assert read_ldr(watched.folder / "curves.png").ldr.shape == (3 * PANEL_HEIGHT, WIDTH, 3)
    assert len(list((watched.folder / "progress").iterdir())) == 3
    assert watched.journal.best is None  # three evaluations say too little
    assert "step      4  validation" in watched.said[-1] and watched.said[-1].endswith("stops")


def test_a_watched_run_learns_the_same(watched: Watched) -> None:
    alone = Trainer(watched.trainer.plan, CPU)
    alone.run(workers=0)
    for one, other in zip(watched.trainer.average.parameters(), alone.average.parameters(), strict=True):
        assert torch.equal(one, other)


def test_tensorboard_reads_the_log(watched: Watched) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    log = accumulator.EventAccumulator(str(watched.folder / "log"))
    log.Reload()
    assert {"loss/total", "validation/pu21_psnr", "learning_rate"} <= set(log.Tags()["scalars"])
    assert [event.step for event in log.Scalars("loss/total")] == [2, 4]
    assert log.Tags()["images"] == ["validation"]


def test_the_best_checkpoint_is_that_of_the_best_median(
    make_plan: Plans, skies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([20, 21, 22, 23, 24, 25, 1, 26, 2, 3])  # medians of five: 22, 23, 23, 24, 3, 3
    kept: list[int] = []

    def validate(photos: object, tasks: list) -> tuple[dict[str, float], list[np.ndarray]]:
        score = next(scores)
        kept.append(score)
        return {"pu21_psnr": score, "hi": 1.0}, [decode_srgb(task.shot.ldr) for task in tasks]

    monkeypatch.setattr(module, "validate", validate)
    monkeypatch.setattr(validation, "SHOTS", 2)
    trainer = Trainer(make_plan(steps=9), CPU)
    journal = Journal(trainer, tmp_path, scenes=[Scenes(skies)[0]], validate_every=1)
    best = {}

    def on_step(step: int, loss: object) -> None:
        journal.on_step(step, loss)
        best[step] = journal.best and read_metadata(journal.best)["step"]

    trainer.run(workers=0, on_start=journal.on_start, on_step=on_step)
    assert list(best.values()) == [None, None, None, "4", "5", "5", "7", "7", "7"]
    checkpoint = open_checkpoint(journal.best)
    assert checkpoint.reading == OUR_READING and load_model(checkpoint)
    assert len(kept) == 10


def test_without_tensorboard_its_package_is_named(
    make_plan: Plans, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(OutputError, match="pip install tensorboard"):
        Journal(Trainer(make_plan(), CPU), tmp_path, log=True)
