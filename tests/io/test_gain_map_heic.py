"""Apple's gain maps in HEIC, where pillow-heif is installed.

No photograph of an iPhone lies in this repository: two pictures that libheif coded are put into one file here, box by
box after ISO 23008-12, with the auxiliary type, the XMP and the maker's notes of Apple's documentation.
"""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from test_gain_map_apple import exif, notes, xmp

from hdr_demo.color import decode_bt709, decode_srgb
from hdr_demo.errors import ImageError
from hdr_demo.io import hdr_kind, read_hdr_picture, read_ldr
from hdr_demo.io.avif_boxes import box
from hdr_demo.io.gain_map_apple import AUXILIARY

pillow_heif = pytest.importorskip("pillow_heif")

PICTURE, MAP, EXIF, XMP = 1, 2, 3, 4
QUARTER_TURN = box(b"irot", b"\1")


def boxes(data: bytes) -> dict[bytes, bytes]:
    found, place = {}, 0
    while place + 8 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        found[data[place + 4 : place + 8]] = data[place : place + length]
        place += length
    return found


def coded(codes: np.ndarray) -> tuple[bytes, list[bytes]]:
    """HEVC data and the property boxes of a picture, as libheif writes them."""
    mode = "L" if codes.ndim == 2 else "RGB"
    file = io.BytesIO()
    pillow_heif.from_bytes(mode=mode, size=codes.shape[1::-1], data=codes.tobytes()).save(file, quality=100)
    top = boxes(file.getvalue())
    meta = boxes(top[b"meta"][12:])
    return top[b"mdat"][8:], [*boxes(boxes(meta[b"iprp"][8:])[b"ipco"][8:]).values()]


def full(kind: bytes, *contents: bytes, version: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24), *contents)


def photograph(
    path: Path, base: np.ndarray, gain: np.ndarray, told: bytes, makers: bytes, turns: tuple[bytes, bytes] = (b"", b"")
) -> Path:
    """A picture, its auxiliary gain map, EXIF data of the picture and XMP of the map."""
    payloads, links, properties = [], [], []
    for codes, turn, more in ((base, turns[0], b""), (gain, turns[1], full(b"auxC", AUXILIARY.encode() + b"\0"))):
        data, own = coded(codes)
        own += [each for each in (more, turn) if each]
        links.append(bytes(range(len(properties) + 1, len(properties) + len(own) + 1)))
        properties += own
        payloads.append(data)
    payloads += [struct.pack(">I", 6) + exif(makers), told]
    kinds = [
        (PICTURE, b"hvc1", b""),
        (MAP, b"hvc1", b""),
        (EXIF, b"Exif", b""),
        (XMP, b"mime", b"application/rdf+xml\0"),
    ]
    items = b"".join(full(b"infe", struct.pack(">HH4s", number, 0, kind) + b"\0" + more, version=2)
                     for number, kind, more in kinds)  # fmt: skip

    def meta(start: int) -> bytes:
        places = b""
        for number, payload in enumerate(payloads, 1):
            places += struct.pack(">HHHII", number, 0, 1, start, len(payload))
            start += len(payload)
        references = ((b"auxl", MAP, PICTURE), (b"cdsc", EXIF, PICTURE), (b"cdsc", XMP, MAP))
        return full(
            b"meta",
            full(b"hdlr", struct.pack(">I4s12x", 0, b"pict") + b"\0"),
            full(b"pitm", struct.pack(">H", PICTURE)),
            full(b"iloc", b"\x44\0", struct.pack(">H", len(payloads)), places),
            full(b"iinf", struct.pack(">H", len(kinds)), items),
            full(b"iref", *(box(kind, struct.pack(">HHH", one, 1, other)) for kind, one, other in references)),
            box(
                b"iprp",
                box(b"ipco", *properties),
                full(
                    b"ipma",
                    struct.pack(">I", 2),
                    *(struct.pack(">HB", number, len(link)) + link for number, link in enumerate(links, 1)),
                ),
            ),
        )

    kind = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    path.write_bytes(b"".join([kind, meta(len(kind) + len(meta(0)) + 8), box(b"mdat", *payloads)]))
    return path


def base_codes() -> np.ndarray:
    grey = np.linspace(40, 220, 256).astype(np.uint8)
    return np.stack([np.tile(grey, (128, 1))] * 3, -1)


def gain_codes() -> np.ndarray:
    return np.tile(np.linspace(0, 255, 128).astype(np.uint8), (64, 1))


@pytest.mark.parametrize(
    "told, makers, headroom",
    [
        (xmp(0x10000), notes({33: 1.01, 48: 0.01}), 2**2.3),
        (xmp(0x20000, 5.0), notes({33: 0.0, 48: 0.0}), 5.0),
    ],
)
def test_the_map_of_a_heic_is_applied(tmp_path: Path, told: bytes, makers: bytes, headroom: float) -> None:
    path = photograph(tmp_path / "iphone.heic", base_codes(), gain_codes(), told, makers)
    assert hdr_kind(path) == "HEIC with a gain map"
    picture = read_hdr_picture(path)
    base = decode_srgb(base_codes() / np.float32(255))
    gain = decode_bt709(np.linspace(0, 1, 256))
    wanted = base * (1 + (headroom - 1) * gain)[None, :, None]
    np.testing.assert_allclose(picture.hdr[8:-8, 8:-8], wanted[8:-8, 8:-8], rtol=0.06, atol=0.01)
    np.testing.assert_allclose(picture.sdr, read_ldr(path).ldr, atol=1e-6)
    assert picture.exif is not None


def test_a_turned_heic_stands_upright_or_is_refused(tmp_path: Path) -> None:
    told, makers = xmp(0x20000, 4.0), notes({33: 0.0, 48: 0.0})
    plain = read_hdr_picture(photograph(tmp_path / "plain.heic", base_codes(), gain_codes(), told, makers))
    turned = (QUARTER_TURN, QUARTER_TURN)
    both = read_hdr_picture(photograph(tmp_path / "both.heic", base_codes(), gain_codes(), told, makers, turned))
    np.testing.assert_allclose(both.hdr, np.rot90(plain.hdr), rtol=0.01)
    path = photograph(tmp_path / "one.heic", base_codes(), gain_codes(), told, makers, (QUARTER_TURN, b""))
    with pytest.raises(ImageError, match="one.heic has a gain map that is turned otherwise than its picture"):
        read_hdr_picture(path)


@pytest.mark.parametrize("told, makers", [(b"<x:xmpmeta></x:xmpmeta>", notes({})), (xmp(0x10000), notes({33: 1.0}))])
def test_a_heic_without_a_headroom_is_an_ordinary_photograph(tmp_path: Path, told: bytes, makers: bytes) -> None:
    path = photograph(tmp_path / "a.heic", base_codes(), gain_codes(), told, makers)
    assert hdr_kind(path) is None
    assert read_ldr(path).ldr.shape == (128, 256, 3)


def test_a_heic_is_counted_before_it_is_decoded(tmp_path: Path) -> None:
    path = photograph(tmp_path / "a.heic", base_codes(), gain_codes(), xmp(0x20000, 4.0), notes({}))
    with pytest.raises(ImageError, match="256×128.*make it smaller"):
        read_hdr_picture(path, max_megapixels=0.01)
