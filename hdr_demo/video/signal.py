"""How light becomes a signal: SDR, PQ and HLG, each with the codes that name it.

Light brighter than the peak is rolled off by one fixed curve, as if the source could reach 10,000 nits everywhere.
A curve that ended at the brightest pixel of a frame, or of a clip, would use the peak better, but it would change
what is far below: from frame to frame (pumping), or with what comes later in the clip, which a stream cannot know.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from hdr_demo.color import (
    BT709_TO_BT2020,
    BT2020_LUMINANCE_WEIGHTS,
    HLG_PEAK_NITS,
    LUMINANCE_WEIGHTS,
    PQ_PEAK_NITS,
    brightest_channel,
    encode_hlg,
    encode_pq,
    hlg_scene,
    roll_off,
)
from hdr_demo.strips import in_strips

# Curves are tabulated over the upper 20 bits of a float32: 2048 steps an octave. PQ has at most 0.071 an octave and
# HLG 0.124, so that a step is 0.04 and 0.06 of 1023 codes, and the middle of a step is off by half of that.
_DROPPED_BITS = 12
# Light above this is clipped channel by channel, so that ratios of channels stay finite.
_BRIGHTEST_NITS = 1e7


@dataclass(frozen=True)
class Signal:
    """A way to encode light, and how files name it.

    Attributes:
        bits: Of a sample.
        luma_weights: Of R', G' and B' in luma, float32, (3,).
        primaries: ColourPrimaries of ITU-T H.273, table 2.
        transfer: TransferCharacteristics, table 3.
        matrix: MatrixCoefficients, table 4.
        has_light_level: Whether files state a mastering display and how bright the clip is.
        light: From a frame, white and peak in nits to what a display shall emit: linear RGB with the BT.2020
            primaries, in cd/m²; None if the frame holds a signal, not light.
        encode: From that light, or from the frame, to the signal R'G'B', float32, (H, W, 3), [0, 1].
    """

    bits: int
    luma_weights: np.ndarray
    primaries: int
    transfer: int
    matrix: int
    has_light_level: bool
    light: Callable[[np.ndarray, float, float], np.ndarray] | None
    encode: Callable[[np.ndarray], np.ndarray]


def to_light(hdr: np.ndarray, white_nits: float, peak_nits: float) -> np.ndarray:
    """Give the light that an HDR display shall emit for a frame.

    The brightest of the three channels decides how much a pixel is rolled off, and all three follow, so that its hue
    and saturation stay.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the clip's white. Negative numbers and NaN are black.
        white_nits: The luminance of 1.0.
        peak_nits: What no channel exceeds.

    Returns:
        Linear RGB with the BT.2020 primaries, in cd/m², float32, (H, W, 3), [0, `peak_nits`].
    """
    matrix = BT709_TO_BT2020 * np.float32(white_nits)
    # A step's upper end has the smallest ratio of the step, so that nothing can exceed the peak.
    ratios = _table(lambda nits: roll_off(nits, peak_nits) / nits, _BRIGHTEST_NITS, at=1.0)

    def strip(hdr: np.ndarray) -> np.ndarray:
        clean = np.fmin(np.fmax(hdr, 0), np.float32(_BRIGHTEST_NITS / white_nits))
        nits = cv2.transform(clean, matrix)
        return nits * _look_up(ratios, brightest_channel(nits))[..., np.newaxis]

    return in_strips(strip, hdr)


def to_pq(nits: np.ndarray) -> np.ndarray:
    """Encode the light of a display, linear RGB in cd/m², as PQ, [0, 1]."""
    return in_strips(lambda strip: _look_up(_PQ, strip), nits)


def to_hlg(nits: np.ndarray) -> np.ndarray:
    """Encode the light of a display with a nominal peak of 1000 nits as HLG.

    HLG holds no saturated light near the peak (blue, not above 567 nits): such a pixel is dimmed as a whole, which
    keeps its hue.

    Args:
        nits: Linear RGB with the BT.2020 primaries, in cd/m², float32, (H, W, 3), [0, 1000].

    Returns:
        HLG, float32, (H, W, 3), [0, 1].
    """

    def strip(nits: np.ndarray) -> np.ndarray:
        scene = hlg_scene(nits)
        return _look_up(_HLG, scene / np.maximum(brightest_channel(scene), 1)[..., np.newaxis])

    return in_strips(strip, nits)


def to_sdr(sdr: np.ndarray) -> np.ndarray:
    """Keep a signal that is display-encoded already, within [0, 1]; NaN is black."""
    return in_strips(lambda strip: np.fmin(np.fmax(strip, 0), 1).astype(np.float32, copy=False), sdr)


def _to_hlg_light(hdr: np.ndarray, white_nits: float, peak_nits: float) -> np.ndarray:
    return to_light(hdr, white_nits, min(peak_nits, HLG_PEAK_NITS))


def _table(curve: Callable[[np.ndarray], np.ndarray], highest: float, *, at: float = 0.5) -> np.ndarray:
    """Tabulate a curve from 0 to `highest`, float32; each step at its middle, or `at` another part of it."""
    count = int(np.float32(highest).view(np.int32) >> _DROPPED_BITS) + 2
    starts = (np.arange(count + 1, dtype=np.int32) << _DROPPED_BITS).view(np.float32).astype(np.float64)
    return curve(starts[:-1] + at * np.diff(starts)).astype(np.float32)


def _look_up(table: np.ndarray, values: np.ndarray) -> np.ndarray:
    return table.take(np.ascontiguousarray(values).view(np.int32) >> _DROPPED_BITS, mode="clip")


_PQ = _table(encode_pq, PQ_PEAK_NITS)
_HLG = _table(encode_hlg, 1.0)

SIGNALS: dict[str, Signal] = {
    # Tagged BT.709 though sRGB has another curve near black: what every player takes for an ordinary picture.
    "sdr": Signal(8, LUMINANCE_WEIGHTS, 1, 1, 1, False, None, to_sdr),
    "pq": Signal(10, BT2020_LUMINANCE_WEIGHTS, 9, 16, 9, True, to_light, to_pq),
    "hlg": Signal(10, BT2020_LUMINANCE_WEIGHTS, 9, 18, 9, False, _to_hlg_light, to_hlg),
}
