"""Draw the highlights of the bundled examples four stops darker, for a look at rings, tints and seams.

python benchmarks/highlights.py docs/highlights.jpg --compare weights.pth

One row for each example that clips, cut around its largest clipped area: the photo, the photo at -4 stops, what the
other checkpoint makes of it at -4 stops, and what the bundled one does.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.exposure import extract_exposure
from hdr_demo.io import read_ldr, write_sdr
from hdr_demo.metrics import clipped_mask
from hdr_demo.photo import load_photo_expander, resize_picture
from hdr_demo.resize import fit_size, resize_image

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
STOPS = -4.0
PIXELS = 700_000
CELL_HEIGHT, CELL_WIDTH = 240, 320
GAP = 6
SMALLEST_SHARE = 0.001


def largest_highlight(ldr: np.ndarray) -> tuple[slice, slice] | None:
    """Frame the largest clipped area with as much again around it; None where too little clips."""
    mask = clipped_mask(ldr).astype(np.uint8)
    if mask.mean() < SMALLEST_SHARE:
        return None
    count, _, boxes, centres = cv2.connectedComponentsWithStats(mask)
    number = 1 + int(np.argmax(boxes[1:, cv2.CC_STAT_AREA])) if count > 1 else 0
    height, width = ldr.shape[:2]
    rows = max(
        2 * boxes[number, cv2.CC_STAT_HEIGHT], 2 * boxes[number, cv2.CC_STAT_WIDTH] * CELL_HEIGHT / CELL_WIDTH, 96
    )
    rows = int(min(rows, height, width * CELL_HEIGHT / CELL_WIDTH))
    columns = rows * CELL_WIDTH // CELL_HEIGHT
    top = int(np.clip(centres[number][1] - rows / 2, 0, height - rows))
    left = int(np.clip(centres[number][0] - columns / 2, 0, width - columns))
    return np.s_[top : top + rows, left : left + columns]


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights")
    parser.add_argument("--compare", help="another checkpoint, such as the published weights.pth")
    arguments = parser.parse_args()
    names = [arguments.compare] * bool(arguments.compare) + [arguments.weights]
    networks = [load_photo_expander(name, device="cpu", offline=True, strict=True) for name in names]
    rows = []
    for path in sorted(EXAMPLES.glob("*.jpg")):
        picture = read_ldr(path)
        picture = resize_picture(picture, *fit_size(*picture.ldr.shape[:2], PIXELS))
        window = largest_highlight(picture.ldr)
        if window is None:
            continue
        cells = [picture.ldr, encode_srgb(extract_exposure(decode_srgb(picture.ldr), STOPS))]
        cells += [encode_srgb(extract_exposure(network.expand(picture).hdr, STOPS)) for network in networks]
        row = [resize_image(cell[window], CELL_HEIGHT, CELL_WIDTH) for cell in cells]
        rows.append(
            np.concatenate([np.pad(cell, ((0, GAP), (0, GAP), (0, 0)), constant_values=1) for cell in row], axis=1)
        )
        print(path.name, flush=True)
    write_sdr(arguments.out, np.concatenate(rows)[:-GAP, :-GAP])


if __name__ == "__main__":
    main()
