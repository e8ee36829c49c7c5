"""A virtual camera: from an HDR scene to the photograph that an ordinary camera takes of it.

Training, evaluation and the examples all take their pictures here, so that what is learned is what is measured.
"""

from collections.abc import Callable

import cv2
import numpy as np

from hdr_demo.color import encode_srgb

# Photon noise (variance grows with light) and read noise, as log10 of the variance at a signal of 1.0; from a clean
# full-frame camera at base ISO to a phone at night (Foi et al. 2008 measure this range).
SHOT_NOISE_LOG10 = (-4.5, -2.7)
READ_NOISE_LOG10 = (-7.0, -4.5)


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
    across, down = np.meshgrid(np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2)
    rays = np.stack((across, down, np.full_like(across, focal)), axis=-1)
    rays = rays @ _rotation(np.radians(roll), axis=2) @ _rotation(np.radians(pitch), axis=0)
    rays = rays @ _rotation(np.radians(yaw), axis=1)

    longitude = np.arctan2(rays[..., 0], rays[..., 2])
    latitude = np.arctan2(rays[..., 1], np.hypot(rays[..., 0], rays[..., 2]))
    full_height, full_width = panorama.shape[:2]
    columns = (longitude / (2 * np.pi) + 0.5) * full_width - 0.5
    rows = np.clip((latitude / np.pi + 0.5) * full_height - 0.5, 0, full_height - 1)
    # cv2 wraps rows and columns alike; one column more at each side wraps the columns only.
    wrapped = cv2.copyMakeBorder(panorama, 0, 0, 1, 1, cv2.BORDER_WRAP)
    return cv2.remap(wrapped, (columns + 1).astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR)


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
    white = float(np.quantile(scene.max(axis=-1), 1 - share))
    return scene * np.float32(1 / max(white, 1e-6))


def add_sensor_noise(hdr: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add photon and read noise of a random camera.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the sensor's clipping point.
        rng: Where the camera and its noise come from.

    Returns:
        Linear RGB, float32, (H, W, 3); values may be negative.
    """
    shot, read = 10 ** rng.uniform(*SHOT_NOISE_LOG10), 10 ** rng.uniform(*READ_NOISE_LOG10)
    deviation = np.sqrt(np.float32(shot) * np.minimum(hdr, 1) + np.float32(read))
    return hdr + deviation * rng.standard_normal(hdr.shape, dtype=np.float32)


def photograph(
    hdr: np.ndarray,
    *,
    rng: np.random.Generator | None = None,
    quality: int | None = None,
    response: Callable[[np.ndarray], np.ndarray] = encode_srgb,
) -> np.ndarray:
    """Photograph a scene: noise, clipping, camera response, 8 bits, JPEG.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the sensor's clipping point.
        rng: The source of the sensor noise; without one there is none.
        quality: Of the JPEG, 1 to 100; without one nothing is compressed.
        response: From linear light in [0, 1] to display-encoded values in [0, 1].

    Returns:
        Display-encoded, uint8, (H, W, 3).
    """
    exposed = hdr if rng is None else add_sensor_noise(hdr, rng)
    codes = np.rint(response(np.clip(exposed, 0, 1)) * 255).astype(np.uint8)
    if quality is None:
        return codes
    _, data = cv2.imencode(".jpg", codes[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR_BGR)[..., ::-1]
