"""Embedded colour profiles lead to sRGB: by the same numbers as Little CMS at 8 bits, and without its steps at 16."""

import io
import logging
from pathlib import Path

import icc_bytes
import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms
from png_bytes import with_chunk
from tiff_bytes import tiff

from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.io import read_ldr

RNG = np.random.default_rng(6)
RGB = RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)
RGB[:8] = np.arange(64)[:, None] * 4  # greys
RGB[8:12] //= 12  # darks
CODE = 1 / 255

MATRIX_PROFILES = {
    "Display P3": icc_bytes.DISPLAY_P3,
    "Adobe RGB": icc_bytes.ADOBE_RGB,
    "ProPhoto": icc_bytes.PROPHOTO,
    "table curve": icc_bytes.TABLE_CURVE,
    "identity curve": icc_bytes.rgb(icc_bytes.SRGB_PRIMARIES, icc_bytes.D65, b"curv" + bytes(8)),
    "parametric 0": icc_bytes.rgb(icc_bytes.SRGB_PRIMARIES, icc_bytes.D65, icc_bytes.parametric(0, 1.9)),
    "parametric 1": icc_bytes.rgb(icc_bytes.SRGB_PRIMARIES, icc_bytes.D65, icc_bytes.parametric(1, 2, 1.1, -0.1)),
    "parametric 2": icc_bytes.rgb(icc_bytes.SRGB_PRIMARIES, icc_bytes.D65, icc_bytes.parametric(2, 2, 1.1, -0.2, 0.05)),
    "parametric 4": icc_bytes.rgb(
        icc_bytes.SRGB_PRIMARIES, icc_bytes.D65, icc_bytes.parametric(4, 1.8, 0.9, 0.05, 0.3, 0.1, 0.05, 0.01)
    ),
}


def saved(pixels: np.ndarray | Image.Image, kind: str, icc: bytes | None, **options: object) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    file = io.BytesIO()
    image.save(file, kind, icc_profile=icc, **options)
    return file.getvalue()


def read(folder: Path, data: bytes) -> np.ndarray:
    (folder / "picture").write_bytes(data)
    return read_ldr(folder / "picture").ldr


def by_little_cms(pixels: np.ndarray, icc: bytes) -> np.ndarray:
    """What Little CMS makes of 8-bit RGB, in [0, 1]."""
    source, target = ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB")
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    return (
        np.asarray(ImageCms.profileToProfile(Image.fromarray(pixels), source, target, intent, outputMode="RGB")) / 255
    )


@pytest.mark.parametrize("profile", MATRIX_PROFILES)
def test_matrix_profiles_agree_with_little_cms(tmp_path: Path, profile: str) -> None:
    icc = MATRIX_PROFILES[profile]
    expected = by_little_cms(RGB, icc)
    assert np.abs(expected - RGB / 255).max() > 3 * CODE, "the profile must change something"
    np.testing.assert_allclose(read(tmp_path, saved(RGB, "PNG", icc)), expected, atol=1.01 * CODE)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "AVIF", "JPEG"])
def test_a_profile_is_found_in_every_format(tmp_path: Path, kind: str) -> None:
    smooth = np.stack([np.mgrid[0:64, 0:64][0] * 4, np.full((64, 64), 90), np.mgrid[0:64, 0:64][1] * 3], -1)
    options = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100}, "JPEG": {"quality": 100, "subsampling": 0}}
    data = saved(smooth.astype(np.uint8), kind, None, **options.get(kind, {}))
    profiled = saved(smooth.astype(np.uint8), kind, icc_bytes.ADOBE_RGB, **options.get(kind, {}))
    codes = (read(tmp_path, data) * 255).round().astype(np.uint8)
    expected = by_little_cms(codes, icc_bytes.ADOBE_RGB)
    np.testing.assert_allclose(read(tmp_path, profiled), expected, atol=1.01 * CODE)


# Display P3 to sRGB as the CSS Color Module Level 4 has it, section 10.12 (lin_P3_to_XYZ, then XYZ_to_lin_sRGB).
P3_TO_SRGB = np.array(
    [
        [1.2249401762805598, -0.22494017628055996, 0.0],
        [-0.04205695470968816, 1.0420569547096881, 0.0],
        [-0.019637554590334432, -0.07863604555063188, 1.0982736001409663],
    ]
)


