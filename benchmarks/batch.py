"""Expand photos one after the other, and again while other processes read ahead and write behind.

The network of this machine, and a stand-in for a device that leaves the processor alone: one that sleeps.

python benchmarks/batch.py [--photos 12] [--formats jpg,exr,avif]
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.batch import BatchSettings, number_names, run_batch
from hdr_demo.cli.flags import parse_formats, parse_positive
from hdr_demo.color import decode_srgb
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.io import Picture, read_ldr, write_sdr
from hdr_demo.photo import load_photo_expander
from hdr_demo.resize import resize_image

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.jpg"))
HEIGHT, WIDTH = 800, 1200
NOISE = 0.01  # as real photographs have it; without any, files are small and quickly written
DEVICE_SECONDS = 1.0
WORKERS = (0, 2)


def main() -> None:
    """Print a row for each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=parse_positive, default=12)
    parser.add_argument("--formats", type=parse_formats, default=(".jpg", ".exr", ".avif"))
    arguments = parser.parse_args()
    network = load_photo_expander(offline=True).expand
    with tempfile.TemporaryDirectory() as folder:
        photos = make_photos(Path(folder), arguments.photos)
        print(f"{len(photos)} photos of {WIDTH}×{HEIGHT}, {', '.join(arguments.formats)}")
        print("| network | processes | seconds | of these the network works |")
        print("|---|---:|---:|---:|")
        for name, expand in (("here", network), (f"stand-in, {DEVICE_SECONDS:g} s a photo", stand_in)):
            for workers in WORKERS:
                seconds, share = measure(photos, expand, Path(folder) / "out", arguments.formats, workers)
                print(f"| {name} | {workers} | {seconds:.1f} | {share:.0%} |", flush=True)


def make_photos(folder: Path, count: int) -> list[Path]:
    """Enlarge the examples."""
    noise = NOISE * np.random.default_rng(0).standard_normal((HEIGHT, WIDTH, 3), dtype=np.float32)
    paths = []
    for number in range(count):
        ldr = resize_image(read_ldr(EXAMPLES[number % len(EXAMPLES)]).ldr, HEIGHT, WIDTH)
        paths.append(write_sdr(folder / f"photo{number}.jpg", np.clip(ldr + noise, 0, 1)))
    return paths


def stand_in(picture: Picture, *, scale: str, draft: bool, progress: object, should_stop: object) -> ExpandedPhoto:
    """Double the light."""
    time.sleep(DEVICE_SECONDS)
    return ExpandedPhoto(picture, decode_srgb(picture.ldr) * np.float32(2), scale, DEVICE_SECONDS)


def measure(
    photos: list[Path], expand: Callable, out: Path, formats: tuple[str, ...], workers: int
) -> tuple[float, float]:
    """Time a batch; seconds, and the share of them in which `expand` ran."""
    busy = 0.0

    def timed(picture: Picture, **asked: object) -> ExpandedPhoto:
        nonlocal busy
        began = time.perf_counter()
        photo = expand(picture, **asked)
        busy += time.perf_counter() - began
        return photo

    began = time.perf_counter()
    reports = run_batch(photos, timed, number_names(photos, out), BatchSettings(formats), workers=workers)
    seconds = time.perf_counter() - began
    failed = [report.error for report in reports if report.error]
    if failed:
        raise SystemExit(failed[0])
    return seconds, busy / seconds


if __name__ == "__main__":
    main()
