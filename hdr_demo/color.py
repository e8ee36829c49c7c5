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
    np.power(linear, np.float32(2.4), out=linear)
    return np.divide(ldr, np.float32(12.92), out=linear, where=ldr <= np.float32(0.04045))


def encode_srgb(linear: np.ndarray) -> np.ndarray:
    """Encode linear light for an sRGB display (IEC 61966-2-1).

    Args:
        linear: Linear, float32, any shape, [0, 1]; values outside are clipped.

    Returns:
        Display-encoded sRGB, float32, the same shape, [0, 1].
    """
    # In place, because a photo of 24 megapixels has 288 MB: one array for the input, one for the result.
    linear = np.clip(linear, 0, 1, out=np.empty(np.shape(linear), np.float32))
    encoded = np.power(linear, np.float32(1 / 2.4), out=np.empty_like(linear))
    # 1.055 x - 0.055, written so that white is exactly 1 in float32.
    np.subtract(np.float32(1), encoded, out=encoded)
    np.multiply(encoded, np.float32(1.055), out=encoded)
    np.subtract(np.float32(1), encoded, out=encoded)
    return np.multiply(linear, np.float32(12.92), out=encoded, where=linear <= np.float32(0.0031308))
