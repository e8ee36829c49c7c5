"""A photo with its HDR image, wherever that came from: the network's estimate, or the light that a file holds."""

import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from hdr_demo.color import brightest_channel
from hdr_demo.errors import ImageError
from hdr_demo.exposure import expose
from hdr_demo.io import GAIN_MAPS, HDR_FORMATS, MAX_MEGAPIXELS, Picture, hdr_kind, read_hdr_picture
from hdr_demo.io.pq import bands
from hdr_demo.resize import resize_image
from hdr_demo.strips import in_strips

# Beyond these the numbers are of another unit than diffuse white, such as nits. A photo has its middle some 2.5 stops
# below white, and something within four stops of white.
BRIGHTEST_MIDDLE = np.float32(2.0**3)
DARKEST_WHITE = np.float32(2.0**-4)
MIDDLE_GREY = 0.18
WHITE_PERCENTILE = 99.0
# Sums over a hundred megapixels stay finite.
BRIGHTEST = np.float32(2.0**96)
# What is stored there has no unit of its own; the other formats are made for displays.
SCENE_KINDS = {row.name for row in HDR_FORMATS.values() if not row.for_display}
_EIGHT_BITS = np.float32(255)
# How the origin of what was merged from several exposures begins.
_MERGED = "bracket of "


@dataclass(frozen=True)
class Oddities:
    """What an HDR file held that is no light that a screen could show; each a number of pixels.

    Attributes:
        no_number: With a channel that was no number (NaN) and became 0.
        infinite: With a channel that was infinite and became the largest finite one.
        negative: With a channel below 0, which is kept: a colour outside BT.709, or the ringing of a filter.
    """

    no_number: int = 0
    infinite: int = 0
    negative: int = 0


@dataclass(frozen=True)
class ExpandedPhoto:
    """A photo and its HDR image.

    Attributes:
        picture: What was read, at the size of `hdr`. Of a file that is HDR already, what an ordinary 8-bit picture
            of it holds.
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the photo's white, unless `scale` is "paper". An HDR
            file may hold negative values, which are colours outside BT.709.
        scale: One of `calibration.SCALES`.
        seconds: What network and calibration, or opening, took.
        origin: Empty where the network estimated the light; else what the file is, as `io.hdr_kind` says, or of how
            many photos the light was merged, as `name_merged` says.
        shift: By how many stops `hdr` is brighter than the numbers in the file are; see `bring_near_white`.
        oddities: What else the file held.
        checkpoint: The name of the one that estimated the light; empty where none did.
        draft: Whether the network read a reduced copy.
    """

    picture: Picture
    hdr: np.ndarray
    scale: str
    seconds: float
    origin: str = ""
    shift: int = 0
    oddities: Oddities = field(default_factory=Oddities)
    checkpoint: str = ""
    draft: bool = False

    @property
    def ldr(self) -> np.ndarray:
        """The photo, display-encoded sRGB, float32, (H, W, 3), [0, 1]."""
        return self.picture.ldr

    @property
    def alpha(self) -> np.ndarray | None:
        """Its opacity, float32, (H, W), [0, 1], or None."""
        return self.picture.alpha

    @property
    def name(self) -> str:
        """The name of the photo's file, without its suffix."""
        return self.picture.name

    def is_exact_for(self, picture: Picture) -> bool:
        """Whether this is the whole answer about a picture: of its own size, and no draft."""
        return not self.draft and self.hdr.shape == picture.ldr.shape

    @property
    def is_merged(self) -> bool:
        """Whether its light was measured by several photos, of which `picture` is the reference."""
        return self.origin.startswith(_MERGED)


def name_merged(photos: int) -> str:
    """Name the origin of light that was merged of several photos."""
    return f"{_MERGED}{photos} photos"


def resize_picture(picture: Picture, height: int, width: int) -> Picture:
    """Give a picture, and its opacity, another size.

    Args:
        picture: Any picture.
        height: Of the result, in pixels.
        width: Of the result, in pixels.

    Returns:
        The picture at that size; itself if it has it already.
    """
    if picture.ldr.shape[:2] == (height, width):
        return picture
    alpha = None if picture.alpha is None else resize_image(picture.alpha, height, width)
    return replace(picture, ldr=resize_image(picture.ldr, height, width), alpha=alpha)


