"""Colour information that travels inside a picture: which of it counts, and the way to sRGB that follows from it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms

from hdr_demo.io.lcms import convert_to_srgb, grid_transform
from hdr_demo.io.profile import parse_profile
from hdr_demo.io.refusal import already_hdr
from hdr_demo.io.shaper import HDR_TRANSFERS, Shaper, shaper_of_code_points

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Embedded:
    """What a picture's codes mean.

    Attributes:
        name: The file's name, for the log.
        space: The kind of codes that `icc` describes, such as "RGB", "GRAY" or "CMYK"; empty where there is no profile.
        shaper: The colour space as curves and a matrix; None where it is sRGB, unknown or a table.
        table: The ICC profile where it is a table, which only Little CMS can read; None otherwise.
    """

    name: str
    space: str = ""
    shaper: Shaper | None = None
    table: bytes | None = None

    def transform(self, channels: int, maximum: int) -> Callable[[np.ndarray], np.ndarray] | None:
        """Find the way from grey or RGB codes to sRGB.

        Args:
            channels: 1 for grey, 3 for RGB; without alpha.
            maximum: The code that means 1.0.

        Returns:
            A function as `Codes.to_srgb` describes it; None where nothing needs to be done.
        """
        if self.space == "GRAY" and channels != 1:
            self._ignore("a profile for another kind of picture")
        elif self.shaper is not None:
            return None if self.shaper.is_srgb() else self.shaper.transform(maximum)
        elif self.table is not None and self.space == "RGB":
            try:
                return grid_transform(self.table, maximum)
            except (ImageCms.PyCMSError, OSError, ValueError):
                self._ignore("a broken profile")
        return None

    def convert_table(self, image: Image.Image) -> Image.Image:
        """Bring a picture to sRGB whose codes only Little CMS understands, and CMYK and Lab in any case.

        Args:
            image: Any mode of 8 bits.

        Returns:
            The same picture where there was nothing to do; mode RGB or RGBA otherwise.
        """
        fitting = {"CMYK": "CMYK", "LAB": "Lab", "L": "RGB", "LA": "RGB", "RGB": "RGB", "RGBA": "RGB"}[image.mode]
        if self.table is not None and self.space == fitting:
            grey = {"L": "RGB", "LA": "RGBA"}
            try:
                return convert_to_srgb(image.convert(grey.get(image.mode, image.mode)), self.table)
            except (ImageCms.PyCMSError, OSError, ValueError):
                self._ignore("a broken profile")
        if image.mode == "LAB":
            return convert_to_srgb(image, None)
        return image.convert("RGB") if image.mode == "CMYK" else image

    def _ignore(self, what: str) -> None:
        _LOG.warning("%s carries %s, which was ignored.", self.name, what)


def read_embedded(name: str, icc: bytes | None, code_points: tuple[int, int] | None = None) -> Embedded:
    """Weigh what a file says about its colours. Code points count more than a profile, as the PNG specification rules.

    Args:
        name: The file's name.
        icc: An embedded ICC profile; a broken one is ignored.
        code_points: ColourPrimaries and TransferCharacteristics of ITU-T H.273.

    Returns:
        The meaning of the codes.

    Raises:
        ImageError: If the picture is HDR already.
    """
    if code_points is not None:
        refuse_hdr_transfer(name, code_points[1])
        return Embedded(name, "RGB", shaper_of_code_points(*code_points))
    if not icc:
        return Embedded(name)
    try:
        profile = parse_profile(icc)
    except ValueError:
        broken = Embedded(name)
        broken._ignore("a broken profile")
        return broken
    if profile.code_points is not None:
        refuse_hdr_transfer(name, profile.code_points[1])
    return Embedded(name, profile.space, profile.shaper, icc if profile.shaper is None else None)


def refuse_hdr_transfer(name: str, transfer: int) -> None:
    """Refuse the transfer functions of HDR.

    Raises:
        ImageError: If `transfer`, a TransferCharacteristics of ITU-T H.273, is PQ or HLG.
    """
    if transfer in HDR_TRANSFERS:
        raise already_hdr(name, HDR_TRANSFERS[transfer])
