"""The measures: one row each, computed from one comparison that prepares what several of them need."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from hdr_demo import metrics
from hdr_demo.color import REFERENCE_WHITE_NITS, luminance

# "zero": the nearer to 0 the better; all others the nearer to infinity or to 0.
Better = Literal["higher", "lower", "zero"]

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


@dataclass(frozen=True)
class Measure:
    """One number that says how good an HDR image is.

    Attributes:
        name: Its key.
        label: What tables call it.
        unit: Such as "dB"; may be empty.
        better: Where the good values are.
        compute: From a comparison to the number; NaN where it has no meaning.
        digits: Behind the point, in tables.
    """

    name: str
    label: str
    unit: str
    better: Better
    compute: Callable[[Comparison], float]
    digits: int


def _pu21_psnr(nits: np.ndarray, true_nits: np.ndarray) -> float:
    return metrics.psnr(metrics.encode_pu21(nits), metrics.encode_pu21(true_nits), metrics.PU21_PEAK)


def _pu21_ssim(nits: np.ndarray, true_nits: np.ndarray) -> float:
    codes, true_codes = (metrics.encode_pu21(luminance(image)) for image in (nits, true_nits))
    return metrics.ssim(codes, true_codes, metrics.PU21_PEAK)


def _luminance_ssim(image: np.ndarray, truth: np.ndarray) -> float:
    return metrics.ssim(luminance(image), luminance(truth))


def _range_bias(pair: Comparison) -> float:
    return metrics.dynamic_range_stops(pair.hdr) - metrics.dynamic_range_stops(pair.truth)


_ROWS = (
    Measure("pu21_psnr", "PU21-PSNR", "dB", "higher", lambda c: _pu21_psnr(c.nits, c.true_nits), 2),
    Measure(
        "pu21_psnr_crf", "PU21-PSNR, CRF fit", "dB", "higher", lambda c: _pu21_psnr(c.corrected_nits, c.true_nits), 2
    ),
    Measure("hi", "hi", "stops", "lower", lambda c: metrics.highlight_error(c.hdr, c.truth, c.clipped), 3),
    Measure(
        "hi_gain", "hi, gain fit", "stops", "lower", lambda c: metrics.highlight_error(c.fitted, c.truth, c.clipped), 3
    ),
    Measure("range_bias", "range bias", "stops", "zero", _range_bias, 2),
    Measure("harmed", "harmed", "%", "lower", lambda c: 100 * metrics.harmed_share(c.hdr, c.truth, c.ldr), 1),
    Measure("pu21_ssim", "PU21-SSIM", "", "higher", lambda c: _pu21_ssim(c.nits, c.true_nits), 4),
    Measure(
        "pu21_ssim_crf", "PU21-SSIM, CRF fit", "", "higher", lambda c: _pu21_ssim(c.corrected_nits, c.true_nits), 4
    ),
    Measure("linear_psnr", "linear PSNR", "dB", "higher", lambda c: metrics.psnr(*c.unit_pair), 2),
    Measure("linear_ssim", "linear SSIM", "", "higher", lambda c: _luminance_ssim(*c.unit_pair), 4),
    Measure("mu_psnr", "µ-law PSNR", "dB", "higher", lambda c: metrics.psnr(*c.mu_pair), 2),
    Measure("mu_ssim", "µ-law SSIM", "", "higher", lambda c: _luminance_ssim(*c.mu_pair), 4),
    Measure("display_psnr", "display-referred PU21-PSNR", "dB", "higher", lambda c: _pu21_psnr(*c.display_pair), 2),
    Measure("display_ssim", "display-referred PU21-SSIM", "", "higher", lambda c: _pu21_ssim(*c.display_pair), 4),
    Measure("scene_psnr", "scene-referred PU21-PSNR", "dB", "higher", lambda c: _pu21_psnr(*c.scene_pair), 2),
    Measure("scene_ssim", "scene-referred PU21-SSIM", "", "higher", lambda c: _pu21_ssim(*c.scene_pair), 4),
)

MEASURES: dict[str, Measure] = {row.name: row for row in _ROWS}


def measure(
    hdr: np.ndarray, truth: np.ndarray, ldr: np.ndarray, measures: dict[str, Measure] = MEASURES
) -> dict[str, float]:
    """Compute every measure of one result.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        truth: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the photo's white.
        ldr: The photo, display-encoded, float32, (H, W, 3), [0, 1].
        measures: Which; by default all of `MEASURES`.

    Returns:
        The numbers by the names of the measures; NaN where one has no meaning, such as `hi` where nothing is clipped.
    """
    pair = Comparison(hdr, truth, ldr)
    return {name: row.compute(pair) for name, row in measures.items()}
