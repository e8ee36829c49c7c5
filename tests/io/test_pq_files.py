"""PQ and HLG in PNG and AVIF: ours for other programs, and those of other programs for us."""

import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
from icc_bytes import D65, DISPLAY_P3, SRGB, SRGB_CURVE, SRGB_PRIMARIES, rgb
from PIL import ExifTags, Image
from png_bytes import chunk, png, with_chunk
from programs import exiftool

from hdr_demo.color import BT709_TO_BT2020, encode_hlg, encode_pq, hlg_scene
from hdr_demo.errors import ImageError, OutputError
from hdr_demo.io import hdr_kind, read_hdr, read_hdr_picture, read_ldr, write_hdr
from hdr_demo.io.shaper import matrix_to_bt709


def slope() -> np.ndarray:
    """From 1/16 to 16 times white, warm, 64 x 96."""
    light = 2.0 ** np.linspace(-4, 4, 96, dtype=np.float32)
    return np.tile(light[:, None] * np.float32([1, 0.8, 0.6]), (64, 1, 1))


def pq_of(hdr: np.ndarray, primaries: int = 9) -> np.ndarray:
    """PQ in double precision, [0, 1]."""
    matrix = np.linalg.inv(matrix_to_bt709(primaries))
    return encode_pq(np.maximum(hdr.astype(np.float64) @ matrix.T, 0) * 203)


def test_another_decoder_finds_the_codes_of_the_png(tmp_path: Path) -> None:
    path = write_hdr(tmp_path / "a.png", slope())
    codes = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert codes.dtype == np.uint16
    wanted = encode_pq(slope().astype(np.float64) @ BT709_TO_BT2020.T.astype(np.float64) * 203) * 65535
    assert np.abs(codes - wanted).max() < 1.5  # rounding, and PQ in single precision


def test_exiftool_and_the_chunks_say_what_the_png_is(tmp_path: Path) -> None:
    path = write_hdr(tmp_path / "a.png", slope(), peak_nits=4000)
    found = exiftool(path)
    assert [
        found[f"PNG-cICP:{name}"] for name in ("ColorPrimaries", "TransferCharacteristics", "MatrixCoefficients")
    ] == [9, 16, 0]
    assert found["PNG-cICP:VideoFullRangeFlag"] == 1
    assert found["PNG:BitDepth"] == 16


def test_the_png_states_screen_and_light_level(tmp_path: Path) -> None:
    data = write_hdr(tmp_path / "a.png", slope(), peak_nits=4000).read_bytes()
    place = data.index(b"mDCV")
    assert struct.unpack_from(">I", data, place - 4) == (24,)
    numbers = struct.unpack_from(">8H2I", data, place + 4)
    assert numbers[:8] == (34000, 16000, 13250, 34500, 7500, 3000, 15635, 16450)  # P3 and D65 in 0.00002
    assert numbers[8:] == (40_000_000, 1)
    nits = np.array(struct.unpack_from(">2I", data, data.index(b"cLLI") + 4)) / 10000
    light = read_hdr(tmp_path / "a.png").astype(np.float64) @ BT709_TO_BT2020.T * 203
    assert nits == pytest.approx([light.max(), light.max(-1).mean()], rel=1e-3)
    assert data.index(b"cICP") < data.index(b"IDAT")


def test_other_decoders_find_the_codes_of_the_avif(tmp_path: Path) -> None:
    path = write_hdr(tmp_path / "a.avif", slope(), quality=100)
    codes = imagecodecs.avif_decode(path.read_bytes())
    assert codes.dtype == np.uint16
    # Colours are shared by four pixels: over this slope they differ by a few codes of 1023.
    assert np.abs(codes - pq_of(slope()) * 1023).max() < 6
    assert np.abs(codes - pq_of(slope()) * 1023).mean() < 1


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
def test_ffprobe_finds_the_colours_inside_the_avif(tmp_path: Path) -> None:
    path = write_hdr(tmp_path / "a.avif", slope())
    command = ["ffprobe", "-v", "error", "-show_streams", str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for line in (
        "pix_fmt=yuv420p10le",
        "color_range=pc",
        "color_space=bt2020nc",
        "color_transfer=smpte2084",
        "color_primaries=bt2020",
        "width=96",
        "height=64",
    ):
        assert line in told.splitlines()


@pytest.mark.skipif(shutil.which("avifdec") is None, reason="avifdec (Debian: libavif-bin) is not installed")
def test_avifdec_reads_the_avif(tmp_path: Path) -> None:
    path = write_hdr(tmp_path / "a.avif", slope())
    told = subprocess.run(["avifdec", "--info", str(path)], capture_output=True, text=True, check=True).stdout
    lines = {line.strip(" *").replace(" ", "") for line in told.splitlines()}
    for line in ("Resolution:96x64", "BitDepth:10", "Format:YUV420", "Range:Full", "ColorPrimaries:9"):
        assert line in lines
    assert {"TransferChar.:16", "MatrixCoeffs.:9"} <= lines


def test_the_avif_names_its_colours_screen_and_light_level(tmp_path: Path) -> None:
    data = write_hdr(tmp_path / "a.avif", np.ones((64, 64, 3), np.float32), peak_nits=1000).read_bytes()
    place = data.index(b"nclx")
    assert struct.unpack_from(">3HB", data, place + 4) == (9, 16, 9, 0x80)
    numbers = struct.unpack_from(">8H2I", data, data.index(b"mdcv") + 4)
    assert numbers == (13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450, 10_000_000, 1)
    assert struct.unpack_from(">2H", data, data.index(b"clli") + 4) == (203, 203)


def test_the_encoder_of_the_avif_is_silent(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_hdr(tmp_path / "a.avif", slope())
    assert capfd.readouterr().err == ""


def test_a_missing_encoder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("av.codecs_available", frozenset())
    with pytest.raises(OutputError, match="no libsvtav1: install it as requirements.txt says"):
        write_hdr(tmp_path / "a.avif", slope())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".png", ".avif"])
