"""An HDR image beside the truth: what several measures need is fitted and converted once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hdr_demo import metrics
from hdr_demo.color import REFERENCE_WHITE_NITS

# Linear and mu-law errors are counted up to this percentile of the truth's values: one sun decides the maximum.
PEAK_PERCENTILE = 99.9


@dataclass(frozen=True)
class Comparison:
    """An HDR image beside the truth, and what is fitted between them.

    Attributes:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        truth: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the photo's white.
        ldr: The photo, display-encoded, float32, (H, W, 3), [0, 1].
    """

    hdr: np.ndarray
    truth: np.ndarray
    ldr: np.ndarray

    @cached_property
    def fitted(self) -> np.ndarray:
        """`hdr` after one gain: linear RGB, float32, (H, W, 3), [0, inf), in the units of the truth."""
        return self.hdr * np.float32(metrics.fit_gain(self.hdr, self.truth))

    @cached_property
    def nits(self) -> np.ndarray:
        """`fitted` where white has 203 cd/m²: linear RGB, float32, (H, W, 3), [0, inf)."""
        return self.fitted * np.float32(REFERENCE_WHITE_NITS)

    @cached_property
    def true_nits(self) -> np.ndarray:
        """The truth, likewise."""
        return self.truth * np.float32(REFERENCE_WHITE_NITS)

    @cached_property
    def corrected_nits(self) -> np.ndarray:
        """`nits` after the response, too, was fitted (SI-HDR): linear RGB, float32, (H, W, 3), [0, 10000]."""
        return metrics.correct_response(self.nits, self.true_nits)

    @cached_property
    def clipped(self) -> np.ndarray:
        """Where the photo has lost light, bool, (H, W)."""
        return metrics.clipped_mask(self.ldr)

    @cached_property
    def unit_pair(self) -> tuple[np.ndarray, np.ndarray]:
        """`fitted` and the truth, both clipped at its 99.9th percentile, which becomes 1: float32, (H, W, 3)."""
        peak = max(float(np.percentile(self.truth, PEAK_PERCENTILE)), 1e-6)
        return tuple(np.clip(image / np.float32(peak), 0, 1) for image in (self.fitted, self.truth))

    @cached_property
    def mu_pair(self) -> tuple[np.ndarray, np.ndarray]:
        """`unit_pair`, mu-law encoded."""
        return tuple(metrics.encode_mu_law(image) for image in self.unit_pair)

    @cached_property
    def display_pair(self) -> tuple[np.ndarray, np.ndarray]:
        """Both images on the display of the ExpandNet paper, in cd/m²."""
        return metrics.match_to_display(self.hdr), metrics.match_to_display(self.truth)

    @cached_property
    def scene_pair(self) -> tuple[np.ndarray, np.ndarray]:
        """`hdr` with the range of the truth, and the truth, in cd/m²."""
        return metrics.match_to_truth(self.hdr, self.true_nits), self.true_nits
