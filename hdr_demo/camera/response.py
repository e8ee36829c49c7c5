"""How a camera writes light down: one row for each family of responses.

A response takes exposed light, linear, float32, (H, W, 3), [0, inf), where 1.0 is the sensor's clipping point, and
gives display-encoded values, float32, the same shape, [0, 1]. A *curve* clips the light and bends each channel by
itself; a *tone mapper* squeezes the scene's whole range into the picture, as photographs "from HDR" and the training
pictures of the original ExpandNet are made, so that its white is not where the sensor clips.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hdr_demo.color import decode_srgb, encode_srgb, luminance
from hdr_demo.tonemap import tone_map

Curve = Callable[[np.ndarray], np.ndarray]

# Light this far below the sRGB curve's reach is dark whatever the response; it says nothing about the scale.
ANCHOR_RANGE = (0.02, 0.8)


@dataclass(frozen=True)
class Response:
    """A family of cameras.

    Attributes:
        name: What the command line calls it.
        label: What the app calls it.
        draw: Chooses one member at random.
        default: The family's typical member.
        keeps_white: Whether 1.0 of the exposed light becomes the picture's white.
        source: The paper or specification that defines the family.
    """

    name: str
    label: str
    draw: Callable[[np.random.Generator], Curve]
    default: Curve
    keeps_white: bool
    source: str


def gamma_curve(gamma: float) -> Curve:
    """Bend light by a power law, code = light ** (1 / gamma)."""
    return lambda light: np.clip(light, 0, 1) ** np.float32(1 / gamma)


def sigmoid_curve(exponent: float, sigma: float) -> Curve:
    """Bend light as an average camera does: (1 + sigma) H^n / (H^n + sigma), Eilertsen et al. 2017, equation 5.

    Args:
        exponent: n of the equation; its mean over cameras is 0.9.
        sigma: Of the equation; its mean over cameras is 0.6.
    """

    def respond(light: np.ndarray) -> np.ndarray:
        powered = np.clip(light, 0, 1) ** np.float32(exponent)
        return np.float32(1 + sigma) * powered / (powered + np.float32(sigma))

    return respond


def percentile_exposure(gamma: float, low: float, high: float) -> Curve:
    """Expose so that a share of the values is black and another white, then bend by a power law.

    Args:
        gamma: Of the power law.
        low: Per cent of the values that become black.
        high: Per cent of the values that do not become white.
    """

    def respond(light: np.ndarray) -> np.ndarray:
        dark, bright = np.percentile(light, (low, high))
        return np.clip((light - dark) / max(bright - dark, 1e-6), 0, 1).astype(np.float32) ** np.float32(1 / gamma)

    return respond


def _draw_sigmoid(rng: np.random.Generator) -> Curve:
    # The constants and their limits are those of HDRCNN's published virtual camera.
    exponent, sigma = np.clip(rng.normal(0.9, 0.1), 0.2, 2.5), np.clip(rng.normal(0.6, 0.1), 1e-3, 5.0)
    return sigmoid_curve(float(exponent), float(sigma))


def _tone_mapper(name: str, **parameters: float) -> Curve:
    return lambda light: tone_map(light, name, **parameters)


def _draw_reinhard(rng: np.random.Generator) -> Curve:
    return _tone_mapper(
        "reinhard",
        intensity=rng.uniform(-1, 1),
        light_adaptation=rng.uniform(0.8, 1),
        color_adaptation=rng.uniform(0, 0.2),
    )


_ORIGINAL = "The training pictures of ExpandNet, Marnerides et al. 2018; ranges as in its published code."

_ROWS = (
    Response("srgb", "sRGB", lambda rng: encode_srgb, encode_srgb, True, "IEC 61966-2-1."),
    Response(
        "gamma",
        "Gamma",
        lambda rng: gamma_curve(rng.uniform(1.8, 2.4)),
        gamma_curve(2.2),
        True,
        "A power law, as old cameras and many scripts use.",
    ),
    Response(
        "sigmoid",
        "Film-like (sigmoid)",
        _draw_sigmoid,
        sigmoid_curve(0.9, 0.6),
        True,
        "The curve fitted to the measured responses of 201 cameras, Eilertsen et al. 2017 (HDRCNN).",
    ),
    Response(
        "percentile",
        "Contrast stretch",
        lambda rng: percentile_exposure(rng.uniform(1.8, 2.2), rng.uniform(0, 15), rng.uniform(85, 100)),
        percentile_exposure(2.0, 2.0, 95.0),
        False,
        _ORIGINAL,
    ),
    Response("reinhard", "Tone-mapped: Reinhard", _draw_reinhard, _tone_mapper("reinhard"), False, _ORIGINAL),
    Response(
        "mantiuk",
        "Tone-mapped: Mantiuk",
        lambda rng: _tone_mapper("mantiuk", scale=rng.uniform(0.65, 0.85)),
        _tone_mapper("mantiuk"),
        False,
        _ORIGINAL,
    ),
    Response(
        "drago",
        "Tone-mapped: Drago",
        lambda rng: _tone_mapper("drago", bias=rng.uniform(0.7, 0.9)),
        _tone_mapper("drago"),
        False,
        _ORIGINAL,
    ),
    Response(
        "durand",
        "Tone-mapped: Durand",
        lambda rng: _tone_mapper("durand", contrast=rng.uniform(1.5, 3.5)),
        _tone_mapper("durand"),
        False,
        _ORIGINAL,
    ),
)

RESPONSES: dict[str, Response] = {row.name: row for row in _ROWS}

# What "unknown response" means wherever scores are given: a curve that nobody told the program, equally often of each
# family. A tone-mapped picture has no response in this sense; it is measured under the name of its operator.
UNKNOWN_RESPONSES = tuple(row.name for row in _ROWS if row.keeps_white and row.name != "srgb")


def choose_response(name: str) -> Response:
    """Find a family by its name.

    Raises:
        ValueError: If there is none of that name.
    """
    if name not in RESPONSES:
        raise ValueError(f"response must be one of {', '.join(RESPONSES)}, not {name!r}")
    return RESPONSES[name]


def anchor_to_photo(hdr: np.ndarray, ldr: np.ndarray) -> np.ndarray:
    """Scale a scene so that a tone-mapped picture of it, decoded as sRGB, has the same mean log luminance.

    A tone mapper leaves no exposure to speak of; this gives the truth the unit that a viewer of the picture would give.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        ldr: The picture, display-encoded, float32, (H, W, 3), [0, 1].

    Returns:
        Linear RGB, float32, (H, W, 3), [0, inf).
    """
    seen, true = luminance(decode_srgb(ldr)), luminance(hdr)
    used = (seen > ANCHOR_RANGE[0]) & (seen < ANCHOR_RANGE[1]) & (true > 0)
    if not used.any():
        return hdr
    return hdr * np.float32(np.exp(np.mean(np.log(seen[used]) - np.log(true[used]))))
