"""What is no ordinary picture gets one sentence that names the file and says what to do."""

import errno
import io
import os
import struct
import sys
import time
import warnings
from pathlib import Path

import icc_bytes
import imagecodecs
import numpy as np
import pytest
from PIL import Image
from png_bytes import png, with_chunk
from tiff_bytes import tiff

from hdr_demo.errors import ImageError
from hdr_demo.io import opening, read_ldr, write_hdr

RGB = np.random.default_rng(7).integers(0, 256, (20, 30, 3), dtype=np.uint8)
DEEP = RGB.astype(np.uint16) * np.uint16(257)
FLOAT = (RGB / 64).astype(np.float32)


def sentence(folder: Path, data: bytes, name: str = "holiday.jpg", **options: object) -> str:
    (folder / name).write_bytes(data)
    with pytest.raises(ImageError) as refusal:
        read_ldr(folder / name, **options)
    text = str(refusal.value)
    assert text.startswith(name)
    assert text.endswith(".")
    assert "\n" not in text
    assert len(text) < 200
    assert ": " in text, "what is wrong: what to do"
    return text


def saved(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(RGB).save(file, kind, **options)
    return file.getvalue()


def avif(primaries: int, transfer: int, bits: int = 10) -> bytes:
    return imagecodecs.avif_encode(
        DEEP >> (16 - bits) if bits > 8 else RGB, level=90, speed=9, bitspersample=bits, pixelformat="444",
        primaries=primaries, transfer=transfer, matrix=9,
    )  # fmt: skip


def written(folder: Path, name: str) -> bytes:
    return write_hdr(folder / name, FLOAT).read_bytes()


ALREADY_HDR = {
    "OpenEXR": lambda folder: written(folder, "a.exr"),
    "Radiance": lambda folder: written(folder, "a.hdr"),
    "Radiance by another program": lambda folder: imagecodecs.rgbe_encode(FLOAT),
    "PFM": lambda folder: b"PF\n30 20\n-1.0\n" + FLOAT.tobytes(),
    "grey PFM": lambda folder: b"Pf\n30 20\n-1.0\n" + FLOAT[..., 0].tobytes(),
    "PQ PNG": lambda folder: with_chunk(imagecodecs.png_encode(DEEP), b"cICP", bytes([9, 16, 0, 1])),
    "HLG PNG": lambda folder: with_chunk(imagecodecs.png_encode(RGB), b"cICP", bytes([9, 18, 0, 1])),
    "PQ AVIF": lambda folder: avif(9, 16),
    "HLG AVIF": lambda folder: avif(9, 18),
    "8-bit PQ AVIF": lambda folder: avif(9, 16, 8),
    "float TIFF": lambda folder: tiff(FLOAT, tags={339: (3, [3, 3, 3])}),
    "grey float TIFF": lambda folder: tiff(FLOAT[..., 0], tags={339: (3, [3])}),
    "half float TIFF": lambda folder: tiff(FLOAT.astype(np.float16), tags={339: (3, [3, 3, 3])}),
    "LogLuv TIFF": lambda folder: tiff(DEEP, photometric=32845),
    "profile of PQ": lambda folder: saved("PNG", icc_profile=PQ_PROFILE),
}
PQ_PROFILE = icc_bytes.rgb(
    icc_bytes.SRGB_PRIMARIES, icc_bytes.D65, icc_bytes.SRGB_CURVE, cicp=b"cicp\0\0\0\0" + bytes([9, 16, 0, 1])
)


@pytest.mark.parametrize("kind", ALREADY_HDR)
def test_hdr_is_told_so(tmp_path: Path, kind: str) -> None:
    assert "is already HDR" in sentence(tmp_path, ALREADY_HDR[kind](tmp_path))


CAMERA_RAWS = {
    "DNG": tiff(RGB, tags={50706: (4, [1])}),
    "CR2": b"II*\0\x10\0\0\0CR\x02\0" + bytes(600),
    "CR3": b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom" + bytes(600),
    "NEF": tiff(RGB, tags={254: (4, [1]), 271: (7, b"NIKON CORPORATION"), 330: (4, [1000])}),
    "PEF": tiff(DEEP[..., 0], photometric=32803),
    "ORF": b"IIRO\x08\0\0\0" + bytes(600),
    "RW2": b"IIU\0\x18\0\0\0" + bytes(600),
    "RAF": b"FUJIFILMCCD-RAW 0201" + bytes(600),
    "CRW": b"II\x1a\0\0\0HEAPCCDR" + bytes(600),
    "X3F": b"FOVb" + bytes(600),
}


@pytest.mark.parametrize("kind", CAMERA_RAWS)
def test_camera_raws_are_told_so(tmp_path: Path, kind: str) -> None:
    assert "camera raw" in sentence(tmp_path, CAMERA_RAWS[kind])


NO_PICTURES = {
    "text": b"Dear Sir or Madam,\nthis is no picture.\n" * 40,
    "web page": b"<!DOCTYPE html><html><body>404</body></html>",
    "zeros": bytes(5000),
    "one byte": b"x",
    "random": np.random.default_rng(8).integers(0, 256, 5000, dtype=np.uint8).tobytes(),
    "zip": b"PK\x03\x04" + bytes(500),
    "PDF": b"%PDF-1.7\n" + bytes(500),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "SVG": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "MP4": b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2" + bytes(500),
    "QuickTime": b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(500),
    "WebM": b"\x1a\x45\xdf\xa3" + bytes(500),
    "AVI": b"RIFF\0\0\x10\0AVI LIST" + bytes(500),
    "WAV": b"RIFF\0\0\x10\0WAVEfmt " + bytes(500),
    "MP3": b"ID3\x04" + bytes(500),
    "program": b"\x7fELF\x02\x01\x01" + bytes(500),
    "FITS": b"SIMPLE  =                    T".ljust(2880),
    "JPEG XL": b"\xff\x0a" + bytes(500),
    "JPEG XL in boxes": imagecodecs.jpegxl_encode(RGB, usecontainer=True),
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500),
    "safetensors": struct.pack("<Q", 2) + b"{}",
}


