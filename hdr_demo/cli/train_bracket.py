"""Train a network that merges brackets, on brackets that a virtual camera takes of HDR scenes in which things move."""

import argparse
import shlex
from pathlib import Path

from hdr_demo.cli.flags import parse_count, parse_positive, parse_rate
from hdr_demo.cli.train import DATA, interruption, shares_scenes, warnings_to
from hdr_demo.training.plan import BracketPlan

NETWORKS = ("selector", "direct", "we", "wie")
PLAN_FLAGS = ("network", "steps", "batch_size", "crop_size", "learning_rate", "weight_decay", "seed")
OTHER_FLAGS = ("samples", "album_seed", "val_samples")
VALIDATION_SEED = 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    default = " (default: %(default)s)"
    data = parser.add_argument_group("data")
    data.add_argument(
        "-d",
        "--data_root_path",
        type=Path,
        help="folder tree of HDR scenes to draw brackets of: panoramas or photographs, .exr, .hdr, linear .tif, .dng "
        f"with rawpy (default: {DATA}, or none with --paper_root_path)",
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
        default=Path("bracket_album"),
        help="folder for the samples, drawn and aligned once for all networks; beside it a folder of the same name and "
        "_val for those to measure on" + default,
    )
    data.add_argument(
        "--samples", type=parse_positive, default=2400, help="brackets to draw, of 2.6 MiB each" + default
    )
    data.add_argument("--album_seed", type=parse_count, default=1, help="of the brackets" + default)
    data.add_argument("--val_samples", type=parse_positive, default=80, help="brackets to measure on" + default)
    data.add_argument(
        "--workers", "--num_workers", type=parse_positive, default=1, help="processes that draw brackets" + default
    )

    learning = parser.add_argument_group("learning")
    learning.add_argument("--network", choices=NETWORKS, default=NETWORKS[0], help="which to train" + default)
    learning.add_argument("--steps", type=parse_positive, default=BracketPlan.steps, help="steps in all" + default)
    learning.add_argument(
        "--batch_size", type=parse_positive, default=BracketPlan.batch_size, help="crops a step" + default
    )
    learning.add_argument("--crop_size", type=parse_positive, default=BracketPlan.crop_size, help="in pixels" + default)
    learning.add_argument(
        "--learning_rate", type=parse_rate, default=BracketPlan.learning_rate, help="the highest" + default
    )
    learning.add_argument(
        "--weight_decay", type=parse_rate, default=BracketPlan.weight_decay, help="as in AdamW" + default
    )
    learning.add_argument("--seed", type=parse_count, default=BracketPlan.seed, help="of weights and batches" + default)
    learning.add_argument(
        "--precision", default="auto", help="of the convolutions: auto, float32 or bfloat16" + default
    )

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
    from hdr_demo.training.bracket_album import add_paper_scenes
    from hdr_demo.training.bracket_journal import BracketJournal
    from hdr_demo.training.bracket_loop import BracketTrainer
    from hdr_demo.training.bracket_release import release_bracket
    from hdr_demo.training.loop import peek

    if arguments.crop_size > SIDE:
        raise DataError(f"--crop_size must be at most {SIDE}, the size of a sample.")
    data, held_out = choose_folders(arguments)
    steps, precision = peek(arguments.save_path)
    if steps and not arguments.resume:
        raise OutputError(
            f"{arguments.save_path} holds a run of {steps} steps; go on with --resume, or choose another --save_path."
        )
    if not arguments.resume or arguments.precision != "auto":  # a resumed run goes on as it began
        precision = None
    trainer = BracketTrainer(
        BracketPlan(album=arguments.album, **{name: getattr(arguments, name) for name in PLAN_FLAGS}),
        choose_training_precision(choose_device("cpu"), precision or arguments.precision),
    )
    if arguments.resume:
        trainer.resume(arguments.save_path)
    if arguments.paper_root_path is not None:
        print(f"{add_paper_scenes(arguments.album, arguments.paper_root_path)} samples of {arguments.paper_root_path}")
    validation = None
    if held_out is not None:  # the fewer ones first: what is wrong with their scenes is not said after an hour
        validation = arguments.album.with_name(f"{arguments.album.name}_val")
        draw_samples(arguments, validation, held_out, validating=True)
    if data is not None:
        draw_samples(arguments, arguments.album, data)
    with (
        tqdm(total=trainer.plan.steps, initial=trainer.step, desc="training", unit="step") as bar,
        warnings_to(bar.write),
        interruption() as interrupted,
    ):
        journal = BracketJournal(
            trainer,
            arguments.save_path,
            loss_every=arguments.loss_freq,
            validation=validation,
            validate_every=arguments.val_freq,
            say=bar.write,
        )
        try:
            trainer.run(
                on_step=lambda step, loss: (bar.update(), journal.on_step(step, loss)),
                save_to=arguments.save_path,
                save_every=arguments.checkpoint_freq,
                should_stop=interrupted.is_set,
            )
        finally:
            journal.close()
    precision = str(trainer.precision).removeprefix("torch.")
    facts = {"command": describe_command(arguments, precision)} | ({"note": arguments.note} if arguments.note else {})
    for path in release_bracket(trainer, arguments.save_path, facts=facts, held_out=validation):
        print(path)
    return 0


