"""What the training of a network that merges leaves behind besides its state: `loss.csv`, `validation.csv`, curves."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from hdr_demo.io import write_sdr
from hdr_demo.scenes import KINDS
from hdr_demo.training.bracket_loop import BracketTrainer, score
from hdr_demo.training.chart import COLORS, Curve, Panel, draw_chart, smooth
from hdr_demo.training.history import History
from hdr_demo.training.journal import SMOOTHED_ROWS

MEASURED = ("PSNR-T", "PSNR-L")
COLUMNS = tuple(f"{kind} {name}" for kind in KINDS for name in MEASURED)
# Okabe & Ito 2008: blue, vermilion and bluish green, which colour-blind people tell apart.
KIND_COLORS = dict(zip(KINDS, (*COLORS[1:], "#009e73"), strict=True))


class BracketJournal:
    """Watches a run, from the scores of its random numbers on; `on_step` is what `BracketTrainer.run` wants to call."""

    def __init__(
        self,
        trainer: BracketTrainer,
        folder: Path,
        *,
        loss_every: int = 20,
        validation: Path | None = None,
        validate_every: int = 500,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Begin, or go on from the step that the trainer has reached.

        Args:
            trainer: The run, resumed if it is to be.
            folder: Where everything goes.
            loss_every: Steps between two rows of losses, each their mean.
            validation: An album to validate on; without one there is no validation.
            validate_every: Steps between two validations.
            say: Told a line now and then.

        Raises:
            DataError: If a sample is damaged.
            OutputError: If something cannot be written.
        """
        self._trainer, self._folder, self._say = trainer, folder, say
        self._loss_every, self._validate_every, self._validation = loss_every, validate_every, validation
        self._losses = History(folder / "loss.csv", ("loss",), before=trainer.step)
        self._scores = History(folder / "validation.csv", COLUMNS, before=trainer.step)
        self._recent: list[float] = []
        if trainer.step == 0:
            self._validate()

    def on_step(self, step: int, loss: float) -> None:
        """Take note of a step.

        Args:
            step: From 1.
            loss: Before the step.

        Raises:
            OutputError: If something cannot be written.
        """
        self._recent.append(loss)
        last = step == self._trainer.plan.steps
        if step % self._loss_every == 0 or last:
            mean = float(np.mean(self._recent))
            self._recent.clear()
            self._losses.append(step, {"loss": mean})
            self._say(f"step {step:6d}  loss {mean:.5f}")
        if step % self._validate_every == 0 or last:
            self._validate()
            self._draw()

    def close(self) -> None:
        """Draw the curves a last time."""
        self._draw()

    def _validate(self) -> None:
        if self._validation is None:
            return
        step, found = self._trainer.step, score(self._trainer.average, self._validation)
        values = dict.fromkeys(COLUMNS, float("nan"))
        for kind, scores in found.items():
            values |= {f"{kind} {name}": value for name, value in zip(MEASURED, scores, strict=True)}
        self._scores.append(step, values)
        said = ", ".join(f"{kind} {found[kind][0]:.2f}" for kind in KINDS if kind in found)
        self._say(f"step {step:6d}  validation, dB PSNR-T: {said}")

    def _draw(self) -> None:
        steps, losses = self._losses.column("step"), self._losses.column("loss")
        curves = [
            Curve(f"mean of {self._loss_every} steps", steps, losses, COLORS[0]),
            Curve("smoothed", steps, smooth(losses, SMOOTHED_ROWS), COLORS[1]),
        ]
        panels = [Panel("training loss", curves)]
        if self._scores.rows:
            steps = self._scores.column("step")
            for name in MEASURED:
                curves = [
                    Curve(kind, steps, self._scores.column(f"{kind} {name}"), color)
                    for kind, color in KIND_COLORS.items()
                ]
                panels.append(Panel(f"validation, dB {name}", curves))
        write_sdr(self._folder / "curves.png", draw_chart(panels))
