"""An HDR picture with what belongs to it, and how bright it shall be shown."""

import math
from dataclasses import dataclass

import numpy as np

from hdr_demo.color import PQ_PEAK_NITS, REFERENCE_WHITE_NITS
from hdr_demo.io.exif import exif_of_bytes, orientation_of
from hdr_demo.io.orientation import stored_view, upright_size


@dataclass(frozen=True)
class HdrPicture:
    """An HDR picture as a file holds it.

    Attributes:
        hdr: Linear BT.709 RGB, float32, (H, W, 3); 1.0 is diffuse white. Colours outside BT.709 have negative values.
        alpha: Opacity, float32, (H, W), [0, 1]; None where the file has none. `hdr` is not multiplied by it.
        sdr: The base image of a gain map: display-encoded sRGB, float32, (H, W, 3), [0, 1]; None for other formats.
        exif: EXIF data from its TIFF header on, for a picture that stands upright; None where there is none.
    """

    hdr: np.ndarray
    alpha: np.ndarray | None = None
    sdr: np.ndarray | None = None
    exif: bytes | None = None


@dataclass(frozen=True)
class Delivery:
    """How a picture goes into its file. Each format takes from it what it has a place for.

    Attributes:
        white_nits: The luminance of 1.0, in cd/m²; a gain map only knows the ratio of peak to white.
        peak_nits: Formats made for displays roll brighter light off to it; scene formats keep all light.
        full_float: OpenEXR with floats of 32 bits instead of 16.
        quality: Of JPEG, AVIF and JPEG XL, 1 to 100.
    """

    white_nits: float = REFERENCE_WHITE_NITS
    peak_nits: float = PQ_PEAK_NITS
    full_float: bool = False
    quality: int = 92


def describe_units(hdr: np.ndarray, white_nits: float) -> str:
    """Say what the numbers of a picture mean and how bright they get, in one line of ASCII for a file's header.

    Args:
        hdr: Linear BT.709 RGB, float32, (H, W, 3); 1.0 is diffuse white.
        white_nits: The luminance of 1.0, in cd/m².
    """
    brightest = max(float(np.max(row, initial=0, where=np.isfinite(row))) for row in hdr)
    headroom = math.log2(max(brightest, 1.0))
    return (
        f"Linear BT.709; 1.0 is diffuse white, {white_nits:g} cd/m2; the brightest channel is {brightest:.6g} "
        f"({headroom:.2f} stops of headroom)."
    )


def upright_picture(hdr: np.ndarray, alpha: np.ndarray | None, exif: bytes | None) -> HdrPicture:
    """Turn a decoded picture as its EXIF data says."""
    orientation = orientation_of(exif)

    def turn(stored: np.ndarray) -> np.ndarray:
        height, width = upright_size(*stored.shape[:2], orientation)
        upright = np.empty((height, width, *stored.shape[2:]), np.float32)
        stored_view(upright, orientation)[:] = stored
        return upright

    if orientation != 1:
        hdr, alpha = turn(hdr), None if alpha is None else turn(alpha)
    if alpha is not None and alpha.min() >= 1:
        alpha = None
    return HdrPicture(hdr, alpha, exif=exif_of_bytes(exif))
