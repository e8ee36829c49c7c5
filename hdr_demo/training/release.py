"""What a finished run leaves: a checkpoint that says what it is, and a model card with the numbers it reached."""

from pathlib import Path

from hdr_demo.errors import OutputError
from hdr_demo.evaluation import BASELINE, MEASURES, as_method, evaluate, linearize, say_scores, summarize, take_shots
from hdr_demo.photo import PhotoExpander
from hdr_demo.scenes import Scenes
from hdr_demo.training.loop import Trainer
from hdr_demo.training.validation import CAMERA_SCALES, SCORES, photo_expander
from hdr_demo.weights import load_model, read_metadata, save_checkpoint
from hdr_demo.weights.files import open_checkpoint
from hdr_demo.weights.publish import model_card

CHECKPOINT_NAME = "expandnet-hdr-demo.safetensors"
CARD_NAME = "README.md"


def release(
    trainer: Trainer, folder: Path, *, facts: dict[str, str], held_out: Path | None, best: Path | None = None
) -> list[Path]:
    """Measure a run's averaged network and write it with its model card.

    Args:
        trainer: A run, finished or not.
        folder: Where both files go.
        facts: What the card shall say besides, by name; such as the command.
        held_out: Folder of HDR scenes to measure on; None to measure nothing.
        best: A checkpoint of the same run to release instead of the last weights.

    Returns:
        The checkpoint and the card.

    Raises:
        DataError: If the held-out scenes cannot be read.
        OutputError: If a file cannot be written.
    """
    plan, network, chosen = trainer.plan, trainer.average, ""
    if best is not None:
        network, chosen = load_model(open_checkpoint(best)), f" of step {read_metadata(best)['step']}"
    made = {
        "architecture": "ExpandNet (Marnerides et al. 2018), 456,899 parameters, trained from random numbers",
        "training": f"{trainer.step} of {plan.steps} steps of {plan.batch_size} views, {plan.crops} crops of "
        f"{plan.crop_size} px each; AdamW, at most {plan.learning_rate:g}, cosine schedule; averaged weights{chosen}",
        "training_time": f"{trainer.seconds / 60:.0f} minutes on {trainer.device.type}"
        + (f", {trainer.team.size} processes" if trainer.team.size > 1 else ""),
    } | facts
    if held_out is not None:
        made["held_out_scenes"] = say_use(chosen=best is not None, above_white=plan.above_white)
        made |= measure(photo_expander(network, trainer.device, plan.reading), held_out)
    checkpoint = save_checkpoint(folder / CHECKPOINT_NAME, network.state_dict(), plan.reading.to_metadata() | made)
    card = folder / CARD_NAME
    try:
        card.write_text(model_card(open_checkpoint(checkpoint)), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{card} cannot be written: {error.strerror}.") from error
    return [checkpoint, card]


def say_use(*, chosen: bool, above_white: float) -> str:
    """Say what held-out scenes served for besides the scores of a card.

    Args:
        chosen: Whether the step was chosen by validation on them.
        above_white: `Plan.above_white`.
    """
    uses = ["they chose the step"] * chosen
    uses += [f"the factor {above_white:g} above white may have been fitted on them"] * (above_white != 1)
    favour = f", but {' and '.join(uses)}: the scores below flatter this checkpoint a little" if uses else ""
    return f"nothing was learned from them{favour}"


def measure(photos: PhotoExpander, held_out: Path) -> dict[str, str]:
    """Score a network and the baseline without one on held-out scenes, for each camera and the scale that suits it.

    Returns:
        Sentences by what they are about, such as "held_out_srgb_calibrated".
    """
    scenes, said = Scenes(held_out), {}
    measures = {name: MEASURES[name] for name in SCORES}
    for camera, scale in CAMERA_SCALES:
        methods = {scale: as_method(photos, scale), BASELINE: linearize}
        records = evaluate(methods, take_shots(scenes, camera=camera), measures=measures)
        shots = len({record.shot for record in records})
        for method, scores in summarize(records).items():
            said[f"held_out_{camera}_{method.replace(',', '').replace(' ', '_')}"] = say_scores(scores, shots)
    return said
