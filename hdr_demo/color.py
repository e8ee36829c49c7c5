"""Transfer functions, primaries and luminance.

Everywhere in this project linear RGB has the BT.709 primaries and the white point D65, and a display-encoded image is
sRGB, unless a name says otherwise.
"""

import numpy as np

# ITU-R BT.709-6, item 3.2: the luminance of linear RGB with the BT.709 primaries.
LUMINANCE_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)

# Linear BT.709 to linear BT.2020 (rows give R, G, B of BT.2020), and back: ITU-R BT.2087-0, section 4, with seven
# digits instead of its four, derived from the chromaticities of both as SMPTE RP 177 has it.
BT709_TO_BT2020 = np.array(
    [[0.6274039, 0.3292830, 0.0433131], [0.0690973, 0.9195404, 0.0113623], [0.0163914, 0.0880133, 0.8955953]],
    np.float32,
)
BT2020_TO_BT709 = np.linalg.inv(BT709_TO_BT2020.astype(np.float64)).astype(np.float32)

# ITU-R BT.2408-7, section 2.1: the luminance of HDR reference white, which is 1.0 in this project's linear images.
REFERENCE_WHITE_NITS = 203.0

# ITU-R BT.2020-2, table 4: the luminance of linear RGB with the BT.2020 primaries.
BT2020_LUMINANCE_WEIGHTS = np.array([0.2627, 0.6780, 0.0593], np.float32)

# ITU-R BT.2100-2, table 4: PQ.
PQ_PEAK_NITS = 10000.0
_PQ_M1, _PQ_M2 = 2610 / 16384, 2523 / 4096 * 128
_PQ_C1, _PQ_C2, _PQ_C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32

