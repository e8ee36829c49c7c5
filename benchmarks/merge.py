"""Merge a large bracket by each method, in a fresh process each: seconds, and the most memory that it took.

A drawn scene with detail of all sizes is photographed three times, two stops apart, by a hand that moves, while
something walks through it. What is timed is `python -m hdr_demo merge` from three JPEGs to an OpenEXR file; the seconds
of alignment and merge stand beside those of everything.

python benchmarks/merge.py [--megapixels 12] [--photos 3] [--methods selector triangle debevec]
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.bracket import FEWEST, MOST
from hdr_demo.cli.flags import parse_positive
from hdr_demo.color import encode_srgb
from hdr_demo.io import write_sdr
from hdr_demo.merge.methods import METHODS
from hdr_demo.resize import resize_image

ROOT = Path(__file__).resolve().parents[1]
STOPS = 2.0
SHAKE, PACE = 12, 60  # pixels from one photo to the next: of the hand, and of what walks
NOISE = 0.004

# The process itself reads its peak: what a parent is told of a child includes the parent's own memory at the fork.
CHILD = """
import sys
from hdr_demo.cli import main
code = main(sys.argv[1:])
print("peak", next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
sys.exit(code)
"""


def main() -> None:
    """Print a row for each method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, default=12.0)
    parser.add_argument("--photos", type=int, choices=range(FEWEST, MOST + 1), default=3)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--repeats", type=parse_positive, default=1)
    arguments = parser.parse_args()
    height = round((arguments.megapixels * 1e6 * 3 / 4) ** 0.5)
    width = round(height * 4 / 3)
    with tempfile.TemporaryDirectory() as folder:
        paths, times = take_photos(Path(folder), height, width, arguments.photos)
        print(f"{len(paths)} photos of {width}×{height}, {STOPS:g} stops apart; the quickest of {arguments.repeats}")
        print("| method | aligned and merged, s | in all, s | peak memory, GB |")
        print("|---|---:|---:|---:|")
        for method in arguments.methods:
            runs = [measure(paths, times, method) for _ in range(arguments.repeats)]
            seconds, whole, peak = min(runs)
            print(f"| {METHODS[method]} | {seconds:.1f} | {whole:.1f} | {peak / 1e9:.2f} |", flush=True)


def take_photos(folder: Path, height: int, width: int, count: int) -> tuple[list[Path], list[float]]:
    """Write the bracket; the files, and their exposure times."""
    rng = np.random.default_rng(0)
    room = count * PACE + SHAKE
    light = np.zeros((height + room, width + room, 3), np.float32)
    for side in (2, 16, 128, 1024):
        coarse = rng.random((max(2, height // side), max(2, width // side), 3), np.float32)
        light += resize_image(coarse, *light.shape[:2]) * np.float32(side**0.4)
    light = np.exp2((light / light.max()) ** 2 * 10 - 7, out=light)
    walker = light[: height // 3, : width // 8].copy() * np.float32(0.3)
    paths, times = [], []
    for number in range(count):
        times.append(2.0 ** (STOPS * number) / 60)
        top, left = SHAKE * (number % 2), SHAKE * number // count
        exposed = light[top : top + height, left : left + width].copy()
        at = width // 3 + PACE * number
        exposed[height // 2 : height // 2 + walker.shape[0], at : at + walker.shape[1]] = walker
        exposed *= np.float32(times[-1] * 60 / 2 ** (STOPS * (count // 2)))
        exposed += NOISE * np.sqrt(exposed) * rng.standard_normal(exposed.shape, np.float32)
        paths.append(write_sdr(folder / f"photo{number}.jpg", encode_srgb(np.clip(exposed, 0, 1))))
    return paths, times


def measure(paths: list[Path], times: list[float], method: str) -> tuple[float, float, float]:
    """Merge in a process of its own: seconds of alignment and merge, seconds of everything, and its peak in bytes."""
    words = ["merge", *map(str, paths), "--times", ",".join(f"{each:.6g}" for each in times)]
    words += ["--method", method, "--out", str(paths[0].with_name("merged.exr")), "--device", "cpu", "--overwrite"]
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", CHILD, *words], cwd=ROOT, capture_output=True, text=True)
    whole = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stderr)
    told = re.search(r", (\d+\.\d) s; .*peak (\d+)", done.stdout, re.DOTALL)
    return float(told[1]), whole, int(told[2]) * 1024


if __name__ == "__main__":
    main()
