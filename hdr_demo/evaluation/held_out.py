"""Scores on held-out scenes: the same virtual camera, fixed views, the truth known."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hdr_demo.camera import expose_to_clip, photograph, view_panorama
from hdr_demo.color import decode_srgb
from hdr_demo.metrics import clipped_mask, highlight_error, pu21_psnr
from hdr_demo.scenes import read_scenes

VIEWS_PER_PANORAMA = 8
HEIGHT, WIDTH = 256, 384
FIELDS_OF_VIEW = (60.0, 80.0, 100.0)
PITCHES = (-8.0, 0.0, 12.0)
CLIPPED_SHARES = (0.01, 0.03, 0.1, 0.25)
JPEG_QUALITY = 92


@dataclass(frozen=True)
class HeldOutView:
    """A photograph whose light is known.

    Attributes:
        name: Scene and number.
        ldr: Display-encoded sRGB, float32, (256, 384, 3), [0, 1].
        truth: Linear RGB, float32, (256, 384, 3), [0, inf); 1.0 is the photo's white.
    """

    name: str
    ldr: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class Scores:
    """Means over views.

    Attributes:
        psnr: PU21-PSNR after one fitted gain, in dB.
        highlights: Mean |log2| luminance error on clipped pixels, in stops.
        views: How many.
    """

    psnr: float
    highlights: float
    views: int

    def __str__(self) -> str:
        return (
            f"{self.psnr:.2f} dB PU21-PSNR, clipped pixels off by {self.highlights:.3f} stops "
            f"(means of {self.views} views)"
        )


def held_out_views(folder: Path) -> Iterator[HeldOutView]:
    """Photograph every panorama of a folder from eight fixed directions.

    Raises:
        DataError: If the folder holds no panorama, or one that cannot be read.
    """
    for number_of_scene, scene in enumerate(read_scenes(folder)):
        for number in range(VIEWS_PER_PANORAMA):
            index = number_of_scene * VIEWS_PER_PANORAMA + number
            view = view_panorama(
                scene.light,
                height=HEIGHT,
                width=WIDTH,
                field_of_view=FIELDS_OF_VIEW[index % len(FIELDS_OF_VIEW)],
                yaw=number * 360 / VIEWS_PER_PANORAMA,
                pitch=PITCHES[index // len(FIELDS_OF_VIEW) % len(PITCHES)],
            )
            truth = expose_to_clip(view, CLIPPED_SHARES[index % len(CLIPPED_SHARES)])
            codes = photograph(truth, rng=np.random.default_rng(index), quality=JPEG_QUALITY)
            yield HeldOutView(f"{scene.name} {number}", codes.astype(np.float32) / 255, truth)


def evaluate(expand: Callable[[np.ndarray], np.ndarray], folder: Path) -> Scores:
    """Measure a method on the held-out views.

    Args:
        expand: From `ldr` to `hdr`, both as everywhere.
        folder: Of panoramas that no training has seen.

    Returns:
        The scores.

    Raises:
        DataError: If the folder holds no panorama, or one that cannot be read.
    """
    quality, highlights = [], []
    for view in held_out_views(folder):
        hdr = expand(view.ldr)
        quality.append(pu21_psnr(hdr, view.truth))
        highlights.append(highlight_error(hdr, view.truth, clipped_mask(view.ldr)))
    return Scores(psnr=float(np.mean(quality)), highlights=float(np.nanmean(highlights)), views=len(quality))


def linearize(ldr: np.ndarray) -> np.ndarray:
    """Use no network at all: the baseline that a result must beat."""
    return decode_srgb(ldr)
