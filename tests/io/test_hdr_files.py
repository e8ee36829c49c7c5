"""HDR files hold the light to the precision of their format, for our reader and for others."""

import shutil
import subprocess
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import OpenEXR
import pytest

from hdr_demo.color import BT2020_TO_BT709, encode_srgb
from hdr_demo.errors import ImageError, OutputError
from hdr_demo.io import (
    HDR_FORMATS,
    SDR_FORMATS,
    hdr_kind,
    read_hdr,
    read_hdr_picture,
    writable_formats,
    write_hdr,
    write_sdr,
)

# IEEE 754 binary16 has 11 binary digits: half a step is 2^-11 of the value. Below 2^-14 the steps are equal.
HALF = {"rtol": 2**-11, "atol": 2**-25}
# RGBE has 8 digits for the brightest channel, which is at least half of its range: half a step is 2^-8 of it at most.
RGBE = 2**-8


@pytest.fixture
def light(rng: np.random.Generator) -> np.ndarray:
    """Fourteen stops, with greys, colours, black and a sun."""
    brightness = 2.0 ** rng.uniform(-8, 6, (50, 70, 1))
    hdr = (brightness * rng.uniform(0.05, 1, (50, 70, 3))).astype(np.float32)
    hdr[:3] = 0
    hdr[3] = 0.18
    hdr[4, :5] = 60000
    return hdr


def within_rgbe(found: np.ndarray, light: np.ndarray) -> None:
    brightest = light.max(-1, keepdims=True)
    assert (np.abs(found - light) <= RGBE * brightest * 1.0001).all()
    assert (found[light.max(-1) == 0] == 0).all()


# What this installation can write.
SUFFIXES = list(writable_formats())


def smooth(height: int, width: int) -> np.ndarray:
    """Warm light that rises by nine stops from left to right, and falls a little downwards."""
    down, across = np.mgrid[:height, :width].astype(np.float32)
    light = 2 ** (9 * across / width - 5) * (1 - 0.3 * down / height)
    return (light[..., None] * np.float32([1, 0.8, 0.6])).astype(np.float32)


def base_of(hdr: np.ndarray) -> np.ndarray:
    light = np.clip(np.nan_to_num(hdr), 0, 1e6)
    return encode_srgb(light / (1 + light))


def write(path: Path, hdr: np.ndarray, **options: object) -> Path:
    """Write with a base image, in case the format stores one."""
    return write_hdr(path, hdr, sdr=base_of(hdr), **options)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_the_light_back(tmp_path: Path, suffix: str) -> None:
    hdr = smooth(120, 200)
    path = write(tmp_path / f"night{suffix}", hdr)
    assert path == tmp_path / f"night{suffix}"
    assert hdr_kind(path) is not None
    found = read_hdr(path)
    assert found.dtype == np.float32
    assert found.shape == hdr.shape
    lit = hdr > 0.01
    assert np.abs(np.log2(found[lit] / hdr[lit])).max() < HDR_FORMATS[suffix].precision


@pytest.mark.parametrize("suffix, promise", [(".exr", HALF), (".hdr", None), (".tif", {"rtol": 0, "atol": 0})])
def test_formats_of_light_keep_fourteen_stops_of_noise(
    tmp_path: Path, light: np.ndarray, suffix: str, promise: dict[str, float] | None
) -> None:
    found = read_hdr(write_hdr(tmp_path / f"night{suffix}", light))
    if promise:
        np.testing.assert_allclose(found, light, **promise)
    else:
        within_rgbe(found, light)


