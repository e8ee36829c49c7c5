"""Tone map an image with an operator of the table."""

from collections.abc import Callable

import numpy as np

from hdr_demo.strips import in_strips, over_strips
from hdr_demo.tonemap.metering import known_light
from hdr_demo.tonemap.planes import raise_to
from hdr_demo.tonemap.table import TONE_MAPPERS, Parameter

# No scene is brighter than this (the sun's disc is some 10**5 times a sunlit white wall); squares of it stay finite.
BRIGHTEST = np.float32(1e8)


def tone_map(
    hdr: np.ndarray,
    operator: str = "reinhard",
    *,
    gain: float = 1.0,
    statistics: np.ndarray | None = None,
    finish: Callable[[np.ndarray], np.ndarray] | None = None,
    **parameters: float,
) -> np.ndarray:
    """Render an HDR image for an ordinary display.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the input's white. It is not changed. Negative numbers
            and NaN count as black.
        operator: A name from `TONE_MAPPERS`.
        gain: What the light is multiplied with first.
        statistics: What the operator is to know of the image as a whole, as `measure` gives it, or a mean of what it
            gives for several frames; without it, the image is measured.
        finish: What becomes of a few rendered rows at a time, such as rounding them to codes, so that the picture never
            exists in floats.
        **parameters: The operator's own parameters by name; those left out take their defaults. `gamma` is common to
            all: the picture is raised to 1 / gamma in the end, so that more than 1 lifts the middle tones.

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1]; or what `finish` makes of it.

    Raises:
        ValueError: For an unknown operator or parameter, or a value out of its range; the text names the choices.
        TypeError: If `hdr` is not floating point.
    """
    values = check_parameters(operator, parameters)
    check_image(hdr)
    gamma = values.pop("gamma")
    row = TONE_MAPPERS[operator]

    def end(sdr: np.ndarray) -> np.ndarray:
        sdr = sdr if gamma == 1 else raise_to(sdr, 1 / gamma)
        return finish(sdr) if finish else sdr

    if row.local:
        sdr = row.apply(_cleaned(hdr, gain), statistics=statistics, **values)
        if gamma == 1 and finish is None:
            return sdr
        return in_strips(end, sdr, out=None if finish else sdr)
    if row.measure:
        values["statistics"] = known_light(_cleaned(hdr, gain), statistics)
    return in_strips(lambda strip: end(row.apply(_cleaned(strip, gain), **values)), hdr)


def measure(hdr: np.ndarray, operator: str, **parameters: float) -> np.ndarray:
    """Measure what an operator wants to know of an image as a whole, so that it can be averaged over frames.

    Args:
        hdr: As `tone_map` takes it.
        operator: A name from `TONE_MAPPERS`.
        **parameters: As `tone_map` takes them.

    Returns:
        Natural logarithms of its statistics, float64, (N,); (0,) for an operator that treats every pixel alike.

    Raises:
        ValueError: As in `tone_map`.
        TypeError: Likewise.
    """
    values = check_parameters(operator, parameters)
    check_image(hdr)
    row = TONE_MAPPERS[operator]
    values.pop("gamma")
    return np.empty(0) if row.measure is None else row.measure(_cleaned(hdr), **values)


def check_parameters(operator: str, parameters: dict[str, float]) -> dict[str, float]:
    """Complete an operator's parameters with its defaults.

    Raises:
        ValueError: As in `tone_map`.
    """
    if operator not in TONE_MAPPERS:
        raise ValueError(f"unknown tone-mapping operator {operator!r}; choose one of {', '.join(TONE_MAPPERS)}")
    known = {parameter.name: parameter for parameter in TONE_MAPPERS[operator].parameters}
    for name, value in parameters.items():
        if name not in known:
            raise ValueError(f"{operator} has no parameter {name!r}; it takes {', '.join(known)}")
        _check_range(operator, known[name], value)
    return {name: float(parameters.get(name, parameter.default)) for name, parameter in known.items()}


def _check_range(operator: str, parameter: Parameter, value: float) -> None:
    if not parameter.minimum <= value <= parameter.maximum:
        raise ValueError(
            f"{parameter.name} of {operator} must be from {parameter.minimum:g} to {parameter.maximum:g}, not {value}"
        )


def check_image(hdr: np.ndarray) -> None:
    """Refuse what is no linear RGB image.

    Raises:
        ValueError: For another shape than (H, W, 3), or no pixels.
        TypeError: If the numbers are integers.
    """
    if hdr.ndim != 3 or hdr.shape[2] != 3 or hdr.size == 0:
        raise ValueError(f"an HDR image has the shape (height, width, 3), not {hdr.shape}")
    if not np.issubdtype(hdr.dtype, np.floating):
        raise TypeError(f"an HDR image holds linear floating-point numbers, not {hdr.dtype}")


def _cleaned(hdr: np.ndarray, gain: float = 1.0) -> np.ndarray:
    """Give an exposed image that holds light only; the same one, not a copy, where it is that already."""
    if gain == 1 and hdr.dtype == np.float32 and all(over_strips(_is_clean, hdr)):
        return hdr
    return in_strips(lambda strip: _clean(strip if gain == 1 else strip * np.float32(gain)), hdr)


def _is_clean(hdr: np.ndarray) -> bool:
    return bool(hdr.min() >= 0 and hdr.max() <= BRIGHTEST)  # NaN is neither


def _clean(hdr: np.ndarray) -> np.ndarray:
    """Replace what no light can be: NaN and negative numbers by 0, infinity by `BRIGHTEST`."""
    return np.fmin(np.fmax(hdr, 0), BRIGHTEST).astype(np.float32, copy=False)
