"""Where the network runs, how precisely, and in how large pieces. Chosen once, at the top."""

import importlib.util
import math
import time

import torch

from hdr_demo.errors import DeviceError
from hdr_demo.strips import usable_cores

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = {"auto": None, "float32": torch.float32, "float16": torch.float16}

TRAINING_PRECISIONS = {"auto": None, "float32": torch.float32, "bfloat16": torch.bfloat16}

# One process photographs 72 views a second; two cores learn from 16 (`bench --train`). A GPU takes what it can get.
CORES_FED_BY_A_WORKER = 8
MOST_WORKERS = 32

# Features of larger tiles leave a CPU's cache, and the C library asks the system for fresh pages for each of them: at
# 1080p on two EPYC cores 96 and 128 px took 3.8 s, 192 px 5.0 s, 256 px 6.0 s.
CPU_TILE = 128
SMALLEST_TILE = 32
# On CUDA a frame of 1080p is one tile: without a halo, and with work enough for any GPU.
LARGEST_TILES = {"cuda": 2048, "mps": 1024}

# What a tile holds at its peak, in numbers a pixel, counted from the layers: the dilation features (64), input and
# output of the widest convolution (64 + 128), its unfolded input where an implementation makes one (9 * 64), and a copy
# with its border (64); rounded up.
NUMBERS_PER_PIXEL = 1024
USABLE_SHARE_OF_FREE_MEMORY = 0.5

# What is said when memory is short: the allocators of MPS and of the CPU on three systems, cuDNN, cuBLAS, oneDNN, and
# our own back ends.
OUT_OF_MEMORY = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "ALLOC_FAILED",
    "could not create a memory object",
)


def choose_device(name: str = "auto") -> torch.device:
    """Turn a name into a device that is there.

    Args:
        name: One of `DEVICES`, or a numbered one such as "cuda:1"; "auto" takes the fastest there is.

    Returns:
        The device.

    Raises:
        DeviceError: If that device is not there.
    """
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if available[kind]))
    kind, _, index = name.partition(":")
    if kind not in available or (index and not index.isdigit()):
        raise DeviceError(f"There is no device {name!r}; choose one of {', '.join(DEVICES)}.")
    if not available[kind] or (kind == "cuda" and int(index or 0) >= torch.cuda.device_count()):
        raise DeviceError(f"This computer offers PyTorch no {name} device; choose --device cpu or auto.")
    return torch.device(name)


def choose_precision(device: torch.device, name: str = "auto") -> torch.dtype:
    """Choose the numbers that the network computes with; what goes in and comes out is float32 always.

    Args:
        device: Where it computes.
        name: One of `PRECISIONS`; "auto" is float16 on CUDA, which errs a tenth as much as bfloat16, else float32.

    Returns:
        torch.float32 or torch.float16.

    Raises:
        DeviceError: If the device does not compute in that precision.
    """
    if name not in PRECISIONS:
        raise DeviceError(f"There is no precision {name!r}; choose one of {', '.join(PRECISIONS)}.")
    if name == "float16" and device.type == "cpu":
        raise DeviceError("A CPU computes float16 far more slowly than float32; choose --precision float32.")
    return PRECISIONS[name] or (torch.float16 if device.type == "cuda" else torch.float32)


def choose_training_precision(device: torch.device, name: str = "auto") -> torch.dtype:
    """Choose the numbers that the convolutions of a training step compute with.

    Args:
        device: Where it computes.
        name: One of `TRAINING_PRECISIONS`; "auto" is bfloat16 where that is faster: on CUDA, and on a CPU that a short
            measurement finds faster with it (AVX-512 BF16 and AMX are; without them it is many times slower).

    Returns:
        torch.float32 or torch.bfloat16.

    Raises:
        DeviceError: If there is no such precision.
    """
    if name not in TRAINING_PRECISIONS:
        raise DeviceError(f"There is no precision {name!r}; choose one of {', '.join(TRAINING_PRECISIONS)}.")
    if name != "auto":
        return TRAINING_PRECISIONS[name]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if device.type != "cpu":
        return torch.float32
    return min((torch.float32, torch.bfloat16), key=_time_convolution)


