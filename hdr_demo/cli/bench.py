"""Time exact tiles against the plain pass of the published command line: patches of 256 px that overlap by 20.

With --train, time training instead: how many crops a second the device learns from, and how many can be loaded.
With --video, time clips: frames a second from file to files, exact and as a draft, memory, and how far both are apart.
"""

import argparse
import multiprocessing
import os
import platform
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hdr_demo.cli.flags import add_device_flags, parse_positive, parse_rate, wanted_device
from hdr_demo.training.plan import Plan

if TYPE_CHECKING:
    import torch

    from hdr_demo.model import ExpandNet

PATCH, OVERLAP = 256, 20
ENDLESS = 10**9  # samples: more than any computer takes during a measurement


@dataclass(frozen=True)
class Timing:
    """One pass over one photo, in a process of its own.

    Attributes:
        raw: What the network said, float32, (H, W, 3).
        seconds: The best of the repeats.
        peak_bytes: The most memory that the process held during the pass; None where it is not measured.
        own_bytes: How much of that the pass added, its input excluded.
        gpu_bytes: The most memory that PyTorch held on a CUDA device.
    """

    raw: np.ndarray
    seconds: float
    peak_bytes: int | None
    own_bytes: int | None
    gpu_bytes: int | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--width", type=parse_positive, help="of photo or clip (default: 1920, of a clip 640)")
    parser.add_argument("--height", type=parse_positive, help="of photo or clip (default: 1080, of a clip 360)")
    parser.add_argument("--repeats", type=parse_positive, default=2, help="the best counts (default: %(default)s)")
    parser.add_argument("--only", choices=METHODS, help="time only this one")
    parser.add_argument("--weights", help="as everywhere (default: the default checkpoint)")
    add_device_flags(parser)
    video = parser.add_argument_group("clips")
    video.add_argument("--video", action="store_true", help="time the conversion of a clip, exact and as a draft")
    video.add_argument(
        "--frames",
        type=parse_positive,
        nargs="+",
        default=[50],
        help="of the clip; several numbers show whether memory grows (default: 50)",
    )
    train = parser.add_argument_group("training")
    train.add_argument("--train", action="store_true", help="time training and the loading of its data")
    train.add_argument("-d", "--data_root_path", type=Path, help="HDR scenes to load (default: noise with a sun)")
    for name in ("batch_size", "crops", "crop_size"):
        train.add_argument(f"--{name}", type=parse_positive, default=getattr(Plan, name), help="as in train.py")
    train.add_argument("--num_workers", type=parse_positive, help="as in train.py (default: by cores)")
    train.add_argument("--precision", default="auto", help="as in train.py")
    train.add_argument("--compile", action=argparse.BooleanOptionalAction, help="as in train.py")
    train.add_argument(
        "--seconds", type=parse_rate, default=5.0, help="that each rate is measured for (default: %(default)g)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each pass, their ratio and their largest difference; or the rates of training, or of clips."""
    if arguments.train:
        return time_training(arguments)
    device = wanted_device(arguments)
    if arguments.video:
        from hdr_demo.cli.bench_video import time_clips

        return time_clips(arguments, device)
    height, width = arguments.height or 1080, arguments.width or 1920
    pixels = height * width
    print(f"{width}x{height}, {device}, {platform.processor() or platform.machine()}")
    results = {}
    for name in [arguments.only] if arguments.only else METHODS:
        # A fresh process each: neither inherits the other's caches or peak.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            timing = pool.apply(time_pass, (name, height, width, arguments.repeats, arguments.weights, device))
        results[name] = timing
        memory = {"of its own": timing.own_bytes, "in all": timing.peak_bytes, "on the GPU": timing.gpu_bytes}
        held = ", ".join(f"{count / 2**20:6.0f} MiB {what}" for what, count in memory.items() if count is not None)
        pace = pixels / 1e6 / timing.seconds
        print(f"{name:12} {timing.seconds:7.2f} s  {pace:6.3f} MP/s  {held or 'memory not measured'}", flush=True)
    if len(results) == len(METHODS):
        plain, exact = results["plain pass"], results["exact tiles"]
        # The plain pass frames the photo in black, which only the outermost pixels see.
        inside = np.s_[OVERLAP // 2 : -OVERLAP // 2, OVERLAP // 2 : -OVERLAP // 2]
        difference = np.abs(plain.raw[inside] - exact.raw[inside]).max()
        ratio = plain.seconds / exact.seconds
        print(f"{ratio:.2f} times as fast, {difference:.1e} apart inside the outer {OVERLAP // 2} px")
    return 0


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


def time_pass(method: str, height: int, width: int, repeats: int, weights: str | None, device: str) -> Timing:
    """Run one pass over a synthetic photo and measure it.

    Args:
        method: A key of `METHODS`.
        height: Of the photo.
        width: Of the photo.
        repeats: How often; the best counts.
        weights: As `weights.find_checkpoint` understands it.
        device: A name of `device.choose_device`.

    Returns:
        Its timing.
    """
    import torch

    from hdr_demo.device import choose_device
    from hdr_demo.weights import find_checkpoint, load_model

    place = choose_device(device)
    expand = METHODS[method](load_model(find_checkpoint(weights, strict=True)), place)
    ldr = synthetic_photo(height, width)
    expand(ldr[:300, :300])
    memory, seconds = PeakMemory(), []
    for _ in range(repeats):
        began = time.perf_counter()
        raw = expand(ldr)
        seconds.append(time.perf_counter() - began)
    on_gpu = torch.cuda.max_memory_allocated() if place.type == "cuda" else None
    return Timing(raw, min(seconds), memory.peak, memory.own, on_gpu)


def describe_machine(device: str) -> str:
    """Name what the time was measured on, in a few words."""
    import torch

    kind = platform.processor() or platform.machine()
    return f"{device}, {kind}, {os.cpu_count()} cores, torch {torch.__version__} with {torch.get_num_threads()} threads"


class PeakMemory:
    """How much memory this process holds from now on at the most; Linux keeps count of it."""

    def __init__(self) -> None:
        """Forget the peak so far."""
        try:
            Path("/proc/self/clear_refs").write_text("5")
            self._before = self._read("VmRSS")
        except OSError:
            self._before = None

    @property
    def peak(self) -> int | None:
        """The most since then, in bytes; None where it is not measured."""
        return None if self._before is None else self._read("VmHWM")

    @property
    def own(self) -> int | None:
        """What was added since then, in bytes; None where it is not measured."""
        return None if self._before is None else self._read("VmHWM") - self._before

    @staticmethod
    def _read(field: str) -> int:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def synthetic_photo(height: int, width: int) -> np.ndarray:
    """Draw a photo of slopes, noise and a clipped disc.

    Returns:
        Display-encoded, float32, (height, width, 3), [0, 1].
    """
    ldr = 0.02 * np.random.default_rng(0).standard_normal((height, width, 3), dtype=np.float32)
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(0, 1, width, dtype=np.float32)[None]
    ldr[..., 0] += rows
    ldr[..., 1] += columns
    ldr[..., 2] += (rows + columns) / 2
    ldr[np.hypot(rows - 0.3, columns - 0.6) < 0.15] = 1
    return np.clip(ldr, 0, 1, out=ldr)


def _exact_tiles(model: "ExpandNet", device: "torch.device") -> Callable[[np.ndarray], np.ndarray]:
    from hdr_demo.inference import Expander

    return Expander(model, device).expand


def _plain_pass(model: "ExpandNet", device: "torch.device") -> Callable[[np.ndarray], np.ndarray]:
    """Do as the published `predict`: frame the photo in black, run the whole network on overlapping patches."""
    import torch
    from torch.nn import functional

    model, margin = model.to(device), OVERLAP // 2

    @torch.inference_mode()
    def expand(ldr: np.ndarray) -> np.ndarray:
        picture = torch.from_numpy(ldr).permute(2, 0, 1)[None].contiguous().to(device)
        height, width = picture.shape[2:]
        glob = model.summarize(picture)
        framed = functional.pad(picture, (margin,) * 4)
        raw = torch.empty_like(picture)
        step = PATCH - OVERLAP
        for top in range(0, height, step):
            for left in range(0, width, step):
                patch = framed[:, :, top : top + PATCH, left : left + PATCH]
                answer = model.fuse(model.local_net(patch), model.mid_net(patch), glob)
                inner = answer[:, :, margin:-margin, margin:-margin]
                raw[:, :, top : top + inner.shape[2], left : left + inner.shape[3]] = inner
        return raw[0].permute(1, 2, 0).cpu().numpy()

    return expand


METHODS = {"plain pass": _plain_pass, "exact tiles": _exact_tiles}