def open_hdr_photo(path: str | os.PathLike[str], *, max_megapixels: float = MAX_MEGAPIXELS) -> ExpandedPhoto:
    """Open a file that is HDR already, with its own light; no network is asked.

    Args:
        path: The file; `io.hdr_kind` tells whether it is one.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        Its light, and as the photo what 8 bits keep of it: the base image of a gain map, else the light clipped at
        1.0.

    Raises:
        ImageError: If there is no such file, or it is damaged, too big, or no HDR picture.
    """
    began = time.perf_counter()
    read = read_hdr_picture(path, max_megapixels=max_megapixels)
    hdr, oddities = _mend(read.hdr)
    ldr = keep_eight_bits(hdr) if read.sdr is None else read.sdr
    picture = Picture(ldr, read.alpha, Path(path).stem, 8, exif=read.exif)
    origin = hdr_kind(path) or ""
    return ExpandedPhoto(picture, hdr, "calibrated", time.perf_counter() - began, origin, oddities=oddities)


def open_own_light(
    path: str | os.PathLike[str], *, gain_maps: bool = True, max_megapixels: float = MAX_MEGAPIXELS
) -> ExpandedPhoto | None:
    """Open a file with its own light, if it has any that can be read.

    Args:
        path: Any picture.
        gain_maps: Whether the light of a photograph with a gain map is wanted; its base image is an ordinary photo.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        As `open_hdr_photo` gives it; None for an ordinary photo, also for one whose gain map cannot be read.

    Raises:
        ImageError: If there is no such file, or what is HDR and no photo besides is damaged or too big.
    """
    kind = hdr_kind(path)
    if kind is None or (kind in GAIN_MAPS and not gain_maps):
        return None
    try:
        return open_hdr_photo(path, max_megapixels=max_megapixels)
    except ImageError:
        if kind in GAIN_MAPS:
            return None
        raise


def bring_near_white(opened: ExpandedPhoto) -> ExpandedPhoto:
    """Make an HDR file visible whose numbers are of another unit than diffuse white, by whole stops.

    Args:
        opened: As `open_hdr_photo` gives it.

    Returns:
        The same where its numbers are usual ones or have a unit, as those of a gain map, PQ and HLG have; else its
        light times a power of two, which `shift` tells.
    """
    shift = find_shift(opened.hdr) if opened.origin in SCENE_KINDS else 0
    if shift == 0:
        return opened
    hdr = np.ldexp(opened.hdr, shift)
    picture = replace(opened.picture, ldr=keep_eight_bits(hdr))
    return replace(opened, picture=picture, hdr=hdr, shift=opened.shift + shift)


def find_shift(hdr: np.ndarray) -> int:
    """Find by how many stops an HDR image has to get brighter, or darker, to look like a photo.

    Args:
        hdr: Linear RGB, float32, (H, W, 3); what is not finite does not count.

    Returns:
        0 unless half of what is lit is brighter than `BRIGHTEST_MIDDLE`, which becomes a middle grey, or all of it is
        darker than `DARKEST_WHITE`, whose brightest parts become white.
    """
    brightest = brightest_channel(hdr)
    lit = brightest[(brightest > 0) & (brightest <= BRIGHTEST)]
    if lit.size == 0:
        return 0
    middle, white = np.percentile(lit, (50, WHITE_PERCENTILE))
    if middle > BRIGHTEST_MIDDLE:
        return round(float(np.log2(MIDDLE_GREY / middle)))
    if white < DARKEST_WHITE:
        return round(float(-np.log2(white)))
    return 0


def keep_eight_bits(hdr: np.ndarray) -> np.ndarray:
    """Keep of an HDR image what an ordinary picture holds: no light above 1.0, and 256 codes a channel.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), finite.

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1].
    """
    return in_strips(lambda strip: np.rint(expose(strip) * _EIGHT_BITS) / _EIGHT_BITS, hdr)


def _mend(read: np.ndarray) -> tuple[np.ndarray, Oddities]:
    """Replace what is no number and what is infinite, and count it; linear RGB, float32, (H, W, 3)."""
    largest = 1.0
    for band in bands(*read.shape[:2]):
        largest = max(largest, float(np.max(read[band], initial=1, where=np.abs(read[band]) <= BRIGHTEST)))
    hdr = np.empty_like(read, np.float32)
    no_number = infinite = negative = 0
    for band in bands(*read.shape[:2]):
        values = read[band]
        nan, huge = np.isnan(values), np.abs(values) > BRIGHTEST
        no_number += int(nan.any(axis=-1).sum())
        infinite += int(huge.any(axis=-1).sum())
        negative += int((values < 0).any(axis=-1).sum())
        hdr[band] = np.where(nan, 0, np.where(huge, np.where(values > 0, largest, 0), values))
    return hdr, Oddities(no_number, infinite, negative)
