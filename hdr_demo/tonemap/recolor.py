"""Give colour to a tone-mapped luminance."""

import numpy as np

from hdr_demo.tonemap.planes import join, raise_to, split

# Luminances below this are black; it keeps divisions finite.
TINY = np.float32(1e-12)


def recolor(hdr: np.ndarray, lit: np.ndarray, mapped: np.ndarray, saturation: float) -> np.ndarray:
    """Put the colours of an HDR image onto a tone-mapped luminance, and keep them inside the display's gamut.

    The colour is (C / L) ** saturation * L' (Schlick 1994; OpenCV's `mapLuminance` is the same). Where its largest
    channel would be clipped it is mixed with the grey of the same luminance instead, so that a bright orange turns
    paler, not yellow.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        lit: The luminance of `hdr`, float32, (H, W), [0, inf).
        mapped: The luminance to show, linear, float32, (H, W), [0, inf).
        saturation: 1 keeps the colours, 0 gives grey.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, 1].
    """
    planes, gain = split(hdr), mapped
    if saturation == 1:
        gain = mapped / np.maximum(lit, TINY)
    else:
        planes /= np.maximum(lit, TINY)
        raise_to(planes, saturation)
    grey = np.minimum(mapped, np.float32(1))
    peak = planes.max(axis=0)
    peak *= gain
    peak -= grey
    purity = (1 - grey) / np.maximum(peak, TINY, out=peak)
    np.clip(purity, 0, 1, out=purity)
    planes *= gain * purity
    planes += grey * (1 - purity)
    return join(np.clip(planes, 0, 1, out=planes))
