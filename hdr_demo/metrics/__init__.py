"""Measures: how far apart HDR images are, how much range one holds, how steady a clip is; a module for each family."""

from hdr_demo.metrics.fidelity import encode_mu_law, psnr, ssim
from hdr_demo.metrics.fit import correct_response, fit_gain
from hdr_demo.metrics.light import (
    WELL_EXPOSED,
    clipped_mask,
    dynamic_range_stops,
    harmed_share,
    highlight_error,
    log2_light,
    luminance_range_stops,
    well_exposed_mask,
)
from hdr_demo.metrics.protocols import match_to_display, match_to_truth
from hdr_demo.metrics.pu21 import PU21_PEAK, encode_pu21, pu21_psnr
from hdr_demo.metrics.steadiness import (
    TemporalDetail,
    flicker,
    log2_mean_light,
    mean_log2_light,
    smoothness,
    wandering,
)

__all__ = [
    "WELL_EXPOSED",
    "PU21_PEAK",
    "TemporalDetail",
    "clipped_mask",
    "correct_response",
    "dynamic_range_stops",
    "encode_mu_law",
    "encode_pu21",
    "fit_gain",
    "flicker",
    "harmed_share",
    "highlight_error",
    "log2_light",
    "log2_mean_light",
    "luminance_range_stops",
    "match_to_display",
    "match_to_truth",
    "mean_log2_light",
    "psnr",
    "pu21_psnr",
    "smoothness",
    "ssim",
    "wandering",
    "well_exposed_mask",
]