def test_full_floats_in_an_exr_are_exact(tmp_path: Path, light: np.ndarray) -> None:
    bright = light * 100
    path = write_hdr(tmp_path / "a.exr", bright, full_float=True, white_nits=100)
    np.testing.assert_array_equal(read_hdr(path), bright)
    with OpenEXR.File(str(path)) as file:
        assert file.channels()["RGB"].pixels.dtype == np.float32
    with OpenEXR.File(str(path), header_only=True) as file:
        assert dict(file.header())["whiteLuminance"] == 100


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (5, 1), (3, 7), (2000, 600)])
def test_every_size_is_written_or_refused_by_its_name(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    """600 x 2000 takes more than one band of rows."""
    hdr = smooth(*size)
    if suffix == ".avif" and min(size) < 32:
        with pytest.raises(OutputError, match=f"{size[1]}×{size[0]} pixels .* choose .png"):
            write(tmp_path / f"a{suffix}", hdr)
        assert list(tmp_path.iterdir()) == []
    else:
        np.testing.assert_allclose(read_hdr(write(tmp_path / f"a{suffix}", hdr)), hdr, rtol=0.15, atol=0.01)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_of_20000_pixels_in_width(tmp_path: Path, suffix: str) -> None:
    hdr = smooth(8, 20000)
    if suffix == ".avif":
        with pytest.raises(OutputError, match="20000×8 pixels .* choose .png"):
            write(tmp_path / f"wide{suffix}", hdr)
    else:
        assert read_hdr(write(tmp_path / f"wide{suffix}", hdr)).shape == hdr.shape


def test_a_jpeg_of_70000_pixels_in_width_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="70000×1 pixels .* choose .exr"):
        write(tmp_path / "wide.jpg", np.ones((1, 70000, 3), np.float32))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_no_light_does_not_reach_the_file(tmp_path: Path, suffix: str) -> None:
    """In blocks of eight pixels, which JPEG and AV1 keep apart better."""
    odd = np.array([[[np.nan, 1, 2], [np.inf, 1, 1], [1e30, 0, 0], [0, 0, 0], [-np.inf, 1, 1]]], np.float32)
    hdr = odd.repeat(32, 0).repeat(16, 1)
    found = read_hdr(write(tmp_path / f"a{suffix}", hdr))
    assert np.isfinite(found).all()
    assert found[8, 24, 0] >= 0.7 * HDR_FORMATS[suffix].brightest
    if suffix in (".hdr", ".exr", ".tif", ".tiff"):
        np.testing.assert_allclose(found[0, 0], [0, 1, 2], atol=0.01)
        assert found[8, 40, 0] >= min(HDR_FORMATS[suffix].brightest, 1e30)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_arrays_that_are_written_stay_as_they_were(tmp_path: Path, light: np.ndarray, suffix: str) -> None:
    before, sdr = light.copy(), base_of(light)
    given = sdr.copy()
    write_hdr(tmp_path / f"a{suffix}", light, alpha=np.full(light.shape[:2], 0.5, np.float32), sdr=sdr, peak_nits=1000)
    np.testing.assert_array_equal(light, before)
    np.testing.assert_array_equal(sdr, given)


@pytest.mark.parametrize("suffix", [".exr", ".png", ".tif"])
def test_alpha_comes_back_where_there_is_a_place_for_it(tmp_path: Path, suffix: str) -> None:
    hdr = smooth(30, 40)
    alpha = np.linspace(0.25, 1, 1200, dtype=np.float32).reshape(30, 40)
    found = read_hdr_picture(write(tmp_path / f"a{suffix}", hdr, alpha=alpha))
    np.testing.assert_allclose(found.alpha, alpha, rtol=2**-11)
    np.testing.assert_allclose(found.hdr, hdr, rtol=2**-9, atol=2**-13)
    assert read_hdr_picture(write(tmp_path / f"b{suffix}", hdr, alpha=np.ones_like(alpha))).alpha is None


@pytest.mark.parametrize("suffix", [".exr", ".png", ".tif"])
def test_colours_outside_bt709_come_back(tmp_path: Path, suffix: str) -> None:
    """The green of BT.2020, which no BT.709 display can show."""
    green = np.tile(BT2020_TO_BT709 @ np.float32([0, 1, 0]), (8, 8, 1)).astype(np.float32)
    assert green.min() < -0.05
    np.testing.assert_allclose(read_hdr(write(tmp_path / f"a{suffix}", green)), green, atol=1e-3)


