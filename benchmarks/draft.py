"""Measure how fast a draft is, and how far it is from the exact answer, on photographs of scenes by the virtual camera.

python benchmarks/draft.py [FOLDER_OF_PANORAMAS] [--width 4000 --height 3000] [--weights weights.pth]

Both take turns. The columns:

- exact, draft: seconds for `PhotoExpander.ask`: reducing, network and carrying up, in the scale "calibrated", in which
  only bright pixels are asked about. The draft's is the median of three.
- PU21-PSNR: of the draft against the exact answer, both calibrated, white at 203 cd/m².
- stops: mean size of the difference of log2 luminance where the photo is clipped.
- rim: median of that difference, with its sign, within RIM pixels of the edge of clipped areas, inside them.

The last line is about every pixel, as the scale "radiometric" asks, which takes the same time for every photo.
"""

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.calibration import calibrate
from hdr_demo.camera import expose_to_clip, photograph, view_panorama
from hdr_demo.cli.bench_machine import describe_machine
from hdr_demo.color import REFERENCE_WHITE_NITS, luminance
from hdr_demo.draft import reduce_for_draft
from hdr_demo.evaluation.shots import CLIPPED_SHARES, FIELDS_OF_VIEW, JPEG_QUALITY, PITCHES
from hdr_demo.metrics import clipped_mask, log2_light, pu21_psnr
from hdr_demo.photo import PhotoExpander, load_photo_expander
from hdr_demo.scenes import Scenes

SCENES = Path(__file__).resolve().parents[1] / "examples" / "scenes"
REPEATS = 3
RIM = 16.0
COLUMNS = ("view", "clipped", "exact", "draft", "times as fast", "PU21-PSNR", "stops", "rim")


def main() -> None:
    """Print a row for each scene, their means and worst, and the whole photo."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=SCENES)
    parser.add_argument("--width", type=int, default=4000)
    parser.add_argument("--height", type=int, default=3000)
    parser.add_argument("--weights")
    arguments = parser.parse_args()
    expander = load_photo_expander(arguments.weights, device="cpu", offline=True, strict=True)
    reading = expander.checkpoint.reading
    expander.ask(np.ones((256, 256, 3), np.float32))  # the first call of a network sets itself up
    print(f"{expander.checkpoint.name}, back end {expander.expander.backend}, {describe_machine('cpu')}; ", end="")
    rows = []
    for index, scene in enumerate(Scenes(arguments.folder)):
        ldr = take_photo(scene.light, index, arguments.height, arguments.width)
        if index == 0:
            height, width = reduce_for_draft(ldr).shape[:2]
            print(f"of {arguments.width}×{arguments.height} the draft reads {width}×{height}\n")
            print("| " + " | ".join(COLUMNS) + " |\n|---|" + "---:|" * (len(COLUMNS) - 1))
        exact_seconds, raw = timed(expander, ldr)
        exact = calibrate(raw, ldr, reading, out=raw)
        draft_seconds, raw = timed(expander, ldr, draft=True)
        draft = calibrate(raw, ldr, reading, out=raw)
        rows.append((draft_seconds, exact_seconds / draft_seconds, *compare(draft, exact, ldr)))
        seen = f"{scene.name} | {clipped_mask(ldr).mean():.1%} | {exact_seconds:.2f} s"
        print(f"| {seen} | {say(rows[-1])} |", flush=True)
    print(f"| mean | | | {say(np.mean(rows, axis=0))} |")
    print(f"\nlowest PU21-PSNR: {min(row[2] for row in rows):.1f} dB")
    exact_seconds, _ = timed(expander, ldr, scale="radiometric")
    draft_seconds, _ = timed(expander, ldr, scale="radiometric", draft=True)
    print(
        f"every pixel: exact {exact_seconds:.2f} s, draft {draft_seconds:.2f} s, "
        f"{exact_seconds / draft_seconds:.1f} times as fast"
    )


def take_photo(light: np.ndarray, index: int, height: int, width: int) -> np.ndarray:
    """Photograph a panorama: 1 to 25 % clipped, noise, JPEG.

    Args:
        light: Linear RGB, float32, (H, W, 3), [0, inf), equirectangular.
        index: Decides where the camera looks and how long it exposes.
        height: Of the photo, in pixels.
        width: Of the photo.

    Returns:
        Display-encoded sRGB, float32, (height, width, 3), [0, 1].
    """
    view = view_panorama(
        light,
        height=height,
        width=width,
        field_of_view=FIELDS_OF_VIEW[index % len(FIELDS_OF_VIEW)],
        yaw=60.0 * index,
        pitch=PITCHES[index % len(PITCHES)],
    )
    exposed = expose_to_clip(view, CLIPPED_SHARES[index % len(CLIPPED_SHARES)])
    codes = photograph(exposed, rng=np.random.default_rng(index), quality=JPEG_QUALITY)
    return codes.astype(np.float32) / np.float32(255)


def timed(
    expander: PhotoExpander, ldr: np.ndarray, *, draft: bool = False, scale: str = "calibrated"
) -> tuple[float, np.ndarray]:
    """Ask the network, several times for a draft; gives the median of the seconds, and the answer."""
    seconds = []
    for _ in range(REPEATS if draft else 1):
        began = time.perf_counter()
        raw = expander.ask(ldr, scale=scale, draft=draft)
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds)), raw


def compare(draft: np.ndarray, exact: np.ndarray, ldr: np.ndarray) -> tuple[float, float, float]:
    """Compute the last three columns.

    Args:
        draft: Linear RGB, float32, (H, W, 3), [0, inf).
        exact: Likewise.
        ldr: The photo, display-encoded sRGB, float32, (H, W, 3), [0, 1].

    Returns:
        PU21-PSNR in dB, and two differences in stops.
    """
    clipped = clipped_mask(ldr)
    inside = cv2.distanceTransform(clipped.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[clipped]
    apart = log2_light(luminance(draft[clipped])) - log2_light(luminance(exact[clipped]))
    white = np.float32(REFERENCE_WHITE_NITS)
    return pu21_psnr(draft * white, exact * white), float(np.abs(apart).mean()), float(np.median(apart[inside < RIM]))


def say(row: tuple[float, ...] | np.ndarray) -> str:
    """Write the columns from "draft" on."""
    seconds, ratio, seen, stops, rim = row
    return f"{seconds:.2f} s | {ratio:.1f} | {seen:.1f} dB | {stops:.2f} | {rim:+.2f}"


if __name__ == "__main__":
    main()
