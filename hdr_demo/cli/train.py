"""Train a checkpoint from random numbers, on photographs that a virtual camera takes in HDR panoramas."""

import argparse
import shlex
import sys
from pathlib import Path

from hdr_demo.cli.flags import add_device_flags, parse_positive, wanted_device


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags; those of the original script keep their names."""
    parser.add_argument(
        "-d",
        "--data_root_path",
        type=Path,
        default=Path("hdr_data"),
        help="folder of equirectangular .exr or .hdr panoramas (default: %(default)s)",
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
        help="folder for state, checkpoint and model card (default: %(default)s)",
    )
    parser.add_argument("--steps", type=parse_positive, default=4000, help="steps in all (default: %(default)s)")
    parser.add_argument("--batch_size", type=parse_positive, default=8, help="views a step (default: %(default)s)")
    parser.add_argument("--crops", type=parse_positive, default=2, help="crops of each view (default: %(default)s)")
    parser.add_argument("--crop_size", type=parse_positive, default=64, help="in pixels (default: %(default)s)")
    parser.add_argument("--learning_rate", type=float, default=6e-4, help="the highest (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of weights and photographs (default: %(default)s)")
    parser.add_argument(
        "--num_workers", type=int, default=1, help="processes that take photographs (default: %(default)s)"
    )
    parser.add_argument(
        "--loss_freq", type=parse_positive, default=20, help="steps between two lines of loss (default: %(default)s)"
    )
    parser.add_argument(
        "--checkpoint_freq",
        type=parse_positive,
        default=200,
        help="steps between two saved states (default: %(default)s)",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the state in --save_path")
    add_device_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train, measure on the held-out panoramas, and write checkpoint and model card."""
    from tqdm import tqdm

    from hdr_demo.device import choose_device
    from hdr_demo.training.loop import Plan, Trainer
    from hdr_demo.training.release import release

    plan = Plan(
        data=arguments.data_root_path,
        steps=arguments.steps,
        batch_size=arguments.batch_size,
        crops=arguments.crops,
        crop_size=arguments.crop_size,
        learning_rate=arguments.learning_rate,
        seed=arguments.seed,
    )
    trainer = Trainer(plan, choose_device(wanted_device(arguments)))
    if arguments.resume:
        trainer.resume(arguments.save_path)
    recent: list[float] = []
    with tqdm(total=plan.steps, initial=trainer.step, desc="training", unit="step") as bar:

        def on_step(step: int, loss: "Loss") -> None:  # noqa: F821
            bar.update()
            recent.append(loss.total.item())
            if step % arguments.loss_freq == 0:
                mean = sum(recent) / len(recent)
                bar.set_postfix(loss=f"{mean:.3f}")
                bar.write(f"step {step:6d}  loss {mean:.4f}  highlights {loss.light.item():.3f} stops")
                recent.clear()

        try:
            trainer.run(
                workers=arguments.num_workers,
                on_step=on_step,
                save_to=arguments.save_path,
                save_every=arguments.checkpoint_freq,
            )
        except KeyboardInterrupt:
            trainer.save(arguments.save_path)
            bar.write(f"Stopped at step {trainer.step}; go on with --resume.")
            raise
    held_out = arguments.val_root_path or arguments.data_root_path.resolve().parent / "val"
    if arguments.val_root_path is None and not held_out.is_dir():
        held_out = None
    command = shlex.join(["python", "train.py", *sys.argv[1:]])
    for path in release(trainer, arguments.save_path, command=command, held_out=held_out):
        print(path)
    return 0
