"""Where a result is wrong, and by how many stops: as numbers, and as a picture with its legend."""

import numpy as np

from hdr_demo.color import luminance
from hdr_demo.metrics import fit_gain, log2_light

# The picture's range: two stops are a fourfold error.
LARGEST_STOPS = 2.0

# ColorBrewer's diverging scheme RdBu (Harrower & Brewer 2003), which colour-blind people can read: blue is too dark,
# white is right, red is too bright. Display-encoded sRGB, 8 bit.
COLORS = np.array(
    [(5, 48, 97), (67, 147, 195), (209, 229, 240), (247, 247, 247), (253, 219, 199), (214, 96, 77), (103, 0, 31)],
    np.float32,
) / np.float32(255)


def error_stops(hdr: np.ndarray, truth: np.ndarray, *, fit: bool = True) -> np.ndarray:
    """Compare luminances.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        truth: Linear RGB, float32, (H, W, 3), [0, inf).
        fit: Whether one gain is fitted before, as for the measures of single photos.

    Returns:
        In stops, float32, (H, W): above 0 where `hdr` is too bright.
    """
    shown = hdr * np.float32(fit_gain(hdr, truth)) if fit else hdr
    return (log2_light(luminance(shown)) - log2_light(luminance(truth))).astype(np.float32)


def draw_error(stops: np.ndarray) -> np.ndarray:
    """Paint errors: blue where too dark, white where right, red where too bright; full colour from two stops.

    Args:
        stops: float32, (H, W).

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1].
    """
    places = (np.clip(stops / LARGEST_STOPS, -1, 1) + 1) / 2 * (len(COLORS) - 1)
    return np.stack([np.interp(places, range(len(COLORS)), channel) for channel in COLORS.T], axis=-1).astype(
        np.float32
    )
