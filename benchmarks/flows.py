"""Which optical flow serves a merge best: `python benchmarks/flows.py FOLDER`, of HDR scenes.

Brackets in which things move are merged by triangle weights, after the flow of DIS (Kroeger et al. 2016), of Farnebäck
(2003), and after the camera's pose alone. The table says how near to the truth each comes, and how long the flow takes.
"""

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.bracket import make_bracket
from hdr_demo.evaluation.bracket_measures import measure_merge
from hdr_demo.merge import align
from hdr_demo.merge.run import merge_bracket
from hdr_demo.scenes import Scenes, draw_bracket

BRACKETS = 24


def find_by_farneback(reference: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Find the flow as `merge.align.find_flow` does, by polynomials."""
    return cv2.calcOpticalFlowFarneback(
        reference, other, None, pyr_scale=0.5, levels=5, winsize=21, iterations=3, poly_n=7, poly_sigma=1.5, flags=0
    )


FLOWS = {"DIS": align.find_flow, "Farnebäck": find_by_farneback, "none, the pose alone": None}


def main() -> None:
    """Draw the brackets and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("--brackets", type=int, default=BRACKETS)
    parser.add_argument("--side", type=int, default=384)
    arguments = parser.parse_args()
    scenes = Scenes(arguments.scenes)
    taken = [
        draw_bracket(scenes, np.random.default_rng((99, number)), kind="moving", side=arguments.side)
        for number in range(arguments.brackets)
    ]
    print("| flow | PSNR-T, dB | PSNR-L, dB | seconds a photo |\n|---|---|---|---|")
    for name, find in FLOWS.items():
        scores, seconds = [], []

        def timed(reference: np.ndarray, other: np.ndarray, find=find, seconds=seconds) -> np.ndarray:  # noqa: ANN001
            began = time.perf_counter()
            flow = find(reference, other)
            seconds.append(time.perf_counter() - began)
            return flow

        align.find_flow = timed
        for each in taken:
            bracket = make_bracket(each.photos, each.times, reference=each.reference)
            merged = merge_bracket(bracket, "triangle", alignment="flow" if find else "pose")
            ldr = each.photos[each.reference] / np.float32(np.iinfo(each.photos[0].dtype).max)
            scores.append(measure_merge(merged.hdr, each.truth, ldr, 1 / each.times[0]))
        means = [np.mean([score[measure] for score in scores]) for measure in ("mu_psnr", "linear_psnr")]
        print(f"| {name} | {means[0]:.2f} | {means[1]:.2f} | {np.mean(seconds or [0]):.3f} |", flush=True)


if __name__ == "__main__":
    main()
