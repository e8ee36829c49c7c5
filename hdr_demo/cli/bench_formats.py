"""Time files: photographs of every kind read, each format of HDR images written and read again."""

import multiprocessing
import statistics
import struct
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from hdr_demo.cli.bench_machine import PeakMemory, describe_machine, synthetic_photo
from hdr_demo.color import decode_srgb
from hdr_demo.io import SDR_FORMATS, read_hdr, read_ldr, writable_formats, write_hdr, write_sdr
from hdr_demo.io.png_writing import write_png

SAME = (".jpeg", ".tiff")  # other suffixes of formats that are there already
# What the clipped disc of the photo becomes: a lamp.
LAMP = 12.0
# A first call loads libraries.
WARMING_SIDE = 64


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is timed.

    Attributes:
        suffix: Of its name.
        write: Writes a photo (display-encoded, float32, (H, W, 3), [0, 1]) and its light.
        read: Reads the file.
    """

    suffix: str
    write: Callable[[Path, np.ndarray, np.ndarray], object]
    read: Callable[[Path], object]


@dataclass(frozen=True)
class FileTiming:
    """What one kind of work with one file took; medians.

    Attributes:
        seconds: On the clock.
        processor_seconds: Of all cores together, whatever else they did meanwhile.
        own_bytes: The most memory above what was held before; None where it is not measured.
    """

    seconds: float
    processor_seconds: float
    own_bytes: int | None


def time_formats(sizes: list[tuple[int, int]], repeats: int) -> int:
    """Print a line for each kind of file.

    Args:
        sizes: Heights and widths.
        repeats: How often each is written and read; the median counts.

    Returns:
        The exit code.
    """
    print(describe_machine("cpu"))
    print("| image | file | MB | to write: s | of all cores | MiB | to read: s | of all cores | MiB |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for height, width in sizes:
            for name, kind in list_kinds().items():
                path = Path(folder) / f"file{kind.suffix}"
                # A fresh process each: none inherits another's caches or peak.
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    timings = pool.apply(time_file, (name, path, height, width, repeats))
                cells = [f"{width}x{height}", name, f"{path.stat().st_size / 1e6:.1f}", *map(_describe, timings)]
                print(f"| {' | '.join(cells)} |", flush=True)
    return 0


def list_kinds() -> dict[str, FileKind]:
    """List what is timed, by name: photographs of 8 and 16 bits, and each HDR format of this installation."""
    kinds = {
        f"photo{suffix}": FileKind(suffix, lambda path, ldr, light: write_sdr(path, ldr), read_ldr)
        for suffix in SDR_FORMATS
        if suffix not in SAME
    }
    kinds["photo.png, 16 bits"] = FileKind(".png", _write_deep_png, read_ldr)
    kinds["photo.tif, 16 bits"] = FileKind(".tif", _write_deep_tiff, read_ldr)
    for suffix, row in writable_formats().items():
        if suffix not in SAME:
            kinds[f"HDR{suffix}"] = FileKind(suffix, partial(_write_light, has_base=row.has_base), read_hdr)
    kinds["HDR.exr, 32 bits"] = FileKind(".exr", partial(_write_light, full_float=True), read_hdr)
    return kinds


def time_file(name: str, path: Path, height: int, width: int, repeats: int) -> tuple[FileTiming, FileTiming]:
    """Write a file, and read it.

    Args:
        name: A key of `list_kinds`.
        path: The file.
        height: Of the image.
        width: Of the image.
        repeats: How often.

    Returns:
        The timings of both.
    """
    kind = list_kinds()[name]
    small = path.with_name(f"small{kind.suffix}")
    kind.write(small, *_draw(WARMING_SIDE, WARMING_SIDE))
    kind.read(small)
    written = _measure(partial(kind.write, path, *_draw(height, width)), repeats)
    return written, _measure(partial(kind.read, path), repeats)


def _measure(work: Callable[[], object], repeats: int) -> FileTiming:
    memory, seconds, processor = PeakMemory(), [], []
    for _ in range(repeats):
        began, used = time.perf_counter(), time.process_time()
        work()
        seconds.append(time.perf_counter() - began)
        processor.append(time.process_time() - used)
    return FileTiming(statistics.median(seconds), statistics.median(processor), memory.own)


def _describe(timing: FileTiming) -> str:
    memory = "not measured" if timing.own_bytes is None else f"{timing.own_bytes / 2**20:.0f}"
    return f"{timing.seconds:.2f} | {timing.processor_seconds:.2f} | {memory}"


def _draw(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    ldr = synthetic_photo(height, width)
    return ldr, np.where(ldr == 1, np.float32(LAMP), decode_srgb(ldr))


def _write_light(
    path: Path, ldr: np.ndarray, light: np.ndarray, *, has_base: bool = False, full_float: bool = False
) -> None:
    write_hdr(path, light, sdr=ldr if has_base else None, full_float=full_float)


def _write_deep_png(path: Path, ldr: np.ndarray, light: np.ndarray) -> None:
    with open(path, "wb") as file:
        write_png(file, _sixteen_bits(ldr), b"")


def _write_deep_tiff(path: Path, ldr: np.ndarray, light: np.ndarray) -> None:
    """Write 16 bits a channel in one strip, not compressed, as many editors do (TIFF 6.0, section 6)."""
    pixels = _sixteen_bits(ldr).astype("<u2").tobytes()
    height, width, _ = ldr.shape
    start = 8 + len(pixels)
    short, long = 3, 4
    tags = [(256, long, 1, width), (257, long, 1, height), (258, short, 3, start + 2 + 12 * 9 + 4), (259, short, 1, 1)]
    tags += [(262, short, 1, 2), (273, long, 1, 8), (277, short, 1, 3), (278, long, 1, height)]
    tags += [(279, long, 1, len(pixels))]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    path.write_bytes(b"II*\0" + struct.pack("<I", start) + pixels + directory + struct.pack("<3H", 16, 16, 16))


def _sixteen_bits(ldr: np.ndarray) -> np.ndarray:
    return np.rint(ldr * np.float32(65535)).astype(np.uint16)
