"""The training loop: Adam, a cosine schedule, a moving average of the weights, checkpoints that survive anything."""

import contextlib
import copy
import math
import os
import signal
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Subset

from hdr_demo.errors import DataError, OutputError, Stopped
from hdr_demo.model import ExpandNet
from hdr_demo.reading import OUR_READING
from hdr_demo.training.data import Sample, Views, collate
from hdr_demo.training.loss import Loss, compare_light
from hdr_demo.training.plan import Plan

STATE_NAME = "training_state.pt"
WARM_UP_STEPS = 100
GRADIENT_LIMIT = 1.0
AVERAGE_DECAY = 0.999
# An untrained network answers 0.5 stops below white: the middle of what a photo holds.
MEAN_RAW = (-0.5 - OUR_READING.stops_floor) / OUR_READING.stops_range


class Trainer:
    """One run: the network, its moving average, the optimiser, and how far they have come."""

    def __init__(self, plan: Plan, device: torch.device, precision: torch.dtype = torch.float32) -> None:
        """Start from random numbers.

        Args:
            plan: What to do.
            device: Where the network runs.
            precision: Of the convolutions: float32, or bfloat16 in between float32 weights and float32 answers.
        """
        torch.manual_seed(plan.seed)
        self.plan, self.device, self.precision, self.step, self.seconds = plan, device, precision, 0, 0.0
        model = ExpandNet()
        model.initialize(MEAN_RAW)
        # Channels last: a quarter faster in float32 on two CPU cores, a third in bfloat16; what tensor cores want.
        self.model = model.to(device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.model)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay
        )

    def run(
        self,
        *,
        workers: int = 1,
        on_step: Callable[[int, Loss], None] | None = None,
        save_to: Path | None = None,
        save_every: int = 200,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        """Train to the plan's last step.

        Args:
            workers: Processes that take the photographs.
            on_step: Told the step just done (from 1) and its loss.
            save_to: A folder for the state, written every `save_every` steps and at the end, so that a run can resume.
            save_every: Steps between two saves.
            should_stop: Asked after each step; the state is saved before the run ends.

        Raises:
            DataError: If the panoramas cannot be read, or the loss is no longer a number.
            OutputError: If the state cannot be written, which is tried before the first step.
            Stopped: If `should_stop` said so.
        """
        plan = self.plan
        album = Views(
            plan.data,
            samples=plan.steps * plan.batch_size,
            pairs=plan.pairs,
            crops=plan.crops,
            crop_size=plan.crop_size,
            seed=plan.seed,
        )
        if save_to:
            self.save(save_to)
        rest = Subset(album, range(self.step * plan.batch_size, len(album)))
        began = time.monotonic() - self.seconds
        for batch in DataLoader(
            rest, plan.batch_size, num_workers=workers, collate_fn=collate, worker_init_fn=_ignore_interrupts
        ):
            loss = self.learn(batch)
            self.seconds = time.monotonic() - began
            if on_step:
                on_step(self.step, loss)
            stopped = should_stop is not None and should_stop()
            if save_to and (self.step % save_every == 0 or self.step == plan.steps or stopped):
                self.save(save_to)
            if stopped:
                raise Stopped(f"Stopped at step {self.step}; go on with --resume.")

    def learn(self, batch: Sample) -> Loss:
        """Take one step on one batch.

        Args:
            batch: As `collate` gives it.

        Returns:
            The loss before the step.

        Raises:
            DataError: If the loss is no longer a number; the weights are left as they were.
        """
        model, plan = self.model, self.plan
        for group in self.optimizer.param_groups:
            group["lr"] = plan.learning_rate * schedule(self.step, plan.steps)
        view, ldr, hdr = (
            tensor.to(self.device, memory_format=torch.channels_last)
            for tensor in (batch.view, batch.ldr, batch.hdr)
        )
        # The global branch sees the whole view, the others a crop: as in inference, where tiles share it.
        with torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32):
            features = model.mix(model.local_net(ldr), model.mid_net(ldr), model.glob_net(view))
        loss = compare_light(model.answer(features.float()), ldr, hdr, OUR_READING)
        if not loss.total.isfinite():
            raise DataError(f"The loss of step {self.step + 1} is not finite; resume with a lower --learning_rate.")

        self.optimizer.zero_grad(set_to_none=True)
        loss.total.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), GRADIENT_LIMIT)
        self.optimizer.step()
        self.step += 1
        # Young averages forget faster, or the random start would stay in them.
        keep = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, value in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(value, 1 - keep)
        return loss

    def save(self, folder: Path) -> None:
        """Write the whole state atomically, so that a run cut off at any moment can resume.

        Raises:
            OutputError: If the folder or the file cannot be written.
        """
        state = {
            "plan": self._samples_plan(),
            "step": self.step,
            "seconds": self.seconds,
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        partial = folder / (STATE_NAME + ".partial")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            torch.save(state, partial)
            os.replace(partial, folder / STATE_NAME)
        except (OSError, RuntimeError) as error:  # a full disk is a RuntimeError of torch's own writer
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            raise OutputError(f"{folder / STATE_NAME} cannot be written; choose another --save_path.") from error

    def _samples_plan(self) -> dict[str, int]:
        """What decides which samples come next; a resumed run must agree on it."""
        plan = asdict(self.plan)
        return {name: plan[name] for name in ("batch_size", "crops", "crop_size", "seed")}

    def resume(self, folder: Path) -> None:
        """Go on where `save` left off.

        Raises:
            DataError: If the folder holds no readable state, or one of a run on other samples.
        """
        path = folder / STATE_NAME
        try:
            state = torch.load(path, map_location=self.device, weights_only=True)
            state["plan"] = dict(state["plan"])
            self.model.load_state_dict(state["model"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.seconds = state["step"], state["seconds"]
        except FileNotFoundError as error:
            raise DataError(f"{path} is not there; leave --resume out to begin a new run.") from error
        except Exception as error:
            raise DataError(f"{path} cannot be read as a training state; leave --resume out to begin anew.") from error
        if state["plan"] != self._samples_plan():
            flags = " ".join(f"--{name} {value}" for name, value in state["plan"].items())
            raise DataError(f"{path} belongs to a run with {flags}; resume it with these.")


def _ignore_interrupts(_: int) -> None:
    """Leave Ctrl-C, which a terminal sends to every process of a run, to the one that saves the state."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def schedule(step: int, steps: int) -> float:
    """Warm up linearly, then fall along a cosine to a hundredth (Loshchilov & Hutter 2017).

    Args:
        step: From 0.
        steps: Of the whole run.

    Returns:
        The factor of the learning rate, (0, 1].
    """
    warm = min(1.0, (step + 1) / min(WARM_UP_STEPS, steps))
    return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))
