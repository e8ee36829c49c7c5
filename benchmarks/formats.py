"""Write a 12-megapixel HDR picture in every format and read it again: error, size, time.

python benchmarks/formats.py
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.camera import exposure_to_clip, view_panorama
from hdr_demo.io import read_hdr, writable_formats, write_hdr
from hdr_demo.scenes.light import read_light
from hdr_demo.tonemap import tone_map

SCENE = Path(__file__).resolve().parents[1] / "examples" / "scenes" / "pedestrian_overpass.exr"
HEIGHT, WIDTH = 3000, 4000
NOISE = 0.02  # as real photographs have it; without any, files are small
DARKEST = 0.01  # of white; below, an error in stops is one of codes that nobody sees
SAME = (".jpeg", ".tiff")  # other suffixes of formats that are there already


def main() -> None:
    """Print a row for each format."""
    light = view_panorama(read_light(SCENE), height=HEIGHT, width=WIDTH, field_of_view=90, yaw=30, pitch=6)
    light *= exposure_to_clip(light, 0.05) * (1 + NOISE * np.random.default_rng(0).standard_normal(light.shape))
    hdr = np.maximum(light, 0).astype(np.float32)
    sdr, seen = tone_map(hdr), hdr > DARKEST
    print(f"{hdr.shape[1]}×{hdr.shape[0]}, brightest {hdr.max():.1f} times white")
    print("| format | states, stops | error: median | p99 | MB | seconds to write | to read |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for suffix, row in writable_formats().items():
            for full_float in (False, True) if suffix == ".exr" else (False,):
                if suffix not in SAME:
                    base = {"sdr": sdr} if row.has_base else {}
                    began = time.perf_counter()
                    path = write_hdr(Path(folder) / f"picture{suffix}", hdr, full_float=full_float, **base)
                    written = time.perf_counter()
                    error = np.abs(np.log2(np.maximum(read_hdr(path)[seen], 1e-6) / hdr[seen]))
                    size = path.stat().st_size / 1e6
                    numbers = f"{np.median(error):.4f} | {np.percentile(error, 99):.4f} | {size:.1f}"
                    seconds = f"{written - began:.1f} | {time.perf_counter() - written:.1f}"
                    print(
                        f"| {suffix}{' float' * full_float} | {row.precision:g} | {numbers} | {seconds} |", flush=True
                    )


if __name__ == "__main__":
    main()
