"""Train a network that merges brackets, on brackets that a virtual camera takes of HDR scenes in which things move."""

import argparse
import shlex
from pathlib import Path

from hdr_demo.cli.flags import parse_count, parse_positive, parse_rate
from hdr_demo.cli.train import DATA, interruption, shares_scenes, warnings_to

NETWORKS = ("selector", "direct", "we", "wie")
PLAN_FLAGS = ("network", "steps", "batch_size", "crop_size", "learning_rate", "weight_decay", "seed")
OTHER_FLAGS = ("precision", "samples", "album_seed")
PRECISIONS = ("float32", "bfloat16")
VALIDATION_SEED = 7
# Validation takes seconds a sample on a processor.
VALIDATION_SAMPLES = 80


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    default = " (default: %(default)s)"
    data = parser.add_argument_group("data")
    data.add_argument(
        "-d",
        "--data_root_path",
        type=Path,
        default=DATA,
        help="folder tree of HDR scenes to draw brackets of" + default,
    )
    data.add_argument(
        "--val_root_path",
        type=Path,
        help="HDR scenes to measure on, none of the data's (default: a folder val beside the data, if it is there)",
    )
    data.add_argument(
        "--paper_root_path",
        type=Path,
        help="scenes in the layout of Kalantari & Ramamoorthi to learn from besides: folders with exposure.txt, three "
        ".tif and HDRImg.hdr",
    )
    data.add_argument(
        "--album",
        type=Path,
        help="folder for the samples, drawn and aligned once for all networks (default: album in --save_path)",
    )
    data.add_argument("--samples", type=parse_positive, default=2400, help="brackets to draw" + default)
    data.add_argument("--album_seed", type=parse_count, default=1, help="of the brackets" + default)
    data.add_argument("--num_workers", type=parse_positive, default=1, help="processes that draw brackets" + default)

    learning = parser.add_argument_group("learning")
    learning.add_argument("--network", choices=NETWORKS, default=NETWORKS[0], help="which to train" + default)
    learning.add_argument("--steps", type=parse_positive, default=7000, help="steps in all" + default)
    learning.add_argument("--batch_size", type=parse_positive, default=8, help="crops a step" + default)
    learning.add_argument("--crop_size", type=parse_positive, default=128, help="in pixels" + default)
    learning.add_argument("--learning_rate", type=parse_rate, default=5e-4, help="the highest" + default)
    learning.add_argument("--weight_decay", type=parse_rate, default=1e-4, help="as in AdamW" + default)
    learning.add_argument("--seed", type=parse_count, default=0, help="of weights and batches" + default)
    learning.add_argument("--precision", choices=PRECISIONS, default=PRECISIONS[0], help="of convolutions" + default)

    results = parser.add_argument_group("results")
    results.add_argument(
        "-s",
        "--save_path",
        type=Path,
        default=Path("checkpoints-bracket"),
        help="folder for state, scores, checkpoint and model card" + default,
    )
    results.add_argument("--resume", action="store_true", help="go on from the state in --save_path")
    results.add_argument("--loss_freq", type=parse_positive, default=20, help="steps between lines of loss" + default)
    results.add_argument(
        "--checkpoint_freq", type=parse_positive, default=200, help="steps between two saved states" + default
    )
    results.add_argument("--val_freq", type=parse_positive, default=500, help="steps between two validations" + default)
    results.add_argument(
        "--val_samples", type=parse_positive, default=VALIDATION_SAMPLES, help="brackets to validate on" + default
    )
    results.add_argument("--note", help="a sentence for the model card, such as where the scenes are from")


def run(arguments: argparse.Namespace) -> int:
    """Draw the samples that are missing, train, validate now and then, and write checkpoint and model card.

    Raises:
        HdrDemoError: If data or files cannot be used, or somebody interrupts; the state is saved first.
    """
    from tqdm import tqdm

    from hdr_demo.device import choose_device, choose_training_precision
    from hdr_demo.errors import DataError, OutputError
    from hdr_demo.scenes.brackets import SIDE
    from hdr_demo.training.bracket_album import VALIDATION_SHARES, add_paper_scenes, make_album
    from hdr_demo.training.bracket_journal import BracketJournal
    from hdr_demo.training.bracket_loop import BracketTrainer
    from hdr_demo.training.bracket_release import release_bracket
    from hdr_demo.training.loop import peek
    from hdr_demo.training.plan import BracketPlan

    if arguments.crop_size > SIDE:
        raise DataError(f"--crop_size must be at most {SIDE}, the size of a sample.")
    data, save_path = arguments.data_root_path, arguments.save_path
    held_out = arguments.val_root_path or data.resolve().parent / "val"
    if shares_scenes(held_out.resolve(), [data.resolve()]):
        if arguments.val_root_path:
            raise DataError(f"{held_out} holds scenes to learn from, or lies among them; name another --val_root_path.")
        held_out = None
    elif not held_out.is_dir():
        if arguments.val_root_path:
            raise DataError(f"{held_out} is not there; name another --val_root_path.")
        held_out = None
    steps, _ = peek(save_path)
    if steps and not arguments.resume:
        raise OutputError(
            f"{save_path} holds a run of {steps} steps; go on with --resume, or choose another --save_path."
        )
    album = arguments.album or save_path / "album"
    trainer = BracketTrainer(
        BracketPlan(album=album, **{name: getattr(arguments, name) for name in PLAN_FLAGS}),
        choose_training_precision(choose_device("cpu"), arguments.precision),
    )
    if arguments.resume:
        trainer.resume(save_path)
    validation = None
    with tqdm(total=arguments.samples, desc="brackets", unit="bracket") as bar, warnings_to(bar.write):
        make_album(
            album,
            data,
            samples=arguments.samples,
            seed=arguments.album_seed,
            workers=arguments.num_workers,
            on_sample=bar.update,
        )
    if arguments.paper_root_path is not None:
        print(f"{add_paper_scenes(album, arguments.paper_root_path)} samples of {arguments.paper_root_path}")
    if held_out is not None:
        validation = album.with_name(album.name + "_val")
        make_album(
            validation,
            held_out,
            samples=arguments.val_samples,
            seed=VALIDATION_SEED,
            shares=VALIDATION_SHARES,
            workers=arguments.num_workers,
        )
    with (
        tqdm(total=arguments.steps, initial=trainer.step, desc="training", unit="step") as bar,
        interruption() as interrupted,
    ):
        journal = BracketJournal(
            trainer,
            save_path,
            loss_every=arguments.loss_freq,
            validation=validation,
            validate_every=arguments.val_freq,
            say=bar.write,
        )
        trainer.run(
            on_step=lambda step, loss: (bar.update(), journal.on_step(step, loss)),
            save_to=save_path,
            save_every=arguments.checkpoint_freq,
            should_stop=interrupted.is_set,
        )
    facts = {"command": describe_command(arguments)} | ({"note": arguments.note} if arguments.note else {})
    for path in release_bracket(trainer, save_path, facts=facts, held_out=validation):
        print(path)
    return 0


def describe_command(arguments: argparse.Namespace) -> str:
    """Spell the command that repeats a run, for the model card; of folders only the names, for they may be private."""
    words = ["python", "-m", "hdr_demo", "train-bracket"]
    for name in ("data_root_path", "val_root_path", "paper_root_path"):
        if (folder := getattr(arguments, name)) is not None:
            words += [f"--{name}", folder.resolve().name]
    for name in (*PLAN_FLAGS, *OTHER_FLAGS):
        words += [f"--{name}", str(getattr(arguments, name))]
    return shlex.join(words)