@pytest.mark.parametrize("kind", NO_PICTURES)
def test_what_is_no_picture_is_told_so(tmp_path: Path, kind: str) -> None:
    sentence(tmp_path, NO_PICTURES[kind])


def test_some_sentences_say_more(tmp_path: Path) -> None:
    assert "is empty" in sentence(tmp_path, b"")
    assert "not a picture" in sentence(tmp_path, NO_PICTURES["text"])
    assert "JPEG XL" in sentence(tmp_path, NO_PICTURES["JPEG XL"])
    assert "film" in sentence(tmp_path, NO_PICTURES["MP4"])
    assert "archive" in sentence(tmp_path, NO_PICTURES["zip"])
    assert "8 nor 16" in sentence(tmp_path, tiff(DEEP.astype(np.uint32)))
    assert "8 nor 16" in sentence(tmp_path, tiff(DEEP.astype(np.int16), tags={339: (3, [2, 2, 2])}))


def test_heic_names_the_package_that_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert "install the package pillow-heif" in sentence(tmp_path, NO_PICTURES["HEIC"])


def test_paths_that_cannot_be_opened(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path / "missing.jpg", "missing.jpg does not exist"),
        (tmp_path / "no folder" / "a.jpg", "a.jpg does not exist"),
        (tmp_path, f"{tmp_path.name} is a folder"),
        (tmp_path / "a\0b.jpg", "does not exist"),
        (tmp_path / ("x" * 300), "cannot be read"),
        ("", "does not exist"),
    ):
        with pytest.raises(ImageError, match=words):
            read_ldr(path)


@pytest.mark.skipif(os.name == "nt", reason="devices and pipes of Unix")
def test_devices_and_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path / "pipe.jpg", "/dev/zero"):
        with pytest.raises(ImageError, match="not a file"):
            read_ldr(path)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "mine.jpg may not be read"),
        (OSError(errno.EIO, "Input/output error"), r"mine.jpg cannot be read \(Input/output error\)"),
    ],
)
def test_a_file_that_the_system_does_not_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, words: str
) -> None:
    def refuse(*arguments: object) -> None:
        raise error

    (tmp_path / "mine.jpg").write_bytes(saved("JPEG"))
    monkeypatch.setattr(opening, "open", refuse, raising=False)
    with pytest.raises(ImageError, match=words):
        read_ldr(tmp_path / "mine.jpg")


def test_a_name_that_no_terminal_shows_is_still_one_line(tmp_path: Path) -> None:
    name = os.fsdecode(b"a\nb\xff\x1b[31m.jpg")
    try:
        (tmp_path / name).write_bytes(b"text")
    except OSError:
        pytest.skip("this file system takes no such names")
    with pytest.raises(ImageError) as refusal:
        read_ldr(tmp_path / name)
    assert str(refusal.value).encode("utf-8")
    assert str(refusal.value).isprintable()


