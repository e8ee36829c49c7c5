"""What a camera wrote about a photo stays with the picture made from it, as far as it is still true."""

import io
import random
import shutil
import struct
import subprocess
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import ExifTags, Image
from png_bytes import with_chunk
from programs import exiftool
from tiff_bytes import tiff

from hdr_demo.io import read_hdr_picture, read_ldr, write_hdr
from hdr_demo.io.exif import exif_of_bytes, orientation_of
from hdr_demo.photo import resize_picture

CODES = np.linspace(0, 65535, 80 * 48 * 3).astype(np.uint16).reshape(48, 80, 3)
ARTIST = "Jürgen 王"
GIVEN = {
    "Artist": ARTIST,
    "DateTimeOriginal": "2024:01:02 03:04:05",
    "GPSLatitude": "48.1",
    "GPSLatitudeRef": "N",
    "ColorSpace#": "65535",
    "ExifImageWidth": "80",
}

needs_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")


def by_pillow(kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray((CODES >> 8).astype(np.uint8)).save(file, kind)
    return file.getvalue()


MAKERS = {
    "a.jpg": lambda: by_pillow("JPEG"),
    "a.png": lambda: by_pillow("PNG"),
    "a.webp": lambda: by_pillow("WEBP"),
    "a.avif": lambda: by_pillow("AVIF"),
    "a.tif": lambda: by_pillow("TIFF"),
    "deep.png": lambda: imagecodecs.png_encode(CODES),
    "deep.tif": lambda: tiff(CODES),
    "deep, big-endian.tif": lambda: tiff(CODES, order=">"),
    "deep.avif": lambda: imagecodecs.avif_encode(CODES >> 6, level=90, bitspersample=10, pixelformat="444", matrix=1),
}


@pytest.mark.parametrize("name", MAKERS)
@needs_exiftool
def test_what_exiftool_wrote_exiftool_finds_again(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(MAKERS[name]())
    # An AVIF is turned by a property of its own, and Pillow rewrites EXIF data that contradict it.
    orientation = 1 if path.suffix == ".avif" else 6
    given = [f"-EXIF:{tag}={value}" for tag, value in {**GIVEN, "Orientation#": orientation}.items()]
    subprocess.run(["exiftool", "-q", "-overwrite_original", *given, str(path)], check=True)
    assert exiftool(path)["IFD0:Orientation"] == orientation

    picture = read_ldr(path)
    assert picture.ldr.shape[:2] == ((48, 80) if orientation == 1 else (80, 48))
    small = resize_picture(picture, 60, 36)
    for suffix in (".jpg", ".png", ".avif"):
        found = exiftool(write_hdr(tmp_path / f"out{suffix}", small.ldr, sdr=small.ldr, exif=small.exif))
        assert found["IFD0:Artist"] == ARTIST
        assert found["IFD0:Orientation"] == 1
        assert found["ExifIFD:DateTimeOriginal"] == "2024:01:02 03:04:05"
        assert found["GPS:GPSLatitude"] == pytest.approx(48.1)
        # The original's size, layout and colours are not those of this file.
        stale = {"ExifIFD:ColorSpace", "ExifIFD:ExifImageWidth", "IFD0:StripOffsets", "IFD0:BitsPerSample"}
        assert not stale & set(found)
        assert not [text for tag, text in found.items() if tag.endswith(("Warning", "Error"))]


def test_a_png_may_have_them_behind_its_pixels(tmp_path: Path) -> None:
    tags = Image.Exif()
    tags[ExifTags.Base.Make] = "Camera"
    data = with_chunk(by_pillow("PNG"), b"eXIf", tags.tobytes().removeprefix(b"Exif\0\0"), before=b"IEND")
    (tmp_path / "late.png").write_bytes(data)
    assert b"Camera" in read_ldr(tmp_path / "late.png").exif


def camera_exif(order: str = ">") -> bytes:
    """Write EXIF data as a camera does: with its own notes in the middle, and with a thumbnail."""
    tags = Image.Exif()
    tags.endian = order
    tags[ExifTags.Base.Make] = "A camera of a long name"
    tags[ExifTags.Base.Orientation] = 8
    tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.MakerNote] = bytes(range(256))
    tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"UNICODE\0said"
    tags.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (48.0, 6.0, 0.0)
    return tags.tobytes().removeprefix(b"Exif\0\0")


@pytest.mark.parametrize("order", "<>")
def test_the_notes_of_the_camera_stay_at_their_place(order: str) -> None:
    given = camera_exif(order)
    kept = exif_of_bytes(b"Exif\0\0" + given)
    assert kept[:2] == given[:2]
    assert kept.index(bytes(range(256))) == given.index(bytes(range(256)))
    assert (orientation_of(given), orientation_of(kept)) == (8, 1)
    assert exif_of_bytes(kept) == kept
    again = Image.Exif()
    again.load(kept)
    assert again[ExifTags.Base.Make] == "A camera of a long name"
    assert again.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] == (48.0, 6.0, 0.0)


