"""Files that are recognised by their first bytes and refused, each with its own sentence."""

import re
from collections.abc import Callable

from hdr_demo.errors import ImageError
from hdr_demo.io.refusal import already_hdr, camera_raw

HEAD_BYTES = 512

_RAW_BRANDS = (b"crx ",)  # Canon CR3
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")
_STILL_BRANDS = (b"avif", b"avis", b"mif1", b"mif2", b"msf1", b"miaf", *_HEIC_BRANDS, *_RAW_BRANDS)

JXL_BOX = b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a"  # the first of a file in boxes (ISO/IEC 18181-2, clause 4)


def brands(head: bytes) -> tuple[bytes, ...]:
    """List the brands of an ISO base media file (ISO 14496-12, section 4.3), the major one first; none for others."""
    if head[4:8] != b"ftyp":
        return ()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return (head[8:12], *(head[start : start + 4] for start in range(16, end - 3, 4)))


def is_avif(head: bytes) -> bool:
    """Recognise an AVIF still or sequence, also behind the general brand `mif1`."""
    return b"avif" in brands(head) or b"avis" in brands(head)


def is_heic(head: bytes) -> bool:
    """Recognise a HEIF picture that is not an AVIF; its pixels are HEVC."""
    named = brands(head)
    return not is_avif(head) and any(brand in named for brand in (*_HEIC_BRANDS, b"mif1", b"msf1"))


def is_jxl(head: bytes) -> bool:
    """Recognise a JPEG XL picture: a bare codestream, or one in boxes."""
    return head.startswith((b"\xff\x0a", JXL_BOX))


def _is_film(head: bytes) -> bool:
    named = brands(head)
    return bool(named) and not any(brand in _STILL_BRANDS for brand in named)


def _starts(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(starts)


def _matches(pattern: bytes) -> Callable[[bytes], bool]:
    return lambda head: re.match(pattern, head, re.DOTALL) is not None


def _is_raw(head: bytes) -> bool:
    return any(brand in _RAW_BRANDS for brand in brands(head))


def _hdr(kind: str) -> Callable[[str], ImageError]:
    return lambda name: already_hdr(name, kind)


def _sentence(text: str) -> Callable[[str], ImageError]:
    return lambda name: ImageError(f"{name} {text}.")


# What the first bytes look like, and what to say. Camera raws that are TIFF files inside are `tiff.py`'s to tell.
REFUSALS: tuple[tuple[Callable[[bytes], bool], Callable[[str], ImageError]], ...] = (
    (_starts(b"\x76\x2f\x31\x01"), _hdr("OpenEXR")),
    (_starts(b"#?RADIANCE", b"#?RGBE"), _hdr("Radiance")),
    (_matches(rb"P[Ff]4?\s"), _hdr("PFM")),
    (
        is_jxl,
        _sentence(
            "is a JPEG XL picture: one in PQ or HLG is read where openimageio is installed (pip install openimageio); "
            "save others as PNG or JPEG"
        ),
    ),
    (_is_raw, camera_raw),
    (_starts(b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM"), camera_raw),
    (_matches(rb"II\*\0.{4}CR|.{6}HEAPCCDR"), camera_raw),
    (
        lambda head: _is_film(head) or _matches(rb"(RIFF.{4}AVI )|(\x1a\x45\xdf\xa3)")(head),
        _sentence("is a film, not a picture: choose a still picture"),
    ),
    (
        _matches(rb"\s*(%PDF|%!PS|\xc5\xd0\xd3\xc6|(\xef\xbb\xbf)?\s*(<\?xml|<!--|<svg|<!DOCTYPE svg))"),
        _sentence("is a drawing or a document, not a photograph: export it as PNG or JPEG"),
    ),
    (_starts(b"PK\x03\x04"), _sentence("is an archive: unpack it and choose a picture from it")),
)


def refuse_by_signature(name: str, head: bytes) -> None:
    """Refuse what is recognised at once as something other than an ordinary picture.

    Args:
        name: The file's name.
        head: Its first `HEAD_BYTES` bytes.

    Raises:
        ImageError: If it is one of those in `REFUSALS`.
    """
    for matches, sentence in REFUSALS:
        if matches(head):
            raise sentence(name)
