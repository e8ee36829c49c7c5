"""ICC profiles: what an embedded profile says about a picture's codes (ICC.1:2022)."""

import struct
from dataclasses import dataclass

import numpy as np

from hdr_demo.io.shaper import Curve, Shaper

# Linear sRGB to CIE XYZ with the profile connection space's white D50 (IEC 61966-2-1 after Bradford adaptation; the
# colorants of the ICC's own sRGB profile).
_XYZ_D50_FROM_SRGB = np.array(
    [[0.4360657, 0.3851515, 0.1430784], [0.2224932, 0.7168870, 0.0606169], [0.0139160, 0.0970764, 0.7140961]]
)
_PARAMETERS = (1, 3, 4, 5, 7)  # numbers of a parametric curve by its type, ICC.1:2022 table 68


@dataclass(frozen=True)
class Profile:
    """What this program needs to know about an ICC profile.

    Attributes:
        space: The codes that it describes: "RGB", "GRAY", "CMYK", "Lab" or another signature of ICC.1:2022 table 19.
        shaper: The profile as curves and a matrix; None where it is a table that needs a colour management system.
        code_points: ColourPrimaries and TransferCharacteristics of ITU-T H.273, where the profile names them.
    """

    space: str
    shaper: Shaper | None
    code_points: tuple[int, int] | None


def parse_profile(data: bytes) -> Profile:
    """Understand an ICC profile.

    Args:
        data: The bytes of the profile.

    Returns:
        What it says.

    Raises:
        ValueError: If it is broken.
    """
    try:
        return _parse(data)
    except (struct.error, IndexError, KeyError, UnicodeDecodeError, np.linalg.LinAlgError) as error:
        raise ValueError("the ICC profile is broken") from error


def _parse(data: bytes) -> Profile:
    if data[36:40] != b"acsp":
        raise ValueError("the ICC profile has no signature")
    space, connection = (data[start : start + 4].decode("ascii").strip() for start in (16, 20))
    (count,) = struct.unpack_from(">I", data, 128)
    if count > 1000:
        raise ValueError(f"the ICC profile claims {count} tags")
    tags = {}
    for index in range(count):
        name, offset, size = struct.unpack_from(">4sII", data, 132 + 12 * index)
        if offset + size > len(data):
            raise ValueError("the ICC profile is cut off")
        tags[name] = data[offset : offset + size]
    code_points = (tags[b"cicp"][8], tags[b"cicp"][9]) if b"cicp" in tags else None
    return Profile(space, _shaper(space, connection, tags), code_points)


def _shaper(space: str, connection: str, tags: dict[bytes, bytes]) -> Shaper | None:
    if space == "GRAY" and b"kTRC" in tags:
        curve = _checked(_curve(tags[b"kTRC"]))
        return Shaper((curve,) if connection == "XYZ" else (_after(_luminance_of_lightness, curve),), None)
    # A table for the intent takes precedence over the matrix, ICC.1:2022 section 8.10.
    tables = any(name in tags for name in (b"A2B0", b"A2B1"))
    if space != "RGB" or connection != "XYZ" or tables:
        return None
    colorants = [struct.unpack_from(">3i", tags[name], 8) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    matrix = np.linalg.solve(_XYZ_D50_FROM_SRGB, np.array(colorants).T / 65536)
    return Shaper(tuple(_checked(_curve(tags[name])) for name in (b"rTRC", b"gTRC", b"bTRC")), matrix)


def _checked(curve: Curve) -> Curve:
    with np.errstate(all="ignore"):
        if not np.isfinite(curve(np.linspace(0, 1, 256))).all():
            raise ValueError("the ICC profile has a curve that is not finite")
    return curve


def _after(outer: Curve, inner: Curve) -> Curve:
    return lambda code: outer(inner(code))


def _luminance_of_lightness(lightness: np.ndarray) -> np.ndarray:
    """Turn L*/100 into Y (CIE 15:2004, section 8.2.1, solved for Y)."""
    cube_root = (100 * np.asarray(lightness) + 16) / 116
    return np.where(cube_root > 6 / 29, cube_root**3, (cube_root - 4 / 29) * (108 / 841))


def _curve(tag: bytes) -> Curve:
    """Read a one-dimensional curve: `curv` (section 10.6) or `para` (section 10.18)."""
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return lambda code: code
        values = np.array(struct.unpack_from(f">{count}H", tag, 12))
        if count == 1:
            return lambda code: np.asarray(code) ** (values[0] / 256)
        return lambda code: np.interp(code, np.linspace(0, 1, count), values / 65535)
    if tag[:4] != b"para":
        raise ValueError(f"the ICC profile has a curve of the unknown kind {tag[:4]!r}")
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind >= len(_PARAMETERS):
        raise ValueError(f"the ICC profile has a parametric curve of the unknown kind {kind}")
    gamma, *rest = (value / 65536 for value in struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12))
    return _parametric(kind, gamma, rest)


def _parametric(kind: int, gamma: float, rest: list[float]) -> Curve:
    """Build the curve y = (a x + b)^gamma + e from x = d on, c x + f below (ICC.1:2022 table 68)."""
    a, b, c, d, e, f = 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if kind in (1, 2):
        a, b, *offset = rest
        if a == 0:
            raise ValueError("the ICC profile divides by zero")
        d, e, f = -b / a, *(2 * (offset or [0.0]))
    elif kind in (3, 4):
        a, b, c, d, *offsets = rest
        e, f = offsets or (0.0, 0.0)

    def curve(code: np.ndarray) -> np.ndarray:
        code = np.asarray(code, np.float64)
        return np.where(code >= d, np.maximum(a * code + b, 0) ** gamma + e, c * code + f)

    return curve
