"""The measures of merged brackets: those of the papers on them, in the unit of the bracket itself."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hdr_demo import metrics
from hdr_demo.color import REFERENCE_WHITE_NITS
from hdr_demo.evaluation.comparison import Comparison
from hdr_demo.evaluation.measures import MEASURES, Measure


@dataclass(frozen=True)
class BracketComparison(Comparison):
    """The light of a merge beside the truth; no gain is fitted, for the exposures are known.

    Attributes:
        peak: What the shortest exposure clips at; both images are clipped there, because no merge can know of more.
    """

    peak: float

    @cached_property
    def fitted(self) -> np.ndarray:
        """`hdr` as it is, up to the peak."""
        return np.clip(self.hdr, 0, np.float32(self.peak))

    @cached_property
    def unit_pair(self) -> tuple[np.ndarray, np.ndarray]:
        """Both images, with the peak as 1: float32, (H, W, 3), [0, 1]."""
        return tuple(np.clip(image / np.float32(self.peak), 0, 1) for image in (self.hdr, self.truth))

    @cached_property
    def true_nits(self) -> np.ndarray:
        """The truth up to the peak, where the reference's white has 203 cd/m²."""
        return np.clip(self.truth, 0, np.float32(self.peak)) * np.float32(REFERENCE_WHITE_NITS)


# Of the measures of single photos, those that papers on brackets have, under their names there.
_NAMED = {
    "mu_psnr": ("PSNR-T", "Of log(1 + 5000 x) / log(5001), on all channels (Kalantari & Ramamoorthi 2017)."),
    "linear_psnr": ("PSNR-L", "Of the light itself."),
    "mu_ssim": ("SSIM-T", "Structural similarity (Wang et al. 2004) of the luminance, compressed as for PSNR-T."),
    "linear_ssim": ("SSIM-L", "Likewise, of the luminance itself."),
    "pu21_psnr": (
        "PU21-PSNR",
        "As the eye counts light (Mantiuk & Azimi 2021), all channels, peak 256; the reference's white has 203 cd/m².",
    ),
}
BRACKET_MEASURES: dict[str, Measure] = {
    name: replace(MEASURES[name], label=label, meaning=meaning) for name, (label, meaning) in _NAMED.items()
}


def measure_merge(hdr: np.ndarray, truth: np.ndarray, reference: np.ndarray, peak: float) -> dict[str, float]:
    """Compute every measure of one merge.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the reference's white.
        truth: Likewise.
        reference: The reference photo, display-encoded, float32, (H, W, 3), [0, 1].
        peak: What the shortest exposure clips at, in the unit of `hdr`.

    Returns:
        The numbers by the names of `BRACKET_MEASURES`.
    """
    pair = BracketComparison(hdr, truth, reference, peak)
    return {name: row.compute(pair) for name, row in BRACKET_MEASURES.items()}


def fit_exposure(hdr: np.ndarray, truth: np.ndarray, peak: float) -> np.ndarray:
    """Give a picture without a unit of light, such as fused exposures, the one exposure that suits the truth.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        truth: Likewise; 1.0 is the reference's white.
        peak: What the shortest exposure clips at.

    Returns:
        `hdr` times one factor, which makes the mean log luminances equal.
    """
    return hdr * np.float32(metrics.fit_gain(hdr, np.minimum(truth, np.float32(peak))))
