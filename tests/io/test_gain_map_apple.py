"""Apple's own gain maps of before iOS 18, in JPEG.

No photograph of an iPhone lies in this repository: the files are built here byte by byte from Apple's article "Applying
Apple HDR effect to your photos" and from exiftool's table of Apple's maker's notes. exiftool reads the notes back.
"""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from icc_bytes import DISPLAY_P3
from PIL import Image
from programs import exiftool

from hdr_demo.color import decode_bt709, decode_srgb
from hdr_demo.errors import ImageError
from hdr_demo.io import GAIN_MAP_JPEG, hdr_kind, read_hdr, read_hdr_picture, read_ldr, write_hdr
from hdr_demo.io.gain_map_apple import headroom_of_notes
from hdr_demo.io.gain_map_metadata import XMP_NAME
from hdr_demo.io.jpeg_segments import APP1, APP2, MPF_NAME, pack_index, segment
from hdr_demo.io.shaper import matrix_to_bt709

SIZE = (64, 128)
SIGNED_RATIONAL, UNDEFINED, LONG, ASCII = 10, 7, 4, 2


def notes(numbers: dict[int, float]) -> bytes:
    """Apple's maker's notes: a name, a version, a big-endian directory; places count from the name."""
    start = 14 + 2 + 12 * len(numbers) + 4
    entries, values = b"", b""
    for tag, number in sorted(numbers.items()):
        entries += struct.pack(">HHII", tag, SIGNED_RATIONAL, 1, start + len(values))
        values += struct.pack(">ii", round(number * 1_000_000), 1_000_000)
    return b"Apple iOS\0\0\1MM" + struct.pack(">H", len(numbers)) + entries + bytes(4) + values


def exif(makers: bytes) -> bytes:
    """EXIF data with a maker, Apple's notes and nothing else."""
    maker = b"Apple\0"
    first = 8 + 2 + 2 * 12 + 4
    inner = first + len(maker)
    data = b"MM\0*" + struct.pack(">IH", 8, 2)
    data += struct.pack(">HHII", 0x010F, ASCII, len(maker), first)
    data += struct.pack(">HHII", 0x8769, LONG, 1, inner) + bytes(4) + maker
    data += struct.pack(">H", 1) + struct.pack(">HHII", 0x927C, UNDEFINED, len(makers), inner + 2 + 12 + 4) + bytes(4)
    return b"Exif\0\0" + data + makers


def xmp(version: int, headroom: float | None = None, kind: str = "urn:com:apple:photo:2020:aux:hdrgainmap") -> bytes:
    stated = "" if headroom is None else f"<HDRGainMap:HDRGainMapHeadroom>{headroom}</HDRGainMap:HDRGainMapHeadroom>"
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/" '
        'xmlns:HDRGainMap="http://ns.apple.com/HDRGainMap/1.0/">'
        f"<apdi:AuxiliaryImageType>{kind}</apdi:AuxiliaryImageType>"
        f"<HDRGainMap:HDRGainMapVersion>{version}</HDRGainMap:HDRGainMapVersion>{stated}"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode("ascii")


