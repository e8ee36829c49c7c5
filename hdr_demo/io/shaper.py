"""Colour spaces made of curves and a matrix, and the way from them to sRGB."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hdr_demo.color import decode_srgb, encode_srgb

Curve = Callable[[np.ndarray], np.ndarray]

# CIE 1931 xy of red, green, blue, by the numbers of ITU-T H.273, table 2; the white point of all of them is D65.
PRIMARIES = {
    1: (0.640, 0.330, 0.300, 0.600, 0.150, 0.060),  # BT.709, sRGB
    5: (0.640, 0.330, 0.290, 0.600, 0.150, 0.060),  # BT.470 BG
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE 170M
    7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE 240M
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
}
_ADOBE_RGB_PRIMARIES = (0.640, 0.330, 0.210, 0.710, 0.150, 0.060)  # Adobe RGB (1998), section 4.2.1
_D65 = (0.3127, 0.3290)
# ICC.1:2022, annex E.
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

# ITU-T H.273, table 3. Viewers show the camera curves of BT.709 and BT.2020 (1, 6, 14, 15) as if they were sRGB's,
# because that is how such pictures were judged when they were made; the same is done here.
_CURVES: dict[int, Curve] = {
    4: lambda code: code**2.2,
    5: lambda code: code**2.8,
    8: lambda code: code,
}
HDR_TRANSFERS = {16: "PQ", 18: "HLG"}

# A transform that moves no 8-bit code by a whole step, not even the dark channel of a bright saturated colour, is that
# of sRGB itself with the rounded numbers of a profile.
_SAME = 1 / 255


@dataclass(frozen=True)
class Shaper:
    """A colour space: one curve for each channel, then a matrix.

    Attributes:
        curves: One (grey) or three (RGB) functions from codes in [0, 1] to linear light in [0, 1].
        matrix: From the space's linear RGB to linear BT.709, float64, (3, 3); None for grey.
    """

    curves: tuple[Curve, ...]
    matrix: np.ndarray | None

    def is_srgb(self) -> bool:
        """Tell whether codes of this space mean the same in sRGB, to less than an 8-bit step."""
        levels = np.linspace(0, 255, 18).round().astype(np.uint8)
        if self.matrix is None:
            grid = levels[None, :, None]
        else:
            grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(1, -1, 3)
        return bool(np.abs(self.transform(255)(grid) - grid / 255).max() < _SAME)

    def transform(self, maximum: int) -> Callable[[np.ndarray], np.ndarray]:
        """Prepare the way from codes to sRGB.

        Args:
            maximum: The code that means 1.0.

        Returns:
            A function from codes, uint8 or uint16, (H, W, 1 or 3), [0, maximum], to display-encoded sRGB, float32,
            (H, W, 3), [0, 1]. Colours outside sRGB's gamut are clipped to it.
        """
        codes = np.arange(maximum + 1) / maximum
        tables = [np.clip(curve(codes), 0, 1).astype(np.float32) for curve in self.curves]
        if self.matrix is None:
            table = encode_srgb(tables[0])
            return lambda grey: np.repeat(table[grey], 3, axis=-1)
        matrix = self.matrix.T.astype(np.float32)

        def to_srgb(rgb: np.ndarray) -> np.ndarray:
            linear = np.empty((*rgb.shape[:-1], 3), np.float32)
            for channel, table in enumerate(tables):
                # Grey codes under an RGB space have one channel, which serves for all three.
                linear[..., channel] = table[rgb[..., min(channel, rgb.shape[-1] - 1)]]
            return encode_srgb(linear @ matrix)

        return to_srgb


def _xyz_from_rgb(primaries: tuple[float, ...], white: tuple[float, ...] = _D65) -> np.ndarray:
    """Solve for the matrix from linear RGB to CIE XYZ (SMPTE RP 177)."""
    xyz = np.array([_xyz(*point) for point in zip(primaries[::2], primaries[1::2], strict=True)]).T
    return xyz * np.linalg.solve(xyz, _xyz(*white))


def _xyz(x: float, y: float) -> list[float]:
    return [x / y, 1.0, (1 - x - y) / y]


def matrix_of_chromaticities(chromaticities: Sequence[float]) -> np.ndarray:
    """Give the matrix from linear RGB of any primaries and white to linear BT.709, white to white (after Bradford).

    Args:
        chromaticities: CIE 1931 x and y of red, green, blue and white.

    Returns:
        float64, (3, 3).

    Raises:
        ValueError: If they span no colour space.
    """
    try:
        source = _xyz_from_rgb(tuple(chromaticities[:6]), tuple(chromaticities[6:]))
        gains = (_BRADFORD @ _xyz(*_D65)) / (_BRADFORD @ _xyz(*chromaticities[6:]))
        adapted = np.linalg.solve(_BRADFORD, gains[:, np.newaxis] * (_BRADFORD @ source))
        matrix = np.linalg.solve(_xyz_from_rgb(PRIMARIES[1]), adapted)
    except (ZeroDivisionError, np.linalg.LinAlgError) as error:
        raise ValueError("the chromaticities span no colour space") from error
    if not np.isfinite(matrix).all():
        raise ValueError("the chromaticities span no colour space")
    return matrix


def matrix_to_bt709(primaries: int) -> np.ndarray:
    """Give the matrix from linear RGB of a number of ITU-T H.273, table 2, to linear BT.709, float64, (3, 3).

    Raises:
        KeyError: If the number is not known here.
    """
    return _to_bt709(PRIMARIES[primaries])


def _to_bt709(primaries: tuple[float, ...]) -> np.ndarray:
    return np.linalg.solve(_xyz_from_rgb(PRIMARIES[1]), _xyz_from_rgb(primaries))


def shaper_of_code_points(primaries: int, transfer: int) -> Shaper:
    """Find the colour space of a pair of coding-independent code points (ITU-T H.273).

    Args:
        primaries: ColourPrimaries; an unknown number is read as BT.709.
        transfer: TransferCharacteristics; a number other than 4, 5 and 8 is read as sRGB's.

    Returns:
        The colour space.
    """
    curve = _CURVES.get(transfer, decode_srgb)
    return Shaper((curve, curve, curve), _to_bt709(PRIMARIES.get(primaries, PRIMARIES[1])))


def adobe_rgb() -> Shaper:
    """Give the Adobe RGB (1998) colour space; its exponent is 563/256 (section 4.3.1.2)."""
    curve = lambda code: code ** (563 / 256)  # noqa: E731
    return Shaper((curve, curve, curve), _to_bt709(_ADOBE_RGB_PRIMARIES))
