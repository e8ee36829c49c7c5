"""What the training of a network that merges leaves: a checkpoint that says what it is, and its model card."""

from collections.abc import Mapping
from pathlib import Path

import torch

from hdr_demo.merge.methods import METHODS
from hdr_demo.merge.networks import Triangle
from hdr_demo.scenes import KINDS
from hdr_demo.scenes.brackets import SIDE
from hdr_demo.training.bracket_album import PAPER_FACTS_NAME, read_facts
from hdr_demo.training.bracket_card import write_bracket_card
from hdr_demo.training.bracket_loop import FIRST_STAGE, BracketTrainer, score
from hdr_demo.training.bracket_samples import PAPER, count_samples
from hdr_demo.weights import save_tensors


def name_checkpoint(network: str) -> str:
    """Name the file of a network's checkpoint."""
    return f"bracket-{network}.safetensors"


def release_bracket(
    trainer: BracketTrainer, folder: Path, *, facts: Mapping[str, str], held_out: Path | None = None
) -> list[Path]:
    """Measure a run's averaged network and write it with its model card.

    Args:
        trainer: A run, finished or not; `BracketTrainer.reopen` gives one that was saved.
        folder: Where both files go.
        facts: What the card shall say besides, by name; such as the command.
        held_out: An album of scenes that nothing was learned from; None to measure nothing.

    Returns:
        The checkpoint and the card.

    Raises:
        DataError: If a held-out sample is damaged.
        OutputError: If a file cannot be written.
    """
    plan, network = trainer.plan, trainer.average.eval()
    count = sum(parameter.numel() for parameter in network.parameters())
    stages = f"; in the first {FIRST_STAGE:.0%} of them it learned to repeat the photos" * (plan.network == "wie")
    made = {
        "network": plan.network,
        "architecture": f"{METHODS[plan.network]}, {count:,} parameters, trained from random numbers",
        "training": f"{trainer.step} of {plan.steps} steps of {plan.batch_size} crops of {plan.crop_size} px{stages}; "
        f"AdamW, at most {plan.learning_rate:g}, cosine schedule; averaged weights",
        "training_time": f"{trainer.seconds / 60:.0f} minutes on a CPU, convolutions in "
        f"{str(trainer.precision).removeprefix('torch.')}",
        "samples": say_album(plan.album),
    } | dict(facts)
    if held_out is not None:
        made |= {"held_out": f"{say_album(held_out)}; nothing was learned from them"} | measure(network, held_out)
    checkpoint = save_tensors(folder / name_checkpoint(plan.network), network.state_dict(), made)
    return [checkpoint, write_bracket_card(checkpoint)]


def measure(network: torch.nn.Module, held_out: Path) -> dict[str, str]:
    """Score a network, and triangle weights without one, on an album.

    Returns:
        Sentences by what they are about, such as "held_out_moving".
    """
    said, scores, without = {}, score(network, held_out), score(Triangle(), held_out)
    for kind in (*KINDS, PAPER):
        if kind in scores:
            said[f"held_out_{kind}"] = (
                f"{scores[kind][0]:.2f} dB PSNR-T, {scores[kind][1]:.2f} dB PSNR-L "
                f"({METHODS['triangle']}: {without[kind][0]:.2f}, {without[kind][1]:.2f})"
            )
    return said


def say_album(folder: Path) -> str:
    """Say what an album holds, for a card; of folders no more than the names."""
    drawn, of_paper = count_samples(folder)
    said = []
    if drawn:
        facts = read_facts(folder)
        source = f" of {facts['scenes']} with seed {facts['seed']}" if facts else ""
        said.append(f"{drawn} brackets of {SIDE} px, drawn{source}")
    if of_paper:
        facts = read_facts(folder, PAPER_FACTS_NAME)
        source = f" {facts['scenes']}" if facts else " scenes in the paper's layout"
        said.append(f"{of_paper} of {SIDE} px, cut from{source}")
    return " and ".join(said)
