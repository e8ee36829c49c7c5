"""Measure what could be gained at all: methods that cheat, by knowing some of the light that the camera lost.

python benchmarks/bounds.py FOLDER_OF_HELD_OUT_PANORAMAS

No network runs. "one level a photo" gives all clipped pixels of a photo the mean of their true log light, "one level
an area" gives each connected clipped area its own, "everything" gives each pixel its true light. What a network gains
beyond "one level an area" it must have read from structure inside a white area.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.calibration import blend, blend_weight
from hdr_demo.color import decode_srgb
from hdr_demo.evaluation import MEASURES, Shot, evaluate, markdown_table, summarize, take_shots
from hdr_demo.metrics import clipped_mask
from hdr_demo.scenes import Scenes

COLUMNS = ("pu21_psnr", "hi")
DARKEST_LIGHT = 1e-4
# Clipped pixels have a rim of codes between 0.85 and 1, where the estimate counts in part; it gets the level inside.
RIM = np.ones((5, 5), np.uint8)


def know(shot: Shot, areas: np.ndarray) -> np.ndarray:
    """Give the pixels of each numbered area the mean of their true log light; 0 is no area."""
    stops = np.log2(np.maximum(shot.truth, DARKEST_LIGHT))
    levels = np.zeros_like(stops)
    for number in range(1, int(areas.max()) + 1):
        inside = areas == number
        levels[inside] = stops[inside].mean(axis=0)
    levels = np.where(areas[..., np.newaxis] > 0, levels, cv2.dilate(levels, RIM))
    return join(np.exp2(levels), shot.ldr)


def join(light: np.ndarray, ldr: np.ndarray) -> np.ndarray:
    """Join known light and the photo as the program joins the network's answer and the photo."""
    return blend(light, decode_srgb(ldr), blend_weight(ldr))


def main() -> None:
    """Print a table for the sRGB camera."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    seen: list[Shot] = []

    def remember(shots: Iterable[Shot]) -> Iterable[Shot]:
        for shot in shots:
            seen[:] = [shot]
            yield shot

    methods = {
        "photo, linearised": decode_srgb,
        "one level a photo": lambda ldr: know(seen[0], clipped_mask(ldr).astype(np.int32)),
        "one level an area": lambda ldr: know(seen[0], cv2.connectedComponents(clipped_mask(ldr).astype(np.uint8))[1]),
        "everything": lambda ldr: join(seen[0].truth, ldr),
    }
    measures = {name: MEASURES[name] for name in COLUMNS}
    records = evaluate(methods, remember(take_shots(Scenes(arguments.folder))), measures=measures)
    print(markdown_table(summarize(records), columns=COLUMNS))


if __name__ == "__main__":
    main()
