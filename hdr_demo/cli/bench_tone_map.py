"""Time what is computed of a photo besides the network: each operator at full size, and what the page shows."""

import multiprocessing
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hdr_demo.calibration import calibrate, needs_network
from hdr_demo.cli.bench_machine import PeakMemory, describe_machine, synthetic_photo
from hdr_demo.color import decode_srgb
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.exposure import extract_bracket
from hdr_demo.gained import measure
from hdr_demo.io import Picture
from hdr_demo.reading import OUR_READING
from hdr_demo.resize import fit_size, resize_image
from hdr_demo.tonemap import TONE_MAPPERS, tone_map
from hdr_demo.tonemap import measure as measure_light
from hdr_demo.ui.exposures import GALLERY_PIXELS
from hdr_demo.ui.false_color import paint_stops
from hdr_demo.ui.histogram import count_light
from hdr_demo.ui.pictures import make_view
from hdr_demo.ui.tone_mapping import SHEET_PIXELS

# What the clipped disc of the photo becomes: a lamp.
LAMP = 12.0


@dataclass(frozen=True)
class Work:
    """What one piece of work took.

    Attributes:
        seconds: The median of the repeats.
        processor_seconds: Of all cores together, likewise.
        own_bytes: The most memory that it added, its result included; None where it is not measured.
    """

    seconds: float
    processor_seconds: float
    own_bytes: int | None


def time_tone_mapping(sizes: list[tuple[int, int]], repeats: int) -> int:
    """Print a line for each operator and for each thing that the page computes, and the sum of those.

    Args:
        sizes: Heights and widths.
        repeats: How often each is done, in turns; the median counts.

    Returns:
        The exit code.
    """
    print(describe_machine("cpu"))
    print("| image | work | seconds | MP/s | seconds of processor | MiB of memory |")
    print("|---|---|---|---|---|---|", flush=True)
    for height, width in sizes:
        for list_works in (list_operators, list_page_work):
            # A fresh process each: neither inherits the other's memory.
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                works = pool.apply(_time_all, (list_works, height, width, repeats))
            for name, work in works.items():
                _print_line(name, height, width, work)
        memory = [work.own_bytes for work in works.values() if work.own_bytes is not None]
        seconds = sum(work.seconds for work in works.values())
        processor = sum(work.processor_seconds for work in works.values())
        _print_line("page: sum", height, width, Work(seconds, processor, max(memory, default=None)))
    return 0


def list_operators(ldr: np.ndarray, hdr: np.ndarray) -> dict[str, Callable[[], object]]:
    """List the operators, each with its own defaults, by name; the arrays are as `ExpandedPhoto` has them."""
    return {name: lambda name=name: tone_map(hdr, name) for name in TONE_MAPPERS}


def list_page_work(ldr: np.ndarray, hdr: np.ndarray) -> dict[str, Callable[[], object]]:
    """List what the page computes of a photo, in the order in which it does; the arrays likewise."""
    raw = np.log2(np.maximum(hdr, 2.0**OUR_READING.stops_floor))
    raw = (raw - np.float32(OUR_READING.stops_floor)) / np.float32(OUR_READING.stops_range)
    photo = ExpandedPhoto(Picture(ldr, None, "photo", 8), hdr, "calibrated", 0.0)
    view = make_view(photo)
    light = [view.photo, view.hdr]
    measured = [name for name, row in TONE_MAPPERS.items() if row.measure and not row.local]  # as the viewer does
    works = {
        "which pixels need the network": lambda: needs_network(ldr),
        "calibration": lambda: calibrate(raw, ldr, OUR_READING),
        "view": lambda: make_view(photo),
        "measures": lambda: measure(photo),
        "brackets of both": lambda: [extract_bracket(_reduce(each, GALLERY_PIXELS)) for each in light],
        "tone mapping of the view": lambda: tone_map(view.hdr),
        "the operators' statistics": lambda: [measure_light(view.hdr, name) for name in measured],
        "the operators' thumbnails": lambda: [tone_map(_reduce(view.hdr, SHEET_PIXELS), name) for name in TONE_MAPPERS],
        "histogram of the view": lambda: count_light(view.photo, view.hdr),
        "false colour of the view": lambda: paint_stops(view.hdr),
    }
    return {f"page: {name}": work for name, work in works.items()}


def _reduce(image: np.ndarray, max_pixels: int) -> np.ndarray:
    return resize_image(image, *fit_size(*image.shape[:2], max_pixels))


def _time_all(
    list_works: Callable[[np.ndarray, np.ndarray], dict[str, Callable[[], object]]],
    height: int,
    width: int,
    repeats: int,
) -> dict[str, Work]:
    ldr = synthetic_photo(height, width)
    works = list_works(ldr, np.where(ldr == 1, np.float32(LAMP), decode_srgb(ldr)))
    seconds, processor, memory = ({name: [] for name in works} for _ in range(3))
    for _ in range(1 + repeats):  # the first finds libraries cold, and does not count
        for name, work in works.items():
            held, began, used = PeakMemory(), time.perf_counter(), time.process_time()
            work()
            seconds[name].append(time.perf_counter() - began)
            processor[name].append(time.process_time() - used)
            memory[name].append(held.own)
    return {
        name: Work(statistics.median(seconds[name][1:]), statistics.median(processor[name][1:]), memory[name][-1])
        for name in works
    }


def _print_line(name: str, height: int, width: int, work: Work) -> None:
    memory = "not measured" if work.own_bytes is None else f"{work.own_bytes / 2**20:.0f}"
    pace = height * width / 1e6 / work.seconds
    print(
        f"| {width}x{height} | {name} | {work.seconds:.3f} | {pace:.0f} | {work.processor_seconds:.3f} | {memory} |",
        flush=True,
    )