def p3_to_srgb(encoded: np.ndarray) -> np.ndarray:
    return encode_srgb(decode_srgb(encoded).astype(np.float64) @ P3_TO_SRGB.T)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_with_a_profile_stay_sixteen(tmp_path: Path, kind: str) -> None:
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    codes = np.stack([ramp, ramp // 2 + 16384, ramp[::-1] // 2 + 8192], -1)
    if kind == "PNG":
        data = imagecodecs.png_encode(codes)
        icc = saved(RGB, "PNG", icc_bytes.DISPLAY_P3)
        start = icc.index(b"iCCP")
        length = int.from_bytes(icc[start - 4 : start], "big")
        data = with_chunk(data, b"iCCP", icc[start + 4 : start + 4 + length])
    else:
        data = tiff(codes, tags={34675: (7, icc_bytes.DISPLAY_P3)})
    ldr = read(tmp_path, data)
    np.testing.assert_allclose(
        ldr, p3_to_srgb(codes / 65535), atol=0.1 * CODE
    )  # a profile's numbers have 16 binary digits
    assert len(np.unique(ldr[..., 1])) > 20000
    grid = (codes % 257 == 0).all(-1)
    if grid.any():
        expected = by_little_cms((codes[grid] // 257).astype(np.uint8)[None], icc_bytes.DISPLAY_P3)[0]
        np.testing.assert_allclose(ldr[grid], expected, atol=1.01 * CODE)


def test_deep_codes_agree_with_little_cms_at_eight_bits(tmp_path: Path) -> None:
    for icc in MATRIX_PROFILES.values():
        ldr = read(tmp_path, tiff(RGB.astype(np.uint16) * np.uint16(257), tags={34675: (7, icc)}))
        np.testing.assert_allclose(ldr, by_little_cms(RGB, icc), atol=1.01 * CODE)


@pytest.mark.parametrize("make", [lambda: icc_bytes.SRGB, lambda: little_cms_srgb()])
def test_an_srgb_profile_changes_no_code(tmp_path: Path, make: callable) -> None:
    np.testing.assert_array_equal(read(tmp_path, saved(RGB, "PNG", make())), RGB / np.float32(255))


def little_cms_srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("deep", [False, True])
def test_a_grey_profile_bends_grey(tmp_path: Path, deep: bool) -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    expected = encode_srgb((grey / 255) ** 2.2)[..., None].repeat(3, -1)
    icc = icc_bytes.grey(icc_bytes.gamma(2.2))
    data = tiff(grey.astype(np.uint16) * np.uint16(257), tags={34675: (7, icc)}) if deep else saved(grey, "PNG", icc)
    np.testing.assert_allclose(read(tmp_path, data), expected, atol=0.1 * CODE)  # gamma 2.2 is stored as 563/256


def test_a_grey_profile_in_lab_agrees_with_little_cms(tmp_path: Path) -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    icc = icc_bytes.grey(b"curv" + bytes(8), b"Lab ")
    source, target = ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB")
    expected = ImageCms.profileToProfile(Image.fromarray(grey), source, target, 1, outputMode="RGB")
    np.testing.assert_allclose(read(tmp_path, saved(grey, "PNG", icc)), np.asarray(expected) / 255, atol=1.5 * CODE)


def test_an_rgb_profile_on_a_grey_picture_bends_grey(tmp_path: Path) -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    expected = encode_srgb((grey / 255) ** (563 / 256))[..., None].repeat(3, -1)
    for data in (
        saved(grey, "JPEG", icc_bytes.ADOBE_RGB, quality=100),
        tiff(grey.astype(np.uint16) * np.uint16(257), tags={34675: (7, icc_bytes.ADOBE_RGB)}),
    ):
        ldr = read(tmp_path, data)
        np.testing.assert_allclose(ldr[2:], expected[2:], atol=3 * CODE)  # JPEG is off by a code, more in the dark


def twisted(rgb: np.ndarray) -> np.ndarray:
    """A colour space that no matrix can describe: the channels change places and bend each other."""
    linear = np.stack([rgb[:, 1] ** 2, rgb[:, 2] * (0.5 + 0.5 * rgb[:, 0]), rgb[:, 0]], -1)
    return linear @ icc_bytes.colorants(icc_bytes.SRGB_PRIMARIES, icc_bytes.D65).T


TWISTED = icc_bytes.lookup(b"RGB ", twisted, 33)


def untwisted(rgb: np.ndarray) -> np.ndarray:
    flat = rgb.reshape(-1, 3)
    linear = np.stack([flat[:, 1] ** 2, flat[:, 2] * (0.5 + 0.5 * flat[:, 0]), flat[:, 0]], -1)
    return encode_srgb(linear).reshape(rgb.shape)


def light(size: int) -> np.ndarray:
    """Colours whose darkest channel is a fifth of white: the table's own 33 steps are coarse below."""
    return RNG.uniform(0.2, 1, (size, size, 3))


def test_a_table_profile_is_followed(tmp_path: Path) -> None:
    codes = (light(32) * 255).round().astype(np.uint8)
    np.testing.assert_allclose(read(tmp_path, saved(codes, "PNG", TWISTED)), untwisted(codes / 255), atol=2 * CODE)
    alpha = RGB[:32, :32, :1]
    (tmp_path / "a.png").write_bytes(saved(np.dstack([codes, alpha]), "PNG", TWISTED))
    picture = read_ldr(tmp_path / "a.png")
    np.testing.assert_allclose(picture.ldr, untwisted(codes / 255), atol=2 * CODE)
    np.testing.assert_array_equal(picture.alpha, alpha[..., 0] / np.float32(255))


def test_a_table_profile_keeps_sixteen_bits(tmp_path: Path) -> None:
    codes = (light(32) * 65535).round().astype(np.uint16)
    ldr = read(tmp_path, tiff(codes, tags={34675: (7, TWISTED)}))
    np.testing.assert_allclose(ldr, untwisted(codes / 65535), atol=2 * CODE)
    ramp = np.linspace(30000, 60000, 4096).astype(np.uint16).reshape(64, 64, 1).repeat(3, -1)
    assert len(np.unique(read(tmp_path, tiff(ramp, tags={34675: (7, TWISTED)}))[..., 0])) > 3000


def ink(cmyk: np.ndarray) -> np.ndarray:
    """Inks that take other light away than their names say, so that ignoring the profile shows."""
    linear = (1 - cmyk[:, [1, 2, 0]]) * (1 - cmyk[:, 3:])
    return linear @ icc_bytes.colorants(icc_bytes.SRGB_PRIMARIES, icc_bytes.D65).T


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "16-bit TIFF"])
def test_a_cmyk_profile_is_followed(tmp_path: Path, kind: str) -> None:
    icc = icc_bytes.lookup(b"CMYK", ink, 9)
    steps = np.array([0, 64, 128, 191], np.uint8)  # the points of the table, as nearly as 8 bits can
    cmyk = np.stack(np.meshgrid(steps, steps, steps, np.uint8([0, 64]), indexing="ij"), -1).reshape(16, 8, 4)
    cmyk = cmyk.repeat(8, 0).repeat(8, 1)  # one colour for each of JPEG's blocks
    expected = encode_srgb((1 - cmyk[..., [1, 2, 0]] / 255) * (1 - cmyk[..., 3:] / 255))
    if kind == "16-bit TIFF":
        data = tiff(cmyk.astype(np.uint16) * np.uint16(257), photometric=5, tags={34675: (7, icc)})
    else:
        data = saved(Image.fromarray(cmyk, "CMYK"), kind, icc, **({"quality": 100} if kind == "JPEG" else {}))
    np.testing.assert_allclose(read(tmp_path, data), expected, atol=4 * CODE)


def test_lab_is_turned_into_colours(tmp_path: Path) -> None:
    lab = ImageCms.profileToProfile(
        Image.fromarray(RGB // 4 + 96), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    ldr = read(tmp_path, saved(lab, "TIFF", None))
    np.testing.assert_allclose(ldr, (RGB // 4 + 96) / 255, atol=4 * CODE)  # 8-bit Lab is that coarse


def test_a_palette_has_its_profile_too(tmp_path: Path) -> None:
    image = Image.fromarray(RGB).quantize(64)
    codes = np.asarray(image.convert("RGB"))
    expected = by_little_cms(codes, icc_bytes.ADOBE_RGB)
    np.testing.assert_allclose(read(tmp_path, saved(image, "PNG", icc_bytes.ADOBE_RGB)), expected, atol=1.01 * CODE)


@pytest.mark.parametrize(
    "icc",
    [
        icc_bytes.grey(icc_bytes.gamma(1.0)),
        icc_bytes.lookup(b"CMYK", ink, 3),
        b"junk",
        bytes(3000),
        icc_bytes.DISPLAY_P3[:200],
        icc_bytes.DISPLAY_P3[:-40],
        icc_bytes.rgb(icc_bytes.SRGB_PRIMARIES, icc_bytes.D65, b"what" + bytes(20)),
        icc_bytes.rgb(icc_bytes.SRGB_PRIMARIES, icc_bytes.D65, icc_bytes.parametric(9)),
        icc_bytes.rgb(icc_bytes.SRGB_PRIMARIES, icc_bytes.D65, icc_bytes.parametric(1, 2, 0, 0)),
        icc_bytes.rgb(icc_bytes.SRGB_PRIMARIES, icc_bytes.D65, b"curv\0\0\0\0\0\xff\xff\xff"),
        TWISTED[:-5000],
        icc_bytes.profile(b"RGB ", b"Lab ", {b"A2B0": b"mft2" + bytes(100)}),
        icc_bytes.profile(b"RGB ", b"XYZ ", {}),
    ],
    ids=lambda icc: f"{len(icc)} bytes",
)
def test_a_broken_or_unfitting_profile_is_ignored(tmp_path: Path, icc: bytes, caplog: pytest.LogCaptureFixture) -> None:
    deep = tiff(RGB.astype(np.uint16) * np.uint16(257), tags={34675: (7, icc)})
    for data in (saved(RGB, "PNG", icc), deep):
        caplog.clear()
        np.testing.assert_allclose(read(tmp_path, data), RGB / 255, atol=1e-6)
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        assert "picture carries" in caplog.text


def test_a_profile_with_flipped_bytes_is_never_fatal(tmp_path: Path) -> None:
    for icc in (icc_bytes.DISPLAY_P3, icc_bytes.grey(icc_bytes.gamma(2.2)), TWISTED):
        for _ in range(40):
            broken = bytearray(icc)
            for place in RNG.integers(0, min(len(icc), 600), 4):
                broken[place] = RNG.integers(0, 256)
            ldr = read(tmp_path, saved(RGB[..., 0] if icc[16:20] == b"GRAY" else RGB, "PNG", bytes(broken)))
            assert np.isfinite(ldr).all()
            assert ldr.min() >= 0
            assert ldr.max() <= 1


def test_code_points_of_a_png_count_more_than_its_profile(tmp_path: Path) -> None:
    """PNG, third edition, section 4.3: cICP before iCCP."""
    data = with_chunk(saved(RGB, "PNG", icc_bytes.PROPHOTO), b"cICP", bytes([12, 13, 0, 1]))
    np.testing.assert_allclose(read(tmp_path, data), p3_to_srgb(RGB / 255), atol=0.05 * CODE)


@pytest.mark.parametrize("bits", [8, 10])
def test_code_points_of_an_avif_are_followed(tmp_path: Path, bits: int) -> None:
    codes = RGB if bits == 8 else RGB.astype(np.uint16) * 4
    data = imagecodecs.avif_encode(
        codes, level=100, speed=8, bitspersample=bits, pixelformat="444", primaries=12, transfer=13, matrix=0
    )
    np.testing.assert_allclose(read(tmp_path, data), p3_to_srgb(codes / (2**bits - 1)), atol=0.05 * CODE)


def test_a_camera_that_only_says_adobe_rgb_is_believed(tmp_path: Path) -> None:
    """DCF 2.0: interoperability index R03, no profile."""
    tags = Image.Exif()
    tags[0x8769] = {0xA001: 65535, 0xA005: {1: "R03"}}
    data = saved(np.full((16, 16, 3), (60, 200, 90), np.uint8), "JPEG", None, quality=100, subsampling=0, exif=tags)
    codes = imagecodecs.jpeg_decode(data)
    np.testing.assert_allclose(read(tmp_path, data), by_little_cms(codes, icc_bytes.ADOBE_RGB), atol=1.01 * CODE)
