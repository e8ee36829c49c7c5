"""Time files: each format of photographs read, each format of HDR images written and read again."""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hdr_demo.cli.bench_machine import PeakMemory, describe_machine, synthetic_photo
from hdr_demo.color import decode_srgb
from hdr_demo.io import read_hdr, read_ldr, writable_formats, write_hdr, write_sdr
from hdr_demo.tonemap import tone_map

# Photographs, of 8 bits.
PHOTOGRAPHS = (".jpg", ".png", ".webp", ".tif")
SAME = (".jpeg", ".tiff")  # other suffixes of formats that are there already
# What the clipped disc of the photo becomes: a lamp.
LAMP = 12.0


def time_formats(sizes: list[tuple[int, int]], repeats: int) -> int:
    """Print a line for each format.

    Args:
        sizes: Heights and widths.
        repeats: How often each is written and read; the median counts.

    Returns:
        The exit code.
    """
    print(describe_machine("cpu"))
    print("| image | format | MB | seconds to write | to read | MiB of memory to write | to read |")
    print("|---|---|---|---|---|---|---|", flush=True)
    kinds = [("photo", suffix) for suffix in PHOTOGRAPHS]
    kinds += [("HDR", suffix) for suffix in writable_formats() if suffix not in SAME]
    with tempfile.TemporaryDirectory() as folder:
        for height, width in sizes:
            for kind, suffix in kinds:
                path = Path(folder) / f"{kind}{suffix}"
                cells = []
                for work in (_write, _read):
                    # A fresh process each: none inherits another's caches or peak.
                    with multiprocessing.get_context("spawn").Pool(1) as pool:
                        cells.append(pool.apply(_measure, (work, path, height, width, repeats)))
                size = path.stat().st_size / 1e6
                seconds = " | ".join(f"{seconds:.2f}" for seconds, _ in cells)
                memory = " | ".join("not measured" if held is None else f"{held / 2**20:.0f}" for _, held in cells)
                print(f"| {width}x{height} | {path.name} | {size:.1f} | {seconds} | {memory} |", flush=True)
    return 0


def _measure(
    work: Callable[[Path, int, int], Callable[[], object]], path: Path, height: int, width: int, repeats: int
) -> tuple[float, int | None]:
    act = work(path, height, width)
    memory, seconds = PeakMemory(), []
    for _ in range(repeats):
        began = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), memory.own


def _write(path: Path, height: int, width: int) -> Callable[[], object]:
    ldr = synthetic_photo(height, width)
    if path.stem == "photo":
        return lambda: write_sdr(path, ldr)
    hdr = np.where(ldr == 1, np.float32(LAMP), decode_srgb(ldr))
    base = {"sdr": tone_map(hdr)} if writable_formats()[path.suffix].has_base else {}
    return lambda: write_hdr(path, hdr, **base)


def _read(path: Path, height: int, width: int) -> Callable[[], object]:
    return lambda: read_ldr(path) if path.stem == "photo" else read_hdr(path)
