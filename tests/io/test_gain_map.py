"""JPEGs with a gain map: ours for other programs, and those of other programs for us."""

import io
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from icc_bytes import DISPLAY_P3
from PIL import ExifTags, Image
from programs import exiftool

from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.errors import ImageError
from hdr_demo.io import GAIN_MAP_JPEG, hdr_kind, read_hdr, read_hdr_picture, read_ldr, write_hdr
from hdr_demo.io.gain_map import GainMap
from hdr_demo.io.gain_map_metadata import ISO_NAME, XMP_NAME, pack_iso, pack_xmp, unpack_iso, unpack_xmp
from hdr_demo.io.jpeg_segments import APP1, APP2, MPF_NAME, pack_index, segment, segments
from hdr_demo.io.shaper import matrix_to_bt709

STOPS = np.arange(-4, 5)
PATCH = 32
# In the middle of a patch JPEG changes little: measured 0.01 stops, three times that is allowed.
OF_A_PATCH = 0.03


def patches() -> np.ndarray:
    """Nine greys a stop apart, from 1/16 to 16 times white; below them the same in orange."""
    grey = np.repeat(2.0**STOPS, PATCH).astype(np.float32)
    hdr = np.tile(grey[None, :, None], (2 * PATCH, 1, 3))
    hdr[PATCH:] *= np.float32([1, 0.6, 0.3])
    return hdr


def rendition(hdr: np.ndarray) -> np.ndarray:
    return encode_srgb(hdr / (1 + hdr))


def middles(picture: np.ndarray) -> np.ndarray:
    """The mean of the inner part of each patch, (2, 9, 3)."""
    cut = picture[..., :3].astype(np.float64).reshape(2, PATCH, len(STOPS), PATCH, 3)
    return cut[:, 8:-8, :, 8:-8].mean((1, 3))


def apart(found: np.ndarray, wanted: np.ndarray) -> float:
    """The largest difference between the patches of two pictures, in stops."""
    return float(np.abs(np.log2(middles(found) / middles(wanted))).max())


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return write_hdr(tmp_path / "ours.jpg", patches(), sdr=rendition(patches()))


def test_libultrahdr_reads_the_light(ours: Path) -> None:
    found = imagecodecs.ultrahdr_decode(ours.read_bytes(), dtype=np.float16)
    assert apart(found, patches()) < OF_A_PATCH


def test_iso_and_xmp_each_say_enough_for_libultrahdr(ours: Path) -> None:
    data = ours.read_bytes()
    for hidden in (ISO_NAME, XMP_NAME):
        found = imagecodecs.ultrahdr_decode(data.replace(hidden, hidden[:-2] + b"~\0"), dtype=np.float16)
        assert apart(found, patches()) < OF_A_PATCH


def test_every_ordinary_reader_shows_the_base_image(ours: Path) -> None:
    base = rendition(patches())
    with Image.open(ours) as image:
        pillow = np.asarray(image.convert("RGB")) / 255
        assert image.info["icc_profile"]
    for found in (pillow, imagecodecs.jpeg_decode(ours.read_bytes()) / 255, read_ldr(ours).ldr):
        assert np.abs(middles(found) - middles(base)).max() < 2 / 255


def test_exiftool_finds_index_and_both_pictures(ours: Path, tmp_path: Path) -> None:
    found = exiftool(ours)
    size = ours.stat().st_size
    assert found["MPF0:NumberOfImages"] == 2
    assert found["MPImage1:MPImageLength"] + found["MPImage2:MPImageLength"] == size
    assert found["MPImage2:MPImageStart"] == found["MPImage1:MPImageLength"]
    assert found["XMP-hdrgm:Version"] == 1
    assert found["XMP-Container:DirectoryItemLength"] == found["MPImage2:MPImageLength"]
    gain = tmp_path / "gain.jpg"
    gain.write_bytes(ours.read_bytes()[found["MPImage2:MPImageStart"] :])
    second = exiftool(gain)
    assert second["XMP-hdrgm:HDRCapacityMax"] == pytest.approx(4, abs=1e-4)
    assert second["XMP-hdrgm:HDRCapacityMin"] == 0
    assert second["XMP-hdrgm:OffsetSDR"] == second["XMP-hdrgm:OffsetHDR"] == pytest.approx(1 / 64, abs=1e-6)
    assert not second["XMP-hdrgm:BaseRenditionIsHDR"] or second["XMP-hdrgm:BaseRenditionIsHDR"] == "False"