def webp_header(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x60\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + size + bytes(70)


def bomb(kind: str) -> bytes:
    if kind == "JPEG":
        data = bytearray(saved("JPEG"))
        place = data.index(b"\xff\xc0") + 5
        data[place : place + 4] = struct.pack(">HH", 60000, 60000)
        return bytes(data)
    if kind == "BMP":
        data = bytearray(saved("BMP"))
        data[18:26] = struct.pack("<ii", 60000, 60000)
        return bytes(data)
    if kind == "GIF":
        data = bytearray(saved("GIF"))
        data[6:10] = struct.pack("<HH", 60000, 60000)
        return bytes(data)
    if kind == "AVIF":
        data = bytearray(saved("AVIF"))
        place = data.index(b"ispe") + 8
        data[place : place + 8] = struct.pack(">II", 16000, 16000)
        return bytes(data)
    return {
        "PNG": lambda: png(60000, 60000, 8, 2, bytes(100)),
        "16-bit PNG": lambda: png(60000, 60000, 16, 2, bytes(100)),
        "WebP": lambda: webp_header(60000, 60000),
        "TIFF": lambda: tiff(RGB, tags={256: (4, [60000]), 257: (4, [60000])}),
        "16-bit TIFF": lambda: tiff(DEEP, tags={256: (4, [60000]), 257: (4, [60000])}),
        "PPM": lambda: b"P6\n60000 60000\n255\n" + bytes(100),
        "16-bit PPM": lambda: b"P6\n60000 60000\n65535\n" + bytes(100),
    }[kind]()


@pytest.mark.parametrize(
    "kind",
    ["PNG", "16-bit PNG", "JPEG", "BMP", "GIF", "AVIF", "WebP", "TIFF", "16-bit TIFF", "PPM", "16-bit PPM"],
)
def test_too_many_pixels_are_refused_from_the_header(tmp_path: Path, kind: str) -> None:
    data = bomb(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        start = time.perf_counter()
        text = sentence(tmp_path, data)
        seconds = time.perf_counter() - start
    if kind != "AVIF" or "damaged" not in text:  # libavif compares with the stream on its own
        assert "megapixels" in text
        assert "limit of 100" in text
    assert seconds < 0.05


def test_the_limit_is_an_option(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(saved("PNG"))
    pixels = RGB.shape[0] * RGB.shape[1]
    assert read_ldr(tmp_path / "a.png", max_megapixels=pixels / 1e6).ldr.shape == RGB.shape
    assert "30×20" in sentence(tmp_path, saved("PNG"), max_megapixels=(pixels - 1) / 1e6)


def test_the_limit_is_ours_and_pillow_keeps_its_own(tmp_path: Path) -> None:
    """Pillow would warn above 89 megapixels and refuse above 179; its limit is the whole process's and stays."""
    before = Image.MAX_IMAGE_PIXELS
    (tmp_path / "wide.pgm").write_bytes(b"P5\n14000 13000\n255\n" + bytes(100))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ImageError, match="cut off"):
            read_ldr(tmp_path / "wide.pgm", max_megapixels=200)
    assert before == Image.MAX_IMAGE_PIXELS


def test_the_suffix_does_not_decide(tmp_path: Path) -> None:
    (tmp_path / "really.exr").write_bytes(saved("PNG"))
    np.testing.assert_array_equal(read_ldr(tmp_path / "really.exr").ldr, RGB / np.float32(255))


def test_a_gain_map_avif_is_not_taken_for_its_other_rendition(tmp_path: Path) -> None:
    """A second `nclx` that says PQ belongs to another item of the file."""
    data = bytearray(saved("AVIF"))
    start = data.index(b"ipco") - 4
    (length,) = struct.unpack_from(">I", data, start)
    box = struct.pack(">I4s4sHHHB", 19, b"colr", b"nclx", 9, 16, 9, 128)
    # The box becomes a property that no item is associated with; the boxes around it and the pixels' place grow.
    data[start + length : start + length] = box
    struct.pack_into(">I", data, start, length + len(box))
    for parent in (b"iprp", b"meta"):
        place = data.index(parent) - 4
        struct.pack_into(">I", data, place, struct.unpack_from(">I", data, place)[0] + len(box))
    place = data.index(b"iloc") + 4
    extent = data.index(struct.pack(">I", data.index(b"mdat") + 4 - len(box)), place)
    struct.pack_into(">I", data, extent, data.index(b"mdat") + 4)
    (tmp_path / "gain map.avif").write_bytes(data)
    assert read_ldr(tmp_path / "gain map.avif").ldr.shape == RGB.shape
