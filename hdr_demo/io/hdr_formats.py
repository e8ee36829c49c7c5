"""The table of HDR formats: who writes each, what it has a place for, and how precise it is."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hdr_demo.color import PQ_PEAK_NITS, REFERENCE_WHITE_NITS
from hdr_demo.errors import OutputError
from hdr_demo.io.avif_pq import write_avif_pq
from hdr_demo.io.exr import LARGEST_HALF, write_exr
from hdr_demo.io.float_tiff import write_float_tiff
from hdr_demo.io.gain_map_jpeg import write_gain_map_jpeg
from hdr_demo.io.hdr_picture import Delivery, HdrPicture
from hdr_demo.io.jxl_pq import PACKAGE, write_jxl_pq
from hdr_demo.io.png_pq import write_png_pq
from hdr_demo.io.radiance import BRIGHTEST_RGBE, write_radiance


@dataclass(frozen=True)
class HdrFormat:
    """A format of HDR pictures.

    Attributes:
        name: In a sentence.
        precision: The largest error in stops, where there is more than 1/100 of white, of a smooth picture that was
            written as `Delivery` is by default.
        brightest: The most that a channel can hold, over white at 203 cd/m².
        write: Writes a picture; raises OSError if it cannot, and OutputError if the picture is not for this format.
        has_base: Whether it stores an ordinary rendition too, which has to be handed over.
        for_display: Whether it holds what a display shall show, so that `Delivery.peak_nits` counts, or all light.
        keeps_negative: Whether it has a place for negative numbers: colours outside BT.709.
        has_alpha: Whether it has a place for opacity.
        halves: Whether it holds half floats, unless `Delivery.full_float` asks for more.
        package: The Python package that writes it, if it is one that most installations do without.
    """

    name: str
    precision: float
    brightest: float
    write: Callable[[Path, HdrPicture, Delivery], None]
    has_base: bool = False
    for_display: bool = False
    keeps_negative: bool = True
    has_alpha: bool = True
    halves: bool = False
    package: str = ""

    def available(self) -> bool:
        """Tell whether this installation can write it."""
        return not self.package or importlib.util.find_spec(self.package) is not None

    def check_package(self, path: Path) -> None:
        """Refuse to write a file whose package is missing.

        Raises:
            OutputError: If it is.
        """
        if not self.available():
            raise OutputError(
                f"{path} cannot be written, because {self.name} needs {self.package}: pip install "
                f"{self.package.lower()}, or choose {', '.join(writable_formats())}."
            )


def _write_exr(path: Path, picture: HdrPicture, delivery: Delivery) -> None:
    write_exr(path, picture.hdr, picture.alpha, white_nits=delivery.white_nits, full_float=delivery.full_float)


def _write_radiance(path: Path, picture: HdrPicture, delivery: Delivery) -> None:
    write_radiance(path, picture.hdr, white_nits=delivery.white_nits)


# What `hdr_kind` says of files that are ordinary photographs too.
GAIN_MAP_JPEG, GAIN_MAP_HEIC = "JPEG with a gain map", "HEIC with a gain map"
GAIN_MAPS = (GAIN_MAP_JPEG, GAIN_MAP_HEIC)

_DISPLAY = PQ_PEAK_NITS / REFERENCE_WHITE_NITS
# Precision: half a step of RGBE is 2^-8 of the brightest channel, in a warm picture up to 1/0.6 of another; a half
# float's is 2^-11; a step of PQ is 0.0005 stops in 16 bits. The noise of JPEG, AV1 and JPEG XL was measured.
_GAIN_MAP = HdrFormat(
    GAIN_MAP_JPEG,
    0.15,
    _DISPLAY,
    write_gain_map_jpeg,
    has_base=True,
    for_display=True,
    keeps_negative=False,
    has_alpha=False,
)
_TIFF = HdrFormat("TIFF of floats", 1e-6, 3.4e38, write_float_tiff)

# What a suffix stands for among HDR pictures.
HDR_FORMATS: dict[str, HdrFormat] = {
    ".hdr": HdrFormat("Radiance", 0.0095, BRIGHTEST_RGBE, _write_radiance, keeps_negative=False, has_alpha=False),
    ".exr": HdrFormat("OpenEXR", 0.0008, LARGEST_HALF, _write_exr, halves=True),
    ".jpg": _GAIN_MAP,
    ".jpeg": _GAIN_MAP,
    ".avif": HdrFormat("AVIF in PQ", 0.12, _DISPLAY, write_avif_pq, for_display=True, has_alpha=False),
    ".png": HdrFormat("PNG in PQ", 0.0005, _DISPLAY, write_png_pq, for_display=True),
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".jxl": HdrFormat("JPEG XL in PQ", 0.12, _DISPLAY, write_jxl_pq, for_display=True, package=PACKAGE),
}


def writable_formats() -> dict[str, HdrFormat]:
    """List what this installation can write: the rows of `HDR_FORMATS` whose packages are there."""
    return {suffix: row for suffix, row in HDR_FORMATS.items() if row.available()}
