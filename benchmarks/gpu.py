"""Measure the back end for GPUs, and how far it is from what the GPU can do: `python benchmarks/gpu.py`, some minutes.

One run prints: the ceilings (convolution and matrix multiplication of the network's shapes, a large square matrix
multiplication, copies); frames of 1080p a second, from arrays in the computer's memory to answers there, for several
ways to compute them, in turns; photos of 12 and 24 megapixels, also with the memory of a small card; and the largest
difference to the network in float32. `--device cpu` runs the same code without a GPU, with small sizes, as a test does.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from unittest.mock import patch

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.backends import BACKENDS, FoldedNetwork, fold
from hdr_demo.backends.batched import BatchedNetwork
from hdr_demo.backends.cuda_tiles import CudaTiles
from hdr_demo.backends.torch_tiles import TorchTiles
from hdr_demo.device import choose_device, choose_precision, choose_tile, compiles_by_default
from hdr_demo.inference import Expander
from hdr_demo.model import ExpandNet
from hdr_demo.weights import find_checkpoint, load_model

# Different frames, so that no cache helps from one to the next.
DIFFERENT_FRAMES = 8
REPEATS = 5


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--frames", type=int, default=120, help="that are timed at once")
    parser.add_argument("--rounds", type=int, default=3, help="in which all ways take turns; the median counts")
    parser.add_argument("--height", type=int, default=1080, help="of a frame")
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[12, 24], help="of the photos")
    parser.add_argument("--card", type=float, default=4, help="memory of a small card, in GiB")
    parser.add_argument("--square", type=int, default=8192, help="side of the square matrices")
    parser.add_argument("--compare", type=int, nargs=2, default=(1080, 1920), help="size at which float32 is computed")
    given = parser.parse_args(arguments)
    device = choose_device(given.device)
    precision = choose_precision(device)
    model = load_model(find_checkpoint(None, offline=True))
    print(describe(device))
    ceiling = print_ceilings(device, precision, given.height, given.width, given.square)
    print_copies(device)
    print_frames(model, device, precision, given, ceiling)
    print_photos(model, device, precision, given.megapixels, given.card)
    print_difference(model, device, precision, *given.compare)


def describe(device: torch.device) -> str:
    """Name what is measured."""
    if device.type != "cuda":
        return f"{device}: torch {torch.__version__}"
    properties, cudnn = torch.cuda.get_device_properties(device), torch.backends.cudnn.version()
    memory = properties.total_memory / 2**30
    return f"{properties.name}, {memory:.0f} GiB: torch {torch.__version__}, CUDA {torch.version.cuda}, cuDNN {cudnn}"


def print_ceilings(device: torch.device, precision: torch.dtype, height: int, width: int, square: int) -> float:
    """Print what the GPU does at most; gives the rate of the 3×3 convolution in operations a second."""

    def random(*size: int) -> torch.Tensor:  # never zeros, which are computed faster
        return torch.randn(size, device=device).to(precision)

    def picture(count: int, rows: int, columns: int) -> torch.Tensor:
        return random(count, 64, rows, columns).contiguous(memory_format=torch.channels_last)

    pixels, side = height * width, (height // 2, width // 2)
    ordinary, wide = (random(outputs, 64, 3, 3).contiguous(memory_format=torch.channels_last) for outputs in (64, 128))
    phases, whole = picture(4, *side), picture(1, height, width)
    rows, columns = random(pixels, 576), random(576, 64)
    one, other = random(square, square), random(square, square)
    convolve = partial(torch.nn.functional.conv2d, padding=1)
    ways = {
        "convolution 3x3, 64 to 64, four phases of a frame": (
            2 * 4 * side[0] * side[1] * 9 * 64 * 64,
            lambda: convolve(phases, ordinary),
        ),
        "convolution 3x3, 64 to 128, a frame": (2 * pixels * 9 * 64 * 128, lambda: convolve(whole, wide)),
        "matrix product, a frame's pixels x 576 x 64": (2 * pixels * 576 * 64, lambda: rows @ columns),
        f"matrix product, {square} x {square} x {square}": (2 * square**3, lambda: one @ other),
    }
    print(f"\n{'ceiling':52} {'ms':>8} {'TFLOP/s':>8}")
    rates = []
    with torch.no_grad():
        for name, (operations, run) in ways.items():
            seconds = time_calls(run, device)
            rates.append(operations / seconds)
            print(f"{name:52} {1000 * seconds:8.3f} {rates[-1] / 1e12:8.1f}")
    return rates[0]


def print_copies(device: torch.device, count: int = 2**24) -> None:
    """Print how fast bytes travel."""
    is_gpu = device.type == "cuda"
    here = torch.randn(count if is_gpu else count // 64, pin_memory=is_gpu)
    there = here.to(device)
    ways = {
        "to the GPU, from pinned memory": lambda: there.copy_(here, non_blocking=True),
        "from the GPU, to pinned memory": lambda: here.copy_(there, non_blocking=True),
        "within the GPU, read and written": lambda: there.clone(),
    }
    print(f"\n{'copies':52} {'GB/s':>8}")
    for (name, run), passes in zip(ways.items(), (1, 1, 2), strict=True):
        print(f"{name:52} {passes * here.nbytes / time_calls(run, device) / 1e9:8.1f}")


def print_frames(
    model: ExpandNet, device: torch.device, precision: torch.dtype, given: argparse.Namespace, ceiling: float
) -> None:
    """Print frames a second for several ways to compute them, which take turns."""
    folded, pixels = fold(model), given.height * given.width
    frames = make_pictures(DIFFERENT_FRAMES, given.height, given.width)
    whole, side = max(given.height, given.width), max(given.height // 2, 32)
    # name: the side of a tile, and what loads the network.
    ways: dict[str, tuple[int, Callable]] = {
        "the row torch": (choose_tile(device, precision), TorchTiles),
        "one by one, no graph": (whole, partial(CudaTiles, graphs=False, most_pixels=1)),
        "one by one": (whole, partial(CudaTiles, most_pixels=1)),
        "one by one, one slot": (whole, partial(CudaTiles, most_pixels=1, slots=1)),
        "pairs": (whole, partial(CudaTiles, most_pixels=2 * pixels)),
        "fours": (whole, partial(CudaTiles, most_pixels=4 * pixels)),
        f"tiles of {side} px": (side, partial(CudaTiles, most_pixels=pixels)),
        "the row cuda, as it is": (choose_tile(device, precision), CudaTiles),
    }
    if compiles_by_default(device):
        ways["one by one, compiled"] = (whole, partial(CudaTiles, most_pixels=1, compiled=True))
    row = BACKENDS["cuda"]
    rows = {name: replace(row, fits=lambda *_: True, load=load) for name, (_, load) in ways.items()}
    with patch.dict(BACKENDS, rows):
        expanders = {name: Expander(model, device, precision, tile, name) for name, (tile, _) in ways.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for expander in expanders.values():
        time_frames(expander, frames, 3 * DIFFERENT_FRAMES)  # memory is fetched, graphs are captured
    for _ in range(given.rounds):
        for name, expander in expanders.items():
            seconds[name].append(time_frames(expander, frames, given.frames) / given.frames)
    alone = time_alone(folded, device, precision, given.height, given.width)
    operations = 2 * count_products(folded) * pixels
    print(
        f"\nframes of {given.width}x{given.height}, from host memory to host memory; {operations / 1e12:.3f} TFLOP each"
    )
    print(f"{'way':52} {'frames/s':>8} {'ms':>8} {'TFLOP/s':>8} of the convolution's")
    for name, times in {**seconds, "(computing alone, no copies, no graph)": [alone]}.items():
        took = median(times)
        rate = operations / took
        print(f"{name:52} {1 / took:8.1f} {1000 * took:8.2f} {rate / 1e12:8.1f} {rate / ceiling:8.0%}")


def print_photos(
    model: ExpandNet, device: torch.device, precision: torch.dtype, megapixels: list[float], card: float
) -> None:
    """Print the pace of photos and the memory that they need, with all of the GPU's and with a small card's."""
    print(f"\n{'photos':52} {'MP/s':>8} {'s':>8} {'tile':>8} {'GiB held':>9}")
    for memory in (None, card) if device.type == "cuda" else (None,):
        for size in megapixels:
            ldr = make_pictures(1, round((size * 1e6 * 2 / 3) ** 0.5), round((size * 1e6 * 3 / 2) ** 0.5))[0]
            with limited(device, memory):
                expander = load(model, device, precision)
                tile = choose_tile(device, precision)
                expander.expand(ldr)
                times = [time_once(partial(expander.expand, ldr)) for _ in range(REPEATS)]
                held = torch.cuda.max_memory_reserved(device) / 2**30 if device.type == "cuda" else float("nan")
                del expander
            where = f"{size:g} megapixels" + (f", a card of {memory:g} GiB" if memory else "")
            print(f"{where:52} {size / median(times):8.1f} {median(times):8.3f} {tile:8} {held:9.2f}")


def print_difference(model: ExpandNet, device: torch.device, precision: torch.dtype, height: int, width: int) -> None:
    """Print the largest difference to the network in float32, computed on the CPU."""
    ldr = make_pictures(1, height, width)[0]
    raw = load(model, device, precision).expand(ldr)
    difference = np.abs(raw - Expander(model, torch.device("cpu"), torch.float32, backend="torch").expand(ldr))
    kind = str(precision).removeprefix("torch.")
    print(f"\n{kind} against float32, {width}x{height}: at most {difference.max():.2e}, mean {difference.mean():.2e}")


def load(model: ExpandNet, device: torch.device, precision: torch.dtype) -> Expander:
    """Load the back end as it is, on any device."""
    with patch.dict(BACKENDS, {"cuda": replace(BACKENDS["cuda"], fits=lambda *_: True)}):
        return Expander(model, device, precision, backend="cuda")


@contextmanager
def limited(device: torch.device, gigabytes: float | None) -> Iterator[None]:
    """Start with empty memory, and let PyTorch have no more of it than a small card has."""
    if device.type != "cuda":
        yield
        return
    total, before = (
        torch.cuda.get_device_properties(device).total_memory,
        torch.cuda.get_per_process_memory_fraction(device.index),
    )
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    if gigabytes:
        torch.cuda.set_per_process_memory_fraction(min(1.0, gigabytes * 2**30 / total), device.index)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(before, device.index)


def make_pictures(count: int, height: int, width: int) -> list[np.ndarray]:
    """Draw pictures of slopes and noise, some of it clipped: display-encoded, float32, (height, width, 3), [0, 1]."""
    rng = np.random.default_rng(0)
    slope = np.linspace(0, 1.1, width, dtype=np.float32)[:, np.newaxis]
    noise = (rng.random((height, width, 3), dtype=np.float32) - np.float32(0.5)) * np.float32(0.2)
    return [np.clip(np.roll(noise, number, axis=0) + slope, 0, 1) for number in range(count)]


def count_products(network: FoldedNetwork) -> int:
    """Count the products for one pixel of an answer, each with its sum."""
    return sum(layer.weight.numel() for layer in (*network.local, *network.dilated, network.last))


def time_frames(expander: Expander, frames: list[np.ndarray], count: int) -> float:
    """Time a row of frames from host memory to host memory, in seconds."""
    given = (frames[number % len(frames)] for number in range(count))
    return time_once(lambda: sum(1 for _ in expander.expand_each(given)))


def time_alone(network: FoldedNetwork, device: torch.device, precision: torch.dtype, height: int, width: int) -> float:
    """Time the layers of a frame that is on the GPU already, in seconds."""
    batched = BatchedNetwork(network, device, precision)
    with torch.no_grad():
        pictures = batched.prepare(1, height, width)
        pictures[..., :3] = torch.from_numpy(make_pictures(1, height, width)[0])
        bias = torch.randn(1, 64, device=device).to(precision)
        return time_calls(lambda: batched.answer(pictures, bias), device)


def time_once(run: Callable[[], object]) -> float:
    """Time what ends when it has its answer, in seconds."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def time_calls(run: Callable[[], object], device: torch.device, calls: int = 10) -> float:
    """Time a call on the device, in seconds: the median of several rows of calls, after one to warm up."""

    def row() -> None:
        for _ in range(calls):
            run()
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    row()
    return median(time_once(row) for _ in range(REPEATS)) / calls


if __name__ == "__main__":
    main()