def _time_convolution(precision: torch.dtype) -> float:
    """Time a small convolution on the CPU, in seconds; the best of three, after one to warm up."""
    image = torch.zeros(4, 64, 32, 32, dtype=precision).contiguous(memory_format=torch.channels_last)
    weight = torch.zeros(64, 64, 3, 3, dtype=precision).contiguous(memory_format=torch.channels_last)
    times = []
    for _ in range(4):
        began = time.perf_counter()
        torch.nn.functional.conv2d(image, weight, padding=1)
        times.append(time.perf_counter() - began)
    return min(times[1:])


def choose_workers(device: torch.device) -> int:
    """Choose how many processes take the photographs of a training run.

    Args:
        device: Where the network learns: a CPU shares its cores with them, a GPU leaves it all but one.

    Returns:
        At least 1.
    """
    cores = usable_cores()
    workers = cores // CORES_FED_BY_A_WORKER if device.type == "cpu" else cores - 1
    return min(max(workers, 1), MOST_WORKERS)


def use_threads(count: int) -> None:
    """Let PyTorch and the back ends of a CPU use so many cores from now on, where others use the rest."""
    torch.set_num_threads(count)


def keep_float32(device: torch.device, precision: torch.dtype) -> None:
    """Let CUDA multiply float32 as float32, from now on in this process.

    By itself PyTorch rounds what goes into a convolution to TF32, whose 10 bits of mantissa are float16's.
    """
    if device.type == "cuda" and precision == torch.float32:
        torch.backends.cudnn.allow_tf32 = False


def compiles_by_default(device: torch.device) -> bool:
    """Say whether `torch.compile` is worth its minute: on CUDA, where Triton came with PyTorch."""
    return device.type == "cuda" and importlib.util.find_spec("triton") is not None


def choose_tile(device: torch.device, precision: torch.dtype) -> int:
    """Choose a tile that fits: a CPU's cache, or half of what a GPU has free at the moment.

    Args:
        device: Where the network runs.
        precision: What it computes with.

    Returns:
        The side of a tile in pixels, a multiple of 32.
    """
    return max(math.isqrt(choose_pixels(device, precision)) // 32 * 32, SMALLEST_TILE)


def choose_pixels(device: torch.device, precision: torch.dtype) -> int:
    """Choose how many pixels are computed at once, in one tile or in a batch of several.

    Args:
        device: Where the network runs.
        precision: What it computes with.

    Returns:
        Pixels; those of the smallest tile or more.
    """
    free = free_memory(device)
    if free is None:
        return CPU_TILE**2
    pixels = int(free * USABLE_SHARE_OF_FREE_MEMORY / (NUMBERS_PER_PIXEL * precision.itemsize))
    return min(max(pixels, SMALLEST_TILE**2), LARGEST_TILES[device.type] ** 2)


def free_memory(device: torch.device) -> int | None:
    """Ask a GPU for its free memory.

    Args:
        device: Any device.

    Returns:
        Bytes, with what PyTorch keeps for itself and does not use, and no more than the process may have by
        `torch.cuda.set_per_process_memory_fraction`; or None for a CPU, whose memory does not limit a tile.
    """
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        kept, used = torch.cuda.memory_reserved(device), torch.cuda.memory_allocated(device)
        allowed = int(total * torch.cuda.get_per_process_memory_fraction(device.index)) - kept
        return max(min(free, allowed), 0) + kept - used
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return None


def is_out_of_memory(error: RuntimeError) -> bool:
    """Tell whether an error of PyTorch, or of one of its libraries, says that memory is short."""
    # Only CUDA's allocator has a class of its own for it; the others and the libraries are told by their text.
    return isinstance(error, torch.OutOfMemoryError) or any(text in str(error) for text in OUT_OF_MEMORY)