# ITU-R BT.2100-2, table 5: HLG, and the nominal peak of the display for which its gamma is 1.2.
HLG_PEAK_NITS = 1000.0
_HLG_A = 0.17883277
_HLG_B = 1 - 4 * _HLG_A
_HLG_C = 0.5 - _HLG_A * float(np.log(4 * _HLG_A))


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Weigh the channels of a linear image into relative luminance Y (ITU-R BT.709-6).

    Args:
        rgb: Linear RGB, float32, (..., 3), [0, inf).

    Returns:
        Linear luminance, float32, (...), [0, inf).
    """
    return rgb @ LUMINANCE_WEIGHTS


def brightest_channel(rgb: np.ndarray) -> np.ndarray:
    """Take the largest of the three channels of each pixel; ten times as fast as `max(axis=-1)`.

    Args:
        rgb: Any encoding, (..., 3).

    Returns:
        The same encoding, (...).
    """
    return np.maximum(np.maximum(rgb[..., 0], rgb[..., 1]), rgb[..., 2])


def darkest_channel(rgb: np.ndarray) -> np.ndarray:
    """Give each pixel's darkest channel.

    Args:
        rgb: Any encoding, (..., 3).

    Returns:
        The same encoding, (...).
    """
    return np.minimum(np.minimum(rgb[..., 0], rgb[..., 1]), rgb[..., 2])


def decode_srgb(ldr: np.ndarray) -> np.ndarray:
    """Turn display-encoded sRGB into linear light (IEC 61966-2-1).

    Args:
        ldr: Display-encoded sRGB, float32, any shape, [0, 1].

    Returns:
        Linear, float32, the same shape, [0, 1].
    """
    ldr = np.asarray(ldr, np.float32)
    linear = np.add(ldr, np.float32(0.055), out=np.empty_like(ldr))
    np.divide(linear, np.float32(1.055), out=linear)
    _raise(linear, 2.4)
    return np.divide(ldr, np.float32(12.92), out=linear, where=ldr <= np.float32(0.04045))


def encode_srgb(linear: np.ndarray) -> np.ndarray:
    """Encode linear light for an sRGB display (IEC 61966-2-1).

    Args:
        linear: Linear, float32, any shape, [0, 1]; values outside are clipped.

    Returns:
        Display-encoded sRGB, float32, the same shape, [0, 1].
    """
    # In place, because a photo of 24 megapixels has 288 MB: one array for the input, one for the result.
    straight, encoded = (np.empty(np.shape(linear), np.float32) for _ in range(2))
    np.clip(linear, 0, 1, out=straight)
    np.maximum(straight, np.float32(0.0031308), out=encoded)
    _raise(encoded, 1 / 2.4)
    # 1.055 x - 0.055, written so that white is exactly 1 in float32.
    np.subtract(np.float32(1), encoded, out=encoded)
    np.multiply(encoded, np.float32(1.055), out=encoded)
    np.subtract(np.float32(1), encoded, out=encoded)
    # The straight part is below the curve up to the point where they meet, and above it from there on.
    np.multiply(straight, np.float32(12.92), out=straight)
    return np.minimum(straight, encoded, out=encoded)


def _raise(base: np.ndarray, exponent: float) -> None:
    """Raise positive numbers, float32, to a power, in place.

    By the logarithm, which numpy computes in vectors on every processor; its `power` does so with AVX-512 alone, and
    takes three times as long elsewhere. Off by 6e-7 of the result at the most, between 0.003 and 1.
    """
    np.log(base, out=base)
    np.multiply(base, np.float32(exponent), out=base)
    np.exp(base, out=base)


def decode_bt709(encoded: np.ndarray) -> np.ndarray:
    """Invert the opto-electronic transfer function of ITU-R BT.709-6 (item 1.2).

    Args:
        encoded: float, any shape, [0, 1].

    Returns:
        Linear, of the same type and shape, [0, 1].
    """
    return np.where(encoded < 0.081, encoded / 4.5, ((np.maximum(encoded, 0) + 0.099) / 1.099) ** (1 / 0.45))


def encode_pq(nits: np.ndarray | float) -> np.ndarray:
    """Encode the light of a display as PQ (SMPTE ST 2084; ITU-R BT.2100-2, table 4, inverse EOTF).

    Args:
        nits: Linear, in cd/m², float32 or float64, any shape, [0, 10000]; values outside are clipped.

    Returns:
        PQ, the same dtype and shape, [0, 1].
    """
    nits = _floating(nits)
    powered = np.clip(nits / nits.dtype.type(PQ_PEAK_NITS), 0, 1) ** nits.dtype.type(_PQ_M1)
    return ((_PQ_C1 + _PQ_C2 * powered) / (1 + _PQ_C3 * powered)) ** nits.dtype.type(_PQ_M2)


def decode_pq(codes: np.ndarray | float) -> np.ndarray:
    """Turn PQ into the light of a display (SMPTE ST 2084; ITU-R BT.2100-2, table 4, EOTF).

    Args:
        codes: PQ, float32 or float64, any shape, [0, 1]; values outside are clipped.

    Returns:
        Linear, in cd/m², the same dtype and shape, [0, 10000].
    """
    codes = _floating(codes)
    root = np.clip(codes, 0, 1) ** codes.dtype.type(1 / _PQ_M2)
    ratio = np.maximum(root - _PQ_C1, 0) / (_PQ_C2 - _PQ_C3 * root)
    return PQ_PEAK_NITS * ratio ** codes.dtype.type(1 / _PQ_M1)


def encode_hlg(scene: np.ndarray | float) -> np.ndarray:
    """Encode the light of a scene as HLG (ITU-R BT.2100-2, table 5, OETF).

    Args:
        scene: Linear, float32 or float64, any shape, [0, 1]; values outside are clipped.

    Returns:
        HLG, the same dtype and shape, [0, 1].
    """
    scene = np.clip(_floating(scene), 0, 1)
    logarithm = _HLG_A * np.log(np.maximum(12 * scene, 1) - _HLG_B) + _HLG_C
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), logarithm)


def decode_hlg(codes: np.ndarray | float) -> np.ndarray:
    """Turn HLG into the light of a scene (ITU-R BT.2100-2, table 5, inverse OETF).

    Args:
        codes: HLG, float32 or float64, any shape, [0, 1]; values outside are clipped.

    Returns:
        Linear, the same dtype and shape, [0, 1].
    """
    codes = np.clip(_floating(codes), 0, 1)
    return np.where(codes <= 0.5, codes * codes / 3, (np.exp((codes - _HLG_C) / _HLG_A) + _HLG_B) / 12)


def roll_off(nits: np.ndarray, peak_nits: float, source_nits: float = PQ_PEAK_NITS) -> np.ndarray:
    """Bend light so that it stays below a peak; what lies below a knee is untouched.

    The Hermite spline in PQ of ITU-R BT.2390-10, section 5.4.1 (the EETF). From a source of 10,000 nits the knee is
    at 317 nits for a peak of 1000, and at the reference white of 203 nits for a peak of 751: with a lower one, white
    is dimmed too. From a source that is not brighter than the peak nothing changes.

    Args:
        nits: Linear, in cd/m², float64, any shape, [0, inf).
        peak_nits: What the result does not exceed.
        source_nits: What becomes the peak: the brightest of the source, or of all that there is; more than
            10,000 cd/m² counts as that.

    Returns:
        Linear, in cd/m², float64, the same shape, [0, `peak_nits`].
    """
    source = float(encode_pq(min(source_nits, PQ_PEAK_NITS)))
    if encode_pq(peak_nits) >= source:
        return np.minimum(nits, min(peak_nits, PQ_PEAK_NITS))
    codes = np.minimum(encode_pq(np.asarray(nits, np.float64)) / source, 1)
    top = float(encode_pq(peak_nits)) / source
    knee = _knee(top)
    t = np.maximum((codes - knee) / (1 - knee), 0)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * top
    return np.where(codes <= knee, nits, np.minimum(decode_pq(spline * source), peak_nits))


def find_knee(peak_nits: float, source_nits: float = PQ_PEAK_NITS) -> float:
    """Find the light in cd/m², at most the source's brightest, below which `roll_off` changes nothing."""
    source = float(encode_pq(min(source_nits, PQ_PEAK_NITS)))
    return float(decode_pq(_knee(min(float(encode_pq(peak_nits)) / source, 1.0)) * source))


