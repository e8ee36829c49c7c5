"""Where the virtual camera looks, and how long it exposes."""

import cv2
import numpy as np

from hdr_demo.color import brightest_channel, luminance
from hdr_demo.resize import resize_image

# As log gain of each channel and as factor of the saturation; HDRCNN (Eilertsen et al. 2017) turns hue and saturation
# by about as much.
BALANCE_DEVIATION, SATURATION_DEVIATION = 0.06, 0.1
# How many pixels of a panorama may lie between two of a view's before small lights fall between them. Panoramas of
# 1024×512 stay below it in every view of 256 px and more up to 105 degrees.
LARGEST_STRIDE = 5 / 3
FLOAT_MAX = float(np.finfo(np.float32).max)


def view_panorama(
    panorama: np.ndarray,
    *,
    height: int,
    width: int,
    field_of_view: float,
    yaw: float = 0.0,
    pitch: float = 0.0,
    roll: float = 0.0,
) -> np.ndarray:
    """Look into an equirectangular panorama with a rectilinear lens.

    A panorama that is much finer than the view is reduced first, and looked at with twice as many pixels, whose means
    are taken: however the camera is turned, a sun keeps its energy.

    Args:
        panorama: Linear RGB, float32, (H, W, 3), [0, inf); the left edge continues at the right one.
        height: Of the view, in pixels.
        width: Of the view, in pixels.
        field_of_view: Horizontal, in degrees, below 180.
        yaw: Turn to the right, in degrees; 0 looks at the panorama's centre.
        pitch: Look up, in degrees.
        roll: Turn the camera clockwise, in degrees.

    Returns:
        Linear RGB, float32, (height, width, 3), [0, inf).
    """
    focal = width / 2 / np.tan(np.radians(field_of_view) / 2)
    full_height, full_width = panorama.shape[:2]
    stride = full_width / (2 * np.pi * focal)
    if stride > LARGEST_STRIDE:
        factor = int(np.ceil(stride / 2))  # a whole one is fast
        if factor > 1:
            size = full_width // factor, max(1, full_height // factor)
            panorama = cv2.resize(panorama, size, interpolation=cv2.INTER_AREA)
        lens = {"field_of_view": field_of_view, "yaw": yaw, "pitch": pitch, "roll": roll}
        view = view_panorama(panorama, height=2 * height, width=2 * width, **lens)
        return cv2.resize(view, (width, height), interpolation=cv2.INTER_AREA)
    across, down = (np.arange(size, dtype=np.float32) + np.float32(0.5 - size / 2) for size in (width, height))
    rays = np.empty((height, width, 3), np.float32)
    rays[..., 0], rays[..., 1], rays[..., 2] = across, down[:, np.newaxis], focal
    turn = _rotation(np.radians(roll), axis=2) @ _rotation(np.radians(pitch), axis=0)
    rays = rays @ (turn @ _rotation(np.radians(yaw), axis=1)).astype(np.float32)

    longitude = np.arctan2(rays[..., 0], rays[..., 2])
    latitude = np.arctan2(rays[..., 1], np.hypot(rays[..., 0], rays[..., 2]))
    columns = (longitude * np.float32(0.5 / np.pi) + np.float32(0.5)) * np.float32(full_width) - np.float32(0.5)
    rows = (latitude * np.float32(1 / np.pi) + np.float32(0.5)) * np.float32(full_height) - np.float32(0.5)
    rows = np.clip(rows, 0, full_height - 1)
    # A pixel added and taken off rounds the columns as they always were: the samples of a seed stay what they are.
    columns = (columns + np.float32(1)) - np.float32(1)
    # It wraps the rows too; they end in the last one, and the first one beyond it has no weight.
    return cv2.remap(panorama, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


def _rotation(angle: float, *, axis: int) -> np.ndarray:
    """Rotate row vectors about one of x (right), y (down), z (ahead)."""
    cosine, sine = np.cos(angle), np.sin(angle)
    first, second = [index for index in range(3) if index != axis]
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = cosine
    matrix[first, second] = sine if axis != 1 else -sine
    matrix[second, first] = -matrix[first, second]
    return matrix


def expose_to_clip(scene: np.ndarray, share: float) -> np.ndarray:
    """Expose a scene so that a share of its pixels is too bright for the sensor.

    Args:
        scene: Linear RGB, float32, (H, W, 3), [0, inf).
        share: As in `exposure_to_clip`.

    Returns:
        Linear RGB, float32, (H, W, 3); 1.0 is the sensor's clipping point. Where less than that share has light, its
        darkest becomes 1.0; what is all black stays so.
    """
    return scene * exposure_to_clip(scene, share)


def exposure_to_clip(scene: np.ndarray, share: float) -> np.float32:
    """Find the gain at which a share of a scene's pixels is too bright for the sensor.

    Args:
        scene: Linear RGB, float32, (H, W, 3), [0, inf).
        share: The share of the pixels whose brightest channel shall exceed 1.0, in [0, 1).

    Returns:
        What `expose_to_clip` multiplies the scene by.
    """
    brightest = brightest_channel(scene)
    white = float(np.quantile(brightest, 1 - share))
    if white <= 0:
        white = float(brightest.min(where=brightest > 0, initial=np.inf))
    # However dark a scene's unit, its sun stays finite.
    return np.float32(min(1 / white, FLOAT_MAX / max(float(brightest.max()), 1.0)))


def tint_scene(scene: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light a scene a little differently: another white balance, more or less colour.

    Args:
        scene: Linear RGB, float32, (H, W, 3), [0, inf).
        rng: Where the change comes from.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, inf).
    """
    balance = np.exp(rng.normal(0, BALANCE_DEVIATION, 3)).astype(np.float32)
    saturation = np.float32(max(rng.normal(1, SATURATION_DEVIATION), 0))
    grey = luminance(scene)[..., np.newaxis]
    return np.maximum(grey + saturation * (scene - grey), 0) * balance


def view_photograph(
    light: np.ndarray, *, height: int, width: int, rng: np.random.Generator, roll_deviation: float = 0.0
) -> np.ndarray:
    """Cut a random part out of an HDR photograph, at least half of what its frame can give.

    Args:
        light: Linear RGB, float32, (H, W, 3), [0, inf).
        height: Of the view, in pixels.
        width: Of the view, in pixels.
        rng: Where the choice comes from.
        roll_deviation: How far the camera is turned clockwise or back, as standard deviation in degrees.

    Returns:
        Linear RGB, float32, (height, width, 3), [0, inf).
    """
    roll = np.radians(rng.normal(0, roll_deviation)) if roll_deviation else 0.0
    cosine, sine = np.cos(roll), np.sin(roll)
    # The upright frame that the turned view fits into, in pixels of the view.
    tall = int(np.ceil(height * abs(cosine) + width * abs(sine)))
    wide = int(np.ceil(width * abs(cosine) + height * abs(sine)))
    upright = resize_image(light[choose_window(*light.shape[:2], tall, wide, rng)], tall, wide)
    if not roll:
        return upright
    turn = np.array([[cosine, -sine], [sine, cosine]])
    centre, upright_centre = np.array([width - 1, height - 1]) / 2, np.array([wide - 1, tall - 1]) / 2
    matrix = np.column_stack((turn, upright_centre - turn @ centre))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(upright, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def choose_window(
    full_height: int, full_width: int, height: int, width: int, rng: np.random.Generator
) -> tuple[slice, slice]:
    """Choose a part of a frame with another frame's aspect, at least half as large as fits.

    Args:
        full_height: Of the frame, in pixels.
        full_width: Of the frame, in pixels.
        height: Of the view, whose aspect the part has.
        width: Of the view.
        rng: Where the choice comes from.

    Returns:
        Rows and columns.
    """
    factor = min(full_height / height, full_width / width) * rng.uniform(0.5, 1.0)
    rows, columns = max(1, round(height * factor)), max(1, round(width * factor))
    top, left = rng.integers(0, full_height - rows + 1), rng.integers(0, full_width - columns + 1)
    return np.s_[top : top + rows, left : left + columns]
