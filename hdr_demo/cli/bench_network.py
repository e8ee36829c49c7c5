"""Time the network: each back end against the published procedure, at several sizes, in one run."""

import argparse
import multiprocessing
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdr_demo.cli.bench_machine import PeakMemory, describe_machine, measure_ceilings, synthetic_photo
from hdr_demo.errors import DeviceError

if TYPE_CHECKING:
    import torch

    from hdr_demo.model import ExpandNet

PUBLISHED, DRAFT = "published", "draft"
PATCH, OVERLAP = 256, 20
# Photos of more pixels are compared with PyTorch's tiles: the features of a whole one take 2 kB a pixel.
WHOLE_IMAGE_PIXELS = 2_100_000
WARMING_SIDE = 300


@dataclass(frozen=True)
class Timing:
    """One pass over one photo, in a process of its own.

    Attributes:
        raw: What the network said, float32, (H, W, 3).
        seconds: Of the pass, after a small one to warm up.
        own_bytes: The most memory that the process held for checkpoint, photo, pass and result, above what it held
            after its imports; None where it is not measured.
        gpu_bytes: The most memory that PyTorch held on a CUDA device.
    """

    raw: np.ndarray
    seconds: float
    own_bytes: int | None
    gpu_bytes: int | None


def time_network(arguments: argparse.Namespace, device: str) -> int:
    """Print a table: a line for each size and method.

    Args:
        arguments: As `bench` declares them.
        device: A name of `device.choose_device`.

    Returns:
        The exit code.

    Raises:
        HdrDemoError: If the checkpoint or the device cannot be used.
    """
    from hdr_demo.device import choose_device

    device = str(choose_device(device))
    methods = list_methods(device)
    wanted = arguments.only or methods
    unknown = [name for name in wanted if name not in methods]
    if unknown:
        raise DeviceError(f"There is no method {unknown[0]!r} on {device}; choose from {', '.join(methods)}.")
    print(describe_machine(device))
    for name, pace in measure_ceilings().items() if device == "cpu" else ():
        print(f"{pace / 1e9:8.1f} G/s  {name}")
    print("| photo | method | seconds | MP/s | against the first | memory above the interpreter | largest difference |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for height, width in arguments.sizes:
        _print_size(height, width, wanted, arguments, device)
    return 0


def _print_size(height: int, width: int, methods: list[str], arguments: argparse.Namespace, device: str) -> None:
    timings: dict[str, list[Timing]] = {name: [] for name in methods}
    for _ in range(arguments.repeats):
        for name in methods:  # in turns, so that what else runs slows all of them
            timings[name].append(_in_own_process(name, height, width, arguments.weights, device))
    whole = height * width <= WHOLE_IMAGE_PIXELS
    expected = _in_own_process("whole" if whole else "torch", height, width, arguments.weights, "cpu").raw
    # The published procedure frames the photo in black, which the outermost pixels see.
    inside = np.s_[OVERLAP // 2 : -OVERLAP // 2, OVERLAP // 2 : -OVERLAP // 2]
    first = statistics.median(timing.seconds for timing in timings[methods[0]])
    for name, passes in timings.items():
        seconds = statistics.median(timing.seconds for timing in passes)
        where = inside if name == PUBLISHED else np.s_[:]
        difference = np.abs(passes[0].raw[where] - expected[where]).max()
        memory = max((timing.own_bytes or 0) for timing in passes)
        on_gpu = max((timing.gpu_bytes or 0) for timing in passes)
        held = f"{memory / 2**20:.0f} MiB" if memory else "not measured"
        held += f", {on_gpu / 2**20:.0f} MiB on the GPU" if on_gpu else ""
        pace = height * width / 1e6 / seconds
        apart = f"{difference:.1e}" + (" (to torch)" if not whole else "")
        cells = (f"{width}x{height}", name, f"{seconds:.3g}", f"{pace:.3g}", f"{first / seconds:.2f}", held, apart)
        print("|", " | ".join(cells), "|", flush=True)


def _in_own_process(method: str, height: int, width: int, weights: str | None, device: str) -> Timing:
    # A fresh process each: none inherits another's caches or peak.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(time_pass, (method, height, width, weights, device))


def list_methods(device: str) -> list[str]:
    """List what can be timed on a device: the published procedure, each back end that fits, the draft."""
    from hdr_demo.backends import BACKENDS
    from hdr_demo.device import choose_device, choose_precision

    place = choose_device(device)
    precision = choose_precision(place)
    return [PUBLISHED, *(name for name, row in BACKENDS.items() if row.fits(place, precision)), DRAFT]


def time_pass(method: str, height: int, width: int, weights: str | None, device: str) -> Timing:
    """Run one pass over a synthetic photo and measure it.

    Args:
        method: One of `list_methods`, or "whole" for the network on the whole image at once.
        height: Of the photo.
        width: Of the photo.
        weights: As `weights.find_checkpoint` understands it.
        device: A name of `device.choose_device`.

    Returns:
        Its timing.
    """
    import torch

    from hdr_demo.device import choose_device
    from hdr_demo.photo import PhotoExpander  # noqa: F401  imported before memory is counted

    memory = PeakMemory()
    place = choose_device(device)
    expand = _prepare(method, weights, place)
    warming = min(height, WARMING_SIDE), min(width, WARMING_SIDE)
    expand(synthetic_photo(*warming))
    ldr = synthetic_photo(height, width)
    began = time.perf_counter()
    raw = expand(ldr)
    seconds = time.perf_counter() - began
    on_gpu = torch.cuda.max_memory_allocated() if place.type == "cuda" else None
    return Timing(raw, seconds, memory.own, on_gpu)


def _prepare(method: str, weights: str | None, device: "torch.device") -> Callable[[np.ndarray], np.ndarray]:
    from hdr_demo.inference import Expander
    from hdr_demo.photo import PhotoExpander
    from hdr_demo.weights import find_checkpoint, load_model

    checkpoint = find_checkpoint(weights, strict=True)
    model = load_model(checkpoint)
    if method == PUBLISHED:
        return _published_pass(model, device)
    if method == "whole":
        return _whole_pass(model, device)
    if method == DRAFT:
        photo = PhotoExpander(Expander(model, device), checkpoint)
        return lambda ldr: photo.ask(ldr, draft=True)
    return Expander(model, device, backend=method).expand


def _whole_pass(model: "ExpandNet", device: "torch.device") -> Callable[[np.ndarray], np.ndarray]:
    import torch

    model = model.to(device)

    @torch.inference_mode()
    def expand(ldr: np.ndarray) -> np.ndarray:
        return model(torch.from_numpy(ldr).permute(2, 0, 1)[None].to(device))[0].permute(1, 2, 0).cpu().numpy()

    return expand


def _published_pass(model: "ExpandNet", device: "torch.device") -> Callable[[np.ndarray], np.ndarray]:
    """Do as the published `predict`: a black frame, overlapping patches, and all 256 channels joined in each."""
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
                spread = glob.expand(-1, -1, *patch.shape[2:])
                answer = model.end_net(torch.cat((model.local_net(patch), model.mid_net(patch), spread), dim=1))
                inner = answer[:, :, margin:-margin, margin:-margin]
                raw[:, :, top : top + inner.shape[2], left : left + inner.shape[3]] = inner
        return raw[0].permute(1, 2, 0).cpu().numpy()

    return expand
