"""The training loop: Adam, a cosine schedule, a moving average of the weights, checkpoints that survive anything."""

import contextlib
import copy
import logging
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import torch

from hdr_demo.errors import DataError, DeviceError, OutputError, Stopped
from hdr_demo.model import ExpandNet
from hdr_demo.reading import OUR_READING
from hdr_demo.training.data import Sample, Views
from hdr_demo.training.loading import load_batches
from hdr_demo.training.loss import Loss, compare_light
from hdr_demo.training.plan import Plan
from hdr_demo.training.team import ALONE, Team

logger = logging.getLogger(__name__)

STATE_NAME = "training_state.pt"
WARM_UP_STEPS = 100
GRADIENT_LIMIT = 1.0
# What decides which samples come next, besides the data: a resumed run must agree on it.
SAMPLES_PLAN = ("batch_size", "crops", "crop_size", "seed")
AVERAGE_DECAY = 0.999
# An untrained network answers 0.5 stops below white: the middle of what a photo holds.
MEAN_RAW = (-0.5 - OUR_READING.stops_floor) / OUR_READING.stops_range


class Trainer:
    """One run: the network, its moving average, the optimiser, and how far they have come."""

    def __init__(
        self,
        plan: Plan,
        device: torch.device,
        precision: torch.dtype = torch.float32,
        *,
        compiled: bool = False,
        team: Team = ALONE,
    ) -> None:
        """Start from random numbers.

        Args:
            plan: What to do.
            device: Where the network runs.
            precision: Of the convolutions: float32, or bfloat16 in between float32 weights and float32 answers.
            compiled: Whether `torch.compile` may rewrite the network's arithmetic.
            team: The processes that train it together, each with a trainer of its own; they have met already.

        Raises:
            DataError: If they cannot share a batch.
        """
        team.share_out(plan.batch_size)
        torch.manual_seed(plan.seed)
        self.team = team
        self.plan, self.device, self.precision, self.step, self.seconds = plan, device, precision, 0, 0.0
        model = ExpandNet()
        model.initialize(MEAN_RAW)
        # Channels last: a quarter faster in float32 on two CPU cores, a third in bfloat16; what tensor cores want.
        self.model = model.to(device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.model)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay
        )
        self._answer = torch.compile(self._ask) if compiled else self._ask

    def run(
        self,
        *,
        workers: int = 1,
        on_start: Callable[[], None] | None = None,
        on_step: Callable[[int, Loss], None] | None = None,
        save_to: Path | None = None,
        save_every: int = 200,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        """Train to the plan's last step.

        Args:
            workers: Processes that take the photographs.
            on_start: Called before the first step, when data and folder are known to be usable.
            on_step: Told the step just done (from 1) and its loss.
            save_to: A folder for the state, written every `save_every` steps and at the end, so that a run can resume.
            save_every: Steps between two saves.
            should_stop: Asked after each step; the state is saved before the run ends.

        Raises:
            DataError: If the data cannot be read, or the loss is no longer a number.
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
        if on_start:
            on_start()
        began = time.monotonic() - self.seconds
        batches = load_batches(
            album,
            batch_size=plan.batch_size,
            first=self.step * plan.batch_size,
            workers=workers,
            pinned=self.device.type == "cuda",
            team=self.team,
        )
        for batch in batches:
            loss = self.learn(batch)
            self.seconds = time.monotonic() - began
            if on_step:
                on_step(self.step, loss)
            stopped = should_stop is not None and self.team.agree(should_stop(), self.device)
            if save_to and (self.step % save_every == 0 or self.step == plan.steps or stopped):
                self.save(save_to)
            if stopped:
                raise Stopped(f"Stopped at step {self.step}; go on with --resume.")

    def learn(self, batch: Sample) -> Loss:
        """Take one step on one batch.

        Args:
            batch: As `collate` gives it; this process's share.

        Returns:
            The loss of the whole batch before the step.

        Raises:
            DataError: If loss or gradient is no longer a number; the weights are left as they were.
            DeviceError: If the device has too little memory, or nothing to compile with.
        """
        model, plan = self.model, self.plan
        for group in self.optimizer.param_groups:
            group["lr"] = plan.learning_rate * schedule(self.step, plan.steps)
        batch = batch.to(self.device)
        with explain_device(self.device):
            raw = self._answer(batch.view, batch.ldr)
            loss = compare_light(
                raw, batch.ldr, batch.hdr, OUR_READING, views=len(batch.view), mean_over_parts=self.team.mean
            )
            self.optimizer.zero_grad(set_to_none=True)
            loss.total.backward()
            self.team.average_gradients(model.parameters())
            loss = loss.mean_over(self.team.mean)
        slope = torch.nn.utils.clip_grad_norm_(model.parameters(), GRADIENT_LIMIT)
        # Asked last, for a GPU is waited for here.
        if not (loss.total + slope).isfinite():
            raise DataError(f"The loss of step {self.step + 1} is not finite; resume with a lower --learning_rate.")
        self.optimizer.step()
        self.step += 1
        # Young averages forget faster, or the random start would stay in them.
        keep = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, value in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(value, 1 - keep)
        return loss

    def _ask(self, view: torch.Tensor, ldr: torch.Tensor) -> torch.Tensor:
        """Run the network: the global branch sees the whole view, the others its crops, as in inference.

        Returns:
            `raw`, float32, (N * crops, 3, size, size), (0, 1).
        """
        model = self.model
        with torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32):
            features = model.mix(model.local_net(ldr), model.mid_net(ldr), model.glob_net(view))
        return model.answer(features.float())

    def save(self, folder: Path) -> None:
        """Write the whole state atomically, so that a run cut off at any moment can resume.

        Raises:
            OutputError: If the folder or the file cannot be written.
        """
        state = {
            "plan": self._spell_plan(samples=True),
            "settings": self._spell_plan(samples=False),
            "step": self.step,
            "seconds": self.seconds,
            "precision": str(self.precision).removeprefix("torch."),
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

    def _spell_plan(self, *, samples: bool) -> dict[str, int | float | str]:
        """Name what decides the samples, or everything else, with folders as text."""
        plan = asdict(self.plan)
        plan["data"] = str(plan["data"] and plan["data"].resolve())
        plan["pairs"] = " ".join(str(folder.resolve()) for folder in plan["pairs"] or ()) or "None"
        return {name: value for name, value in plan.items() if (name in SAMPLES_PLAN) == samples}

    def resume(self, folder: Path) -> None:
        """Go on where `save` left off; the plan of this run holds from now on, and a warning says where it differs.

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
            # States of earlier versions have no settings; the optimiser knows one of them.
            began = {"weight_decay": self.optimizer.param_groups[0]["weight_decay"]} | state.get("settings", {})
            self.step, self.seconds = state["step"], state["seconds"]
        except FileNotFoundError as error:
            raise DataError(f"{path} is not there; leave --resume out to begin a new run.") from error
        except Exception as error:
            raise DataError(f"{path} cannot be read as a training state; leave --resume out to begin anew.") from error
        if state["plan"] != self._spell_plan(samples=True):
            raise DataError(f"{path} belongs to a run with {say_flags(state['plan'])}; resume it with these.")
        goes_on = self._spell_plan(samples=False)
        changed = [name for name, value in goes_on.items() if began.get(name, value) != value]
        if changed:
            before, now = (say_flags({name: plan[name] for name in changed}) for plan in (began, goes_on))
            logger.warning("The run in %s began with %s; it goes on with %s.", folder, before, now)
        for group in self.optimizer.param_groups:
            group["weight_decay"] = self.plan.weight_decay


def say_flags(plan: Mapping[str, object]) -> str:
    """Spell a plan, or a part of it, as flags of the command line."""
    return " ".join(f"--{'data_root_path' if name == 'data' else name} {value}" for name, value in plan.items())


def peek(folder: Path) -> tuple[int, str | None]:
    """Say how far the run of a folder has come and in which precision, without going on with it.

    Returns:
        The steps saved, 0 where there is no state that can be read; and a name of `device.TRAINING_PRECISIONS`, or
        None where the state does not say.
    """
    try:
        state = torch.load(folder / STATE_NAME, map_location="cpu", weights_only=True)
        return int(state["step"]), state.get("precision")
    except Exception:  # noqa: BLE001 - whatever cannot be read cannot be gone on with, or be missed
        return 0, None


@contextlib.contextmanager
def explain_device(device: torch.device) -> Iterator[None]:
    """Say what to do where a device has too little memory, or nothing to compile with.

    Raises:
        DeviceError: In these two cases.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise DeviceError(f"The memory of {device} holds no such step; lower --batch_size or --crops.") from error
    except torch._dynamo.exc.TorchDynamoException as error:
        raise DeviceError("torch.compile finds no compiler that works here; train with --no-compile.") from error


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
