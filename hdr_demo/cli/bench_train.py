"""Time training: how fast the device learns, and how fast its data can be loaded."""

import argparse
from contextlib import nullcontext

from hdr_demo.cli.flags import wanted_device
from hdr_demo.training.plan import Plan

ENDLESS = 10**9  # samples: more than any computer takes during a measurement


def time_training(arguments: argparse.Namespace) -> int:
    """Print how fast the device learns, how fast one worker and all of them load, and which of the two is slower.

    Raises:
        HdrDemoError: If the data or the device cannot be used.
    """
    from hdr_demo.device import choose_device, choose_training_precision, choose_workers, compiles_by_default
    from hdr_demo.training.data import Views
    from hdr_demo.training.loop import Trainer
    from hdr_demo.training.speed import synthetic_scenes, time_learning, time_loading

    device = choose_device(wanted_device(arguments))
    precision = choose_training_precision(device, arguments.precision)
    compiled = compiles_by_default(device) if arguments.compile is None else arguments.compile
    workers = arguments.num_workers or choose_workers(device)
    given = arguments.data_root_path
    with nullcontext(given) if given else synthetic_scenes() as folder:
        plan = Plan(folder, batch_size=arguments.batch_size, crops=arguments.crops, crop_size=arguments.crop_size)
        trainer = Trainer(plan, device, precision, compiled=compiled)
        album = Views(folder, samples=ENDLESS, crops=plan.crops, crop_size=plan.crop_size)
        kind = str(precision).removeprefix("torch.") + ", compiled" * compiled
        print(f"{device}, {kind}: {plan.batch_size} views a step, {plan.crops} crops of {plan.crop_size} px each")
        learning = time_learning(trainer, album, arguments.seconds)
        _print_rate("learning", learning, plan.crops)
        for count in sorted({1, workers}):
            loading = time_loading(album, plan.batch_size, count, arguments.seconds)
            _print_rate(f"loading, {count} worker{'s' * (count > 1)}", loading, plan.crops)
    if loading > learning:
        print(f"The bottleneck is learning: loading is {loading / learning:.1f} times as fast.")
    else:
        print(
            f"The bottleneck is loading: learning is {learning / loading:.1f} times as fast; raise --num_workers, "
            "or --crops, of which more are cut from each view."
        )
    return 0


def _print_rate(name: str, rate: float, crops: int) -> None:
    print(f"{name:20} {rate:8.1f} crops/s  {rate / crops:8.1f} views/s", flush=True)
