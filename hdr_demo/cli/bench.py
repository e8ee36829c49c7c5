"""Time exact tiles against the plain pass of the published command line: patches of 256 px that overlap by 20."""

import argparse
import multiprocessing
import platform
import time
from dataclasses import dataclass

import numpy as np

from hdr_demo.cli.flags import add_device_flags, parse_positive, wanted_device

PATCH, OVERLAP = 256, 20


@dataclass(frozen=True)
class Timing:
    """One pass over one photo, in a process of its own.

    Attributes:
        raw: What the network said, float32, (H, W, 3).
        seconds: The best of the repeats.
        peak_bytes: The most memory that the process held.
        own_bytes: How much of that the pass added, its input excluded.
    """

    raw: np.ndarray
    seconds: float
    peak_bytes: int
    own_bytes: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--width", type=parse_positive, default=1920, help="of the photo (default: %(default)s)")
    parser.add_argument("--height", type=parse_positive, default=1080, help="of the photo (default: %(default)s)")
    parser.add_argument("--repeats", type=parse_positive, default=2, help="the best counts (default: %(default)s)")
    parser.add_argument("--only", choices=METHODS, help="time only this one")
    parser.add_argument("--weights", help="as everywhere (default: the default checkpoint)")
    add_device_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each pass, their ratio and their largest difference."""
    device, pixels = wanted_device(arguments), arguments.width * arguments.height
    print(f"{arguments.width}x{arguments.height}, {device}, {platform.processor() or platform.machine()}")
    results = {}
    for name in [arguments.only] if arguments.only else METHODS:
        # A fresh process each: neither inherits the other's caches or peak.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            timing = pool.apply(
                time_pass, (name, arguments.height, arguments.width, arguments.repeats, arguments.weights, device)
            )
        results[name] = timing
        print(
            f"{name:12} {timing.seconds:7.2f} s  {pixels / 1e6 / timing.seconds:6.3f} MP/s  "
            f"{timing.own_bytes / 2**20:6.0f} MiB of its own, {timing.peak_bytes / 2**20:6.0f} MiB in all",
            flush=True,
        )
    if len(results) == len(METHODS):
        plain, exact = results["plain pass"], results["exact tiles"]
        # The plain pass frames the photo in black, which only the outermost pixels see.
        inside = np.s_[OVERLAP // 2 : -OVERLAP // 2, OVERLAP // 2 : -OVERLAP // 2]
        difference = np.abs(plain.raw[inside] - exact.raw[inside]).max()
        ratio = plain.seconds / exact.seconds
        print(f"{ratio:.2f} times as fast, {difference:.1e} apart inside the outer {OVERLAP // 2} px")
    return 0


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
    from hdr_demo.device import choose_device
    from hdr_demo.weights import find_checkpoint, load_model

    expand = METHODS[method](load_model(find_checkpoint(weights)), choose_device(device))
    ldr = synthetic_photo(height, width)
    expand(ldr[:300, :300])
    before, seconds = _memory("VmRSS"), []
    for _ in range(repeats):
        began = time.perf_counter()
        raw = expand(ldr)
        seconds.append(time.perf_counter() - began)
    peak = _memory("VmHWM")
    return Timing(raw, min(seconds), peak, peak - before)


def synthetic_photo(height: int, width: int) -> np.ndarray:
    """Draw a photo of slopes, noise and a clipped disc.

    Returns:
        Display-encoded, float32, (height, width, 3), [0, 1].
    """
    rows, columns = np.ogrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    disc = np.hypot(rows - 0.3, columns - 0.6) < 0.15
    slopes = np.stack(np.broadcast_arrays(rows, columns, (rows + columns) / 2), axis=-1).astype(np.float32)
    slopes += 0.02 * np.random.default_rng(0).standard_normal(slopes.shape, dtype=np.float32)
    slopes[disc] = 1
    return np.clip(slopes, 0, 1)


def _exact_tiles(model: "ExpandNet", device: "torch.device"):  # noqa: ANN202, F821
    from hdr_demo.inference import Expander

    return Expander(model, device).expand


def _plain_pass(model: "ExpandNet", device: "torch.device"):  # noqa: ANN202, F821
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


def _memory(field: str) -> int:
    """Read VmRSS (now) or VmHWM (peak) of this process in bytes; elsewhere than on Linux, 0."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))
    except OSError:
        return 0
