"""What the bundled checkpoint promises, measured on the bundled scenes (which served to choose it)."""

from pathlib import Path

import numpy as np
import pytest

from hdr_demo.camera import expose_to_clip, photograph, view_panorama
from hdr_demo.color import decode_srgb
from hdr_demo.evaluation import BASELINE, evaluate, linearize, measure, summarize, take_shots
from hdr_demo.evaluation.methods import as_method
from hdr_demo.io import Picture
from hdr_demo.metrics import clipped_mask, highlight_error
from hdr_demo.photo import PhotoExpander, load_photo_expander
from hdr_demo.resize import resize_image
from hdr_demo.scenes import Scene, Scenes

CLEAN_DECIBELS = 50.0
SIZE_STOPS = 0.15


@pytest.fixture(scope="module")
def photo() -> PhotoExpander:
    return load_photo_expander("expandnet-hdr-demo", device="cpu", offline=True)


@pytest.fixture(scope="module")
def scenes(root: Path) -> Scenes:
    return Scenes(root / "examples" / "scenes")


def take(scene: Scene, height: int, width: int, share: float, yaw: float) -> np.ndarray:
    """Photograph a scene through an sRGB camera without JPEG."""
    view = view_panorama(scene.light, height=height, width=width, field_of_view=75, yaw=yaw)
    codes = photograph(expose_to_clip(view, share), rng=np.random.default_rng(0))
    return codes.astype(np.float32) / 255


def expand(photo: PhotoExpander, ldr: np.ndarray, scale: str = "calibrated") -> np.ndarray:
    return photo.expand(Picture(ldr, None, "view", 8), scale=scale).hdr


def test_a_photo_in_which_nothing_is_clipped_is_not_harmed(photo: PhotoExpander, scenes: Scenes) -> None:
    for number in range(len(scenes)):
        ldr = take(scenes[number], 256, 384, 0.0, 90.0 * number)
        assert measure(expand(photo, ldr), decode_srgb(ldr), ldr)["pu21_psnr"] > CLEAN_DECIBELS


@pytest.mark.slow
def test_a_photo_enlarged_four_times_gets_the_same_highlights(photo: PhotoExpander, scenes: Scenes) -> None:
    differences = []
    for number in range(len(scenes)):
        small = take(scenes[number], 192, 256, 0.1, 60.0 * number)
        large = resize_image(small, 768, 1024)
        again = resize_image(expand(photo, large), 192, 256)
        differences.append(highlight_error(again, expand(photo, small), clipped_mask(small)))
    assert np.mean(differences) < SIZE_STOPS


@pytest.mark.slow
def test_it_is_better_than_no_network_with_every_camera(photo: PhotoExpander, scenes: Scenes) -> None:
    for camera, scale in (("srgb", "calibrated"), ("unknown", "radiometric")):
        methods = {BASELINE: linearize, scale: as_method(photo, scale)}
        means = summarize(evaluate(methods, take_shots(scenes, camera, views=4)))
        assert means[scale]["pu21_psnr"].mean > means[BASELINE]["pu21_psnr"].mean
        assert means[scale]["hi_gain"].mean < means[BASELINE]["hi_gain"].mean
