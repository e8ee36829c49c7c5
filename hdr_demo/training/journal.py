"""What a run leaves behind besides its state: tables, curves, pictures, a log, and the checkpoint that scored best.

In the folder of the run: `loss.csv` and `validation.csv`, `curves.png` drawn from them, `progress.png` with the
validation pictures, `best.safetensors`, and `log/` for TensorBoard.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch

from hdr_demo.io import write_sdr
from hdr_demo.scenes import Scene, Scenes
from hdr_demo.training.board import open_board
from hdr_demo.training.chart import COLORS, Curve, Panel, draw_chart, smooth
from hdr_demo.training.history import History
from hdr_demo.training.loop import Trainer
from hdr_demo.training.loss import Loss
from hdr_demo.training.strip import Strip
from hdr_demo.training.validation import (
    SCORES,
    TRAILING,
    choose_tasks,
    photo_expander,
    trailing_median,
    validate,
)
from hdr_demo.weights import save_checkpoint

BEST_NAME = "best.safetensors"
TERMS = ("total", *(field.name for field in fields(Loss)))
SMOOTHED_ROWS = 20


class Journal:
    """Watches a run; `on_start` and `on_step` are what `Trainer.run` wants to call."""

    def __init__(
        self,
        trainer: Trainer,
        folder: Path,
        *,
        loss_every: int = 20,
        scenes: Scenes | Sequence[Scene] = (),
        validate_every: int = 500,
        log: bool = False,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Begin, or go on from the step that the trainer has reached.

        Args:
            trainer: The run, resumed if it is to be.
            folder: Where everything goes.
            loss_every: Steps between two rows of losses, each their mean.
            scenes: To validate on; without any there is no validation.
            validate_every: Steps between two validations.
            log: Whether to write a log for TensorBoard too.
            say: Told a line now and then.

        Raises:
            OutputError: If something cannot be written, or TensorBoard is wanted and not installed.
        """
        self._trainer, self._folder, self._say = trainer, folder, say
        self._loss_every, self._validate_every = loss_every, validate_every
        self._board = open_board(folder / "log", before=trainer.step) if log else None
        self._losses = History(folder / "loss.csv", TERMS, before=trainer.step)
        self._scores = History(folder / "validation.csv", SCORES, before=trainer.step)
        self._tasks = choose_tasks(scenes) if scenes else []
        self._strip = Strip(folder, self._tasks, before=trainer.step) if scenes else None
        self._recent: list[torch.Tensor] = []
        if trainer.step == 0:
            (folder / BEST_NAME).unlink(missing_ok=True)

    @property
    def best(self) -> Path | None:
        """The checkpoint whose trailing median of scores was the best; None before there are enough scores."""
        path = self._folder / BEST_NAME
        return path if path.is_file() else None

    def on_start(self) -> None:
        """Validate the random numbers that a new run begins with.

        Raises:
            OutputError: If something cannot be written.
        """
        if self._tasks and self._trainer.step == 0:
            self._validate()

    def on_step(self, step: int, loss: Loss) -> None:
        """Take note of a step.

        Args:
            step: From 1.
            loss: Before the step.

        Raises:
            OutputError: If something cannot be written.
        """
        # They stay on their device: to ask for a number would make it wait.
        self._recent.append(torch.stack([getattr(loss, term).detach() for term in TERMS]))
        last = step == self._trainer.plan.steps
        if step % self._loss_every == 0 or last:
            self._note_loss(step)
        if self._tasks and (step % self._validate_every == 0 or last):
            self._validate()

    def close(self) -> None:
        """Draw the curves a last time and end the log."""
        self._draw()
        if self._board:
            self._board.close()

    def _note_loss(self, step: int) -> None:
        means = torch.stack(self._recent).mean(dim=0).tolist()
        self._recent.clear()
        values = dict(zip(TERMS, means, strict=True))
        self._losses.append(step, values)
        self._say(f"step {step:6d}  loss {values['total']:.4f}  all pixels {values['everywhere']:.3f} stops")
        self._log("loss", values, step)
        if not self._tasks and step % self._validate_every == 0:
            self._draw()

    def _validate(self) -> None:
        trainer = self._trainer
        best = np.nan_to_num(self._medians(), nan=-np.inf).max(initial=-np.inf)
        scores, results = validate(photo_expander(trainer.average, trainer.device, trainer.plan.reading), self._tasks)
        self._scores.append(trainer.step, scores)
        self._say(f"step {trainer.step:6d}  validation {scores['pu21_psnr']:.2f} dB, hi {scores['hi']:.3f} stops")
        strip = self._strip.add(trainer.step, results)
        self._log("validation", scores, trainer.step)
        if self._board:
            self._board.add_image("validation", strip, trainer.step, dataformats="HWC")
        median = self._medians()[-1]
        if median > best:
            facts = {"step": str(trainer.step), f"median_of_{TRAILING}_scores": f"{median:.3f} dB PU21-PSNR"}
            save_checkpoint(
                self._folder / BEST_NAME, trainer.average.state_dict(), trainer.plan.reading.to_metadata() | facts
            )
        self._draw()

    def _medians(self) -> np.ndarray:
        """The trailing median after each validation, float64, (validations,)."""
        scores = self._scores.column(SCORES[0])
        return np.array([trailing_median(scores[: count + 1]) for count in range(len(scores))])

    def _log(self, group: str, values: dict[str, float], step: int) -> None:
        if self._board:
            for name, value in values.items():
                self._board.add_scalar(f"{group}/{name}", value, step)
            self._board.add_scalar("learning_rate", self._trainer.optimizer.param_groups[0]["lr"], step)

    def _draw(self) -> None:
        steps, losses = self._losses.column("step"), self._losses.column("total")
        panels = [
            Panel(
                "training loss",
                [
                    Curve(f"mean of {self._loss_every} steps", steps, losses, COLORS[0]),
                    Curve("smoothed", steps, smooth(losses, SMOOTHED_ROWS), COLORS[1]),
                ],
            )
        ]
        if self._tasks:
            steps, scores = self._scores.column("step"), self._scores.column(SCORES[0])
            curves = [
                Curve("averaged weights", steps, scores, COLORS[1]),
                Curve(f"median of the last {TRAILING}", steps, self._medians(), COLORS[2]),
            ]
            panels.append(Panel("validation, dB PU21-PSNR", curves))
            panels.append(
                Panel(
                    "validation, hi: error of clipped pixels in stops",
                    [Curve("averaged weights", steps, self._scores.column("hi"), COLORS[1])],
                )
            )
        write_sdr(self._folder / "curves.png", draw_chart(panels))
