"""The constants of the viewer's shader, each from the module that defines it."""

import json
from pathlib import Path

import numpy as np

from hdr_demo.color import BT709_TO_BT2020, BT2020_TO_BT709, LUMINANCE_WEIGHTS, REFERENCE_WHITE_NITS
from hdr_demo.metrics.light import CLIPPED_CODE
from hdr_demo.tonemap import adaptive, curves, metering, recolor
from hdr_demo.ui import false_color

HERE = Path(__file__).parent
PARTS = (
    "screen_range",
    "viewer_shader",
    "viewer_source",
    "viewer_picture",
    "viewer_controls",
    "viewer_stage",
)
VIEWER = (
    "viewer_extended",
    "viewer_layout",
    "viewer_screen",
    "viewer_settings",
    "viewer_pixel",
    "viewer_full",
    "viewer",
)


def shader_constants() -> dict[str, object]:
    """Gather what viewer_shader.js calls LIGHT."""
    return {
        "luminance": LUMINANCE_WEIGHTS.tolist(),
        "nits": REFERENCE_WHITE_NITS,
        "tiny": float(recolor.TINY),
        "white": metering.WHITE,
        "hable": [
            curves.HABLE_A,
            curves.HABLE_B,
            curves.HABLE_C,
            curves.HABLE_D,
            curves.HABLE_E,
            curves.HABLE_F,
        ],
        "hableBias": curves.HABLE_EXPOSURE_BIAS,
        "agxInset": (curves.AGX_INSET @ BT709_TO_BT2020).tolist(),
        "agxOutset": np.linalg.inv(curves.AGX_INVERSE_OUTSET).tolist(),
        "agxRange": [curves.AGX_LOWEST, curves.AGX_HIGHEST],
        "agxSigmoid": list(curves.AGX_SIGMOID),
        "agxGamma": curves.AGX_DISPLAY_GAMMA,
        "bt2020ToBt709": BT2020_TO_BT709.tolist(),
        "neutral": [curves.NEUTRAL_F90, curves.NEUTRAL_START, curves.NEUTRAL_DESATURATION],
        "responsePower": adaptive.RESPONSE_POWER,
        "reinhardLeastRange": adaptive.REINHARD_LEAST_RANGE,
        "dragoContrast": adaptive.DRAGO_CONTRAST,
        "lowestStops": false_color.LOWEST_STOPS,
        "colors": false_color.COLORS.tolist(),
        "clippedCode": CLIPPED_CODE,
    }


def viewer_script(*mains: str) -> str:
    """Join the viewer's JavaScript: the body of a function of `element`, `props`, `watch` and `trigger`.

    Args:
        mains: The files that come after the shared parts; by default the viewer itself.
    """
    constants = f"const LIGHT = {json.dumps(shader_constants())};\n"
    parts = (*PARTS, *(mains or VIEWER))
    return constants + "\n".join((HERE / f"{part}.js").read_text(encoding="utf-8") for part in parts)
