"""Brackets for tests: photos of a still scene at several exposures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from hdr_demo.color import decode_srgb, encode_srgb

from .conftest import make_ldr

STOPS = 2.0
LAMP = 3.0  # times white at the exposure of the reference


def make_light(height: int = 96, width: int = 128) -> np.ndarray:
    """Draw the light of a scene with a lamp beyond white, linear RGB, float32, (H, W, 3)."""
    light = 0.5 * decode_srgb(make_ldr(height, width))
    rows, columns = np.mgrid[:height, :width]
    light[(rows - height / 3) ** 2 + (columns - width / 2) ** 2 < (height / 8) ** 2] = LAMP
    return light


def write_bracket(
    folder: Path,
    *,
    names: Sequence[str] = ("short.jpg", "middle.jpg", "long.jpg"),
    seconds: Sequence[float] | None = None,
    isos: Sequence[int] | None = None,
    exif: bool = True,
    side: tuple[int, int] = (96, 128),
) -> list[Path]:
    """Write photos two stops apart, the second of which shows the scene as it is; as many as there are names.

    Args:
        folder: Where they go.
        names: From the shortest exposure to the longest.
        seconds: What EXIF says instead of the truth, 1/60 for the second.
        isos: What it says of the sensitivity.
        exif: Whether there is any.
        side: Height and width.
    """
    light, paths = make_light(*side), []
    for number, name in enumerate(names):
        gain = 2.0 ** (STOPS * (number - 1))
        picture = Image.fromarray(np.rint(255 * encode_srgb(np.minimum(light * np.float32(gain), 1))).astype(np.uint8))
        told = Image.Exif()
        if exif:
            values = told.get_ifd(ExifTags.IFD.Exif)
            time = seconds[number] if seconds else gain / 60
            values[ExifTags.Base.ExposureTime] = (
                IFDRational(1, round(1 / time)) if time < 1 else IFDRational(round(time))
            )
            if isos:
                values[ExifTags.Base.ISOSpeedRatings] = isos[number]
        paths.append(folder / name)
        picture.save(paths[-1], quality=98, subsampling=0, exif=told.tobytes())
    return paths