def draw_samples(arguments: argparse.Namespace, album: Path, scenes: Path, *, validating: bool = False) -> None:
    """Draw what is missing of an album, with a bar.

    Raises:
        HdrDemoError: If scenes or album cannot be used.
    """
    from tqdm import tqdm

    from hdr_demo.training.bracket_album import SHARES, VALIDATION_SHARES, make_album
    from hdr_demo.training.bracket_samples import count_samples

    samples = arguments.val_samples if validating else arguments.samples
    there = min(samples, count_samples(album)[0])
    with tqdm(total=samples, initial=there, desc=album.name, unit="bracket") as bar, warnings_to(bar.write):
        make_album(
            album,
            scenes,
            samples=samples,
            seed=VALIDATION_SEED if validating else arguments.album_seed,
            shares=VALIDATION_SHARES if validating else SHARES,
            workers=arguments.workers,
            on_sample=bar.update,
        )


def choose_folders(arguments: argparse.Namespace) -> tuple[Path | None, Path | None]:
    """Say where the scenes to draw brackets of and those to measure on are; None where there are none.

    Raises:
        DataError: If the run is to be measured on scenes that it learns from, or on none although they are named.
    """
    from hdr_demo.errors import DataError

    data = arguments.data_root_path or (None if arguments.paper_root_path else DATA)
    learned = [folder.resolve() for folder in (data, arguments.paper_root_path) if folder]
    held_out = arguments.val_root_path
    if held_out is None:
        beside = data and data.resolve().parent / "val"
        return data, beside if beside and beside.is_dir() and not shares_scenes(beside, learned) else None
    if shares_scenes(held_out.resolve(), learned):
        raise DataError(f"{held_out} holds scenes to learn from, or lies among them; name another --val_root_path.")
    if not held_out.is_dir():
        raise DataError(f"{held_out} is not there; name another --val_root_path.")
    return data, held_out


def describe_command(arguments: argparse.Namespace, precision: str) -> str:
    """Spell the command that repeats a run, for the model card; of folders only the names, for they may be private."""
    words = ["python", "-m", "hdr_demo", "train-bracket"]
    data, _ = choose_folders(arguments)
    for name, folder in (
        ("data_root_path", data),
        ("val_root_path", arguments.val_root_path),
        ("paper_root_path", arguments.paper_root_path),
    ):
        if folder is not None:
            words += [f"--{name}", folder.resolve().name]
    for name in (*PLAN_FLAGS, *OTHER_FLAGS):
        words += [f"--{name}", str(getattr(arguments, name))]
    return shlex.join([*words, "--precision", precision])
