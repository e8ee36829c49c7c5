"""Photograph an HDR image again, at other exposures."""

from collections.abc import Sequence

import numpy as np

from hdr_demo.color import encode_srgb
from hdr_demo.strips import in_strips

DEFAULT_STOPS = (-4.0, -2.0, 0.0, 2.0, 4.0)


def extract_exposure(hdr: np.ndarray, stops: float = 0.0) -> np.ndarray:
    """Photograph an HDR image with a camera set `stops` brighter or darker.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the sensor's clipping point.
        stops: Exposure change, in [-100, 100]. +1 doubles the light, -1 halves it.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, 1]. Clipped, not yet encoded for a display.

    Raises:
        ValueError: If `stops` is out of its range, which is wider than any two lights differ.
    """
    if not -100 <= stops <= 100:
        raise ValueError(f"stops must be from -100 to 100, not {stops}")
    exposed = hdr * np.float32(2.0**stops)
    return np.clip(exposed, 0, 1, out=exposed)


def expose(hdr: np.ndarray, stops: float = 0.0) -> np.ndarray:
    """Photograph an HDR image at one exposure, ready for a display.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        stops: Exposure change, in [-100, 100].

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1].

    Raises:
        ValueError: If `stops` is out of its range.
    """
    return in_strips(lambda strip: encode_srgb(extract_exposure(strip, stops)), hdr)


def extract_bracket(hdr: np.ndarray, stops: Sequence[float] = DEFAULT_STOPS) -> list[np.ndarray]:
    """Photograph an HDR image at several exposures, ready for a display.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        stops: One exposure change for each picture.

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1], one for each of `stops`, in their order.
    """
    return [expose(hdr, change) for change in stops]
