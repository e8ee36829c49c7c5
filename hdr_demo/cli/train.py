"""Train a checkpoint from random numbers, on photographs that a virtual camera takes of HDR scenes."""

import argparse
import logging
import shlex
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_demo.cli.flags import add_device_flags, parse_count, parse_positive, parse_rate, wanted_device
from hdr_demo.training.plan import Plan

if TYPE_CHECKING:
    from hdr_demo.training.loop import Trainer

PLAN_FLAGS = ("steps", "batch_size", "crops", "crop_size", "learning_rate", "weight_decay", "above_white", "seed")
# What else decides the weights that a run ends with; named in its command where it is not the default.
OTHER_FLAGS = ("precision", "val_freq")
DATA = Path("hdr_data")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags; those of the original script keep their names."""
    default = " (default: %(default)s)"
    data = parser.add_argument_group("data")
    data.add_argument(
        "-d",
        "--data_root_path",
        type=Path,
        help="folder tree of HDR scenes, panoramas (2:1) or photographs: .exr, .hdr, linear .tif, .dng with rawpy "
        f"(default: {DATA}, or none with --pairs)",
    )
    data.add_argument(
        "--pairs",
        type=Path,
        nargs=2,
        metavar=("LDR_DIR", "HDR_DIR"),
        help="photographs and HDR images of the same names, to learn from besides",
    )
    data.add_argument(
        "--val_root_path",
        type=Path,
        help="HDR scenes to measure on, none of the data's (default: a folder val beside the data, if it is there)",
    )
    data.add_argument("--num_workers", type=parse_count, help="processes that take photographs (default: by cores)")

    learning = parser.add_argument_group("learning")
    learning.add_argument("--steps", type=parse_positive, default=Plan.steps, help="steps in all" + default)
    learning.add_argument("--batch_size", type=parse_positive, default=Plan.batch_size, help="views a step" + default)
    learning.add_argument("--crops", type=parse_positive, default=Plan.crops, help="crops of each view" + default)
    learning.add_argument("--crop_size", type=parse_positive, default=Plan.crop_size, help="in pixels" + default)
    learning.add_argument("--learning_rate", type=parse_rate, default=Plan.learning_rate, help="the highest" + default)
    learning.add_argument("--weight_decay", type=parse_rate, default=Plan.weight_decay, help="as in AdamW" + default)
    learning.add_argument(
        "--above_white",
        type=parse_rate,
        default=Plan.above_white,
        help="what the finished network's stops above white are multiplied by; more than 1 makes a timid one bolder"
        + default,
    )
    learning.add_argument("--seed", type=parse_count, default=Plan.seed, help="of weights and photographs" + default)

    results = parser.add_argument_group("results")
    results.add_argument(
        "-s",
        "--save_path",
        type=Path,
        default=Path("checkpoints"),
        help="folder for state, curves, pictures, checkpoint and model card" + default,
    )
    results.add_argument("--resume", action="store_true", help="go on from the state in --save_path")
    results.add_argument("--loss_freq", type=parse_positive, default=20, help="steps between lines of loss" + default)
    results.add_argument(
        "--checkpoint_freq", type=parse_positive, default=200, help="steps between two saved states" + default
    )
    results.add_argument("--val_freq", type=parse_positive, default=500, help="steps between two validations" + default)
    results.add_argument(
        "--keep_best",
        action="store_true",
        help="finish with the weights whose median of five validations in a row was best, not with the last ones",
    )
    results.add_argument("--log", action="store_true", help="write a log for TensorBoard")
    results.add_argument("--note", help="a sentence for the model card, such as where the scenes are from")

    machine = parser.add_argument_group("machine")
    machine.add_argument("--precision", default="auto", help="of the convolutions: auto, float32 or bfloat16" + default)
    machine.add_argument(
        "--compile",
        action=argparse.BooleanOptionalAction,
        help="rewrite the network with torch.compile, which takes a minute (default: on CUDA)",
    )
    add_device_flags(machine)


def run(arguments: argparse.Namespace) -> int:
    """Train, validate now and then, and write checkpoint and model card.

    Raises:
        HdrDemoError: If data, device or files cannot be used, or somebody interrupts; the state is saved first.
    """
    from hdr_demo.device import choose_device, choose_training_precision, choose_workers, compiles_by_default
    from hdr_demo.errors import DataError, OutputError
    from hdr_demo.training.data import largest_crop
    from hdr_demo.training.loop import Trainer, peek
    from hdr_demo.training.release import release
    from hdr_demo.training.team import Team

    if arguments.crop_size > largest_crop():
        raise DataError(f"--crop_size must be at most {largest_crop()}, the size of a view's smallest reduction.")
    data, held_out = choose_folders(arguments)
    plan = Plan(
        data=data,
        pairs=tuple(arguments.pairs) if arguments.pairs else None,
        **{name: getattr(arguments, name) for name in PLAN_FLAGS},
    )
    team = Team.from_environment()
    device = team.choose_device(choose_device(wanted_device(arguments)))
    steps, precision = peek(arguments.save_path)
    if steps and not arguments.resume:
        raise OutputError(
            f"{arguments.save_path} holds a run of {steps} steps; go on with --resume, or choose another --save_path."
        )
    if not arguments.resume or arguments.precision != "auto":  # a resumed run goes on as it began
        precision = None
    team.join(device)
    try:
        # Some processes may find float32 faster and some bfloat16, where they differ little.
        precision = team.tell(choose_training_precision(device, precision or arguments.precision))
        compiled = compiles_by_default(device) if arguments.compile is None else arguments.compile
        trainer = Trainer(plan, device, precision, compiled=compiled, team=team)
        if arguments.resume:
            trainer.resume(arguments.save_path)
        workers = arguments.num_workers
        if workers is None:
            workers = max(1, choose_workers(device) // team.beside)
        best = learn(trainer, workers, held_out, arguments)
    finally:
        team.leave()
    if team.is_first:
        facts = {"command": describe_command(arguments)} | ({"note": arguments.note} if arguments.note else {})
        best = best if arguments.keep_best else None
        for path in release(trainer, arguments.save_path, facts=facts, held_out=held_out, best=best):
            print(path)
    return 0


def learn(trainer: "Trainer", workers: int, held_out: Path | None, arguments: argparse.Namespace) -> Path | None:
    """Run to the end; the first process of a team shows and writes how it goes.

    Args:
        trainer: A new run, or a resumed one.
        workers: Processes that take its photographs.
        held_out: Folder of HDR scenes to validate on; None for none.
        arguments: As `add_arguments` declares them.

    Returns:
        The checkpoint that scored best; None where there is none, or where another process knows.

    Raises:
        HdrDemoError: As `Trainer.run` does.
    """
    from tqdm import tqdm

    from hdr_demo.scenes import Scenes
    from hdr_demo.training.journal import Journal

    with interruption() as interrupted:
        if not trainer.team.is_first:
            logging.getLogger("hdr_demo").setLevel(logging.ERROR)  # the first one warns of the same files
            trainer.run(workers=workers, should_stop=interrupted.is_set)
            return None
        with (
            tqdm(total=trainer.plan.steps, initial=trainer.step, desc="training", unit="step") as bar,
            warnings_to(bar.write),
        ):
            journal = Journal(
                trainer,
                arguments.save_path,
                loss_every=arguments.loss_freq,
                scenes=Scenes(held_out) if held_out else (),
                validate_every=arguments.val_freq,
                log=arguments.log,
                say=bar.write,
            )
            try:
                trainer.run(
                    workers=workers,
                    on_start=journal.on_start,
                    on_step=lambda step, loss: (bar.update(), journal.on_step(step, loss)),
                    save_to=arguments.save_path,
                    save_every=arguments.checkpoint_freq,
                    should_stop=interrupted.is_set,
                )
            finally:
                journal.close()
            return journal.best


def choose_folders(arguments: argparse.Namespace) -> tuple[Path | None, Path | None]:
    """Say where the scenes to learn from and those to measure on are; None where there are none.

    Raises:
        DataError: If the run is to be measured on scenes that it learns from.
    """
    from hdr_demo.errors import DataError

    data = arguments.data_root_path or (None if arguments.pairs else DATA)
    learned = [folder.resolve() for folder in (data, *(arguments.pairs or ())) if folder]
    held_out = arguments.val_root_path
    if held_out is not None:
        if shares_scenes(held_out.resolve(), learned):
            raise DataError(f"{held_out} holds scenes to learn from, or lies among them; name another --val_root_path.")
        return data, held_out
    beside = data and data.resolve().parent / "val"
    return data, beside if beside and beside.is_dir() and not shares_scenes(beside, learned) else None


def shares_scenes(held_out: Path, learned: Iterable[Path]) -> bool:
    """Say whether a folder is one of others, inside one, or around one; all absolute."""
    return any(held_out.is_relative_to(folder) or folder.is_relative_to(held_out) for folder in learned)


@contextmanager
def interruption() -> Iterator[threading.Event]:
    """Turn Ctrl-C into an event, so that a step is never cut in half; a second Ctrl-C is the usual one.

    Yields:
        The event.
    """
    interrupted = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def note(*_: object) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def warnings_to(say: Callable[[str], None]) -> Iterator[None]:
    """Say what the package warns of, such as a damaged file, above the progress bar rather than across it."""
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: say(record.getMessage())
    logger = logging.getLogger("hdr_demo")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def describe_command(arguments: argparse.Namespace) -> str:
    """Spell the command that repeats a run, for the model card; of folders only the names, for they may be private."""
    data, _ = choose_folders(arguments)
    words = ["python", "train.py"]
    if data:
        words += ["--data_root_path", data.resolve().name]
    if arguments.pairs:
        words += ["--pairs", *(folder.resolve().name for folder in arguments.pairs)]
    if arguments.val_root_path:
        words += ["--val_root_path", arguments.val_root_path.resolve().name]
    defaults = argparse.ArgumentParser()
    add_arguments(defaults)
    changed = [name for name in OTHER_FLAGS if getattr(arguments, name) != defaults.get_default(name)]
    for name in (*PLAN_FLAGS, *changed):
        words += [f"--{name}", str(getattr(arguments, name))]
    if arguments.compile is not None:
        words.append("--compile" if arguments.compile else "--no-compile")
    return shlex.join(words + ["--keep_best"] * arguments.keep_best)
