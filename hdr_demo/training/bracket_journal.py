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

COLUMNS = tuple(f"{kind} {name}" for kind in KINDS for name in ("PSNR-T", "PSNR-L"))


class BracketJournal:
    """Watches a run; `on_step` is what `BracketTrainer.run` wants to call."""

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
            OutputError: If something cannot be written.
        """
        self._trainer, self._folder, self._say = trainer, folder, say
        self._loss_every, self._validate_every, self._validation = loss_every, validate_every, validation
        self._losses = History(folder / "loss.csv", ("loss",), before=trainer.step)
        self._scores = History(folder / "validation.csv", COLUMNS, before=trainer.step)
        self._recent: list[float] = []

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
            self._validate(step)

    def _validate(self, step: int) -> None:
        if self._validation is not None:
            found = score(self._trainer.average, self._validation)
            values = dict.fromkeys(COLUMNS, float("nan"))
            for kind, scores in found.items():
                values |= {f"{kind} PSNR-T": scores[0], f"{kind} PSNR-L": scores[1]}
            self._scores.append(step, {name: values[name] for name in COLUMNS})
            self._say(
                f"step {step:6d}  PSNR-T " + ", ".join(f"{kind} {found[kind][0]:.2f} dB" for kind in sorted(found))
            )
        steps, losses = self._losses.column("step"), self._losses.column("loss")
        panels = [Panel("training loss", [Curve("smoothed", steps, smooth(losses, SMOOTHED_ROWS), COLORS[1])])]
        if self._scores.rows:
            steps = self._scores.column("step")
            curves = [
                Curve(kind, steps, self._scores.column(f"{kind} PSNR-T"), COLORS[number % len(COLORS)])
                for number, kind in enumerate(KINDS)
            ]
            panels.append(Panel("validation, dB PSNR-T", curves))
        write_sdr(self._folder / "curves.png", draw_chart(panels))
