"""Draw how time and memory grow: with the size of a photo, and with the length of a clip.

python benchmarks/scaling.py [--to docs/scaling.svg] [--megapixels 0.5 2 8 24 50 100] [--frames 50 200 800]

Each measurement is a process of its own. Photos: every tile, by the back end that is chosen here; seconds a megapixel,
and the memory above the interpreter, photo and result included. Clips: 160x96, exact, to H.264 and HDR10.
"""

import argparse
import math
import multiprocessing
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.cli.bench_machine import describe_machine
from hdr_demo.cli.bench_network import time_pass
from hdr_demo.cli.bench_video import _film, time_clip

ASPECT = 1.5
PANEL, MARGIN, GAP = (400, 220), (64, 40), 40  # width and height, left and top, between panels
INK, LINE, GRID = "#555", "#0072b2", "#bbb"


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=Path("docs/scaling.svg"))
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.5, 2, 8, 24, 50, 100])
    parser.add_argument("--frames", type=int, nargs="+", default=[50, 200, 800])
    arguments = parser.parse_args()
    machine = f"{describe_machine('cpu')}, {date.today()}"
    print(machine)
    pace, memory = [], []
    for size in arguments.megapixels:
        seconds, held = in_own_process(measure_photo, size)
        pace.append(seconds / size)
        memory.append(held / 2**20)
        print(f"{size:6g} MP  {pace[-1]:.3f} s a megapixel  {memory[-1]:6.0f} MiB", flush=True)
    lengths = []
    with tempfile.TemporaryDirectory() as folder:
        clip = _film(Path(folder) / "pan.mp4", 96, 160, max(arguments.frames))
        for frames in arguments.frames:
            lengths.append(in_own_process(measure_clip, clip, frames) / 2**20)
            print(f"{frames:6d} frames  {lengths[-1]:6.0f} MiB", flush=True)
    panels = [
        panel(0, "seconds a megapixel", "megapixels", arguments.megapixels, pace),
        panel(1, "MiB above the interpreter", "megapixels", arguments.megapixels, memory),
        panel(2, "MiB of the process", "frames of a clip", arguments.frames, lengths),
    ]
    width, height = 3 * (PANEL[0] + MARGIN[0] + GAP), PANEL[1] + 2 * MARGIN[1] + 24
    arguments.to.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="13" fill="{INK}"><rect width="100%" height="100%" fill="#fff"/>{"".join(panels)}'
        f'<text x="{MARGIN[0]}" y="{height - 8}" font-size="11">{machine}</text></svg>\n',
        encoding="utf-8",
    )


def in_own_process(function: object, *values: object) -> object:
    """Call a function in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, values)


def measure_photo(megapixels: float) -> tuple[float, int]:
    """Expand a photo of this size; seconds, and bytes above the interpreter."""
    import torch

    from hdr_demo.backends import choose_backend

    height = round(math.sqrt(megapixels * 1e6 / ASPECT))
    backend = choose_backend(torch.device("cpu"), torch.float32)
    timing = time_pass(backend, height, round(height * ASPECT), None, "cpu")
    return timing.seconds, timing.own_bytes or 0


def measure_clip(path: Path, frames: int) -> int:
    """Convert the beginning of a clip; the most bytes that the process held."""
    return time_clip(path, frames, draft=False, weights=None, device="cpu").peak_bytes or 0


def panel(place: int, label: str, below: str, across: Sequence[float], values: Sequence[float]) -> str:
    """Draw one curve from 0 upward, as SVG."""
    left, top = MARGIN[0] + place * (PANEL[0] + MARGIN[0] + GAP), MARGIN[1]
    right, bottom = left + PANEL[0], top + PANEL[1]
    high, last = 1.15 * max(values), max(across)
    step = 10 ** math.floor(math.log10(high))
    step = next(part * step for part in (0.2, 0.5, 1, 2) if high / (part * step) <= 6)
    points = [(left + x / last * PANEL[0], bottom - y / high * PANEL[1]) for x, y in zip(across, values)]
    parts = [f'<text x="{left}" y="{top - 14}">{label}</text>']
    parts += [f'<text x="{right}" y="{bottom + 34}" text-anchor="end">{below}</text>']
    for number in range(int(high / step) + 1):
        y = bottom - number * step / high * PANEL[1]
        parts.append(f'<path d="M{left} {y:.1f}H{right}" stroke="{GRID}" stroke-width="0.6"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{number * step:.4g}</text>')
    for x, value in zip((x for x, _ in points), across):
        if x - left > 24 or value == min(across):
            parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{value:g}</text>')
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{LINE}" stroke-width="2"/>')
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{LINE}"/>' for x, y in points]
    return "".join(parts)


if __name__ == "__main__":
    main()
