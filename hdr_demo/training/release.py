"""What a finished run leaves: a checkpoint that says what it is, and a model card with the numbers it reached."""

from functools import partial
from pathlib import Path

import numpy as np

from hdr_demo.calibration import calibrate
from hdr_demo.errors import OutputError
from hdr_demo.evaluation import Scores, evaluate, linearize
from hdr_demo.inference import Expander
from hdr_demo.reading import OUR_READING
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
        made |= {name: str(scores) for name, scores in measure(trainer, held_out).items()}
    checkpoint = save_checkpoint(
        folder / CHECKPOINT_NAME, trainer.average.state_dict(), OUR_READING.to_metadata() | made
    )
    card = folder / CARD_NAME
    try:
        card.write_text(model_card(open_checkpoint(checkpoint)), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{card} cannot be written: {error.strerror}.") from error
    return [checkpoint, card]


def measure(trainer: Trainer, held_out: Path) -> dict[str, Scores]:
    """Score the averaged network, calibrated, and the baseline without a network, on held-out panoramas."""
    expander = Expander(trainer.average, trainer.device)
    return {
        "held_out_this_checkpoint": evaluate(partial(_expand, expander), held_out),
        "held_out_linearised_photo": evaluate(linearize, held_out),
    }


def _expand(expander: Expander, ldr: np.ndarray) -> np.ndarray:
    return calibrate(expander.expand(ldr), ldr, OUR_READING)
