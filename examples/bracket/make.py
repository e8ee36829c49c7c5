"""Take the example bracket: `python examples/bracket/make.py`, in the repository's root.

A hand-held virtual camera takes three photos in `scenes/thatch_chapel.exr`, while balloons drift through the hall, lit
by it. Their light is known: `truth.exr` is what the middle photo would have been without noise and clipping.
"""

import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from hdr_demo.camera import TYPICAL_NOISE, Hand, Layer, expose_to_clip, take_bracket, view_panorama
from hdr_demo.io import read_hdr
from hdr_demo.io.exr import write_exr

FOLDER = Path(__file__).parent
HEIGHT, WIDTH, MARGIN = 600, 900, 60
FIELD_OF_VIEW, YAW, PITCH = 95.0, -165.0, 4.0
TIMES = {"bracket_1.jpg": Fraction(1, 500), "bracket_2.jpg": Fraction(1, 60), "bracket_3.jpg": Fraction(1, 8)}
# The share of the middle photo that clips.
CLIPPED = 0.06
# The panorama is coarser than the photos by about this; its right edge goes on at the left.
FINER, SEAM = 4, 8
LEAST_LIGHT = 1e-4


def refine(panorama: np.ndarray) -> np.ndarray:
    """Interpolate a panorama smoothly: edges that a view would show as stairs become slopes."""
    height, width = panorama.shape[:2]
    stops = np.log2(np.pad(panorama, ((0, 0), (SEAM, SEAM), (0, 0)), mode="wrap") + LEAST_LIGHT)
    finer = cv2.resize(stops, (FINER * (width + 2 * SEAM), FINER * height), interpolation=cv2.INTER_CUBIC)
    return np.maximum(np.exp2(finer[:, FINER * SEAM : -FINER * SEAM]) - np.float32(LEAST_LIGHT), 0)


def look(panorama: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Look a panorama up: directions are (..., 3), x right, y up, z ahead of the camera."""
    height, width = panorama.shape[:2]
    yaw = np.arctan2(directions[..., 0], directions[..., 2]) + np.radians(YAW)
    pitch = np.arcsin(np.clip(directions[..., 1], -1, 1))
    x = ((yaw / (2 * np.pi) + 0.5) % 1 * width - 0.5).astype(np.float32)
    y = ((0.5 - pitch / np.pi) * height - 0.5).astype(np.float32)
    return cv2.remap(panorama, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def blow_up(panorama: np.ndarray, color: tuple[float, float, float], x: float, y: float, radius: float) -> tuple:
    """Draw a balloon as large as the frame needs it: its light and its opacity."""
    height, width = HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    across = (columns - MARGIN - x) / radius
    down = (rows - MARGIN - y) / (1.18 * radius)
    down = np.where(down > 0, down * (1 - 0.16 * np.minimum(down, 2)), down)  # pointed below
    distance = across**2 + down**2
    depth = np.sqrt(np.maximum(1 - distance, 0))
    normal = np.stack((across, -down, -depth), axis=-1)
    ahead = np.float32([0, 0, 1])
    mirrored = ahead - 2 * (normal @ ahead)[..., np.newaxis] * normal
    # Diffuse light comes from everywhere, the gloss from one direction; both from the hall itself.
    sides = np.hstack([np.minimum(panorama, 30)] * 3)  # the panorama goes round
    # A pixel of the balloon's middle mirrors this much of the panorama.
    mirrors = panorama.shape[1] / (2 * np.pi) * 2 / radius
    everywhere, gloss = (np.split(cv2.GaussianBlur(sides, (0, 0), far), 3, axis=1)[1] for far in (45, 0.7 * mirrors))
    fresnel = (0.04 + 0.5 * (1 - depth) ** 4)[..., np.newaxis]
    # Near the edge the hall is mirrored so small that it blurs.
    sharp, soft = look(gloss, mirrored), look(everywhere, mirrored)
    shine = soft + depth[..., np.newaxis] * (sharp - soft)
    inside = 0.35 + 0.65 * depth[..., np.newaxis]  # rubber lets light through, less at its edge
    light = np.float32(color) * look(everywhere, normal) * inside + fresnel * shine
    opacity = np.clip((1 - np.sqrt(distance)) * radius / 1.5, 0, 1)
    knot = (np.abs(columns - MARGIN - x) < 0.06 * radius + 0.1 * (rows - MARGIN - y - 1.3 * radius)) & (
        np.abs(rows - MARGIN - y - 1.38 * radius) < 0.07 * radius
    )
    sway = x + 0.1 * radius * np.sin((rows - MARGIN - y) / radius * 1.7)
    string = (
        (np.abs(columns - MARGIN - sway) < 0.9) & (rows - MARGIN - y > 1.4 * radius) & (rows - MARGIN - y < 4 * radius)
    )
    light = np.where((opacity > 0)[..., np.newaxis], light, 0.5 * np.float32(color) * everywhere.mean())
    opacity = np.maximum(opacity, np.maximum(knot, 0.8 * string))
    return light.astype(np.float32), cv2.GaussianBlur(opacity.astype(np.float32), (0, 0), 0.8)


def main() -> None:
    """Write the three photos and their truth."""
    panorama = read_hdr(FOLDER.parent / "scenes" / "thatch_chapel.exr")
    focal = (WIDTH / 2) / np.tan(np.radians(FIELD_OF_VIEW / 2))
    wide = 2 * np.degrees(np.arctan((WIDTH / 2 + MARGIN) / focal))
    hall = view_panorama(
        refine(panorama), height=HEIGHT + 2 * MARGIN, width=WIDTH + 2 * MARGIN, field_of_view=wide, yaw=YAW, pitch=PITCH
    )
    exposed = expose_to_clip(hall, CLIPPED)
    gain = float(exposed.max() / hall.max())
    layers = [Layer(exposed)]
    for color, x, y, radius, nearness, shift, turn in (
        ((0.75, 0.06, 0.05), 250, 210, 62, 1.3, (34, -16), 3),
        ((0.85, 0.55, 0.04), 600, 330, 84, 1.6, (-42, -10), -4),
        ((0.05, 0.22, 0.65), 450, 150, 40, 1.1, (16, -26), 2),
    ):
        light, opacity = blow_up(panorama, color, x, y, radius)
        layers.append(Layer(light * np.float32(gain), opacity, nearness, shift, turn))
    hand = Hand(np.array([[-9.0, 5.0], [0, 0], [7, -11]]), np.array([0.35, 0, -0.3]), np.array([0.003, 0, -0.002]))
    middle = TIMES["bracket_2.jpg"]
    taken = take_bracket(
        layers,
        hand,
        height=HEIGHT,
        width=WIDTH,
        times=[float(time / middle) for time in TIMES.values()],
        reference=1,
        rng=np.random.default_rng(7),
        noise=TYPICAL_NOISE,
    )
    for (name, time), photo in zip(TIMES.items(), taken.photos, strict=True):
        exif = Image.Exif()
        exif[ExifTags.Base.Model] = "virtual camera of hdr_demo"
        told = exif.get_ifd(ExifTags.IFD.Exif)
        told[ExifTags.Base.ExposureTime] = IFDRational(time)
        told[ExifTags.Base.FNumber], told[ExifTags.Base.ISOSpeedRatings] = IFDRational(4), 200
        Image.fromarray(photo).save(FOLDER / name, quality=93, subsampling=0, exif=exif.tobytes())
    write_exr(FOLDER / "truth.exr", taken.truth, attributes={"compression": OpenEXR.DWAA_COMPRESSION})


if __name__ == "__main__":
    main()
