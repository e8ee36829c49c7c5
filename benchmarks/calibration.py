"""Measure what `hdr_demo.calibration` decides: scale or scale and slope, and which channels the network may change.

python benchmarks/calibration.py FOLDER_OF_HELD_OUT_PANORAMAS --weights weights.pth
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.calibration import BLEND_FROM, WELL_EXPOSED, blend, blend_weight, fit_photo
from hdr_demo.color import decode_srgb, luminance
from hdr_demo.evaluation import evaluate, markdown_table, summarize, take_shots
from hdr_demo.photo import load_photo_expander
from hdr_demo.scenes import read_scenes


def blend_by_brightest_channel(estimate: np.ndarray, ldr: np.ndarray) -> np.ndarray:
    """Blend as `calibration.blend`, but with the brightest channel's weight for all three."""
    photo = decode_srgb(ldr)
    return photo + blend_weight(ldr.max(axis=-1, keepdims=True)) * np.maximum(estimate - photo, 0)


def main() -> None:
    """Print a table of scores with a row for each variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights")
    arguments = parser.parse_args()
    photo = load_photo_expander(arguments.weights, device="cpu", offline=True, strict=True)
    reading = photo.checkpoint.reading

    def variant(fits_slope: bool, join: Callable) -> Callable[[np.ndarray], np.ndarray]:
        def expand(ldr: np.ndarray) -> np.ndarray:
            raw = photo.expander.expand(ldr)
            light, gain, slope = reading.decode(raw), 1.0, 1.0
            if reading.kind == "relative":
                gain, slope = fit_photo(raw, ldr, reading)
                if not fits_slope:
                    seen, said = luminance(decode_srgb(ldr)), luminance(light)
                    good = (seen > WELL_EXPOSED[0]) & (seen < WELL_EXPOSED[1]) & (ldr.max(axis=-1) < BLEND_FROM)
                    gain, slope = float(np.median(seen[good] / said[good])), 1.0
            return join(np.float32(gain) * light ** np.float32(slope), ldr)

        return expand

    methods = {
        f"{fitted}, {joined}": variant(fits_slope, join)
        for fitted, fits_slope in (("scale", False), ("scale and slope", True))
        for joined, join in (("each channel", blend), ("brightest channel", blend_by_brightest_channel))
        if reading.kind == "relative" or fits_slope
    }
    print(markdown_table(summarize(evaluate(methods, take_shots(read_scenes(arguments.folder))))))


if __name__ == "__main__":
    main()
