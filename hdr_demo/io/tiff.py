"""TIFF (revision 6.0): what its first directory says, and the 16-bit kinds that Pillow would cut to 8."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from hdr_demo.errors import ImageError
from hdr_demo.io.codes import Codes
from hdr_demo.io.embedded import read_embedded
from hdr_demo.io.exif import exif_of_tiff
from hdr_demo.io.orientation import ORIENTATIONS
from hdr_demo.io.pillow import read_pillow
from hdr_demo.io.refusal import already_hdr, camera_raw, check_pixels, damaged, foreign_errors, unusual
from hdr_demo.io.tiff_planes import decode_16_bit

# Tags, by the names of TIFF 6.0, DNG 1.7 and the ICC profile specification.
_NEW_SUBFILE_TYPE, _WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _MAKE = 254, 256, 257, 258, 262, 271
_ORIENTATION, _SAMPLES, _SUB_DIRECTORIES, _EXTRA_SAMPLES, _SAMPLE_FORMAT = 274, 277, 330, 338, 339
_ICC_PROFILE, _DNG_VERSION = 34675, 50706
_OFFSETS_AND_COUNTS = ((273, 279), (324, 325))

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _SEPARATED = 0, 1, 2, 5
_COLOURS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _SEPARATED: 4}
_SENSOR_PHOTOMETRICS = (32803, 34892)  # colour filter array, linear raw
_LOGLUV_PHOTOMETRICS = (32844, 32845)
_ASSOCIATED, _UNASSOCIATED = 1, 2


@dataclass(frozen=True)
class _Directory:
    """The first directory of a TIFF; every tag is a tuple, empty where it is missing."""

    tags: ImageFileDirectory_v2

    def all(self, tag: int) -> tuple[int, ...]:
        value = self.tags.get(tag, ())
        return tuple(value) if isinstance(value, tuple) else (value,)

    def first(self, tag: int, default: int) -> int:
        return next(iter(self.all(tag)), default)

    @property
    def icc(self) -> bytes | None:
        value = self.tags.get(_ICC_PROFILE)
        return value if isinstance(value, bytes) else None


def is_tiff(head: bytes) -> bool:
    """Recognise a TIFF or a BigTIFF."""
    return head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def check_tiff(file: BinaryIO, name: str, max_megapixels: float) -> None:
    """Compare what the header says with the limit and with the file's length, before anything is decoded.

    Raises:
        ImageError: If the picture is too big or damaged.
    """
    with foreign_errors(name):
        directory = _read_directory(file, name, damaged)
        check_pixels(name, directory.first(_WIDTH, 0), directory.first(_HEIGHT, 0), max_megapixels)
        _check_extent(file, name, directory)


def holds_floats(file: BinaryIO, name: str) -> bool:
    """Tell whether the first picture of a TIFF consists of floating-point numbers.

    Raises:
        ImageError: If its directory cannot be read.
    """
    directory = _read_directory(file, name, damaged)
    return set(directory.all(_SAMPLE_FORMAT)) == {3} and directory.first(_PHOTOMETRIC, -1) in (_BLACK_IS_ZERO, _RGB)


def read_tiff(file: BinaryIO, name: str, max_megapixels: float) -> Codes:
    """Decode a TIFF with all its bits; of several pages the first.

    Args:
        file: The open file.
        name: Its name, for the sentence of an error.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The codes, 8 or 16 bits deep. CMYK with a profile is read with 8.

    Raises:
        ImageError: If it is too big, damaged, HDR, a camera raw or of a kind that nothing here understands.
    """
    directory = _read_directory(file, name)
    photometric = directory.first(_PHOTOMETRIC, -1)
    _refuse(name, directory, photometric)
    width, height = directory.first(_WIDTH, 0), directory.first(_HEIGHT, 0)
    check_pixels(name, width, height, max_megapixels)
    _check_extent(file, name, directory)

    samples = directory.first(_SAMPLES, 1)
    colours = _COLOURS.get(photometric, 0)
    deep = set(directory.all(_BITS)) == {16} and 0 < colours <= samples
    if not deep or (photometric == _SEPARATED and directory.icc):
        return read_pillow(file, name, max_megapixels)

    codes = decode_16_bit(file, directory.tags, height, width, samples)
    if codes is None:
        raise damaged(name)
    extra = directory.first(_EXTRA_SAMPLES, 0) if samples > colours else 0
    alpha = extra in (_ASSOCIATED, _UNASSOCIATED) or (samples == colours + 1 and photometric != _SEPARATED)
    channels = colours + alpha
    orientation = directory.first(_ORIENTATION, 1)
    return Codes(
        height=height,
        width=width,
        bits=16,
        maximum=65535,
        rows=lambda top, bottom: _as_light(codes[top:bottom, :, :channels], photometric),
        orientation=orientation if orientation in ORIENTATIONS else 1,
        to_srgb=read_embedded(name, "GRAY" if colours == 1 else "RGB", directory.icc).transform(65535),
        premultiplied=extra == _ASSOCIATED,
        exif=exif_of_tiff(file),
    )


def _as_light(codes: np.ndarray, photometric: int) -> np.ndarray:
    """Turn ink into light: inverted grey, and CMYK as Pillow does it where there is no profile."""
    if photometric == _WHITE_IS_ZERO:
        codes = codes.copy()
        codes[..., 0] = 65535 - codes[..., 0]
    elif photometric == _SEPARATED:
        paper = 65535 - codes[..., :4].astype(np.uint32)
        light = ((paper[..., :3] * paper[..., 3:] + 32767) // 65535).astype(np.uint16)
        codes = np.concatenate([light, codes[..., 4:]], -1)
    return codes


def _read_directory(file: BinaryIO, name: str, refusal: Callable[[str], ImageError] = unusual) -> _Directory:
    file.seek(0)
    header = file.read(8)
    if header[2:4] in (b"+\0", b"\0+"):
        header += file.read(8)
    with foreign_errors(name, refusal):
        tags = ImageFileDirectory_v2(header)
        file.seek(tags.next)
        tags.load(file)
        directory = _Directory(tags)
        numbers = (_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _SAMPLES, _ORIENTATION, *sum(_OFFSETS_AND_COUNTS, ()))
        if not all(isinstance(value, int) for tag in numbers for value in directory.all(tag)):
            raise refusal(name)
        return directory


def _refuse(name: str, directory: _Directory, photometric: int) -> None:
    """Refuse what is not integers up to 16 bits that a viewer could show."""
    formats = directory.all(_SAMPLE_FORMAT)
    preview_of_raw = directory.first(_NEW_SUBFILE_TYPE, 0) == 1 and directory.all(_SUB_DIRECTORIES)
    if directory.all(_DNG_VERSION) or photometric in _SENSOR_PHOTOMETRICS or (preview_of_raw and directory.all(_MAKE)):
        raise camera_raw(name)
    if photometric in _LOGLUV_PHOTOMETRICS or 3 in formats:
        raise already_hdr(name, "floating point")
    if any(number not in (1, 4) for number in formats) or max(directory.all(_BITS) or (1,)) > 16:
        raise ImageError(f"{name} has neither 8 nor 16 bits per channel: save it so in a picture editor.")
    if not directory.all(_WIDTH) or not directory.all(_HEIGHT):
        raise unusual(name)


def _check_extent(file: BinaryIO, name: str, directory: _Directory) -> None:
    """Compare where the pixels should lie with where the file ends: not every decoder notices."""
    size = file.seek(0, 2)
    for offsets, counts in _OFFSETS_AND_COUNTS:
        for offset, count in zip(directory.all(offsets), directory.all(counts), strict=False):
            if offset + count > size:
                raise damaged(name)
