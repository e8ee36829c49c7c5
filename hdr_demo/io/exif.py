"""EXIF data that stays with a picture: upright, and without the thumbnail."""

import os

from PIL import ExifTags, Image

from hdr_demo.errors import ImageError
from hdr_demo.io.opening import open_picture
from hdr_demo.io.orientation import ORIENTATIONS
from hdr_demo.io.pillow import open_header
from hdr_demo.io.refusal import foreign_errors, shown_name

_EXIF_HEADER = b"Exif\0\0"


def orientation_of(exif: bytes | None) -> int:
    """Read the orientation, 1 to 8, from EXIF data; 1 where they say nothing sensible."""
    orientation = _parse(exif).get(ExifTags.Base.Orientation, 1)
    return orientation if orientation in ORIENTATIONS else 1


def exif_of_bytes(exif: bytes | None) -> bytes | None:
    """Prepare EXIF data for a picture that has been turned upright.

    Args:
        exif: EXIF data, with or without the six bytes that announce them in a JPEG.

    Returns:
        The same from the TIFF header on, with orientation 1 and without the thumbnail, which shows the picture as it
        was; None where there are none, or where they are broken.
    """
    parsed = _parse(exif)
    if not len(parsed):
        return None
    if ExifTags.Base.Orientation in parsed:
        parsed[ExifTags.Base.Orientation] = 1
    try:
        return parsed.tobytes().removeprefix(_EXIF_HEADER)
    except Exception:  # noqa: BLE001 - broken metadata of any kind must not lose the picture
        return None


def exif_of_image(image: Image.Image) -> bytes | None:
    """Prepare the EXIF data of an open picture as `exif_of_bytes` does."""
    return exif_of_bytes(image.info.get("exif"))


def read_exif(path: str | os.PathLike[str]) -> bytes | None:
    """Read the EXIF data of a photograph, for `write_hdr`; with all that they tell, such as where it was taken.

    Args:
        path: The file.

    Returns:
        As `exif_of_bytes` gives them; None where there are none, or where the file is no picture.

    Raises:
        ImageError: If there is no such file, or it cannot be opened.
    """
    name = shown_name(path)
    with open_picture(path) as file:
        try:
            with foreign_errors(name):
                return exif_of_image(open_header(file, name))
        except ImageError:
            return None


def _parse(exif: bytes | None) -> Image.Exif:
    parsed = Image.Exif()
    try:
        parsed.load(exif or b"")
        for directory in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            parsed.get_ifd(directory)
    except Exception:  # noqa: BLE001 - broken metadata of any kind must not lose the picture
        return Image.Exif()
    return parsed
