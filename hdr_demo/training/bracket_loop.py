"""The training of the networks that merge: one loop for the paper's three and for ours."""

import contextlib
import copy
import logging
import math
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hdr_demo.errors import DataError, OutputError, Stopped
from hdr_demo.merge.networks import NETWORKS, WeightAndImageEstimator
from hdr_demo.training.bracket_samples import Album, find_samples, read_sample
from hdr_demo.training.loop import GRADIENT_LIMIT, STATE_NAME, say_flags, schedule
from hdr_demo.training.plan import BracketPlan

logger = logging.getLogger(__name__)

# What decides which batches come next, besides the album: a resumed run must agree on it.
BATCHES_PLAN = ("batch_size", "crop_size", "seed")
# Kalantari & Ramamoorthi 2017, equation 3.
MU = 5000.0
AVERAGE_DECAY = 0.998
# Of WIE: the share of all steps in which it learns to repeat the photos, before it learns to merge (section 3.3).
FIRST_STAGE = 0.25


def compress(light: Tensor) -> Tensor:
    """Tone-map light as the paper's loss does, equation 3: log(1 + µ H) / log(1 + µ)."""
    return torch.log1p(MU * light) / math.log1p(MU)


class BracketTrainer:
    """One run: the network, its moving average, the optimiser, and how far they have come."""

    def __init__(self, plan: BracketPlan, precision: torch.dtype = torch.float32) -> None:
        """Start from random numbers; of ours, from the merge that it does without a network.

        Args:
            plan: What to do.
            precision: Of the convolutions: float32, or bfloat16 between float32 weights and answers.
        """
        torch.manual_seed(plan.seed)
        self.plan, self.precision, self.step, self.seconds = plan, precision, 0, 0.0
        self.model = NETWORKS[plan.network]().to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.model)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay
        )

    def run(
        self,
        *,
        on_step: Callable[[int, float], None] | None = None,
        save_to: Path | None = None,
        save_every: int = 200,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        """Train to the plan's last step.

        Args:
            on_step: Told the step just done (from 1) and its loss.
            save_to: A folder for the state, written every `save_every` steps and at the end.
            save_every: Steps between two saves.
            should_stop: Asked after each step; the state is saved before the run ends.

        Raises:
            DataError: If there are no samples, or the loss is no longer a number.
            OutputError: If the state cannot be written, which is tried before the first step.
            Stopped: If `should_stop` said so.
        """
        plan = self.plan
        album = Album(plan.album, batch_size=plan.batch_size, crop_size=plan.crop_size, seed=plan.seed)
        if not album.files:
            raise DataError(f"{plan.album} holds no samples of brackets.")
        if save_to:
            self.save(save_to)
        began = time.monotonic() - self.seconds
        with ThreadPoolExecutor(1) as reader:
            coming = reader.submit(album.batch, self.step)
            while self.step < plan.steps:
                batch = coming.result()
                coming = reader.submit(album.batch, self.step + 1)
                loss = self.learn(*batch)
                self.seconds = time.monotonic() - began
                if on_step:
                    on_step(self.step, loss)
                stopped = should_stop is not None and should_stop()
                if save_to and (self.step % save_every == 0 or self.step == plan.steps or stopped):
                    self.save(save_to)
                if stopped:
                    raise Stopped(f"Stopped at step {self.step}; go on with --resume.")

    def learn(self, sources: Tensor, valid: Tensor, times: Tensor, truth: Tensor) -> float:
        """Take one step on one batch.

        Returns:
            The loss before the step.

        Raises:
            DataError: If loss or gradient is no longer a number; the weights are left as they were.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.learning_rate * schedule(self.step, self.plan.steps)
        loss = self.judge(sources, valid, times, truth)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        slope = torch.nn.utils.clip_grad_norm_(self.model.parameters(), GRADIENT_LIMIT)
        if not (loss + slope).isfinite():
            raise DataError(f"The loss of step {self.step + 1} is not finite; resume with a lower --learning_rate.")
        self.optimizer.step()
        self.step += 1
        # Young averages forget faster, or the random start would stay in them.
        keep = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, value in zip(self.average.parameters(), self.model.parameters(), strict=True):
                mean.lerp_(value, 1 - keep)
        return loss.item()

    @property
    def first_stage(self) -> bool:
        """Whether the next step is one in which WIE learns to repeat the photos."""
        return isinstance(self.model, WeightAndImageEstimator) and self.step < FIRST_STAGE * self.plan.steps

    def judge(self, sources: Tensor, valid: Tensor, times: Tensor, truth: Tensor) -> Tensor:
        """Measure the loss.

        The paper's: squares of tone-mapped differences, equation 4; WIE's of the first stage: squares of the
        differences between photos said and photos given. Ours adds absolute ones, which many small errors weigh in,
        and squares of linear ones.
        """
        model = self.model
        if self.first_stage:
            ldr, refined, _, _ = model.refine(sources, valid, times)
            return ((refined - ldr) ** 2).mean()
        with torch.autocast("cpu", self.precision, enabled=self.precision != torch.float32):
            light = model(sources, valid, times).float()
        difference = compress(light) - compress(truth)
        if self.plan.network != "selector":
            return (difference**2).mean()
        return 10 * (difference**2).mean() + difference.abs().mean() + 10 * ((light - truth) ** 2).mean()

    def save(self, folder: Path) -> None:
        """Write the whole state atomically, so that a run cut off at any moment can resume.

        Raises:
            OutputError: If the folder or the file cannot be written.
        """
        state = {
            "plan": self._spell_plan(),
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

    def resume(self, folder: Path) -> None:
        """Go on where `save` left off; the plan of this run holds from now on, and a warning says where it differs.

        Raises:
            DataError: If the folder holds no readable state, or one of another network or of other batches.
        """
        path = folder / STATE_NAME
        state = _read_state(path)
        began, goes_on = state["plan"], self._spell_plan()
        if began["network"] != self.plan.network:
            raise DataError(f"{path} belongs to --network {began['network']}.")
        if any(began[name] != goes_on[name] for name in BATCHES_PLAN):
            raise DataError(
                f"{path} belongs to a run with {say_flags({name: began[name] for name in BATCHES_PLAN})}; "
                "resume it with these."
            )
        if state["step"] > self.plan.steps:
            raise DataError(f"{path} has done {state['step']} steps already; give more by --steps.")
        self._take(state, path)
        changed = [name for name in began if name != "album" and began[name] != goes_on[name]]
        if changed:
            before, now = (say_flags({name: plan[name] for name in changed}) for plan in (began, goes_on))
            logger.warning("The run in %s began with %s; it goes on with %s.", folder, before, now)
        for group in self.optimizer.param_groups:
            group["weight_decay"] = self.plan.weight_decay

    @classmethod
    def reopen(cls, folder: Path) -> "BracketTrainer":
        """Open the run of a folder with its own plan, such as a finished one.

        Raises:
            DataError: If the folder holds no readable state.
        """
        path = folder / STATE_NAME
        state = _read_state(path)
        trainer = cls(
            BracketPlan(**state["plan"] | {"album": Path(state["plan"]["album"])}),
            getattr(torch, state.get("precision", "float32")),
        )
        trainer._take(state, path)
        return trainer

    def _take(self, state: Mapping[str, Any], path: Path) -> None:
        try:
            self.model.load_state_dict(state["model"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise DataError(f"{path} holds other layers than --network {self.plan.network} has; begin anew.") from error
        self.step, self.seconds = state["step"], state["seconds"]

    def _spell_plan(self) -> dict[str, int | float | str]:
        return asdict(self.plan) | {"album": str(self.plan.album.resolve())}


def _read_state(path: Path) -> dict[str, Any]:
    """Read what `BracketTrainer.save` wrote.

    Raises:
        DataError: If it cannot be read, or is of another kind of run.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        ours = "network" in state["plan"]
    except FileNotFoundError as error:
        raise DataError(f"{path} is not there; leave --resume out to begin a new run.") from error
    except Exception as error:
        raise DataError(f"{path} cannot be read as a training state; leave --resume out to begin anew.") from error
    if not ours:
        raise DataError(f"{path} is of another kind of training; choose another --save_path.")
    return state


def score(network: Callable[[Tensor, Tensor, Tensor], Tensor], album: Path) -> Mapping[str, tuple[float, float]]:
    """Measure a network on the samples of a folder.

    Returns:
        By kind: the means of PSNR-T and PSNR-L, in dB, of light in which 1.0 is what the shortest exposure clips at.
    """
    by_kind: dict[str, list[tuple[float, float]]] = {}
    for path in find_samples(album):
        sample = read_sample(path)
        sources, valid, times, truth = (each[None] for each in sample.tensors())
        with torch.inference_mode():
            light = network(sources, valid, times)
        errors = (((compress(light) - compress(truth)) ** 2).mean(), ((light - truth) ** 2).mean())
        by_kind.setdefault(sample.kind, []).append(tuple(-10 * math.log10(max(float(each), 1e-12)) for each in errors))
    return {
        kind: (sum(t for t, _ in scores) / len(scores), sum(linear for _, linear in scores) / len(scores))
        for kind, scores in by_kind.items()
    }
