"""The virtual camera of the tab Compare with the truth: a scene whose light is known, and a photo taken of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hdr_demo.camera import RESPONSES, anchor_to_photo, expose_to_clip, photograph, view_panorama
from hdr_demo.color import luminance
from hdr_demo.evaluation import Shot
from hdr_demo.io import MAX_MEGAPIXELS, read_hdr
from hdr_demo.io.refusal import shown_name
from hdr_demo.resize import fit_size, resize_image
from hdr_demo.scenes import LARGEST_PANORAMA, Scene, accept_light, has_panorama_shape, reduce_to_side

# Small enough for the network to answer at once: no more than a preview that is exact (`photo.EXACT_PREVIEW_PIXELS`).
SHOT_PIXELS = 250_000
# The views of panoramas have as many pixels as the panorama has to give, and half as many again, within these limits.
ASPECT, OVERSAMPLING, WIDTHS = 1.5, 1.5, (384, 600)
# Lowest and highest of each setting, in the units of `Settings`.
YAWS, PITCHES, FIELDS_OF_VIEW = (-180, 180), (-60, 60), (40, 120)
CLIPPED_SHARES, STOPS, QUALITIES = (0.0, 0.5), (-8.0, 8.0), (30, 100)

MIDDLE_GREY = 0.18
HIGHEST_FIRST_PITCH = 15.0  # so that some ground stays in the first view
LIGHT_COLUMNS = 64


@dataclass(frozen=True)
class Settings:
    """How the camera is set.

    Attributes:
        yaw: Turn to the right, in degrees; of a panorama, as the next two.
        pitch: Look up, in degrees.
        field_of_view: Horizontal, in degrees.
        exposure: What decides the exposure: "share" or "stops".
        clipped: Share of the pixels that are too bright for the sensor, [0, 1).
        stops: Exposure relative to a light meter's, which makes the mean 18 % grey.
        response: One of `camera.RESPONSES`.
        noise: Whether the sensor has any.
        quality: Of the JPEG, 1 to 100.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    field_of_view: float = 90.0
    exposure: str = "share"
    clipped: float = 0.05
    stops: float = 0.0
    response: str = "srgb"
    noise: bool = False
    quality: int = 92


def open_scene(path: Path, *, max_megapixels: float = MAX_MEGAPIXELS) -> Scene:
    """Read a scene that somebody gave, no larger than the camera has use for.

    Args:
        path: Radiance or OpenEXR.
        max_megapixels: The most pixels to decode, in millions.

    Raises:
        ImageError: If it is neither, damaged, too small, too big, or all black.
    """
    light = accept_light(read_hdr(path, max_megapixels=max_megapixels), shown_name(path))
    size = light.shape[:2]
    panorama = has_panorama_shape(*size)
    reduced = (
        reduce_to_side(light, LARGEST_PANORAMA) if panorama else resize_image(light, *fit_size(*size, SHOT_PIXELS))
    )
    return Scene(path.stem, reduced, panorama)


def look_at_light(scene: Scene) -> tuple[float, float]:
    """Find where a panorama is brightest.

    Returns:
        Yaw and pitch in degrees; the pitch at most 15 either way, and both whole.
    """
    if not scene.is_panorama:
        return 0.0, 0.0
    small = resize_image(luminance(scene.light), LIGHT_COLUMNS // 2, LIGHT_COLUMNS)
    latitudes = (0.5 - (np.arange(LIGHT_COLUMNS // 2) + 0.5) / (LIGHT_COLUMNS // 2)) * 180
    row, column = np.unravel_index(np.argmax(small * np.cos(np.radians(latitudes))[:, np.newaxis]), small.shape)
    yaw = ((column + 0.5) / LIGHT_COLUMNS - 0.5) * 360
    return round(yaw), round(float(np.clip(latitudes[row], -HIGHEST_FIRST_PITCH, HIGHEST_FIRST_PITCH)))


def frame_view(scene: Scene, settings: Settings) -> np.ndarray:
    """Look at a scene: into a panorama as the camera is turned, at a photograph as it is.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, inf), of at most `SHOT_PIXELS`.
    """
    if not scene.is_panorama:
        return scene.light
    width = scene.light.shape[1] * settings.field_of_view / 360 * OVERSAMPLING
    width = round(float(np.clip(width, *WIDTHS)))
    return view_panorama(
        scene.light,
        height=round(width / ASPECT),
        width=width,
        field_of_view=settings.field_of_view,
        yaw=settings.yaw,
        pitch=settings.pitch,
    )


def take_shot(scene: Scene, settings: Settings) -> Shot:
    """Photograph a scene: the same settings give the same photo."""
    view = frame_view(scene, settings)
    exposed = expose_to_clip(view, settings.clipped) if settings.exposure == "share" else meter(view, settings.stops)
    response = RESPONSES[settings.response]
    codes = photograph(
        exposed,
        rng=np.random.default_rng(0) if settings.noise else None,
        quality=settings.quality,
        response=response.default,
    )
    ldr = codes.astype(np.float32) / 255
    return Shot(scene.name, scene.name, ldr, exposed if response.keeps_white else anchor_to_photo(exposed, ldr))


def meter(view: np.ndarray, stops: float) -> np.ndarray:
    """Expose a scene as a light meter says, or that many stops brighter.

    Args:
        view: Linear RGB, float32, (H, W, 3), [0, inf).
        stops: Exposure relative to the one that makes the geometric mean of the luminance 18 % grey.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the sensor's clipping point.
    """
    lit = luminance(view)
    lit = lit[lit > 0]
    mean = float(np.exp(np.mean(np.log(lit, dtype=np.float64)))) if lit.size else 1.0
    return view * np.float32(MIDDLE_GREY / mean * 2.0**stops)
