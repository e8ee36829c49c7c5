"""Where the virtual camera looks, and how long it exposes."""

import cv2
import numpy as np

from hdr_demo.color import brightest_channel, luminance
from hdr_demo.resize import resize_image

# As log gain of each channel and as factor of the saturation; HDRCNN (Eilertsen et al. 2017) turns hue and saturation
# by about as much.
BALANCE_DEVIATION, SATURATION_DEVIATION = 0.06, 0.1


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
    across, down = (np.arange(size, dtype=np.float32) + np.float32(0.5 - size / 2) for size in (width, height))
    rays = np.empty((height, width, 3), np.float32)
    rays[..., 0], rays[..., 1], rays[..., 2] = across, down[:, np.newaxis], focal
    turn = _rotation(np.radians(roll), axis=2) @ _rotation(np.radians(pitch), axis=0)
    rays = rays @ (turn @ _rotation(np.radians(yaw), axis=1)).astype(np.float32)

    longitude = np.arctan2(rays[..., 0], rays[..., 2])
    latitude = np.arctan2(rays[..., 1], np.hypot(rays[..., 0], rays[..., 2]))
    full_height, full_width = panorama.shape[:2]
    columns = (longitude * np.float32(0.5 / np.pi) + np.float32(0.5)) * np.float32(full_width) - np.float32(0.5)
    rows = (latitude * np.float32(1 / np.pi) + np.float32(0.5)) * np.float32(full_height) - np.float32(0.5)
    rows = np.clip(rows, 0, full_height - 1)
    # cv2 wraps rows and columns alike; one column more at each side wraps the columns only.
    wrapped = cv2.copyMakeBorder(panorama, 0, 0, 1, 1, cv2.BORDER_WRAP)
    return cv2.remap(wrapped, columns + np.float32(1), rows, cv2.INTER_LINEAR)


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
        share: The share of the pixels whose brightest channel shall exceed 1.0, in [0, 1).

    Returns:
        Linear RGB, float32, (H, W, 3); 1.0 is the sensor's clipping point.
    """
    white = float(np.quantile(brightest_channel(scene), 1 - share))
    return scene * np.float32(1 / max(white, 1e-6))


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


def view_photograph(light: np.ndarray, *, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Cut a random part out of an HDR photograph, at least half of what its frame can give.

    Args:
        light: Linear RGB, float32, (H, W, 3), [0, inf).
        height: Of the view, in pixels.
        width: Of the view, in pixels.
        rng: Where the choice comes from.

    Returns:
        Linear RGB, float32, (height, width, 3), [0, inf).
    """
    return resize_image(light[choose_window(*light.shape[:2], height, width, rng)], height, width)


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