@pytest.mark.parametrize("suffix", [suffix for suffix in SUFFIXES if HDR_FORMATS[suffix].for_display])
def test_a_peak_rolls_off_what_is_brighter_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    hdr = smooth(120, 200)
    found = read_hdr(write(tmp_path / f"a{suffix}", hdr, peak_nits=1000))
    assert found.max() < 1000 / 203 * 1.1  # PQ limits the channels of BT.2020; those of BT.709 may be a little brighter
    assert found.max() > 1000 / 203 * 0.95
    below = (hdr.max(-1) < 300 / 203) & (hdr.min(-1) > 0.01)  # the knee of a peak of 1000 nits lies at 317
    assert np.abs(np.log2(found[below] / hdr[below])).max() < HDR_FORMATS[suffix].precision


@pytest.mark.parametrize("suffix", [suffix for suffix in SUFFIXES if not HDR_FORMATS[suffix].for_display])
def test_a_format_of_light_has_no_peak(tmp_path: Path, suffix: str) -> None:
    hdr = smooth(20, 30)
    found = read_hdr(write(tmp_path / f"a{suffix}", hdr, peak_nits=300))
    np.testing.assert_allclose(found.max(), hdr.max(), rtol=0.01)


@pytest.mark.parametrize("suffix", [".png", ".avif"])
def test_white_is_as_bright_as_was_asked_for(tmp_path: Path, suffix: str) -> None:
    found = read_hdr(write(tmp_path / f"a{suffix}", np.ones((32, 32, 3), np.float32), white_nits=100))
    np.testing.assert_allclose(found, 100 / 203, rtol=0.01)


def test_a_gain_map_without_its_base_image_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs `sdr`"):
        write_hdr(tmp_path / "a.jpg", smooth(8, 8))
    assert list(tmp_path.iterdir()) == []


def test_other_programs_read_the_radiance_file(tmp_path: Path, light: np.ndarray) -> None:
    path = write_hdr(tmp_path / "a.hdr", light)
    within_rgbe(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., ::-1], light)
    within_rgbe(imagecodecs.rgbe_decode(path.read_bytes()), light)
    head = path.read_bytes().split(b"\n\n")[0].decode("ascii").splitlines()
    assert head[0] == "#?RADIANCE"
    assert "FORMAT=32-bit_rle_rgbe" in head
    assert "PRIMARIES=0.640 0.330 0.300 0.600 0.150 0.060 0.3127 0.3290" in head


def test_mantissas_that_round_up_take_the_next_exponent(tmp_path: Path) -> None:
    """255.5 of 256 is no mantissa of 8 bits."""
    edges = np.float32(255.5 / 256) * 2.0 ** np.arange(-20, 20)
    edges = np.stack([np.nextafter(edges, 0, dtype=np.float32), edges, np.nextafter(edges, 1e9, dtype=np.float32)])
    light = edges.astype(np.float32)[..., None] * np.float32([1, 0.5, 0.01])
    within_rgbe(read_hdr(write_hdr(tmp_path / "a.hdr", light)), light)


def test_runs_of_every_length_are_packed_rightly(tmp_path: Path, rng: np.random.Generator) -> None:
    """Radiance's run lengths, read by OpenCV and by imagecodecs."""
    lengths = np.concatenate(
        [np.arange(1, 10), [126, 127, 128, 129, 130, 254, 255, 256, 300], rng.integers(1, 12, 300)]
    )
    row = np.repeat(rng.uniform(0.5, 1, (lengths.size, 3)), lengths, axis=0)
    light = np.stack([row, np.roll(row, 77, 0), np.ones_like(row), rng.uniform(0, 1, row.shape)]).astype(np.float32)
    for width in (7, 8, 9, 127, 128, 129, row.shape[0]):
        path = write_hdr(tmp_path / "a.hdr", light[:, :width])
        within_rgbe(read_hdr(path), light[:, :width])
        within_rgbe(imagecodecs.rgbe_decode(path.read_bytes()), light[:, :width])
    flat = np.ones((50, 1000, 3), np.float32)
    assert write_hdr(tmp_path / "flat.hdr", flat).stat().st_size < 4000


