"""Everything that Pillow opens, eight bits deep."""

import struct
from collections.abc import Callable
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageFile

from hdr_demo.errors import ImageError
from hdr_demo.io.codes import Codes
from hdr_demo.io.embedded import Embedded, read_embedded
from hdr_demo.io.exif import exif_of_image, exif_of_tiff
from hdr_demo.io.orientation import ORIENTATIONS
from hdr_demo.io.refusal import already_hdr, check_pixels, unknown, unusual
from hdr_demo.io.shaper import adobe_rgb

# Formats of Pillow's that are no photographs: EPS runs Ghostscript on the file; WMF is a drawing; the others are
# containers that Pillow only recognises, or measurements without a white.
_NOT_PHOTOGRAPHS = frozenset({"EPS", "WMF", "BUFR", "GRIB", "HDF5", "MPEG", "FITS", "SPIDER", "MCIDAS", "IPTC", "IMT"})

# What `Image.open` takes for "not this format" when it tries one after the other.
_NOT_THIS_FORMAT = (SyntaxError, IndexError, TypeError, struct.error)

# How a mode becomes one of L, LA, RGB, RGBA, CMYK and LAB; for pictures with a transparent colour, the second.
_MODES = {
    "1": ("L", "LA"),
    "L": ("L", "LA"),
    "LA": ("LA", "LA"),
    "La": ("LA", "LA"),
    "P": ("RGB", "RGBA"),
    "PA": ("RGBA", "RGBA"),
    "RGB": ("RGB", "RGBA"),
    "RGBA": ("RGBA", "RGBA"),
    "RGBa": ("RGBA", "RGBA"),
    "RGBX": ("RGB", "RGB"),
    "YCbCr": ("RGB", "RGB"),
    "HSV": ("RGB", "RGB"),
    "CMYK": ("CMYK", "CMYK"),
    "LAB": ("LAB", "LAB"),
}
_KINDS = {"L": "GRAY", "LA": "GRAY", "RGB": "RGB", "RGBA": "RGB", "CMYK": "CMYK", "LAB": "LAB"}


def read_pillow(
    file: BinaryIO, name: str, max_megapixels: float, *, code_points: tuple[int, int] | None = None
) -> Codes:
    """Decode a picture with Pillow; of several frames the first.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.
        code_points: ColourPrimaries and TransferCharacteristics of ITU-T H.273, where the file names them.

    Returns:
        The codes, 8 bits deep, or 16 for deep grey.

    Raises:
        ImageError: If the file is no picture, too big, damaged or HDR.
    """
    image = open_header(file, name)
    check_pixels(name, *image.size, max_megapixels)
    if image.mode == "F":
        raise already_hdr(name, "floating point")
    image.load()
    check_pixels(name, *image.size, max_megapixels)  # a few formats know their size only now
    exif = exif_of_tiff(file) if image.format == "TIFF" else exif_of_image(image)
    if image.mode.startswith("I;16") or (image.mode, image.format) == ("I", "PPM"):
        return _codes(image, 65535, read_embedded(name, "GRAY", image.info.get("icc_profile")).transform(65535), exif)
    if image.mode not in _MODES:
        raise ImageError(f"{name} has more than 16 bits per channel: save it with 8 or 16 in a picture editor.")
    mode = _MODES[image.mode]["transparency" in image.info]
    meaning = _meaning(image, name, _KINDS[mode], code_points)
    image = meaning.convert_table(image if image.mode == mode else image.convert(mode))
    return _codes(image, 255, None if meaning.table else meaning.transform(255), exif)


def open_header(file: BinaryIO, name: str) -> ImageFile.ImageFile:
    """Read the header of a picture, and no pixels, by what the file holds and not by its suffix.

    `Image.open` is not used because it compares every picture with a limit that belongs to the whole process.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.

    Returns:
        Pillow's image, not yet loaded.

    Raises:
        ImageError: If it is no picture, or a picture whose header makes no sense.
    """
    Image.init()
    file.seek(0)
    prefix = file.read(16)
    recognised = False
    for kind in Image.ID:
        if kind in _NOT_PHOTOGRAPHS:
            continue
        factory, accept = Image.OPEN[kind]
        file.seek(0)
        try:
            if accept is not None:
                accepted = accept(prefix)
                if not accepted or isinstance(accepted, str):  # a string says why not
                    continue
                recognised = True
            # Without a file name, so that Pillow reads the pixels instead of mapping a file that may yet change.
            return factory(file, "")
        except _NOT_THIS_FORMAT:
            continue
    raise unusual(name) if recognised else unknown(name)


def exif_orientation(image: Image.Image) -> int:
    """Read the orientation of a loaded picture from EXIF or XMP; 1 where it says nothing sensible."""
    try:
        orientation = Image.Image.getexif(image).get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 - broken metadata of any kind must not lose the picture
        return 1
    return orientation if orientation in ORIENTATIONS else 1


def _meaning(image: Image.Image, name: str, kind: str, code_points: tuple[int, int] | None) -> Embedded:
    icc = image.info.get("icc_profile")
    if not icc and code_points is None and _is_adobe_rgb(image):
        return Embedded(name, adobe_rgb())
    return read_embedded(name, kind, icc, code_points)


def _is_adobe_rgb(image: Image.Image) -> bool:
    """Tell whether a camera marked the picture as Adobe RGB without a profile (DCF 2.0, interoperability index R03)."""
    try:
        interoperability = Image.Image.getexif(image).get_ifd(ExifTags.IFD.Interop)
    except Exception:  # noqa: BLE001 - broken metadata of any kind must not lose the picture
        return False
    return interoperability.get(ExifTags.Interop.InteropIndex) == "R03"


def _codes(
    image: Image.Image, maximum: int, to_srgb: Callable[[np.ndarray], np.ndarray] | None, exif: bytes | None
) -> Codes:
    width, height = image.size

    def rows(top: int, bottom: int) -> np.ndarray:
        band = np.asarray(image.crop((0, top, width, bottom)))
        return band.reshape(bottom - top, width, -1)

    return Codes(
        height=height,
        width=width,
        bits=8 if maximum == 255 else 16,
        maximum=maximum,
        rows=rows,
        orientation=exif_orientation(image),
        to_srgb=to_srgb,
        exif=exif,
    )
