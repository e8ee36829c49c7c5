"""The measures: a table with a row for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hdr_demo import metrics
from hdr_demo.color import luminance
from hdr_demo.evaluation.comparison import Comparison

# "zero": the nearer to 0 the better, from either side.
Better = Literal["higher", "lower", "zero"]
ARROWS: dict[Better, str] = {"higher": "↑", "lower": "↓", "zero": "→ 0"}

# What equal images count as: one infinite value would make a mean infinite. 100 dB is an error of a hundred-thousandth.
HIGHEST_DECIBELS = 100.0


@dataclass(frozen=True)
class Measure:
    """One number that says how good an HDR image is.

    Attributes:
        name: Its key.
        label: What tables call it.
        unit: Such as "dB"; may be empty.
        better: Where the good values are.
        meaning: What it is, in a sentence.
        compute: From a comparison to the number; NaN where it has no meaning.
        digits: Behind the point, in tables.
    """

    name: str
    label: str
    unit: str
    better: Better
    meaning: str
    compute: Callable[[Comparison], float]
    digits: int

    @property
    def arrow(self) -> str:
        """Where the good values are, as a sign."""
        return ARROWS[self.better]


def _pu21_psnr(nits: np.ndarray, true_nits: np.ndarray) -> float:
    return min(metrics.pu21_psnr(nits, true_nits), HIGHEST_DECIBELS)


def _pu21_ssim(nits: np.ndarray, true_nits: np.ndarray) -> float:
    codes, true_codes = (metrics.encode_pu21(luminance(image)) for image in (nits, true_nits))
    return metrics.ssim(codes, true_codes, metrics.PU21_PEAK)


def _psnr(image: np.ndarray, truth: np.ndarray) -> float:
    return min(metrics.psnr(image, truth), HIGHEST_DECIBELS)


def _luminance_ssim(image: np.ndarray, truth: np.ndarray) -> float:
    return metrics.ssim(luminance(image), luminance(truth))


_ROWS = (
    Measure(
        "pu21_psnr",
        "PU21-PSNR",
        "dB",
        "higher",
        "As the eye counts light (Mantiuk & Azimi 2021), on all channels, peak 256.",
        lambda pair: _pu21_psnr(pair.nits, pair.true_nits),
        2,
    ),
    Measure(
        "pu21_psnr_crf",
        "PU21-PSNR, CRF fit",
        "dB",
        "higher",
        "The same after the camera's response, too, was fitted (Hanji et al. 2022, SI-HDR).",
        lambda pair: _pu21_psnr(pair.corrected_nits, pair.true_nits),
        2,
    ),
    Measure(
        "hi",
        "hi",
        "stops",
        "lower",
        "Mean |log2| luminance error on clipped pixels, in the photo's units: no gain is fitted.",
        lambda pair: metrics.highlight_error(pair.hdr, pair.truth, pair.clipped),
        3,
    ),
    Measure(
        "hi_gain",
        "hi, gain fit",
        "stops",
        "lower",
        "The same after the gain.",
        lambda pair: metrics.highlight_error(pair.fitted, pair.truth, pair.clipped),
        3,
    ),
    Measure(
        "range_bias",
        "range bias",
        "stops",
        "zero",
        "Dynamic range (99.9th over 0.1th percentile of the luminance) less that of the truth.",
        lambda pair: metrics.dynamic_range_stops(pair.hdr) - metrics.dynamic_range_stops(pair.truth),
        2,
    ),
    Measure(
        "harmed",
        "harmed",
        "%",
        "lower",
        "Share of the well-exposed pixels that are a quarter of a stop further from the truth than the photo is; each "
        "image has the gain that suits these pixels.",
        lambda pair: 100 * metrics.harmed_share(pair.hdr, pair.truth, pair.ldr),
        1,
    ),
    Measure(
        "pu21_ssim",
        "PU21-SSIM",
        "",
        "higher",
        "Structural similarity (Wang et al. 2004) of the PU21 values of the luminance.",
        lambda pair: _pu21_ssim(pair.nits, pair.true_nits),
        4,
    ),
    Measure(
        "pu21_ssim_crf",
        "PU21-SSIM, CRF fit",
        "",
        "higher",
        "The same after the camera's response, too, was fitted.",
        lambda pair: _pu21_ssim(pair.corrected_nits, pair.true_nits),
        4,
    ),
    Measure(
        "linear_psnr",
        "linear PSNR",
        "dB",
        "higher",
        "Of the light itself; the truth's 99.9th percentile is 1, and more is clipped.",
        lambda pair: _psnr(*pair.unit_pair),
        2,
    ),
    Measure(
        "linear_ssim",
        "linear SSIM",
        "",
        "higher",
        "Likewise, of the luminance.",
        lambda pair: _luminance_ssim(*pair.unit_pair),
        4,
    ),
    Measure(
        "mu_psnr",
        "µ-law PSNR",
        "dB",
        "higher",
        "Of log(1 + 5000 x) / log(5001) of the same light (Kalantari & Ramamoorthi 2017).",
        lambda pair: _psnr(*pair.mu_pair),
        2,
    ),
    Measure(
        "mu_ssim",
        "µ-law SSIM",
        "",
        "higher",
        "Likewise, of its luminance.",
        lambda pair: _luminance_ssim(*pair.mu_pair),
        4,
    ),
    Measure(
        "display_psnr",
        "display-referred PU21-PSNR",
        "dB",
        "higher",
        "Instead of the gain, the 0.1th and 99.9th percentiles of both images are put at 1 and 999 cd/m² "
        "(Marnerides et al. 2018).",
        lambda pair: _pu21_psnr(*pair.display_pair),
        2,
    ),
    Measure(
        "display_ssim",
        "display-referred PU21-SSIM",
        "",
        "higher",
        "Likewise, of the luminance.",
        lambda pair: _pu21_ssim(*pair.display_pair),
        4,
    ),
    Measure(
        "scene_psnr",
        "scene-referred PU21-PSNR",
        "dB",
        "higher",
        "Instead of the gain, the same percentiles are put at those of the truth (Marnerides et al. 2018).",
        lambda pair: _pu21_psnr(*pair.scene_pair),
        2,
    ),
    Measure(
        "scene_ssim",
        "scene-referred PU21-SSIM",
        "",
        "higher",
        "Likewise, of the luminance.",
        lambda pair: _pu21_ssim(*pair.scene_pair),
        4,
    ),
)

MEASURES: dict[str, Measure] = {row.name: row for row in _ROWS}


def measure(
    hdr: np.ndarray, truth: np.ndarray, ldr: np.ndarray, measures: Mapping[str, Measure] = MEASURES
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