def test_exif_stays(tmp_path: Path, suffix: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    path = write_hdr(tmp_path / f"a{suffix}", slope(), exif=exif.tobytes().removeprefix(b"Exif\0\0"))
    again = write_hdr(tmp_path / f"b{suffix}", slope(), exif=read_hdr_picture(path).exif)
    with Image.open(again) as image:
        assert image.getexif()[ExifTags.Base.Make] == "Camera"
    assert exiftool(again)["IFD0:Make"] == "Camera"


@pytest.mark.parametrize("suffix", [".png", ".avif"])
def test_the_network_is_not_asked_for_what_is_hdr(tmp_path: Path, suffix: str) -> None:
    path = write_hdr(tmp_path / f"a{suffix}", slope())
    assert hdr_kind(path) == f"{suffix[1:].upper()} in PQ"
    with pytest.raises(ImageError, match=r"is already HDR \(PQ\)"):
        read_ldr(path)


# ---- files of other programs


def png_of(codes: np.ndarray, cicp: bytes) -> bytes:
    """A PNG of codes, uint8 or uint16, by OpenCV, with a cICP chunk."""
    encoded = cv2.imencode(".png", codes[..., ::-1])[1].tobytes()
    return with_chunk(encoded, b"cICP", cicp)


@pytest.mark.parametrize("primaries", [1, 9, 12])
@pytest.mark.parametrize("bits", [8, 16])
def test_a_pq_png_of_any_primaries_is_read(tmp_path: Path, primaries: int, bits: int) -> None:
    path, maximum = tmp_path / "a.png", 2**bits - 1
    codes = np.rint(pq_of(slope(), primaries) * maximum).astype(np.uint8 if bits == 8 else np.uint16)
    path.write_bytes(png_of(codes, bytes([primaries, 16, 0, 1])))
    # Half a code of 8 bits in PQ is up to 1/15 stop there, and primaries mix three of them.
    np.testing.assert_allclose(read_hdr(path), slope(), rtol=0.15 if bits == 8 else 1e-3)


def test_a_png_of_opencv_with_cicp_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    codes = np.rint(pq_of(slope()) * 65535).astype(np.uint16)
    done, encoded = cv2.imencodeWithMetadata(
        ".png", codes[..., ::-1], [cv2.IMAGE_METADATA_CICP], [np.array([[9, 16, 0, 1]], np.uint8)]
    )
    path.write_bytes(encoded.tobytes())
    np.testing.assert_allclose(read_hdr(path), slope(), rtol=1e-3)


def hlg_of(hdr: np.ndarray) -> np.ndarray:
    nits = np.maximum(hdr @ BT709_TO_BT2020.T, 0) * np.float32(203)
    return encode_hlg(hlg_scene(nits)).astype(np.float64)


def test_an_hlg_png_in_narrow_range_is_read(tmp_path: Path) -> None:
    hdr = slope() / 4  # HLG ends at 1000 nits
    path = tmp_path / "a.png"
    codes = np.rint((hlg_of(hdr) * 219 + 16) * 256).astype(np.uint16)  # ITU-R BT.2100-2, table 9
    path.write_bytes(png_of(codes, bytes([9, 18, 0, 0])))
    assert hdr_kind(path) == "PNG in HLG"
    np.testing.assert_allclose(read_hdr(path), hdr, rtol=1e-3)


def test_a_png_whose_profile_alone_says_pq_is_read(tmp_path: Path, pq_png: bytes) -> None:
    """As programs before the third edition of PNG wrote it: an ICC profile with a cicp tag."""
    path = tmp_path / "a.png"
    icc = rgb(SRGB_PRIMARIES, D65, SRGB_CURVE, cicp=b"cicp\0\0\0\0" + bytes([9, 16, 0, 1]))
    ours = chunk(b"cICP", bytes([9, 16, 0, 1]))
    path.write_bytes(pq_png.replace(ours, chunk(b"iCCP", profiled(icc))))
    assert hdr_kind(path) == "PNG in PQ"
    np.testing.assert_allclose(read_hdr(path), slope(), rtol=1e-3)
    path.write_bytes(with_chunk(pq_png, b"iCCP", profiled(icc)))
    np.testing.assert_allclose(read_hdr(path), slope(), rtol=1e-3)
    other = rgb(SRGB_PRIMARIES, D65, SRGB_CURVE, cicp=b"cicp\0\0\0\0" + bytes([12, 16, 0, 1]))
    assert "contradicts itself" in refused(path, with_chunk(pq_png, b"iCCP", profiled(other)))


def test_grey_pq_is_read(tmp_path: Path) -> None:
    codes = np.rint(pq_of(np.full((4, 4, 3), 2.0)) * 65535).astype(">u2")[..., 0]
    rows = b"".join(b"\0" + row.tobytes() for row in codes)
    path = tmp_path / "a.png"
    path.write_bytes(with_chunk(png(4, 4, 16, 0, rows), b"cICP", bytes([9, 16, 0, 1])))
    np.testing.assert_allclose(read_hdr(path), 2, rtol=1e-3)


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("primaries, transfer, matrix", [(9, 16, 9), (12, 16, 1), (1, 16, 1), (9, 18, 9), (9, 16, 0)])
def test_an_avif_of_libavif_is_read(tmp_path: Path, bits: int, primaries: int, transfer: int, matrix: int) -> None:
    hdr = slope() / 4
    signal = pq_of(hdr, primaries) if transfer == 16 else hlg_of(hdr)
    encoded = imagecodecs.avif_encode(
        np.rint(signal * (2**bits - 1)).astype(np.uint16),
        level=100,
        speed=8,
        bitspersample=bits,
        pixelformat="444",
        primaries=primaries,
        transfer=transfer,
        matrix=matrix,
    )
    path = tmp_path / "a.avif"
    path.write_bytes(encoded)
    assert hdr_kind(path) == f"AVIF in {'PQ' if transfer == 16 else 'HLG'}"
    np.testing.assert_allclose(read_hdr(path), hdr, rtol=0.06, atol=0.002)


# ---- files that contradict themselves


def refused(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(ImageError) as refusal:
        read_hdr(path)
    text = str(refusal.value)
    assert text.startswith(path.name) and text.endswith(".") and "\n" not in text
    return text


def profiled(icc: bytes) -> bytes:
    return b"name\0\0" + zlib.compress(icc)


@pytest.fixture
def pq_png(tmp_path: Path) -> bytes:
    return write_hdr(tmp_path / "whole.png", slope()).read_bytes()


def test_a_profile_that_contradicts_cicp_is_told(tmp_path: Path, pq_png: bytes) -> None:
    text = refused(tmp_path / "a.png", with_chunk(pq_png, b"iCCP", profiled(SRGB)))
    assert "contradicts itself: its cICP chunk says PQ and its ICC profile says sRGB; remove one of them" in text


def test_a_profile_that_says_nothing_of_the_transfer_or_is_broken_does_no_harm(tmp_path: Path, pq_png: bytes) -> None:
    """A fallback for old readers, as the PNG specification allows it."""
    path = tmp_path / "a.png"
    for content in (profiled(DISPLAY_P3), profiled(b"broken"), b"name\0\0broken"):
        path.write_bytes(with_chunk(pq_png, b"iCCP", content))
        np.testing.assert_allclose(read_hdr(path), slope(), rtol=1e-3)


def test_cicp_counts_more_than_what_old_readers_need(tmp_path: Path, pq_png: bytes) -> None:
    """Writers leave sRGB, gAMA and cHRM for them; the specification's order of precedence says so (section 4.3)."""
    path = tmp_path / "a.png"
    for kind, content in (
        (b"sRGB", b"\0"),
        (b"gAMA", struct.pack(">I", 45455)),
        (b"cHRM", struct.pack(">8I", *[1] * 8)),
    ):
        path.write_bytes(with_chunk(pq_png, kind, content))
        assert hdr_kind(path) == "PNG in PQ"
        np.testing.assert_allclose(read_hdr(path), slope(), rtol=1e-3)


@pytest.mark.parametrize(
    "cicp, sentence",
    [
        ([9, 16, 9, 1], "names a colour matrix in its cICP chunk, which no PNG may"),
        ([200, 16, 0, 1], "names colour primaries (number 200 of ITU-T H.273) that cannot be read"),
    ],
)
def test_colours_that_cannot_be_understood_are_told(
    tmp_path: Path, pq_png: bytes, cicp: list[int], sentence: str
) -> None:
    ours = chunk(b"cICP", bytes([9, 16, 0, 1]))
    assert sentence in refused(tmp_path / "a.png", pq_png.replace(ours, chunk(b"cICP", bytes(cicp))))


def test_an_ordinary_png_is_no_hdr_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    codes = np.zeros((8, 8, 3), np.uint16)
    for cicp in (bytes([1, 13, 0, 1]), bytes([9, 14, 0, 1])):
        assert "is not an HDR picture" in refused(path, png_of(codes, cicp))
        assert hdr_kind(path) is None
