"""What sensor and file do to the light: noise, clipping, 8 bits, JPEG."""

from collections.abc import Callable

import cv2
import numpy as np

from hdr_demo.camera.response import RESPONSES

# Photon noise (variance grows with light) and read noise, as log10 of the variance at a signal of 1.0; from a clean
# full-frame camera at base ISO to a phone at night (Foi et al. 2008 measure this range).
SHOT_NOISE_LOG10 = (-4.5, -2.7)
READ_NOISE_LOG10 = (-7.0, -4.5)
# Variances of both for one camera in the middle.
TYPICAL_NOISE = (10 ** (sum(SHOT_NOISE_LOG10) / 2), 10 ** (sum(READ_NOISE_LOG10) / 2))


def add_sensor_noise(hdr: np.ndarray, rng: np.random.Generator, noise: tuple[float, float] | None = None) -> np.ndarray:
    """Add photon and read noise.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the sensor's clipping point.
        rng: Where the noise comes from, and the camera if `noise` does not say it.
        noise: The camera's: the variance of photon noise at a signal of 1.0, and that of read noise.

    Returns:
        Linear RGB, float32, (H, W, 3); values may be negative.
    """
    shot, read = noise or (10 ** rng.uniform(*SHOT_NOISE_LOG10), 10 ** rng.uniform(*READ_NOISE_LOG10))
    deviation = np.sqrt(np.float32(shot) * np.minimum(hdr, 1) + np.float32(read))
    return hdr + deviation * rng.standard_normal(hdr.shape, dtype=np.float32)


def photograph(
    hdr: np.ndarray,
    *,
    rng: np.random.Generator | None = None,
    noise: tuple[float, float] | None = None,
    quality: int | None = None,
    chroma_subsampling: bool = True,
    response: Callable[[np.ndarray], np.ndarray] = RESPONSES["srgb"].default,
) -> np.ndarray:
    """Photograph a scene: noise, clipping, camera response, 8 bits, JPEG.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the sensor's clipping point.
        rng: The source of the sensor noise; without one there is none.
        noise: As in `add_sensor_noise`.
        quality: Of the JPEG, 1 to 100; without one nothing is compressed.
        chroma_subsampling: Whether the JPEG keeps a quarter of the colour (4:2:0) or all of it (4:4:4).
        response: From exposed light, linear, float32, (H, W, 3), [0, inf), to display-encoded values in [0, 1].

    Returns:
        Display-encoded, uint8, (H, W, 3).
    """
    exposed = hdr if rng is None else np.maximum(add_sensor_noise(hdr, rng, noise), 0)
    codes = np.rint(response(exposed) * 255).astype(np.uint8)
    if quality is None:
        return codes
    sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420 if chroma_subsampling else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    _, data = cv2.imencode(".jpg", codes[..., ::-1], settings)
    return cv2.imdecode(data, cv2.IMREAD_COLOR_BGR)[..., ::-1]