def test_both_kinds_of_metadata_say_the_same(ours: Path) -> None:
    data = ours.read_bytes()
    second = data.rindex(b"\xff\xd8\xff\xe0")
    told = {contents[:20]: contents for _, _, contents in segments(data, second)}
    iso = unpack_iso(told[ISO_NAME[:20]][len(ISO_NAME) :])
    xmp = unpack_xmp(told[XMP_NAME[:20]][len(XMP_NAME) :])
    for name in ("low", "high", "gamma", "base_offset", "alternate_offset", "base_headroom", "headroom"):
        assert getattr(iso, name) == pytest.approx(getattr(xmp, name), abs=2e-6)
    assert iso.headroom == pytest.approx(4, abs=1e-5)


def test_a_clear_sky_has_no_bands(tmp_path: Path) -> None:
    """A slope of a tenth of a stop over 1000 pixels: 8 bits without dither would make steps of a whole code."""
    sky = 2 ** (3 + 0.1 * np.linspace(0, 1, 1024, dtype=np.float32))
    hdr = np.tile(sky[None, :, None], (64, 1, 3))
    hdr[:8, :8] = 0.01  # and a range of ten stops
    found = read_hdr(write_hdr(tmp_path / "a.jpg", hdr, sdr=rendition(hdr)))[16:]
    means = found.mean((0, 2)).reshape(-1, 16).mean(1)
    assert np.abs(np.log2(means / sky.reshape(-1, 16).mean(1))).max() < 0.01


def test_a_black_and_an_even_picture_come_back(tmp_path: Path) -> None:
    for value in (0.0, 0.5, 1.0, 20.0):
        hdr = np.full((16, 16, 3), value, np.float32)
        path = write_hdr(tmp_path / "a.jpg", hdr, sdr=rendition(hdr))
        np.testing.assert_allclose(read_hdr(path), hdr, rtol=0.01, atol=1e-4)
        assert imagecodecs.ultrahdr_decode(path.read_bytes()).shape[:2] == (16, 16)


def test_the_exif_of_a_photograph_goes_into_its_hdr_file(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Lens and all"
    exif[ExifTags.Base.Orientation] = 8
    Image.new("RGB", (8, 8)).save(tmp_path / "photo.jpg", exif=exif)
    hdr = patches()
    path = write_hdr(tmp_path / "a.jpg", hdr, sdr=rendition(hdr), exif=read_ldr(tmp_path / "photo.jpg").exif)
    with Image.open(path) as image:
        assert image.getexif()[ExifTags.Base.Model] == "Lens and all"
        assert image.getexif()[ExifTags.Base.Orientation] == 1


def test_exif_stays_upright_and_without_its_thumbnail(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] = 400
    hdr = patches()
    turned = write_hdr(tmp_path / "turned.jpg", hdr, sdr=rendition(hdr), exif=exif.tobytes()[6:])
    picture = read_hdr_picture(turned)
    assert picture.hdr.shape == (hdr.shape[1], hdr.shape[0], 3)  # as any viewer turns it
    assert picture.sdr.shape == picture.hdr.shape
    np.testing.assert_allclose(np.rot90(picture.hdr)[8:24, 40:56], hdr[8:24, 40:56], rtol=0.05)
    again = write_hdr(tmp_path / "again.jpg", picture.hdr, sdr=picture.sdr, exif=picture.exif)
    with Image.open(again) as image:
        kept = image.getexif()
        assert kept[ExifTags.Base.Make] == "Camera"
        assert kept[ExifTags.Base.Orientation] == 1
        assert kept.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] == 400
    assert exiftool(again)["MPF0:NumberOfImages"] == 2


# ---- files of other programs


