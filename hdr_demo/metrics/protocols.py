"""The two ways in which the authors of ExpandNet give a result without units its absolute light.

As Marnerides et al. 2018 measured, in the first author's words (github.com/dmarnerides/hdr-expandnet, issue 9): the
0.1th and 99.9th percentiles of all values are mapped by a line to those of a display of 1000 cd/m², or of the truth.
"""

import numpy as np

PERCENTILES = (0.1, 99.9)
DISPLAY_NITS = (1.0, 999.0)


def match_to_display(linear: np.ndarray) -> np.ndarray:
    """Show an image on a display of 1000 cd/m² (display-referred).

    Args:
        linear: Linear RGB, float32, (H, W, 3), [0, inf).

    Returns:
        Linear RGB, float32, (H, W, 3), [0, inf), in cd/m².
    """
    return _match(linear, DISPLAY_NITS)


def match_to_truth(linear: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Give an image the range of the scene (scene-referred).

    Args:
        linear: Linear RGB, float32, (H, W, 3), [0, inf).
        truth: Linear RGB, float32, (H, W, 3), [0, inf).

    Returns:
        Linear RGB, float32, (H, W, 3), [0, inf), in the units of the truth.
    """
    return _match(linear, tuple(np.percentile(truth, PERCENTILES)))


def _match(linear: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    """Map the percentiles by a line; what falls below 0 is black."""
    low, high = np.percentile(linear, PERCENTILES)
    slope = (ends[1] - ends[0]) / (high - low) if high > low else 0.0
    return np.maximum((linear - np.float32(low)) * np.float32(slope) + np.float32(ends[0]), 0)
