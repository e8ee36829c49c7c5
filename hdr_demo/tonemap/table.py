"""The table of tone-mapping operators: the command line takes its choices from it, the app its sliders."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hdr_demo.tonemap.adaptive import drago, mantiuk, photographic, reinhard
from hdr_demo.tonemap.curves import aces, agx, exposure, hable, neutral
from hdr_demo.tonemap.durand import durand, measure_base
from hdr_demo.tonemap.metering import measure_light


@dataclass(frozen=True)
class Parameter:
    """A number that a person can set, and the slider that sets it."""

    name: str
    label: str
    default: float
    minimum: float
    maximum: float
    step: float


@dataclass(frozen=True)
class ToneMapper:
    """An operator and what a person needs to choose and steer it.

    Attributes:
        name: What the command line calls it.
        label: What the app calls it.
        apply: The operator itself: linear RGB and one keyword for each parameter but `gamma` in, sRGB out. Call it
            through `tone_map`, which checks and cleans the image first.
        parameters: What can be set, in the order of the sliders.
        source: The paper or specification that defines it.
        local: Whether a pixel's result depends on its surroundings.
        measure: What an operator that adapts to the whole image wants to know of it, as natural logarithms: linear RGB
            and the same keywords in, float64, (N,) out. `apply` then takes it as `statistics`.
    """

    name: str
    label: str
    apply: Callable[..., np.ndarray]
    parameters: tuple[Parameter, ...]
    source: str
    local: bool = False
    measure: Callable[..., np.ndarray] | None = None


def _stops(default: float = 0.0) -> Parameter:
    return Parameter("stops", "Exposure (stops)", default, -8.0, 8.0, 0.1)


def _saturation(default: float = 1.0) -> Parameter:
    return Parameter("saturation", "Saturation", default, 0.0, 2.0, 0.05)


# Every operator ends with it: what `tone_map` does to the finished picture.
_GAMMA = Parameter("gamma", "Gamma", 1.0, 0.4, 3.0, 0.05)

_ROWS = (
    ToneMapper(
        "exposure",
        "Exposure",
        exposure,
        (_stops(), _GAMMA),
        "The camera itself: light is doubled with each stop, clipped at 1.0 and encoded as sRGB (IEC 61966-2-1).",
    ),
    ToneMapper(
        "reinhard",
        "Reinhard & Devlin",
        reinhard,
        (
            Parameter("intensity", "Intensity", 0.0, -8.0, 8.0, 0.1),
            Parameter("light_adaptation", "Light adaptation", 0.9, 0.0, 1.0, 0.05),
            Parameter("color_adaptation", "Colour adaptation", 0.0, 0.0, 1.0, 0.05),
            _GAMMA,
        ),
        "Reinhard and Devlin, Dynamic Range Reduction Inspired by Photoreceptor Physiology, IEEE TVCG 11(1), 2005.",
        measure=measure_light,
    ),
    ToneMapper(
        "mantiuk",
        "Mantiuk",
        mantiuk,
        (Parameter("scale", "Contrast scale", 0.75, 0.2, 1.0, 0.01), _saturation(), _GAMMA),
        "Mantiuk, Myszkowski and Seidel, A Perceptual Framework for Contrast Processing of High Dynamic Range Images, "
        "ACM TAP 3(3), 2006: contrast mapping.",
        measure=measure_light,
    ),
    ToneMapper(
        "drago",
        "Drago",
        drago,
        (Parameter("bias", "Bias", 0.85, 0.5, 1.0, 0.01), _saturation(), _GAMMA),
        "Drago, Myszkowski, Annen and Chiba, Adaptive Logarithmic Mapping for Displaying High Contrast Scenes, "
        "Computer Graphics Forum 22(3), 2003.",
        measure=measure_light,
    ),
    ToneMapper(
        "durand",
        "Durand & Dorsey",
        durand,
        (
            Parameter("contrast", "Contrast of the base layer", 3.0, 0.5, 10.0, 0.1),
            Parameter("sigma_space", "Filter width (% of the longer side)", 2.0, 0.5, 10.0, 0.1),
            Parameter("sigma_color", "Edge threshold (log10)", 0.4, 0.05, 2.0, 0.05),
            _saturation(),
            _GAMMA,
        ),
        "Durand and Dorsey, Fast Bilateral Filtering for the Display of High-Dynamic-Range Images, SIGGRAPH 2002.",
        local=True,
        measure=measure_base,
    ),
    ToneMapper(
        "photographic",
        "Photographic (Reinhard 2002)",
        photographic,
        (Parameter("key", "Key", 0.18, 0.02, 0.8, 0.01), _saturation(), _GAMMA),
        "Reinhard, Stark, Shirley and Ferwerda, Photographic Tone Reproduction for Digital Images, SIGGRAPH 2002: the "
        "global operator with burn-out (equation 4).",
        measure=measure_light,
    ),
    ToneMapper(
        "hable",
        "Hable (Uncharted 2)",
        hable,
        (_stops(0.5), Parameter("white", "White", 11.2, 1.0, 50.0, 0.1), _GAMMA),
        "Hable, Uncharted 2: HDR Lighting, Game Developers Conference 2010.",
    ),
    ToneMapper(
        "aces",
        "ACES (Narkowicz)",
        aces,
        (_stops(-0.5), _GAMMA),
        "Narkowicz, ACES Filmic Tone Mapping Curve, 2015.",
    ),
    ToneMapper(
        "agx",
        "AgX",
        agx,
        (_stops(0.5), Parameter("contrast", "Contrast", 1.35, 0.5, 2.0, 0.05), _saturation(1.4), _GAMMA),
        "Sobotka, AgX, 2022, as in Blender 4; the sigmoid after Wrensch, Minimal AgX Implementation, 2023.",
    ),
    ToneMapper(
        "neutral",
        "Khronos PBR Neutral",
        neutral,
        (_stops(0.3), _GAMMA),
        "Khronos Group, PBR Neutral Tone Mapper, 2024.",
    ),
)

TONE_MAPPERS = {row.name: row for row in _ROWS}
