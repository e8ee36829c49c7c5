"""The boxes of an AVIF file (ISO 14496-12, ISO 23008-12, and the AV1 Image File Format) around one coded picture."""

import struct

_PICTURE, _EXIF = 1, 2  # the numbers of the items
_ESSENTIAL = 0x80


def box(kind: bytes, *contents: bytes) -> bytes:
    """Put contents into a box."""
    data = b"".join(contents)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def _full(kind: bytes, *contents: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *contents)


def wrap_avif(
    coded: bytes, width: int, height: int, properties: list[tuple[bytes, bool]], exif: bytes | None = None
) -> bytes:
    """Make a file of a coded picture.

    Args:
        coded: The AV1 data, without temporal delimiters.
        width: Of the picture.
        height: Of the picture.
        properties: Further properties of the picture as whole boxes, and whether a reader must understand each.
        exif: EXIF data from the TIFF header on.

    Returns:
        The bytes of the file.
    """
    # EXIF data come before the picture, as libavif has it: where they are farther away OpenCV finds no picture.
    named = [(_PICTURE, b"av01")] if exif is None else [(_EXIF, b"Exif"), (_PICTURE, b"av01")]
    payloads = [coded] if exif is None else [struct.pack(">I", 0) + exif, coded]
    size = _full(b"ispe", struct.pack(">II", width, height))
    every = [(size, False), *properties]

    def meta(start: int) -> bytes:
        places, position = b"", start
        for (number, _), payload in zip(named, payloads, strict=True):
            # The item, its data in this file, one extent.
            places += struct.pack(">HHHII", number, 0, 1, position, len(payload))
            position += len(payload)
        items = b"".join(
            _full(b"infe", struct.pack(">HH4s", number, 0, kind) + b"\0", version=2, flags=int(number == _EXIF))
            for number, kind in named
        )
        links = bytes(_ESSENTIAL * essential | index for index, (_, essential) in enumerate(every, 1))
        described = [] if exif is None else [_full(b"iref", box(b"cdsc", struct.pack(">HHH", _EXIF, 1, _PICTURE)))]
        return _full(
            b"meta",
            _full(b"hdlr", struct.pack(">I4s12x", 0, b"pict") + b"\0"),
            _full(b"pitm", struct.pack(">H", _PICTURE)),
            _full(b"iloc", b"\x44\0", struct.pack(">H", len(named)), places),
            _full(b"iinf", struct.pack(">H", len(named)), items),
            *described,
            box(
                b"iprp",
                box(b"ipco", *(data for data, _ in every)),
                _full(b"ipma", struct.pack(">IHB", 1, _PICTURE, len(links)), links),
            ),
        )

    kind = box(b"ftyp", b"avif", bytes(4), b"avifmif1miaf")
    return b"".join([kind, meta(len(kind) + len(meta(0)) + 8), box(b"mdat", *payloads)])
