"""Photographs whose light is known: fixed views through the virtual camera, and measured pairs."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from hdr_demo.camera import (
    RESPONSES,
    UNKNOWN_RESPONSES,
    anchor_to_photo,
    choose_response,
    expose_to_clip,
    photograph,
    view_panorama,
    view_photograph,
)
from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.resize import fit_size, resize_image
from hdr_demo.scenes import Pairs, Scene

UNKNOWN = "unknown"
# What `--camera` takes: sRGB as most programs assume it, any response but that, or one family of responses.
CAMERAS = ("srgb", UNKNOWN, *(name for name in RESPONSES if name != "srgb"))

VIEWS = 8
HEIGHT, WIDTH = 256, 384
FIELDS_OF_VIEW = (60.0, 80.0, 100.0)
PITCHES = (-8.0, 0.0, 12.0)
CLIPPED_SHARES = (0.01, 0.03, 0.1, 0.25)
JPEG_QUALITY = 92

# A measured pair is looked at with at most this many pixels: a network pass over 12 megapixels takes a minute.
PAIR_PIXELS = 1_000_000


@dataclass(frozen=True)
class Shot:
    """A photograph whose light is known.

    Attributes:
        scene: What it shows; intervals are drawn over scenes, for views of one scene resemble each other.
        name: Scene and number.
        ldr: Display-encoded, float32, (H, W, 3), [0, 1].
        truth: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the photo's white.
    """

    scene: str
    name: str
    ldr: np.ndarray
    truth: np.ndarray


def take_shots(scenes: Iterable[Scene], camera: str = "srgb", views: int = VIEWS) -> Iterator[Shot]:
    """Photograph every scene in fixed views, the same ones with every camera.

    Panoramas are looked at from directions spread over the circle, photographs in fixed windows. 1 to 25 % of the
    pixels clip; then come noise, the response, 8 bits and JPEG.

    Args:
        scenes: What to photograph, in a fixed order: it decides which view gets which exposure.
        camera: One of `CAMERAS`. "unknown" takes the families of `UNKNOWN_RESPONSES` in turn, with drawn parameters.
        views: Of each scene.

    Yields:
        The shots, 256×384 pixels, scene by scene.
    """
    if camera not in CAMERAS:
        raise ValueError(f"camera must be one of {', '.join(CAMERAS)}, not {camera!r}")
    for number_of_scene, scene in enumerate(scenes):
        for number in range(views):
            index = number_of_scene * views + number
            truth = expose_to_clip(_view(scene, index, number / views), CLIPPED_SHARES[index % len(CLIPPED_SHARES)])
            curve, keeps_white = _choose_curve(camera, index)
            codes = photograph(truth, rng=np.random.default_rng(index), quality=JPEG_QUALITY, response=curve)
            ldr = codes.astype(np.float32) / 255
            yield Shot(scene.name, f"{scene.name} {number}", ldr, truth if keeps_white else anchor_to_photo(truth, ldr))


def pair_shots(pairs: Pairs) -> Iterator[Shot]:
    """Take the photographs of measured pairs, each a scene of its own, at a megapixel at the most.

    Photo and truth are both reduced in linear light: means of display codes are darker than the light that they stand
    for, so edges would count as errors of every method.
    """
    for pair in pairs:
        height, width = fit_size(*pair.ldr.shape[:2], PAIR_PIXELS)
        ldr = pair.ldr
        if ldr.shape[:2] != (height, width):
            ldr = encode_srgb(resize_image(decode_srgb(ldr), height, width))
        yield Shot(pair.name, pair.name, ldr, resize_image(pair.hdr, height, width))


def _view(scene: Scene, index: int, turn: float) -> np.ndarray:
    """Look at a scene; `turn` is the part of the circle that a panorama is turned by."""
    if not scene.is_panorama:
        return view_photograph(scene.light, height=HEIGHT, width=WIDTH, rng=np.random.default_rng(index))
    return view_panorama(
        scene.light,
        height=HEIGHT,
        width=WIDTH,
        field_of_view=FIELDS_OF_VIEW[index % len(FIELDS_OF_VIEW)],
        yaw=turn * 360,
        pitch=PITCHES[index // len(FIELDS_OF_VIEW) % len(PITCHES)],
    )


def _choose_curve(camera: str, index: int) -> tuple[Callable[[np.ndarray], np.ndarray], bool]:
    """Choose a response, and say whether it keeps white."""
    if camera == UNKNOWN:
        # Another turn than the exposure's, so that every family meets every clipped share.
        response = choose_response(UNKNOWN_RESPONSES[index // len(CLIPPED_SHARES) % len(UNKNOWN_RESPONSES)])
        return response.draw(np.random.default_rng((index, 1))), response.keeps_white
    response = choose_response(camera)
    return response.default, response.keeps_white
