"""Small pictures of what a batch did."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from hdr_demo.resize import resize_image
from hdr_demo.tonemap import tone_map

MOST_PIXELS = 240
_QUALITY = 88


@dataclass(frozen=True)
class Thumbnails:
    """Small pictures of a photo and its result, JPEG files with at most `MOST_PIXELS` on the longer side.

    Attributes:
        before: The photo.
        after: The result, tone-mapped.
    """

    before: bytes = field(repr=False)
    after: bytes = field(repr=False)


def make_thumbnails(ldr: np.ndarray, hdr: np.ndarray, operator: str, parameters: Mapping[str, float]) -> Thumbnails:
    """Make the small pictures of one photo.

    Args:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        hdr: Linear RGB, float32, (H, W, 3).
        operator: One of `TONE_MAPPERS`.
        parameters: Of the operator.

    Returns:
        The two.
    """
    return Thumbnails(_encode(_reduce(ldr)), _encode(tone_map(_reduce(hdr), operator, **parameters)))


def _reduce(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    factor = min(1.0, MOST_PIXELS / max(height, width))
    return resize_image(image, max(1, round(height * factor)), max(1, round(width * factor)))


def _encode(sdr: np.ndarray) -> bytes:
    file = io.BytesIO()
    codes = np.rint(np.clip(np.nan_to_num(sdr), 0, 1) * np.float32(255)).astype(np.uint8)
    Image.fromarray(codes).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
