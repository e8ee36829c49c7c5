"""What the training of a network that merges leaves: a checkpoint that says what it is, and a model card."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from hdr_demo.errors import OutputError
from hdr_demo.merge.methods import METHODS
from hdr_demo.training.bracket_album import read_facts
from hdr_demo.training.bracket_loop import BracketTrainer, score
from hdr_demo.training.bracket_samples import Album
from hdr_demo.weights import save_tensors

ABOUT = {
    "selector": "A U-Net at half resolution that chooses, pixel by pixel, among five measured sources: the reference, "
    "and the shorter and the longer exposure, each aligned by the camera's pose and by optical flow. It departs from a "
    "merge without a network, and gives a weighted mean of measured light: it invents nothing.",
    "direct": "The network of the paper says the light itself.",
    "we": "The network of the paper says how much each of the three aligned photos counts (weight estimator).",
    "wie": "The network of the paper says the three aligned photos anew and how much each counts (weight and image "
    "estimator); in the first quarter of its steps it learned to repeat the photos, as the paper has it.",
}
LIMITS = """\
- It merges three exposures; `python -m hdr_demo merge` says what becomes of more.
- It learned from a virtual camera: flat layers with soft edges that slide, turn and grow in front of HDR scenes. Real
  people bend, water flows and leaves flutter in other ways.
- It was trained on a processor within an hour, on brackets of 2 and 3 stops. The authors' networks had a day on a
  graphics card; these are not their numbers.
"""


def name_checkpoint(network: str) -> str:
    """Name the file of a network's checkpoint."""
    return f"bracket-{network}.safetensors"


def release_bracket(
    trainer: BracketTrainer, folder: Path, *, facts: Mapping[str, str], held_out: Path | None = None
) -> list[Path]:
    """Measure a run's averaged network and write it with its model card.

    Args:
        trainer: A run, finished or not.
        folder: Where both files go.
        facts: What the card shall say besides, by name; such as the command.
        held_out: An album of scenes that nothing was learned from; None to measure nothing.

    Returns:
        The checkpoint and the card.

    Raises:
        OutputError: If a file cannot be written.
    """
    plan, network = trainer.plan, trainer.average.eval()
    count = sum(parameter.numel() for parameter in network.parameters())
    made = {
        "network": plan.network,
        "architecture": f"{METHODS[plan.network]}, {count:,} parameters, trained from random numbers",
        "training": f"{trainer.step} of {plan.steps} steps of {plan.batch_size} crops of {plan.crop_size} px; AdamW, "
        f"at most {plan.learning_rate:g}, cosine schedule; averaged weights",
        "training_time": f"{trainer.seconds / 60:.0f} minutes, convolutions in "
        f"{str(trainer.precision).removeprefix('torch.')}",
        "samples": say_album(plan.album),
    } | dict(facts)
    if held_out is not None:
        made["held_out"] = say_album(held_out)
        for kind, (compressed, linear) in sorted(score(network, held_out).items()):
            made[f"held_out_{kind}"] = f"{compressed:.2f} dB PSNR-T, {linear:.2f} dB PSNR-L"
    checkpoint = save_tensors(folder / name_checkpoint(plan.network), network.state_dict(), made)
    card = folder / f"bracket-{plan.network}.md"
    try:
        card.write_text(bracket_card(plan.network, made, checkpoint), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{card} cannot be written: {error.strerror}.") from error
    return [checkpoint, card]


def say_album(folder: Path) -> str:
    """Say what an album holds, for a card; of folders no more than the names."""
    count = len(Album(folder, batch_size=1, crop_size=1, seed=0).files)
    drawn = read_facts(folder)
    return f"{count} brackets of 256 px" + (
        f", drawn from {drawn['scenes']} with seed {drawn['seed']}" if drawn else ""
    )


def bracket_card(network: str, facts: Mapping[str, str], checkpoint: Path) -> str:
    """Write the model card; every number in it comes from the checkpoint's metadata."""
    rows = "\n".join(f"| {name.replace('_', ' ')} | {text} |" for name, text in facts.items())
    sha256 = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    return f"""\
---
license: mit
library_name: pytorch
pipeline_tag: image-to-image
tags:
- hdr
- multi-exposure
---

# {checkpoint.stem}

{ABOUT[network]}

It merges three exposures of one scene into one HDR image, after Kalantari & Ramamoorthi, *Deep High Dynamic Range
Imaging of Dynamic Scenes* (SIGGRAPH 2017), for the program `hdr_demo`.

## Use

```sh
python -m hdr_demo merge short.jpg middle.jpg long.jpg --method {network} --out scene.exr
```

## How it was made

| | |
|---|---|
{rows}

sha256 of the weights: `{sha256}`

## What it cannot do

{LIMITS}"""
