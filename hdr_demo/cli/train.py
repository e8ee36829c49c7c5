"""Train a checkpoint from random numbers, on photographs that a virtual camera takes in HDR panoramas."""

import argparse
import shlex
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_demo.cli.flags import add_device_flags, parse_count, parse_positive, parse_rate, wanted_device
from hdr_demo.training.plan import Plan

if TYPE_CHECKING:
    from hdr_demo.training.loss import Loss

PLAN_FLAGS = ("steps", "batch_size", "crops", "crop_size", "learning_rate", "weight_decay", "seed")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags; those of the original script keep their names."""
    default = " (default: %(default)s)"
    parser.add_argument(
        "-d",
        "--data_root_path",
        type=Path,
        default=Path("hdr_data"),
        help="folder of equirectangular .exr or .hdr panoramas" + default,
    )
    parser.add_argument(
        "--val_root_path",
        type=Path,
        help="panoramas to measure on (default: a folder val beside the data, if it is there)",
    )
    parser.add_argument(
        "-s",
        "--save_path",
        type=Path,
        default=Path("checkpoints"),
        help="folder for state, checkpoint and model card" + default,
    )
    parser.add_argument("--steps", type=parse_positive, default=Plan.steps, help="steps in all" + default)
    parser.add_argument("--batch_size", type=parse_positive, default=Plan.batch_size, help="views a step" + default)
    parser.add_argument("--crops", type=parse_positive, default=Plan.crops, help="crops of each view" + default)
    parser.add_argument(
        "--crop_size", type=parse_positive, default=Plan.crop_size, help="in pixels, at most 256" + default
    )
    parser.add_argument("--learning_rate", type=parse_rate, default=Plan.learning_rate, help="the highest" + default)
    parser.add_argument(
        "--weight_decay", type=parse_rate, default=Plan.weight_decay, help="as in AdamW" + default
    )
    parser.add_argument("--seed", type=parse_count, default=Plan.seed, help="of weights and photographs" + default)
    parser.add_argument("--num_workers", type=parse_count, default=1, help="processes that take photographs" + default)
    parser.add_argument("--loss_freq", type=parse_positive, default=20, help="steps between lines of loss" + default)
    parser.add_argument(
        "--checkpoint_freq", type=parse_positive, default=200, help="steps between two saved states" + default
    )
    parser.add_argument("--note", help="a sentence for the model card, such as where the panoramas are from")
    parser.add_argument("--resume", action="store_true", help="go on from the state in --save_path")
    parser.add_argument(
        "--precision", default="auto", help="of the convolutions: auto, float32 or bfloat16" + default
    )
    add_device_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train, measure on the held-out panoramas, and write checkpoint and model card.

    Raises:
        HdrDemoError: If data, device or files cannot be used, or somebody interrupts; the state is saved first.
    """
    from tqdm import tqdm

    from hdr_demo.device import choose_device, choose_training_precision
    from hdr_demo.errors import DataError
    from hdr_demo.training.data import largest_crop
    from hdr_demo.training.loop import Trainer
    from hdr_demo.training.release import release

    if arguments.crop_size > largest_crop():
        raise DataError(f"--crop_size must be at most {largest_crop()}, the size of a view's smallest reduction.")
    plan = Plan(
        data=arguments.data_root_path,
        **{name: getattr(arguments, name) for name in PLAN_FLAGS},
    )
    device = choose_device(wanted_device(arguments))
    trainer = Trainer(plan, device, choose_training_precision(device, arguments.precision))
    if arguments.resume:
        trainer.resume(arguments.save_path)
    interrupted = threading.Event()  # so that a step is never cut in half
    before = signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    recent: list[float] = []
    try:
        with tqdm(total=plan.steps, initial=trainer.step, desc="training", unit="step") as bar:

            def on_step(step: int, loss: "Loss") -> None:
                bar.update()
                recent.append(loss.total.item())
                if step % arguments.loss_freq == 0:
                    mean = sum(recent) / len(recent)
                    bar.set_postfix(loss=f"{mean:.3f}")
                    bar.write(f"step {step:6d}  loss {mean:.4f}  all pixels {loss.everywhere.item():.3f} stops")
                    recent.clear()

            trainer.run(
                workers=arguments.num_workers,
                on_step=on_step,
                save_to=arguments.save_path,
                save_every=arguments.checkpoint_freq,
                should_stop=interrupted.is_set,
            )
    finally:
        signal.signal(signal.SIGINT, before)
    held_out = arguments.val_root_path or arguments.data_root_path.resolve().parent / "val"
    if arguments.val_root_path is None and not held_out.is_dir():
        held_out = None
    facts = {"command": describe_command(arguments)} | ({"note": arguments.note} if arguments.note else {})
    for path in release(trainer, arguments.save_path, facts=facts, held_out=held_out):
        print(path)
    return 0


def describe_command(arguments: argparse.Namespace) -> str:
    """Spell the command that repeats a run, for the model card; of folders only the names, for they may be private."""
    words = ["python", "train.py", "--data_root_path", arguments.data_root_path.resolve().name]
    for name in PLAN_FLAGS:
        words += [f"--{name}", f"{getattr(arguments, name):g}"]
    return shlex.join(words)
