"""Measure what `hdr_demo.calibration` and `hdr_demo.pyramid` decide, one change at a time, with both cameras.

python benchmarks/calibration.py FOLDER_OF_HELD_OUT_PANORAMAS --weights weights.pth
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.calibration import blend, blend_weight, calibrate, fit_photo
from hdr_demo.color import decode_srgb
from hdr_demo.evaluation import BASELINE, MEASURES, evaluate, linearize, markdown_table, summarize, take_shots
from hdr_demo.photo import load_photo_expander
from hdr_demo.pyramid import expand_pyramid
from hdr_demo.scenes import Scenes

COLUMNS = ("pu21_psnr", "hi", "hi_gain")


def main() -> None:
    """Print a table of scores for each camera, with a row for each variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights")
    arguments = parser.parse_args()
    photo = load_photo_expander(arguments.weights, device="cpu", offline=True, strict=True)
    reading = photo.checkpoint.reading
    scenes = Scenes(arguments.folder)

    @lru_cache(maxsize=2)  # every variant of a shot works from the same answers
    def ask(data: bytes, shape: tuple[int, int, int], all_sizes: bool) -> np.ndarray:
        ldr = np.frombuffer(bytearray(data), np.float32).reshape(shape)  # torch wants to be able to write
        return expand_pyramid(photo.expander, ldr) if all_sizes else photo.expander.expand(ldr)

    def variant(use: Callable[[np.ndarray, np.ndarray], np.ndarray], all_sizes: bool = reading.pyramid) -> Callable:
        return lambda ldr: use(ask(ldr.tobytes(), ldr.shape, all_sizes), ldr)

    def scale_alone(raw: np.ndarray, ldr: np.ndarray) -> np.ndarray:
        light = reading.decode(raw)
        gain, slope = fit_photo(raw, ldr, reading)
        middle = np.log2(np.median(light))
        return blend(light * np.float32(gain * 2 ** ((slope - 1) * middle)), decode_srgb(ldr), blend_weight(ldr))

    def brightest_channel(raw: np.ndarray, ldr: np.ndarray) -> np.ndarray:
        return blend(reading.decode(raw), decode_srgb(ldr), blend_weight(ldr.max(axis=-1, keepdims=True)))

    methods = {
        BASELINE: linearize,
        "calibrated": variant(lambda raw, ldr: calibrate(raw, ldr, reading)),
        "radiometric": variant(lambda raw, ldr: calibrate(raw, ldr, reading, "radiometric")),
    }
    if reading.kind == "relative":
        methods["calibrated by a scale alone"] = variant(scale_alone)
    else:
        methods["calibrated, weight of the brightest channel"] = variant(brightest_channel)
        methods["calibrated, all of the colour kept"] = variant(
            lambda raw, ldr: blend(reading.decode(raw), decode_srgb(ldr), blend_weight(ldr))
        )
        methods["calibrated, stops above white as the network says them"] = variant(
            lambda raw, ldr: calibrate(raw, ldr, replace(reading, above_white=1.0))
        )
        methods["the network everywhere, no response fitted"] = variant(lambda raw, ldr: reading.decode(raw))
    if reading.pyramid:
        methods["calibrated, asked at one size"] = variant(lambda raw, ldr: calibrate(raw, ldr, reading), False)
    measures = {name: MEASURES[name] for name in COLUMNS}
    for camera in ("srgb", "unknown"):
        records = evaluate(methods, take_shots(scenes, camera), measures=measures)
        print(f"\n{camera} camera\n\n{markdown_table(summarize(records), columns=COLUMNS)}", flush=True)


if __name__ == "__main__":
    main()
