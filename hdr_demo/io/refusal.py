"""The sentences for pictures that cannot be read: each names the file and says what to do about it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath

from hdr_demo.errors import ImageError

# More than any phone and all but a few studio cameras; decoded, 1.2 GB.
MAX_MEGAPIXELS = 100.0


def shown_name(path: str | os.PathLike[str]) -> str:
    """Spell a file's name so that it fits on one line of any terminal, whatever bytes the name is made of."""
    name = os.fsencode(PurePath(path).name or str(path)).decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)


def already_hdr(name: str, kind: str) -> ImageError:
    """Refuse a picture that has no need of this program."""
    return ImageError(f"{name} is already HDR ({kind}): choose an ordinary picture, such as a JPEG or a PNG.")


def camera_raw(name: str) -> ImageError:
    """Refuse a file that holds a sensor's readings."""
    return ImageError(f"{name} is a camera raw file: develop it in a raw converter and save it as TIFF, PNG or JPEG.")


def damaged(name: str) -> ImageError:
    """Refuse a picture whose pixels cannot all be decoded."""
    return ImageError(f"{name} is damaged or cut off: copy or download it again.")


def unusual(name: str) -> ImageError:
    """Refuse a picture whose format is known and whose contents are not understood."""
    return ImageError(
        f"{name} is damaged, cut off or of an unusual kind: copy it again, or save it as PNG in a picture editor."
    )


def unknown(name: str) -> ImageError:
    """Refuse a file that is no picture."""
    return ImageError(f"{name} is not a picture that can be opened: choose a JPEG, PNG, TIFF, WebP, AVIF, BMP or GIF.")


def check_pixels(name: str, width: int, height: int, max_megapixels: float) -> None:
    """Compare the size that a header states with the limit, before anything is decoded.

    Raises:
        ImageError: If the picture has no pixels, or more than `max_megapixels` million.
    """
    if width < 1 or height < 1:
        raise damaged(name)
    if width * height > max_megapixels * 1e6:
        raise ImageError(
            f"{name} has {width * height / 1e6:,.1f} megapixels ({width}×{height}), more than the limit of "
            f"{max_megapixels:g}: make it smaller, or raise the limit."
        )


@contextmanager
def foreign_errors(name: str, refusal: Callable[[str], ImageError] = damaged) -> Iterator[None]:
    """Turn whatever a decoder raises into one sentence, by default the one for a damaged picture.

    Pillow and OpenCV keep no list of what their decoders raise on damaged data: SyntaxError, struct.error, KeyError,
    zlib.error, OverflowError and a dozen others have been seen. So everything is caught that decoding raises.

    Raises:
        ImageError: If the body raised anything.
    """
    try:
        yield
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError(f"{name} does not fit into this computer's memory: make it smaller.") from error
    except Exception as error:
        raise refusal(name) from error
