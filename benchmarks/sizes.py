"""Measure how much the light of the same scene changes when its photo is four times as large.

python benchmarks/sizes.py FOLDER_OF_PANORAMAS

One view of each panorama is photographed at 512 px, and enlarged to 2048 px by bicubic interpolation. Both are
expanded, and the larger result is reduced again. Printed is the mean |log2| difference of luminance on the clipped
pixels, with the
network asked at all sizes of a photo (as the program does) and at its own size alone.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.calibration import calibrate
from hdr_demo.camera import expose_to_clip, photograph, view_panorama
from hdr_demo.metrics import clipped_mask, highlight_error
from hdr_demo.photo import load_photo_expander
from hdr_demo.pyramid import expand_pyramid
from hdr_demo.resize import resize_image
from hdr_demo.scenes import Scenes

HEIGHT, WIDTH, FACTOR = 341, 512, 4
CLIPPED_SHARE = 0.1


def main() -> None:
    """Print a line for each scene, and the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights")
    arguments = parser.parse_args()
    photo = load_photo_expander(arguments.weights, device="cpu", offline=True, strict=True)
    reading = photo.checkpoint.reading

    def compare(ldr: np.ndarray, expand: Callable[[np.ndarray], np.ndarray]) -> float:
        large = resize_image(ldr, FACTOR * HEIGHT, FACTOR * WIDTH)
        one, other = calibrate(expand(ldr), ldr, reading), calibrate(expand(large), large, reading)
        return highlight_error(resize_image(other, HEIGHT, WIDTH), one, clipped_mask(ldr))

    ways = {
        "all sizes": lambda ldr: expand_pyramid(photo.expander, ldr),
        "own size alone": photo.expander.expand,
    }
    print(f"{'scene':24}", *(f"{name:>16}" for name in ways))
    rows = []
    panoramas = (scene for scene in Scenes(arguments.folder) if scene.is_panorama)
    for number, scene in enumerate(panoramas):
        view = view_panorama(scene.light, height=HEIGHT, width=WIDTH, field_of_view=75, yaw=60.0 * number)
        codes = photograph(expose_to_clip(view, CLIPPED_SHARE), rng=np.random.default_rng(number), quality=92)
        ldr = codes.astype(np.float32) / 255
        rows.append([compare(ldr, expand) for expand in ways.values()])
        print(f"{scene.name:24}", *(f"{value:>10.3f} stops" for value in rows[-1]), flush=True)
    print(f"{'mean':24}", *(f"{value:>10.3f} stops" for value in np.mean(rows, axis=0)))


if __name__ == "__main__":
    main()
