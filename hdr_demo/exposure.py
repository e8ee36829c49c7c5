"""Photograph an HDR image again: other exposures, and the exposure that suits it best."""

from collections.abc import Sequence

import numpy as np

from hdr_demo.color import encode_srgb, luminance

DEFAULT_STOPS = (-4.0, -2.0, 0.0, 2.0, 4.0)

# A grey card reflects 18 % of the light; cameras meter for it (ISO 2720).
MIDDLE_GREY = 0.18


def extract_exposure(hdr: np.ndarray, stops: float = 0.0) -> np.ndarray:
    """Photograph an HDR image with a camera set `stops` brighter or darker.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the sensor's clipping point.
        stops: Exposure change. +1 doubles the light, -1 halves it.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, 1]. Clipped, not yet encoded for a display.
    """
    return np.clip(hdr * np.float32(2.0**stops), 0.0, 1.0)


def extract_bracket(hdr: np.ndarray, stops: Sequence[float] = DEFAULT_STOPS) -> list[np.ndarray]:
    """Photograph an HDR image at several exposures, ready for a display.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        stops: One exposure change for each picture.

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1], one for each of `stops`, in their order.
    """
    return [encode_srgb(extract_exposure(hdr, change)) for change in stops]


def auto_exposure(hdr: np.ndarray) -> float:
    """Meter an HDR image: the stops that bring its log-average luminance to middle grey.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).

    Returns:
        Stops, in [-16, 16]; 0 for a black image.
    """
    lit = luminance(hdr)
    lit = lit[lit > 0]
    if lit.size == 0:
        return 0.0
    return float(np.clip(np.log2(MIDDLE_GREY) - np.log2(lit, dtype=np.float64).mean(), -16.0, 16.0))