@pytest.mark.parametrize("kind", ["PQ", "ordinary"])
@pytest.mark.parametrize("place", ["before", "behind"])
def test_an_avif_of_any_layout_is_read_with_them(tmp_path: Path, kind: str, place: str) -> None:
    """OpenCV's reader finds EXIF data only where they lie among the first bytes."""
    path, noise = tmp_path / "a.avif", np.random.default_rng(0).integers(0, 1024, (96, 128, 3), np.uint16)
    exif = b"Exif\0\0" + camera_exif()
    if kind == "PQ":
        write_hdr(path, noise / np.float32(300), exif=exif[6:])
    else:
        path.write_bytes(imagecodecs.avif_encode(noise, level=90, bitspersample=10, pixelformat="444", matrix=1))
        Image.new("RGB", (8, 8)).save(tmp_path / "exif.jpg", exif=exif)
        copy = ["-TagsFromFile", str(tmp_path / "exif.jpg"), "-EXIF:All", str(path)]
        subprocess.run(["exiftool", "-q", "-overwrite_original", *copy], check=True)
    if place == "behind":
        path.write_bytes(with_exif_behind(path.read_bytes()))
    read = read_hdr_picture(path) if kind == "PQ" else read_ldr(path)
    assert b"A camera of a long name" in read.exif


def with_exif_behind(avif: bytes) -> bytes:
    """Move the EXIF data of an AVIF, item 2 of two with places of 32 bits, to its end (ISO 14496-12, 8.11.3)."""
    iloc = avif.index(b"iloc") + 4
    places = iloc + 4 + 4
    data = bytearray(avif)
    for place in (places, places + 14):
        number, start, length = struct.unpack_from(">H4xII", avif, place)
        if number == 2:
            struct.pack_into(">I", data, place + 6, len(avif))
            return bytes(data) + avif[start : start + length]
    raise AssertionError("there is no item 2")


@needs_exiftool
def test_the_thumbnail_is_left_out(tmp_path: Path) -> None:
    for name, colour in (("small.jpg", "red"), ("a.jpg", "blue")):
        Image.new("RGB", (16, 16), colour).save(tmp_path / name)
    given = [f"-ThumbnailImage<={tmp_path / 'small.jpg'}", "-Make=Camera", str(tmp_path / "a.jpg")]
    subprocess.run(["exiftool", "-q", "-overwrite_original", *given], check=True)
    thumbnail = (tmp_path / "small.jpg").read_bytes()
    assert thumbnail in (tmp_path / "a.jpg").read_bytes()
    kept = read_ldr(tmp_path / "a.jpg").exif
    assert b"Camera" in kept
    assert thumbnail not in kept


@pytest.mark.parametrize("given", [None, b"", b"Exif\0\0", b"II*\0", b"MM\0*\0\0\0\xff", b"no EXIF at all"])
def test_nothing_sensible_gives_nothing(given: bytes | None) -> None:
    assert exif_of_bytes(given) is None
    assert orientation_of(given) == 1


def test_broken_exif_never_loses_the_picture() -> None:
    dice = random.Random(0)
    given = camera_exif()
    for _ in range(2000):
        broken = bytearray(given[: dice.randrange(8, len(given) + 1)])
        for _ in range(dice.randrange(1, 6)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        kept = exif_of_bytes(bytes(broken))
        assert kept is None or exif_of_bytes(kept) == kept
