"""Which back end is the fastest here: measured once on each computer, and remembered in the cache folder."""

import importlib.metadata
import json
import logging
import os
import platform
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from hdr_demo.backends.contract import TileNetwork
from hdr_demo.backends.folded import fold
from hdr_demo.backends.pieces import HALO, Region, cut_piece
from hdr_demo.backends.table import BACKENDS
from hdr_demo.device import CPU_TILE
from hdr_demo.model import ExpandNet

ENVIRONMENT_VARIABLE = "HDR_DEMO_CACHE"
REPEATS = 3
FILE_NAME = "backends.json"

_chosen: dict[str, str] = {}


def choose_backend(device: torch.device, precision: torch.dtype) -> str:
    """Choose the fastest back end.

    On a CPU that depends on the processor and on the libraries' versions, so it is timed on a tile, in about a second,
    and remembered. On other devices it is the last row of `BACKENDS` that fits.

    Args:
        device: Where the network runs.
        precision: Of its numbers.

    Returns:
        A key of `BACKENDS`.
    """
    names = [name for name, backend in BACKENDS.items() if backend.fits(device, precision)]
    if device.type != "cpu" or len(names) == 1:
        return names[-1]
    computer = describe_computer(names)
    if computer not in _chosen:
        _chosen[computer] = _read(computer, names) or _measure(computer, names, device, precision)
    return _chosen[computer]


def describe_computer(names: list[str]) -> str:
    """Name all that the choice depends on: the processor, the threads, and the libraries with their versions."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in names]
    return ", ".join([processor_name(), f"{torch.get_num_threads()} threads", *versions])


def cache_folder() -> Path:
    """Name the folder of what is remembered: `HDR_DEMO_CACHE`, else `hdr_demo` in the user's cache folder."""
    if ENVIRONMENT_VARIABLE in os.environ:
        return Path(os.environ[ENVIRONMENT_VARIABLE])
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hdr_demo"


def time_tile(network: TileNetwork, tile: int = CPU_TILE) -> float:
    """Time tiles from the middle of a photo, in seconds for each; the best of three times, after one to warm up."""
    side = tile + 2 * HALO
    ldr = np.random.default_rng(0).random((side, side, 3), dtype=np.float32)
    piece = cut_piece(ldr, Region(HALO, HALO + tile, HALO, HALO + tile), np.zeros(64, np.float32))
    count = 2 * torch.get_num_threads()  # some back ends compute several at once
    times = []
    for _ in range(1 + REPEATS):
        began = time.perf_counter()
        for _ in network.run([piece] * count):
            pass
        times.append((time.perf_counter() - began) / count)
    return min(times[1:])


def _measure(computer: str, names: list[str], device: torch.device, precision: torch.dtype) -> str:
    network = fold(ExpandNet())
    seconds = {name: time_tile(BACKENDS[name].load(network, device, precision)) for name in names}
    fastest = min(seconds, key=seconds.__getitem__)
    told = ", ".join(f"{name} {1000 * value:.0f} ms" for name, value in seconds.items())
    logging.info("A tile of %d px takes %s; the back end is %s", CPU_TILE, told, fastest)
    _write(computer, fastest, seconds)
    return fastest


def _read(computer: str, names: list[str]) -> str | None:
    try:
        choice = json.loads((cache_folder() / FILE_NAME).read_text(encoding="utf-8"))[computer]["backend"]
    except (OSError, ValueError, LookupError, TypeError):
        return None  # nothing was remembered, or nothing that can be read
    return choice if choice in names else None


def _write(computer: str, fastest: str, seconds: dict[str, float]) -> None:
    """Remember a choice; where that cannot be, it is measured again the next time."""
    path = cache_folder() / FILE_NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        known = known if isinstance(known, dict) else {}
        known[computer] = {"backend": fastest, "seconds": seconds}
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            json.dump(known, file, indent=1)
        os.replace(file.name, path)
    except OSError as error:
        logging.info("The choice of a back end is not remembered: %s", error)


def processor_name() -> str:
    """Name the processor, as the system does."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