def test_radiance_rounds_without_bias(tmp_path: Path, rng: np.random.Generator) -> None:
    grey = rng.uniform(1, 2, (100, 100, 1)).astype(np.float32).repeat(3, -1)
    found = read_hdr(write_hdr(tmp_path / "a.hdr", grey))
    assert abs((found / grey - 1).mean()) < 1e-3  # cutting off instead of rounding: -3e-3


def test_the_exr_says_what_its_numbers_mean(tmp_path: Path, light: np.ndarray) -> None:
    path = write_hdr(tmp_path / "a.exr", light)
    with OpenEXR.File(str(path)) as file:
        assert file.channels()["RGB"].pixels.dtype == np.float16
    with OpenEXR.File(str(path), header_only=True) as file:
        header = dict(file.header())  # closing the file empties its own
    assert header["compression"] == OpenEXR.ZIP_COMPRESSION
    assert header["chromaticities"] == pytest.approx((0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290))
    assert header["whiteLuminance"] == 203


@pytest.mark.skipif(shutil.which("exrheader") is None, reason="exrheader (Debian: openexr) is not installed")
def test_exrheader_reads_the_exr(tmp_path: Path, light: np.ndarray) -> None:
    alpha = np.ones(light.shape[:2], np.float32)
    path = write_hdr(tmp_path / "a.exr", light, alpha=alpha)
    text = subprocess.run(["exrheader", path], capture_output=True, text=True, check=True).stdout
    for channel in "ABGR":
        assert f"    {channel}, 16-bit floating-point" in text
    assert "compression (type compression): zip" in text
    assert "dataWindow (type box2i): (0 0) - (69 49)" in text
    assert "whiteLuminance (type float): 203" in text


def test_alpha_goes_into_the_exr_and_colours_are_multiplied(tmp_path: Path, light: np.ndarray) -> None:
    """OpenEXR, Technical Introduction, "RGB Color": colours are premultiplied."""
    alpha = np.linspace(0.25, 1, light[..., 0].size, dtype=np.float32).reshape(light.shape[:2])
    path = write_hdr(tmp_path / "a.exr", light, alpha=alpha)
    with OpenEXR.File(str(path)) as file:
        pixels = file.channels()["RGBA"].pixels.astype(np.float32)
    np.testing.assert_allclose(pixels[..., 3], alpha, **HALF)
    np.testing.assert_allclose(pixels[..., :3], light * alpha[..., None], **HALF)
    np.testing.assert_allclose(read_hdr(path), light, rtol=2**-9, atol=2**-24)


def test_a_radiance_file_has_no_place_for_alpha(tmp_path: Path, light: np.ndarray) -> None:
    plain = write_hdr(tmp_path / "a.hdr", light).read_bytes()
    assert write_hdr(tmp_path / "b.hdr", light, alpha=np.zeros(light.shape[:2], np.float32)).read_bytes() == plain


def exr(path: Path, channels: dict[str, np.ndarray], compression: object = OpenEXR.PIZ_COMPRESSION) -> Path:
    with OpenEXR.File({"compression": compression, "type": OpenEXR.scanlineimage}, channels) as file:
        file.write(str(path))
    return path


def test_exrs_of_other_programs_are_read(tmp_path: Path, light: np.ndarray) -> None:
    path = tmp_path / "a.exr"
    np.testing.assert_array_equal(read_hdr(exr(path, {"RGB": light})), light)
    rgba = np.dstack([light, np.ones(light.shape[:2], np.float32)])
    np.testing.assert_array_equal(read_hdr(exr(path, {"RGBA": rgba})), light)
    grey = np.ascontiguousarray(light[..., 0])
    np.testing.assert_array_equal(read_hdr(exr(path, {"Y": grey})), grey[..., None].repeat(3, -1))
    red, green, blue = (np.ascontiguousarray(light[..., index]) for index in range(3))
    mixed = {"R": red, "G": green.astype(np.float16), "B": blue, "Z": red}
    np.testing.assert_allclose(read_hdr(exr(path, mixed)), light, **HALF)
    negative = -light
    np.testing.assert_array_equal(read_hdr(exr(path, {"RGB": negative})), negative)