def _knee(top: float) -> float:
    """Find where the curve begins (ITU-R BT.2390-10, section 5.4.1), in PQ over that of the source, like `top`."""
    return max(0.0, 1.5 * top - 0.5)


def hlg_gamma(peak_nits: float) -> float:
    """Give the exponent of HLG's OOTF for a display's nominal peak (ITU-R BT.2100-2, table 5, note 5f)."""
    return 1.2 + 0.42 * float(np.log10(peak_nits / HLG_PEAK_NITS))


def hlg_scene(nits: np.ndarray, peak_nits: float = HLG_PEAK_NITS) -> np.ndarray:
    """Find the scene that an HLG display shows as this light (ITU-R BT.2100-2, table 5, inverse OOTF; black is 0).

    Args:
        nits: Linear RGB with the BT.2020 primaries, in cd/m², float32, (..., 3), [0, inf).
        peak_nits: The display's nominal peak.

    Returns:
        Linear RGB with the BT.2020 primaries, float32, (..., 3), [0, inf). Saturated light near the peak lies above 1,
        which HLG cannot hold.
    """
    gamma = hlg_gamma(peak_nits)
    shown = nits / np.float32(peak_nits)
    # Black has no gain: 0 times infinity.
    light = np.maximum(shown @ BT2020_LUMINANCE_WEIGHTS, np.float32(1e-9))
    return shown * (light ** np.float32(1 / gamma - 1))[..., np.newaxis]


def hlg_display(scene: np.ndarray, peak_nits: float = HLG_PEAK_NITS) -> np.ndarray:
    """Find the light that an HLG display emits for a scene (ITU-R BT.2100-2, table 5, OOTF; black is 0).

    Args:
        scene: Linear RGB with the BT.2020 primaries, float32, (..., 3), [0, 1].
        peak_nits: The display's nominal peak.

    Returns:
        Linear RGB with the BT.2020 primaries, in cd/m², float32, (..., 3), [0, `peak_nits`].
    """
    light = np.maximum(scene @ BT2020_LUMINANCE_WEIGHTS, np.float32(1e-9))
    return scene * (np.float32(peak_nits) * light ** np.float32(hlg_gamma(peak_nits) - 1))[..., np.newaxis]


def _floating(values: np.ndarray | float) -> np.ndarray:
    values = np.asarray(values)
    return values if values.dtype == np.float32 else values.astype(np.float64)
