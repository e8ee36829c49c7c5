"""What a finished run leaves: a checkpoint that says what it is, and a model card with the numbers it reached."""

from functools import partial
from pathlib import Path

import numpy as np

from hdr_demo.calibration import calibrate
from hdr_demo.errors import OutputError
from hdr_demo.evaluation import BASELINE, evaluate, linearize, say_scores, summarize, take_shots
from hdr_demo.inference import Expander
from hdr_demo.reading import OUR_READING
from hdr_demo.scenes import read_scenes
from hdr_demo.training.loop import Trainer
from hdr_demo.weights import save_checkpoint
from hdr_demo.weights.files import open_checkpoint
from hdr_demo.weights.publish import model_card

CHECKPOINT_NAME = "expandnet-hdr-demo.safetensors"
CARD_NAME = "README.md"


def release(trainer: Trainer, folder: Path, *, facts: dict[str, str], held_out: Path | None) -> list[Path]:
    """Measure a run's averaged network and write it with its model card.

    Args:
        trainer: A run, finished or not.
        folder: Where both files go.
        facts: What the card shall say besides, by name; such as the command.
        held_out: Folder of panoramas to measure on; None to measure nothing.

    Returns:
        The checkpoint and the card.

    Raises:
        DataError: If the held-out panoramas cannot be read.
        OutputError: If a file cannot be written.
    """
    plan = trainer.plan
    made = {
        "architecture": "ExpandNet (Marnerides et al. 2018), 456,899 parameters, trained from random numbers",
        "training": f"{trainer.step} of {plan.steps} steps of {plan.batch_size} views, {plan.crops} crops of "
        f"{plan.crop_size} px each; Adam, at most {plan.learning_rate:g}, cosine schedule; averaged weights",
        "training_time": f"{trainer.seconds / 60:.0f} minutes on {trainer.device.type}",
    } | facts
    if held_out is not None:
        made |= measure(trainer, held_out)
    checkpoint = save_checkpoint(
        folder / CHECKPOINT_NAME, trainer.average.state_dict(), OUR_READING.to_metadata() | made
    )
    card = folder / CARD_NAME
    try:
        card.write_text(model_card(open_checkpoint(checkpoint)), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{card} cannot be written: {error.strerror}.") from error
    return [checkpoint, card]


def measure(trainer: Trainer, held_out: Path) -> dict[str, str]:
    """Score the averaged network, calibrated, and the baseline without a network, on held-out scenes."""
    methods = {"this checkpoint": partial(_expand, Expander(trainer.average, trainer.device)), BASELINE: linearize}
    records = evaluate(methods, take_shots(read_scenes(held_out)))
    shots = len({record.shot for record in records})
    return {
        f"held_out_{method.replace(',', '').replace(' ', '_')}": say_scores(scores, shots)
        for method, scores in summarize(records).items()
    }


def _expand(expander: Expander, ldr: np.ndarray) -> np.ndarray:
    return calibrate(expander.expand(ldr), ldr, OUR_READING)