def jpeg(codes: np.ndarray, inserted: bytes = b"", **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(codes).save(file, "JPEG", quality=97, **({"subsampling": 0} if codes.ndim == 3 else {}), **options)
    data = file.getvalue()
    return data[:2] + inserted + data[2:]


def with_index(base: bytes, second: bytes, *, little_endian: bool = False) -> bytes:
    """A base image with a multi-picture index as its last inserted segment, and a second picture."""
    length = len(segment(APP2, MPF_NAME + pack_index([0, 0], 0)))
    index = pack_index([len(base) + length, len(second)], 2 + 4 + len(MPF_NAME))
    if little_endian:
        index = struct.pack("<2sHIH", b"II", 42, 8, 1) + struct.pack("<HHII", 0xB002, 7, 32, 8 + 2 + 12 + 4) + bytes(4)
        entries = (len(base) + length, 0), (len(second), len(base) + length - 10)
        index += b"".join(struct.pack("<IIIHH", 0, *entry, 0, 0) for entry in entries)
        index += bytes(length - 4 - len(MPF_NAME) - len(index))
    return base[:2] + segment(APP2, MPF_NAME + index) + base[2:] + second


def gain_codes(hdr: np.ndarray, base: np.ndarray, low: np.ndarray, high: np.ndarray, gamma: float = 1.0) -> np.ndarray:
    gain = np.log2((hdr + 1 / 64) / (base + 1 / 64))
    return np.rint(255 * np.clip((gain - low) / (high - low), 0, 1) ** gamma).astype(np.uint8)


def grey_layout(meaning: str) -> tuple[bytes, bytes]:
    """A grey map of half the size, as phones store it: the base image, and the map with its metadata."""
    hdr = patches()
    hdr[PATCH:] = hdr[:PATCH]
    base = hdr / (1 + hdr)
    codes = np.rint(encode_srgb(base) * 255).astype(np.uint8)
    low, high = np.float64(0), np.float64(4.1)
    grey = gain_codes(hdr, decode_srgb(codes / np.float32(255)), low, high)[::2, ::2, 0]
    gain_map = GainMap((0.0,) * 3, (4.1,) * 3, headroom=4.0)
    told = {
        "iso": segment(APP2, ISO_NAME + pack_iso(gain_map)),
        "xmp": segment(APP1, XMP_NAME + pack_xmp(gain_map)),
    }
    return jpeg(codes), jpeg(grey, told[meaning])


@pytest.mark.parametrize("meaning", ["iso", "xmp"])
@pytest.mark.parametrize("little_endian", [False, True])
def test_a_small_grey_map_behind_an_index_is_applied(tmp_path: Path, meaning: str, little_endian: bool) -> None:
    """As Apple (ISO) and Google's Pixels (XMP) write it, with either byte order of the index."""
    path = tmp_path / "phone.jpg"
    path.write_bytes(with_index(*grey_layout(meaning), little_endian=little_endian))
    assert hdr_kind(path) == GAIN_MAP_JPEG
    wanted = patches()
    wanted[PATCH:] = wanted[:PATCH]
    assert apart(read_hdr(path), wanted) < 0.06  # 4.1 stops in 255 steps, and the map's blocks are twice as large


def test_a_base_image_in_display_p3_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "iphone.jpg"
    hdr = patches()
    path.write_bytes(with_index(*_p3_layout(hdr)))
    wanted = (hdr.reshape(-1, 3) @ matrix_to_bt709(12).T).reshape(hdr.shape)
    wanted = np.maximum(wanted, 1e-3)
    assert apart(np.maximum(read_hdr(path), 1e-3), wanted) < 0.06


def _p3_layout(hdr: np.ndarray) -> tuple[bytes, bytes]:
    base = hdr / (1 + hdr)
    codes = np.rint(encode_srgb(base) * 255).astype(np.uint8)
    low, high = np.zeros(3), np.full(3, 4.2)
    gain_map = GainMap(tuple(low), tuple(high), headroom=4.0)
    map_codes = gain_codes(hdr, decode_srgb(codes / np.float32(255)), low, high)
    return jpeg(codes, icc_profile=DISPLAY_P3), jpeg(map_codes, segment(APP2, ISO_NAME + pack_iso(gain_map)))


def test_three_ranges_gamma_and_elements_of_xmp_are_understood(tmp_path: Path) -> None:
    """As Adobe writes it: a sequence of three numbers, a gamma, and attributes for the rest."""
    hdr = patches()
    codes = np.rint(rendition(hdr) * 255).astype(np.uint8)
    low, high = np.array([0.0, -0.1, -0.2]), np.array([4.2, 4.1, 4.4])
    gain_map = GainMap(tuple(low), tuple(high), gamma=(1.4, 1.4, 1.4), headroom=4.0)
    map_codes = gain_codes(hdr, decode_srgb(codes / np.float32(255)), low, high, 1.4)
    xmp = pack_xmp(gain_map)
    assert b"<rdf:li>4.400000</rdf:li>" in xmp
    path = tmp_path / "adobe.jpg"
    path.write_bytes(with_index(jpeg(codes), jpeg(map_codes, segment(APP1, XMP_NAME + xmp))))
    assert apart(read_hdr(path), hdr) < 0.12  # the gamma makes the steps of small gains coarse


@pytest.mark.parametrize("gamut, primaries", [("BT_709", 1), ("DISPLAY_P3", 12)])
def test_files_of_libultrahdr_are_read(tmp_path: Path, gamut: str, primaries: int) -> None:
    """Its own numbers (one denominator) and base image; compared with what it reads itself."""
    rgba = np.dstack([patches() / 16, np.ones((2 * PATCH, PATCH * len(STOPS)))]).astype(np.float16)
    encoded = imagecodecs.ultrahdr_encode(
        rgba, gamut=imagecodecs.ULTRAHDR.CG[gamut], transfer=imagecodecs.ULTRAHDR.CT.LINEAR
    )
    path = tmp_path / "theirs.jpg"
    path.write_bytes(encoded)
    assert hdr_kind(path) == GAIN_MAP_JPEG
    theirs = (
        imagecodecs.ultrahdr_decode(encoded, dtype=np.float16)[..., :3].astype(np.float64)
        @ matrix_to_bt709(primaries).T
    )
    # Its own arithmetic and its half floats are coarse where it is dark.
    assert apart(np.maximum(read_hdr(path), 1 / 64), np.maximum(theirs, 1 / 64)) < 0.06


def test_numbers_with_one_denominator_are_understood() -> None:
    """As libultrahdr packs them (gainmapmetadata.cpp), for one channel."""
    packed = struct.pack(">HHB", 0, 0, 0x48) + struct.pack(">IIIiiIii", 1000, 0, 3000, -500, 3500, 1000, 16, 15)
    assert unpack_iso(packed) == GainMap(
        (-0.5,) * 3, (3.5,) * 3, (1.0,) * 3, (0.016,) * 3, (0.015,) * 3, 0.0, 3.0, in_base_colours=True
    )


# ---- files that are broken


def refused(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(ImageError) as refusal:
        read_hdr(path)
    text = str(refusal.value)
    assert text.startswith(path.name) and text.endswith(".") and "\n" not in text
    return text


def test_a_broken_index_is_made_up_for_by_the_container(ours: Path) -> None:
    data = bytearray(ours.read_bytes())
    place = data.index(MPF_NAME) + 4
    data[place + 60 : place + 82] = b"\xff" * 22
    ours.write_bytes(data)
    assert hdr_kind(ours) == GAIN_MAP_JPEG
    assert apart(read_hdr(ours), patches()) < OF_A_PATCH


def test_a_broken_index_without_a_container_is_told(tmp_path: Path) -> None:
    base, second = grey_layout("iso")
    base = base[:2] + segment(APP2, ISO_NAME + bytes(4)) + base[2:]
    data = bytearray(with_index(base, second))
    place = data.index(MPF_NAME) + 4
    data[place : place + 82] = bytes(82)
    assert "gain map that is missing, cut off or cannot be understood" in refused(tmp_path / "a.jpg", bytes(data))


def test_a_missing_map_is_told_and_the_photograph_still_opens(ours: Path) -> None:
    data = ours.read_bytes()
    end = data.rindex(b"\xff\xd8\xff\xe0")
    assert "gain map that is missing" in refused(ours, data[:end])
    assert read_ldr(ours).ldr.shape == patches().shape


@pytest.mark.parametrize(
    "gain_map",
    [
        GainMap((0.0,) * 3, (500.0,) * 3),
        GainMap((-40.0,) * 3, (2.0,) * 3),
        GainMap((0.0,) * 3, (2.0,) * 3, headroom=60.0),
        GainMap((0.0,) * 3, (2.0,) * 3, gamma=(0.0,) * 3),
        GainMap((0.0,) * 3, (2.0,) * 3, headroom=0.0),
    ],
)
def test_numbers_that_cannot_be_computed_with_are_told(tmp_path: Path, gain_map: GainMap) -> None:
    base, _ = grey_layout("iso")
    base = base[:2] + segment(APP2, ISO_NAME + bytes(4)) + base[2:]
    second = jpeg(np.zeros((8, 8), np.uint8), segment(APP2, ISO_NAME + pack_iso(gain_map)))
    assert "cannot be understood" in refused(tmp_path / "a.jpg", with_index(base, second))


@pytest.mark.filterwarnings("ignore:::PIL")  # which warns of the index
@pytest.mark.parametrize("length, start", [(10**6, None), (None, 2**31), (None, 40), (None, 2**32 - 1)])
def test_an_index_that_leads_nowhere_is_told(tmp_path: Path, length: int | None, start: int | None) -> None:
    """Beyond the file, into the base image, and before the file."""
    base, second = grey_layout("iso")
    base = base[:2] + segment(APP2, ISO_NAME + bytes(4)) + base[2:]
    data = bytearray(with_index(base, second))
    entry = data.index(MPF_NAME) + 4 + 50 + 16
    if length is not None:
        data[entry + 4 : entry + 8] = struct.pack(">I", length)
    if start is not None:
        data[entry + 8 : entry + 12] = struct.pack(">I", start)
    path = tmp_path / "a.jpg"
    assert "gain map that is missing, cut off or cannot be understood" in refused(path, bytes(data))
    assert hdr_kind(path) == GAIN_MAP_JPEG
    assert read_ldr(path).ldr.shape == patches().shape


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_map_that_is_cut_off_is_told(tmp_path: Path, ours: Path, share: float) -> None:
    data = ours.read_bytes()
    second = data.rindex(b"\xff\xd8\xff\xe0")
    cut = data[: second + int(share * (len(data) - second))]
    assert "missing, cut off" in refused(tmp_path / "a.jpg", cut)
    base, _ = grey_layout("iso")
    base = base[:2] + segment(APP2, ISO_NAME + bytes(4)) + base[2:]
    short = with_index(base, cut[second:])  # an index that tells the length of what is left
    assert "cut off" in refused(tmp_path / "b.jpg", short)


@pytest.mark.parametrize("size, fits", [((9, 2), True), ((10, 3), True), ((2, 9), False), ((30, 30), False)])
def test_a_map_of_another_shape_is_told(tmp_path: Path, size: tuple[int, int], fits: bool) -> None:
    """288x64: a 32nd of it, the same with a row and a column too many, one that was not turned, and a square."""
    base, _ = grey_layout("iso")
    told = segment(APP2, ISO_NAME + pack_iso(GainMap((0.0,) * 3, (2.0,) * 3, headroom=2.0)))
    data = with_index(base, jpeg(np.zeros(size[::-1], np.uint8), told))
    path = tmp_path / "a.jpg"
    if fits:
        path.write_bytes(data)
        assert read_hdr(path).shape == patches().shape
    else:
        assert f"a gain map of another shape ({size[0]}×{size[1]} for 288×64)" in refused(path, data)


def test_each_kind_of_metadata_makes_up_for_the_other(tmp_path: Path) -> None:
    base, second = grey_layout("xmp")
    path = tmp_path / "a.jpg"
    wanted = read_grey(path, base, second)
    broken_iso = segment(APP2, ISO_NAME + b"\0\0\0\0\x80" + bytes(8))
    np.testing.assert_array_equal(read_grey(path, base, second[:2] + broken_iso + second[2:]), wanted)
    base, second = grey_layout("iso")
    broken_xmp = segment(APP1, XMP_NAME + b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><broken></x:xmpmeta>")
    found = read_grey(path, base, second[:2] + broken_xmp + second[2:])
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def read_grey(path: Path, base: bytes, second: bytes) -> np.ndarray:
    path.write_bytes(with_index(base, second))
    return read_hdr(path)


def test_xmp_that_would_grow_without_end_is_not_parsed(tmp_path: Path) -> None:
    base, _ = grey_layout("iso")
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&b;</x:xmpmeta>'
    )
    base = base[:2] + segment(APP2, ISO_NAME + bytes(4)) + base[2:]
    second = jpeg(np.zeros((8, 8), np.uint8), segment(APP1, XMP_NAME + bomb))
    assert "cannot be understood" in refused(tmp_path / "a.jpg", with_index(base, second))


def test_two_photographs_in_one_file_are_no_gain_map(tmp_path: Path) -> None:
    base, _ = grey_layout("iso")
    path = tmp_path / "stereo.jpg"
    path.write_bytes(with_index(base, base))
    assert hdr_kind(path) is None
    assert "is not an HDR picture" in refused(path, path.read_bytes())