def jpeg(codes: np.ndarray, inserted: bytes, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(codes).save(file, "JPEG", quality=98, **({"subsampling": 0} if codes.ndim == 3 else {}), **options)
    data = file.getvalue()
    return data[:2] + inserted + data[2:]


def base_codes() -> np.ndarray:
    grey = np.linspace(40, 220, SIZE[1]).astype(np.uint8)
    return np.stack([np.tile(grey, (SIZE[0], 1))] * 3, -1)


def gain_codes() -> np.ndarray:
    """A quarter of each side, as Apple's maps are: black on the left, then rising to white."""
    rising = np.clip(np.linspace(-0.25, 1.2, SIZE[1] // 4), 0, 1)
    return np.tile(np.rint(255 * rising).astype(np.uint8), (SIZE[0] // 4, 1))


def photograph(path: Path, told: bytes, makers: bytes | None, **options: object) -> Path:
    """A base image with EXIF data and a multi-picture index, and a gain map that names itself in XMP."""
    second = jpeg(gain_codes(), segment(APP1, XMP_NAME + told))
    base = jpeg(base_codes(), b"" if makers is None else segment(APP1, exif(makers)), **options)
    length = len(segment(APP2, MPF_NAME + pack_index([0, 0], 0)))
    end = 2 + (0 if makers is None else len(segment(APP1, exif(makers))))
    index = pack_index([len(base) + length, len(second)], end + 4 + len(MPF_NAME))
    path.write_bytes(base[:end] + segment(APP2, MPF_NAME + index) + base[end:] + second)
    return path


def expected(headroom: float) -> np.ndarray:
    """Apple's formula on the codes: linear base times 1 + (headroom - 1) times the linear gain, at the map's pixels."""
    base = decode_srgb(base_codes()[2::4, 2::4] / np.float32(255))
    return base * (1 + (headroom - 1) * decode_bt709(gain_codes() / 255))[..., None]


def check(path: Path, headroom: float) -> None:
    assert hdr_kind(path) == GAIN_MAP_JPEG
    found = read_hdr(path).reshape(SIZE[0] // 4, 4, SIZE[1] // 4, 4, 3)[:, 1:3, :, 1:3].mean((1, 3))
    np.testing.assert_allclose(found[2:-2, 2:-2], expected(headroom)[2:-2, 2:-2], rtol=0.05)
    assert read_hdr(path).max() == pytest.approx(expected(headroom).max(), rel=0.05)


@pytest.mark.parametrize(
    "numbers, stops",
    [
        ((0.0, 0.0), 1.8),
        ((0.5, 0.005), 1.7),
        ((0.5, 0.5), 1.5505),
        ((1.0, 0.0), 3.0),
        ((1.01, 0.01), 2.3),
        ((1.01, 1.0), 2.0),
        ((1.01, 9.0), 0.0),
    ],
)
def test_every_branch_of_apples_headroom(numbers: tuple[float, float], stops: float) -> None:
    assert headroom_of_notes(exif(notes(dict(zip((33, 48), numbers, strict=True))))) == pytest.approx(stops, abs=1e-6)


def test_the_first_version_takes_its_headroom_from_the_makers_notes(tmp_path: Path) -> None:
    path = photograph(tmp_path / "iphone.jpg", xmp(0x10000), notes({33: 1.01, 48: 0.01}))
    check(path, 2**2.3)
    told = exiftool(path)
    assert told["Apple:HDRHeadroom"] == pytest.approx(1.01)
    assert told["Apple:HDRGain"] == pytest.approx(0.01)
    assert told["MPF0:NumberOfImages"] == 2


def test_the_second_version_states_it(tmp_path: Path) -> None:
    check(photograph(tmp_path / "iphone.jpg", xmp(0x20000, 5.0), None), 5.0)
    check(photograph(tmp_path / "both.jpg", xmp(0x20000, 5.0), notes({33: 0.0, 48: 0.0})), 5.0)


def test_the_base_image_is_what_ordinary_readers_show(tmp_path: Path) -> None:
    path = photograph(tmp_path / "iphone.jpg", xmp(0x10000), notes({33: 1.0, 48: 0.0}))
    picture = read_hdr_picture(path)
    np.testing.assert_allclose(picture.sdr, read_ldr(path).ldr, atol=1e-6)
    again = write_hdr(tmp_path / "again.jpg", picture.hdr, sdr=picture.sdr, exif=picture.exif)
    np.testing.assert_allclose(read_hdr(again), picture.hdr, rtol=0.08, atol=0.01)


def test_apples_primaries_are_those_of_the_profile(tmp_path: Path) -> None:
    path = photograph(tmp_path / "p3.jpg", xmp(0x20000, 4.0), None, icc_profile=DISPLAY_P3)
    grey = expected(4.0) @ matrix_to_bt709(12).T
    found = read_hdr(path).reshape(SIZE[0] // 4, 4, SIZE[1] // 4, 4, 3)[:, 1:3, :, 1:3].mean((1, 3))
    np.testing.assert_allclose(found[2:-2, 2:-2], grey[2:-2, 2:-2], rtol=0.06)


@pytest.mark.parametrize(
    "told, makers",
    [
        (xmp(0x10000), None),
        (xmp(0x10000), notes({33: 1.0})),
        (xmp(0x10000), notes({33: 1.0, 48: 0.0})[:40]),
        (xmp(0x10000), b"Nikon\0" + bytes(40)),
        (xmp(0x20000, -1.0), None),
        (xmp(0x20000, 1e30), None),
        (xmp(0x20000, 1.0), None),
        (xmp(0x20000, 4.0, "urn:com:apple:photo:2018:aux:portraiteffectsmatte"), None),
        (b"<x:xmpmeta", None),
    ],
)
def test_without_a_headroom_it_is_an_ordinary_photograph(tmp_path: Path, told: bytes, makers: bytes | None) -> None:
    path = photograph(tmp_path / "a.jpg", told, makers)
    assert hdr_kind(path) is None
    assert read_ldr(path).ldr.shape == (*SIZE, 3)
    with pytest.raises(ImageError, match="a.jpg is not an HDR picture"):
        read_hdr(path)
