"""What the viewer is given: one small file with the photo and its light, and numbers about the whole image."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hdr_demo.color import PQ_PEAK_NITS, REFERENCE_WHITE_NITS, encode_srgb
from hdr_demo.io import write_hdr, write_sdr
from hdr_demo.io.output import replacing
from hdr_demo.io.pq import find_brightest
from hdr_demo.resize import fit_size, resize_image
from hdr_demo.ui.pictures import View

# 65504 is the largest half float.
BRIGHTEST_HALF = np.float32(65504)
# What travels to the browser: a few seconds on a phone.
MOST_BYTES = 1_000_000
# Smaller pictures may fit as they are.
MOST_EXACT_PIXELS = 200_000
QUALITIES = (92, 85, 75, 60)
SMALLER = 0.7  # the share of the pixels that is kept where not even the lowest quality is small enough


@dataclass(frozen=True)
class Written:
    """What was written for the viewer.

    Attributes:
        path: What it draws.
        exact: Whether that holds the light itself, as half floats; else it is a gain-map JPEG.
        opacity: A picture of the opacity, for a gain-map JPEG, which has no place for it.
        gain_map_jpeg: What an HDR screen shows.
    """

    path: Path
    exact: bool
    opacity: Path | None
    gain_map_jpeg: Path


def write_source(folder: Path, view: View) -> Written:
    """Write what the viewer draws: half floats of a small picture, else a gain-map JPEG whose base is the photo.

    So one file holds both sides of the split, and where the photo did not clip its map has little to say.

    Args:
        folder: An empty one.
        view: The photo and its HDR image, no larger than a graphics processor takes.
    """
    shown = jpeg = write_gain_map(folder / "light.jpg", view)
    if find_brightest(view.hdr) > PQ_PEAK_NITS / REFERENCE_WHITE_NITS:
        # The viewer draws a sun too; a screen, which scales the map to what it can, would have little left for others.
        shown = write_gain_map(folder / "sun.jpg", view, all_light=True)
    if view.hdr[..., 0].size <= MOST_EXACT_PIXELS:
        encoded = encode_exact(view.photo, view.hdr, view.alpha)
        if len(encoded) <= MOST_BYTES:
            path = folder / "light.f16.gz"
            with replacing(path) as temporary:
                temporary.write_bytes(encoded)
            return Written(path, True, None, jpeg)
    opacity = None
    if view.alpha is not None:
        opacity = write_sdr(folder / "opacity.png", np.repeat(view.alpha[..., np.newaxis], 3, axis=-1))
    return Written(shown, False, opacity, jpeg)


def write_gain_map(path: Path, view: View, *, all_light: bool = False) -> Path:
    """Write a gain-map JPEG of at most `MOST_BYTES`, by lower quality where it must be, and by fewer pixels then.

    Args:
        path: The file.
        view: The photo, which becomes the base image, and its light.
        all_light: Whether light beyond the peak of PQ is kept; else it is rolled off, as in files to share.
    """
    sdr = encode_srgb(view.photo)
    white_nits = REFERENCE_WHITE_NITS
    if all_light:  # the map itself knows no nits: with a darker white, everything is below the peak
        white_nits = min(white_nits, PQ_PEAK_NITS / max(find_brightest(view.hdr), 1.0))
    for quality in QUALITIES:
        write_hdr(path, view.hdr, sdr=sdr, quality=quality, white_nits=white_nits)
        if path.stat().st_size <= MOST_BYTES:
            return path
    size = fit_size(*view.hdr.shape[:2], int(SMALLER * view.hdr[..., 0].size))
    smaller = View(resize_image(view.photo, *size), resize_image(view.hdr, *size), None)
    return write_gain_map(path, smaller, all_light=all_light)


def encode_exact(photo: np.ndarray, hdr: np.ndarray, alpha: np.ndarray | None) -> bytes:
    """Encode a photo and its light as half floats, compressed.

    Args:
        photo: Linear RGB, float32, (H, W, 3), [0, 1].
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); what no light can be becomes black or the brightest half float.
        alpha: Opacity, float32, (H, W), [0, 1], or None.

    Returns:
        gzip: light and opacity, (H, W, 4), then the photo, (H, W, 3); little-endian half floats.
    """
    light = np.ones((*hdr.shape[:2], 4), np.float32)
    light[..., :3] = np.fmin(np.fmax(hdr, 0), BRIGHTEST_HALF)
    if alpha is not None:
        light[..., 3] = alpha
    return gzip.compress(light.astype("<f2").tobytes() + photo.astype("<f2").tobytes(), compresslevel=6, mtime=0)
