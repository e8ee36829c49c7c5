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
_LITTLE_CMS_ERRORS = (ImageCms.PyCMSError, OSError, ValueError)


# The spaces of profiles (ICC.1:2022, table 19) that make sense for each kind of picture.
_FITTING = {"GRAY": ("GRAY", "RGB"), "RGB": ("RGB",), "CMYK": ("CMYK",), "LAB": ("Lab",)}


@dataclass(frozen=True)
class Embedded:
    """What a picture's codes mean; sRGB, or unprofiled CMYK or Lab, where both attributes are None.

    Attributes:
        name: The file's name, for the log.
        shaper: The colour space as curves and a matrix.
        table: The ICC profile where it is a table, which only Little CMS can read.
    """

    name: str
    shaper: Shaper | None = None
    table: bytes | None = None

    def transform(self, maximum: int) -> Callable[[np.ndarray], np.ndarray] | None:
        """Find the way from grey or RGB codes to sRGB.

        Args:
            maximum: The code that means 1.0.

        Returns:
            A function as `Codes.to_srgb` describes it; None where nothing needs to be done.
        """
        if self.shaper is not None:
            return None if self.shaper.is_srgb() else self.shaper.transform(maximum)
        if self.table is not None:
            try:
                return grid_transform(self.table, maximum)
            except _LITTLE_CMS_ERRORS:
                _ignore(self.name, "a broken profile")
        return None

    def convert_table(self, image: Image.Image) -> Image.Image:
        """Bring a picture to sRGB whose codes only Little CMS understands, and CMYK and Lab in any case.

        Args:
            image: Mode L, LA, RGB, RGBA, CMYK or LAB.

        Returns:
            Mode L, LA, RGB or RGBA; the same picture where there was nothing to do.
        """
        if self.table is not None:
            mode = {"L": "RGB", "LA": "RGBA"}.get(image.mode, image.mode)
            try:
                return convert_to_srgb(image.convert(mode), self.table)
            except _LITTLE_CMS_ERRORS:
                _ignore(self.name, "a broken profile")
        if image.mode == "LAB":
            return convert_to_srgb(image, None)
        return image.convert("RGB") if image.mode == "CMYK" else image


def read_embedded(name: str, kind: str, icc: bytes | None, code_points: tuple[int, int] | None = None) -> Embedded:
    """Weigh what a file says about its colours. Code points count more than a profile, as the PNG specification rules.

    Args:
        name: The file's name.
        kind: The picture's own kind: "GRAY", "RGB", "CMYK" or "LAB".
        icc: An embedded ICC profile; one that is broken or made for another kind of picture is ignored.
        code_points: ColourPrimaries and TransferCharacteristics of ITU-T H.273.

    Returns:
        The meaning of the codes.

    Raises:
        ImageError: If the picture is HDR already.
    """
    if code_points is not None:
        refuse_hdr_transfer(name, code_points[1])
        return Embedded(name, shaper_of_code_points(*code_points))
    if not icc:
        return Embedded(name)
    try:
        profile = parse_profile(icc)
    except ValueError:
        _ignore(name, "a broken profile")
        return Embedded(name)
    if profile.code_points is not None:
        refuse_hdr_transfer(name, profile.code_points[1])
    if profile.space not in _FITTING[kind]:
        _ignore(name, "a profile for another kind of picture")
        return Embedded(name)
    return Embedded(name, profile.shaper, icc if profile.shaper is None else None)


def _ignore(name: str, what: str) -> None:
    _LOG.warning("%s carries %s, which was ignored.", name, what)


def refuse_hdr_transfer(name: str, transfer: int) -> None:
    """Refuse the transfer functions of HDR.

    Raises:
        ImageError: If `transfer`, a TransferCharacteristics of ITU-T H.273, is PQ or HLG.
    """
    if transfer in HDR_TRANSFERS:
        raise already_hdr(name, HDR_TRANSFERS[transfer])
