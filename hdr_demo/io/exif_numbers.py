"""What EXIF data say in numbers, without decoding the picture."""

import os
from collections.abc import Collection

from hdr_demo.io.exif import exif_of_image, exif_of_tiff, numbers_of
from hdr_demo.io.opening import open_picture
from hdr_demo.io.pillow import open_header
from hdr_demo.io.refusal import foreign_errors, shown_name


def read_exif_numbers(path: str | os.PathLike[str], tags: Collection[int]) -> dict[int, float]:
    """Read numbers, such as the exposure time, from the EXIF data of a file.

    Args:
        path: A picture.
        tags: Those wanted.

    Returns:
        As `exif.numbers_of`; none where the file has no EXIF data.

    Raises:
        ImageError: If there is no such file, or it is no picture.
    """
    name = shown_name(path)
    with open_picture(path) as file, foreign_errors(name):
        image = open_header(file, name)
        return numbers_of(exif_of_tiff(file) if image.format == "TIFF" else exif_of_image(image), tags)
