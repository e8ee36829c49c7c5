"""Measure how truly a panorama whose light clipped lights a scene again.

python benchmarks/hdri.py ../shared/hdr/val

Each panorama is photographed all round, with 1 % of its pixels clipped, in 8 bits; once with an sRGB camera and once
with a film-like response that nobody tells the program. What the result sheds on a horizontal plane is compared with
what the panorama itself does, both with 1.0 where the photo clips: 0 stops is right, -1 half the light.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.camera import RESPONSES, expose_to_clip, photograph
from hdr_demo.color import decode_srgb
from hdr_demo.io import Picture
from hdr_demo.panorama import illuminance
from hdr_demo.photo import load_photo_expander
from hdr_demo.resize import resize_image
from hdr_demo.scenes.light import has_panorama_shape, read_light

HEIGHT = 512
CLIPPED = 0.01
SCALES = ("calibrated", "radiometric")


def main() -> None:
    """Print a table for each camera."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("panoramas", type=Path, help="a folder of .exr or .hdr")
    parser.add_argument("--weights")
    parser.add_argument("--clipped", type=float, default=CLIPPED, help="share of the pixels (default: %(default)s)")
    arguments = parser.parse_args()
    network = load_photo_expander(arguments.weights, device="cpu", offline=True, strict=True)
    paths = sorted(path for path in arguments.panoramas.iterdir() if path.suffix in (".exr", ".hdr"))
    for name in ("srgb", "sigmoid"):
        print(f"\n{RESPONSES[name].label}: illuminance of the ground against the truth, in stops")
        print("| panorama | photo | " + " | ".join(SCALES) + " |\n|---|" + "---:|" * (1 + len(SCALES)))
        errors = []
        for path in paths:
            light = read_light(path)
            if not has_panorama_shape(*light.shape[:2]):
                continue
            truth = expose_to_clip(resize_image(light, HEIGHT, 2 * HEIGHT), arguments.clipped)
            codes = photograph(truth, response=RESPONSES[name].default)
            picture = Picture(codes.astype(np.float32) / 255, None, path.stem, 8, panorama=True)
            shed = [decode_srgb(picture.ldr), *(network.expand(picture, scale=scale).hdr for scale in SCALES)]
            errors.append(np.log2([illuminance(hdr) / illuminance(truth) for hdr in shed]))
            print(f"| {path.stem} | " + " | ".join(f"{error:+.2f}" for error in errors[-1]) + " |", flush=True)
        print("| mean of the absolute | " + " | ".join(f"{error:.2f}" for error in np.abs(errors).mean(axis=0)) + " |")


if __name__ == "__main__":
    main()
