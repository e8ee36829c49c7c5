"""Between the light of an HDR picture and the PQ and HLG signals that files hold (ITU-R BT.2100-2)."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from hdr_demo.color import (
    BT709_TO_BT2020,
    PQ_PEAK_NITS,
    REFERENCE_WHITE_NITS,
    brightest_channel,
    decode_hlg,
    decode_pq,
    encode_pq,
    find_knee,
    hlg_display,
    roll_off,
)
from hdr_demo.errors import ImageError
from hdr_demo.io.shaper import PRIMARIES, matrix_to_bt709
from hdr_demo.strips import in_strips, over_strips

# Numbers of ITU-T H.273: tables 2 (primaries), 3 (transfer) and 4 (matrix).
BT2020, PQ, HLG, BT2020_NCL, RGB_MATRIX = 9, 16, 18, 9, 0
# How codes become light, each channel for itself, and how a display shows that, in nits.
_DECODERS: dict[int, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]] = {
    PQ: (decode_pq, lambda nits: nits),
    HLG: (decode_hlg, hlg_display),
}
# The volume that a picture is mastered for, as this program's clips state it: the primaries of P3 (x and y of red,
# green and blue), the white D65, and the darkest light.
MASTERING_PRIMARIES = (0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
MASTERING_WHITE = (0.3127, 0.3290)
MASTERING_BLACK_NITS = 0.0001

_BAND_PIXELS = 1 << 18
# The brightest finite light that is taken for one; ratios of channels stay finite.
_BRIGHTEST = np.float32(1e9)


@dataclass(frozen=True)
class LightLevel:
    """How bright a picture is (CTA-861.3, annex A), in cd/m²: its brightest channel anywhere, and on average."""

    content: float
    average: float


def bands(height: int, width: int) -> Iterator[slice]:
    """Cut a picture into bands of rows, so that what is computed from one stays within a few megabytes."""
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def find_brightest(light: np.ndarray) -> float:
    """Find the largest finite number of a picture, float32, (H, W, 3); at least 0, and at most what counts as light."""
    return max(over_strips(_brightest_of, light))


def _brightest_of(light: np.ndarray) -> float:
    brightest = float(light.max())
    if brightest <= _BRIGHTEST:  # NaN is not
        return max(brightest, 0.0)
    return float(np.max(light, initial=0, where=light <= _BRIGHTEST))


def limit_light(light: np.ndarray, peak: float, white_nits: float = 1.0, source: float = PQ_PEAK_NITS) -> np.ndarray:
    """Roll light off to a peak: the brightest of a pixel's channels decides, and all three follow.

    Args:
        light: Linear RGB, float32, (H, W, 3); 1.0 is `white_nits`. Negative numbers and NaN become 0.
        peak: In cd/m².
        white_nits: In cd/m².
        source: The brightest of the whole picture, in cd/m²: it becomes the peak, or stays if it is no brighter.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, `peak` / `white_nits`].
    """
    light = np.fmin(np.fmax(light, 0), _BRIGHTEST)
    brightest = brightest_channel(light)
    above = brightest > min(find_knee(peak, source), peak) / white_nits  # nothing below has to be touched
    if above.any():
        nits = brightest[above].astype(np.float64) * white_nits
        light[above] *= (roll_off(nits, peak, source) / nits).astype(np.float32)[:, np.newaxis]
    return light


def to_pq_codes(hdr: np.ndarray, maximum: int, white_nits: float, peak_nits: float) -> tuple[np.ndarray, LightLevel]:
    """Encode a picture as PQ with the BT.2020 primaries.

    Args:
        hdr: Linear BT.709 RGB, float32, (H, W, 3); 1.0 is diffuse white. Colours outside BT.2020 are clipped to it.
        maximum: The largest code, such as 65535.
        white_nits: The luminance of 1.0.
        peak_nits: What no channel exceeds; brighter light is rolled off.

    Returns:
        R'G'B', uint16, (H, W, 3), [0, `maximum`], and how bright the picture is.
    """
    matrix = BT709_TO_BT2020 * np.float32(white_nits)
    codes = np.empty(hdr.shape, np.uint16)
    # No channel of BT.2020, which has more room, is brighter than the brightest of BT.709.
    source, peak = find_brightest(hdr) * white_nits, min(peak_nits, PQ_PEAK_NITS)

    def encode(strip: np.ndarray, out: np.ndarray) -> tuple[float, float]:
        light = np.fmin(np.fmax(np.nan_to_num(strip, posinf=_BRIGHTEST), -_BRIGHTEST), _BRIGHTEST)
        nits = limit_light(cv2.transform(light, matrix).reshape(light.shape), peak, source=source)
        out[:] = np.rint(encode_pq(nits) * np.float32(maximum))
        brightest = brightest_channel(nits)
        return float(brightest.max()), float(brightest.sum(dtype=np.float64))

    contents, totals = zip(*over_strips(encode, hdr, codes), strict=True)
    return codes, LightLevel(max(contents), sum(totals) / codes[..., 0].size)


def from_codes(codes: np.ndarray, primaries: int, transfer: int, scale: float, black: float = 0.0) -> np.ndarray:
    """Find the light that PQ or HLG codes stand for.

    An HLG picture is shown as on a display of 1000 nits, which is what its reference white of 203 nits is defined for
    (ITU-R BT.2408-7, table 1).

    Args:
        codes: R'G'B', uint8 or uint16, (H, W, 3).
        primaries: ColourPrimaries of ITU-T H.273.
        transfer: TransferCharacteristics: 16 (PQ) or 18 (HLG).
        scale: How many codes the signal has from 0 to 1.
        black: The code of 0.

    Returns:
        Linear BT.709 RGB, float32, (H, W, 3); 1.0 is 203 nits. Colours outside BT.709 have negative values.
    """
    decode, show = _DECODERS[transfer]
    matrix = (matrix_to_bt709(primaries) / REFERENCE_WHITE_NITS).astype(np.float32)
    signal = (np.arange(np.iinfo(codes.dtype).max + 1, dtype=np.float32) - np.float32(black)) / np.float32(scale)
    table = decode(np.clip(signal, 0, 1)).astype(np.float32)  # of every code there is

    def light(strip: np.ndarray) -> np.ndarray:
        return cv2.transform(show(np.take(table, strip)), matrix).reshape(strip.shape)

    return in_strips(light, codes)


def whole_nits(nits: float) -> int:
    """Round up to whole cd/m²: what is stated shall not be exceeded."""
    return math.ceil(nits - 1e-3)


def check_primaries(name: str, primaries: int) -> None:
    """Refuse primaries that this program does not know.

    Raises:
        ImageError: If it does not.
    """
    if primaries not in PRIMARIES:
        raise ImageError(
            f"{name} names colour primaries (number {primaries} of ITU-T H.273) that cannot be read: save it with "
            "those of BT.2020, Display P3 or BT.709."
        )
