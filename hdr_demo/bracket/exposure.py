"""How long and how sensitively a camera says that it exposed a photo (EXIF 3.0, section 4.6.5)."""

import math
import os
from dataclasses import dataclass

from hdr_demo.io import read_exif_numbers

_TIME, _FNUMBER, _SHUTTER, _APERTURE = 0x829A, 0x829D, 0x9201, 0x9202
# PhotographicSensitivity is counted to 65535; beyond that it says so, and one of three others has the number.
_ISO, _MOST_ISO, _ISO_BEYOND = 0x8827, 65535, (0x8833, 0x8832, 0x8831)
# A year, and the flash of an atom bomb: what lies beyond is a slip of the finger.
LONGEST_TIME, SHORTEST_TIME = 3e7, 1e-9
TAGS = (_TIME, _FNUMBER, _SHUTTER, _APERTURE, _ISO, *_ISO_BEYOND)


@dataclass(frozen=True)
class Exposure:
    """What a camera says of an exposure.

    Attributes:
        seconds: The exposure time.
        gain: ISO / 100 over the square of the f-number; 1 where the camera tells neither.
        iso: As it says, or None.
        f_number: As it says, or None.
    """

    seconds: float
    gain: float
    iso: float | None = None
    f_number: float | None = None

    @property
    def relative(self) -> float:
        """How much light becomes signal: seconds times gain."""
        return self.seconds * self.gain


def read_exposure(path: str | os.PathLike[str]) -> Exposure | None:
    """Read the exposure of a photo from its EXIF data; None where they tell no time.

    Raises:
        ImageError: If there is no such file, or it is no picture.
    """
    return exposure_of(read_exif_numbers(path, TAGS))


def read_time(path: str | os.PathLike[str]) -> float | None:
    """Read the relative exposure of a photo likewise: seconds times ISO / 100 over the square of the f-number."""
    exposure = read_exposure(path)
    return None if exposure is None else exposure.relative


def read_time_text(text: str) -> float | None:
    """Read an exposure time as people write it: "1/250", "0.5", "2 s", "1,6″"; None for what is none."""
    parts = text.strip().lower().rstrip('"″”秒s ').replace(",", ".").split("/")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        return None
    if len(numbers) > 2 or not all(math.isfinite(number) and number > 0 for number in numbers):
        return None
    time = numbers[0] / numbers[1] if len(numbers) == 2 else numbers[0]
    return time if SHORTEST_TIME <= time <= LONGEST_TIME else None


def exposure_of(numbers: dict[int, float]) -> Exposure | None:
    """Say an exposure from EXIF numbers by tag; APEX values serve where the plain ones are missing."""
    seconds = _sensible(numbers.get(_TIME)) or _power(-1.0, numbers.get(_SHUTTER))
    if seconds is None:
        return None
    f_number = _sensible(numbers.get(_FNUMBER)) or _power(0.5, numbers.get(_APERTURE))
    iso = _sensible(numbers.get(_ISO))
    if iso is None or iso >= _MOST_ISO:
        iso = next(filter(None, (_sensible(numbers.get(tag)) for tag in _ISO_BEYOND)), iso)
    return Exposure(seconds, (iso or 100.0) / 100 / (f_number or 1.0) ** 2, iso, f_number)


def _sensible(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and value > 0 else None


def _power(factor: float, apex: float | None) -> float | None:
    return None if apex is None or not abs(apex) < 40 else _sensible(2.0 ** (factor * apex))