def test_other_primaries_of_an_exr_become_bt709(tmp_path: Path) -> None:
    """ACES AP0 (SMPTE ST 2065-1) to BT.709; the numbers are those of the ACES project's own matrix."""
    ap0 = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
    matrix = [[2.5217, -1.1341, -0.3876], [-0.2765, 1.3727, -0.0962], [-0.0154, -0.1530, 1.1684]]
    aces = np.random.default_rng(1).uniform(0, 9, (4, 5, 3)).astype(np.float32)
    path = tmp_path / "aces.exr"
    with OpenEXR.File({"type": OpenEXR.scanlineimage, "chromaticities": ap0}, {"RGB": aces}) as file:
        file.write(str(path))
    # Bradford here, CAT02 there: up to 5 parts in 1000.
    np.testing.assert_allclose(read_hdr(path), aces @ np.float32(matrix).T, atol=0.1)
    for nonsense in ((0.0,) * 8, (0.3, 0.3) * 4):
        with OpenEXR.File({"type": OpenEXR.scanlineimage, "chromaticities": nonsense}, {"RGB": aces}) as file:
            file.write(str(path))
        np.testing.assert_array_equal(read_hdr(path), aces)


def test_what_read_hdr_refuses(tmp_path: Path, light: np.ndarray) -> None:
    path = tmp_path / "a.exr"
    numbers = light[..., 0].astype(np.uint32)
    for channels in (
        {"R": light[..., 0].copy()},
        {"R": numbers, "G": numbers, "B": numbers},
        {"depth.Z": light[..., 0].copy()},
    ):
        with pytest.raises(ImageError, match="a.exr is not an HDR picture that can be read"):
            read_hdr(exr(path, channels))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    with pytest.raises(ImageError, match="a.exr is not an HDR picture"):
        read_hdr(path)
    path.write_bytes(b"")
    with pytest.raises(ImageError, match="a.exr is not an HDR picture"):
        read_hdr(path)
    with pytest.raises(ImageError, match="b.exr does not exist"):
        read_hdr(tmp_path / "b.exr")
    with pytest.raises(ImageError, match="is a folder"):
        read_hdr(tmp_path)
    xyze = write_hdr(tmp_path / "c.hdr", light).read_bytes().replace(b"rle_rgbe", b"rle_xyze")
    path.write_bytes(xyze)
    with pytest.raises(ImageError, match="a.exr is not an HDR picture"):
        read_hdr(path)


def test_what_is_no_hdr_picture_has_no_kind(tmp_path: Path) -> None:
    for suffix in SDR_FORMATS:
        assert hdr_kind(write_sdr(tmp_path / f"photo{suffix}", np.full((8, 8, 3), 0.5, np.float32))) is None
    for number, data in enumerate(
        (b"", b"text", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"\0\0\0\x10ftypavif")
    ):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(data)
        assert hdr_kind(path) is None
    with pytest.raises(ImageError, match="does not exist"):
        hdr_kind(tmp_path / "missing.jpg")


def test_content_decides_and_not_the_suffix(tmp_path: Path, light: np.ndarray) -> None:
    write_hdr(tmp_path / "a.hdr", light).rename(tmp_path / "b.exr")
    within_rgbe(read_hdr(tmp_path / "b.exr"), light)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_pixels_are_counted_before_anything_is_decoded(tmp_path: Path, light: np.ndarray, suffix: str) -> None:
    path = write(tmp_path / f"light{suffix}", light)
    height, width, _ = light.shape
    assert read_hdr(path, max_megapixels=height * width / 1e6).shape == light.shape
    with pytest.raises(ImageError, match=f"light{suffix}.*{width}×{height}.*make it smaller"):
        read_hdr(path, max_megapixels=(height * width - 1) / 1e6)


def test_a_radiance_header_that_promises_a_bomb_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bomb.hdr"
    path.write_bytes(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 60000 +X 60000\n" + b"\x02\x02" * 50)
    with pytest.raises(ImageError, match="3,600.0 megapixels"):
        read_hdr(path)
