"""What every benchmark needs: a photo, the memory of a process, the name of the machine, and what it can do at most."""

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

# Of the square matrices whose product is the ceiling: large enough that the cores' caches are used well.
MATRIX_SIDE = 2048
# Floats that are copied to find the memory's pace: more than any cache holds.
COPIED_FLOATS = 64_000_000
CEILING_REPEATS = 5


def describe_machine(device: str) -> str:
    """Name what the time was measured on, in a few words."""
    import torch

    from hdr_demo.backends.choice import processor_name

    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else processor_name()
    return f"{device}, {name}, {os.cpu_count()} cores, torch {torch.__version__} with {torch.get_num_threads()} threads"


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


def measure_ceilings(side: int = MATRIX_SIDE, floats: int = COPIED_FLOATS) -> dict[str, float]:
    """Measure what the processor can do at most with float32, by the libraries that are here.

    Args:
        side: Of the square matrices that are multiplied.
        floats: How many numbers are copied.

    Returns:
        Operations (a multiplication and an addition are two) or bytes a second, by name; the best of five.
    """
    import torch

    left, right = (np.random.default_rng(seed).random((side, side), dtype=np.float32) for seed in (0, 1))
    left_tensor, right_tensor = torch.from_numpy(left), torch.from_numpy(right)
    image = torch.zeros(1, 64, 98, 98)
    weight = torch.zeros(64, 64, 3, 3)
    source, target = np.ones(floats, np.float32), np.empty(floats, np.float32)
    product = 2 * side**3
    with torch.inference_mode():
        return {
            "matrix product, torch": product / _shortest(lambda: left_tensor @ right_tensor),
            "matrix product, numpy": product / _shortest(lambda: left @ right),
            "convolution 3x3, 64 to 64, 96 px, torch": 2
            * 9
            * 64
            * 64
            * 96**2
            / _shortest(lambda: torch.nn.functional.conv2d(image, weight)),
            "copied bytes": 2 * source.nbytes / _shortest(lambda: np.copyto(target, source)),
        }


def _shortest(work: Callable[[], object]) -> float:
    times = []
    for _ in range(1 + CEILING_REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times[1:])


def python_version() -> str:
    """Name the interpreter."""
    return f"Python {platform.python_version()}"
