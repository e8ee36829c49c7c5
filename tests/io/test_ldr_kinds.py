"""Every kind of picture that people have arrives as its codes over the largest code."""

import io
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from png_bytes import interlaced, png, with_chunk
from tiff_bytes import DEFLATE, tiff

from hdr_demo.io import read_ldr

RNG = np.random.default_rng(5)
RGB = RNG.integers(0, 256, (40, 30, 3), dtype=np.uint8)
RGBA = RNG.integers(0, 256, (40, 30, 4), dtype=np.uint8)
GREY, GREY_ALPHA = RGB[..., 0].copy(), RGBA[..., ::3].copy()
DEEP_RGB = RNG.integers(0, 65536, (40, 30, 3), dtype=np.uint16)
DEEP_RGBA = RNG.integers(0, 65536, (40, 30, 4), dtype=np.uint16)
DEEP_GREY, DEEP_GREY_ALPHA = DEEP_RGB[..., 0].copy(), DEEP_RGBA[..., ::3].copy()
y, x = np.mgrid[0:40, 0:30]
SMOOTH = np.stack([x * 8, y * 6, 255 - x * 4 - y * 3], -1).astype(np.uint8)


def saved(pixels: np.ndarray | Image.Image, kind: str, **options: object) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def check(folder: Path, data: bytes, codes: np.ndarray, maximum: int, bits: int | None = None) -> None:
    """Read `data` and compare with codes, (H, W) or (H, W, 1 to 4)."""
    path = folder / "a photo ñ 写真.what"
    path.write_bytes(data)
    picture = read_ldr(path)
    codes = codes[..., None] if codes.ndim == 2 else codes
    colours = codes.shape[2] - (codes.shape[2] in (2, 4))
    expected = np.broadcast_to(codes[..., :colours] / np.float32(maximum), (*codes.shape[:2], 3))
    assert picture.ldr.dtype == np.float32
    assert picture.ldr.flags.c_contiguous
    np.testing.assert_array_equal(picture.ldr, expected)
    if colours == codes.shape[2]:
        assert picture.alpha is None
    else:
        assert picture.alpha.dtype == np.float32
        np.testing.assert_array_equal(picture.alpha, codes[..., -1] / np.float32(maximum))
    assert picture.name == "a photo ñ 写真"
    assert picture.bits == (bits or (8 if maximum == 255 else 16))


LOSSLESS = {
    "PNG": saved(RGB, "PNG"),
    "PNG of another encoder": imagecodecs.png_encode(RGB),
    "interlaced PNG": interlaced(RGB),
    "BMP": saved(RGB, "BMP"),
    "WebP": saved(RGB, "WEBP", lossless=True),
    "TIFF": saved(RGB, "TIFF"),
    "TIFF LZW": saved(RGB, "TIFF", compression="tiff_lzw"),
    "TIFF deflate": saved(RGB, "TIFF", compression="tiff_adobe_deflate"),
    "big-endian TIFF": tiff(RGB, order=">", compression=DEFLATE),
    "PPM": saved(RGB, "PPM"),
    "TGA": saved(RGB, "TGA"),
    "JPEG 2000": saved(RGB, "JPEG2000", irreversible=False),
    "QOI": saved(RGB, "QOI"),
    "SGI": saved(RGB, "SGI"),
    "PCX": saved(RGB, "PCX"),
    "AVIF": imagecodecs.avif_encode(RGB, level=100, speed=8, pixelformat="444", primaries=1, transfer=13, matrix=0),
}


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_rgb_arrives_as_it_is(tmp_path: Path, kind: str) -> None:
    check(tmp_path, LOSSLESS[kind], RGB, 255)


WITH_ALPHA = {
    "PNG RGBA": (saved(RGBA, "PNG"), RGBA),
    "PNG grey": (saved(GREY, "PNG"), GREY),
    "PNG grey and alpha": (saved(GREY_ALPHA, "PNG"), GREY_ALPHA),
    "WebP RGBA": (saved(RGBA, "WEBP", lossless=True, exact=True), RGBA),
    "TIFF RGBA": (saved(RGBA, "TIFF"), RGBA),
    "TIFF grey and alpha": (tiff(GREY_ALPHA, extra=2), GREY_ALPHA),
    "TIFF grey": (saved(GREY, "TIFF"), GREY),
    "TIFF white is zero": (tiff(255 - GREY, photometric=0), GREY),
    "TIFF separate planes": (tiff(RGB, separate_planes=True), RGB),
    "TGA RGBA": (saved(RGBA, "TGA"), RGBA),
    "AVIF RGBA": (imagecodecs.avif_encode(RGBA, level=100, speed=8, pixelformat="444", matrix=0), RGBA),
}


@pytest.mark.parametrize("kind", WITH_ALPHA)
def test_grey_and_alpha_arrive_as_they_are(tmp_path: Path, kind: str) -> None:
    data, codes = WITH_ALPHA[kind]
    check(tmp_path, data, codes, 255)


DEEP = {
    "PNG RGB": (imagecodecs.png_encode(DEEP_RGB), DEEP_RGB),
    "PNG RGBA": (imagecodecs.png_encode(DEEP_RGBA), DEEP_RGBA),
    "PNG grey": (imagecodecs.png_encode(DEEP_GREY), DEEP_GREY),
    "PNG grey and alpha": (imagecodecs.png_encode(DEEP_GREY_ALPHA), DEEP_GREY_ALPHA),
    "interlaced PNG": (interlaced(DEEP_RGB), DEEP_RGB),
    "PPM": (b"P6 # made by hand\n30 40\n65535\n" + DEEP_RGB.astype(">u2").tobytes(), DEEP_RGB),
    "PGM": (b"P5\n30 40 65535\n" + DEEP_GREY.astype(">u2").tobytes(), DEEP_GREY),
    "JPEG 2000 grey": (imagecodecs.jpeg2k_encode(DEEP_GREY, level=0, reversible=True), DEEP_GREY),
}


@pytest.mark.parametrize("kind", DEEP)
def test_sixteen_bits_stay_sixteen(tmp_path: Path, kind: str) -> None:
    data, codes = DEEP[kind]
    check(tmp_path, data, codes, 65535)


@pytest.mark.parametrize(
    ("order", "big"), [("<", False), (">", False), ("<", True)], ids=["little-endian", "big-endian", "BigTIFF"]
)
@pytest.mark.parametrize(
    "layout",
    [{}, {"separate_planes": True}, {"tile": 16}, {"rows_per_strip": 7}, {"separate_planes": True, "tile": 16}],
    ids=["strip", "planes", "tiles", "strips", "tiled planes"],
)
@pytest.mark.parametrize("packing", [{}, {"compression": DEFLATE}, {"compression": DEFLATE, "predictor": True}])
def test_sixteen_bit_tiff_of_any_layout_stays_sixteen(
    tmp_path: Path, layout: dict, packing: dict, order: str, big: bool
) -> None:
    for codes, extra in ((DEEP_RGB, None), (DEEP_RGBA, 2), (DEEP_GREY, None), (DEEP_GREY_ALPHA, 2)):
        check(tmp_path, tiff(codes, order=order, big=big, extra=extra, **layout, **packing), codes, 65535)


def test_sixteen_bit_tiff_agrees_with_opencv(tmp_path: Path) -> None:
    import cv2

    for compression in (1, 5, 8, 32773):  # none, LZW, deflate, PackBits, by OpenCV's libtiff
        data = cv2.imencode(".tif", DEEP_RGB[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, compression])[1].tobytes()
        check(tmp_path, data, DEEP_RGB, 65535)


def test_inverted_sixteen_bit_grey_is_turned_round(tmp_path: Path) -> None:
    check(tmp_path, tiff(65535 - DEEP_GREY, photometric=0), DEEP_GREY, 65535)


@pytest.mark.parametrize("bits", [10, 12])
def test_deep_avif_keeps_its_bits(tmp_path: Path, bits: int) -> None:
    maximum = 2**bits - 1
    for codes in (DEEP_RGB >> (16 - bits), DEEP_RGBA >> (16 - bits)):
        data = imagecodecs.avif_encode(
            codes, level=100, speed=8, bitspersample=bits, pixelformat="444", primaries=1, transfer=13, matrix=0
        )
        check(tmp_path, data, codes, maximum, bits)


def test_a_ppm_of_another_maximum_is_divided_by_it(tmp_path: Path) -> None:
    codes = DEEP_RGB % 1024
    check(tmp_path, b"P6\n30 40\n1023\n" + codes.astype(">u2").tobytes(), codes, 1023, 10)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("grey", [False, True])
def test_jpeg_agrees_with_another_decoder(tmp_path: Path, progressive: bool, grey: bool) -> None:
    data = saved(GREY if grey else RGB, "JPEG", quality=90, progressive=progressive, subsampling=0)
    check(tmp_path, data, imagecodecs.jpeg_decode(data), 255)


def test_lossy_webp_agrees_with_another_decoder(tmp_path: Path) -> None:
    data = saved(SMOOTH, "WEBP", quality=90)
    check(tmp_path, data, imagecodecs.webp_decode(data), 255)


def test_one_bit_is_black_and_white(tmp_path: Path) -> None:
    bits = GREY > 127
    for kind, options in (("PNG", {}), ("TIFF", {"compression": "group4"}), ("BMP", {}), ("PPM", {}), ("GIF", {})):
        check(tmp_path, saved(Image.fromarray(bits), kind, **options), np.where(bits, 255, 0).astype(np.uint8), 255)


def test_low_grey_depths_reach_white(tmp_path: Path) -> None:
    """Four bits: code 15 is white."""
    codes = np.arange(16, dtype=np.uint8)[None].repeat(4, 0)
    packed = b"".join(b"\0" + bytes(row[::2] << 4 | row[1::2]) for row in codes)
    check(tmp_path, png(16, 4, 4, 0, packed), codes, 15, 8)


def test_palette_shows_its_colours(tmp_path: Path) -> None:
    palette = RNG.integers(0, 256, (16, 3), dtype=np.uint8)
    indices = RNG.integers(0, 16, (40, 30), dtype=np.uint8)
    image = Image.fromarray(indices)
    image.putpalette(palette.tobytes())
    for kind in ("PNG", "GIF", "BMP", "TIFF"):
        check(tmp_path, saved(image, kind), palette[indices], 255)


def test_palette_transparency_becomes_alpha(tmp_path: Path) -> None:
    palette = np.arange(48, dtype=np.uint8).reshape(16, 3)
    indices = RNG.integers(0, 16, (40, 30), dtype=np.uint8)
    image = Image.fromarray(indices)
    image.putpalette(palette.tobytes())
    opacity = RNG.integers(0, 256, 16, dtype=np.uint8)
    expected = np.dstack([palette[indices], opacity[indices]])
    check(tmp_path, saved(image, "PNG", transparency=opacity.tobytes()), expected, 255)
    one = np.where(np.arange(16) == 3, 0, 255).astype(np.uint8)
    check(tmp_path, saved(image, "GIF", transparency=3), np.dstack([palette[indices], one[indices]]), 255)


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("grey", [False, True])
def test_a_transparent_colour_becomes_alpha(tmp_path: Path, deep: bool, grey: bool) -> None:
    """PNG's tRNS chunk for RGB and grey."""
    codes = (DEEP_GREY if grey else DEEP_RGB) if deep else (GREY if grey else RGB)
    key = np.atleast_1d(codes[7, 11])
    data = with_chunk(imagecodecs.png_encode(codes), b"tRNS", key.astype(">u2").tobytes())
    shown = codes.reshape(40, 30, -1)
    maximum = 65535 if deep else 255
    opacity = np.where((shown == key).all(-1), 0, maximum).astype(codes.dtype)
    assert (opacity == 0).any()
    check(tmp_path, data, np.dstack([shown, opacity]), maximum)


def test_multiplied_alpha_is_divided_out(tmp_path: Path) -> None:
    """TIFF's associated alpha, 16 bits."""
    straight, alpha = DEEP_RGB, np.maximum(DEEP_GREY, 40000)
    multiplied = (straight * (alpha[..., None] / 65535)).round().astype(np.uint16)
    path = tmp_path / "multiplied.tif"
    path.write_bytes(tiff(np.dstack([multiplied, alpha]), extra=1))
    picture = read_ldr(path)
    np.testing.assert_allclose(picture.ldr, straight / 65535, atol=1.7 / 65535)  # two roundings at an alpha above 0.6
    np.testing.assert_array_equal(picture.alpha, alpha / np.float32(65535))


def test_an_opaque_alpha_is_none(tmp_path: Path) -> None:
    for pixels in (RGBA, DEEP_RGBA):
        opaque = pixels.copy()
        opaque[..., 3] = np.iinfo(pixels.dtype).max
        path = tmp_path / "opaque.png"
        path.write_bytes(imagecodecs.png_encode(opaque))
        assert read_ldr(path).alpha is None


def naive_rgb(cmyk: np.ndarray, maximum: int) -> np.ndarray:
    light = maximum - cmyk.astype(np.float64)
    return light[..., :3] * light[..., 3:] / maximum**2


def test_cmyk_without_profile_is_ink_taken_from_light(tmp_path: Path) -> None:
    cmyk = RGBA
    for data in (saved(Image.fromarray(cmyk, "CMYK"), "TIFF"), tiff(cmyk, photometric=5)):
        (tmp_path / "cmyk.tif").write_bytes(data)
        np.testing.assert_allclose(read_ldr(tmp_path / "cmyk.tif").ldr, naive_rgb(cmyk, 255), atol=1.01 / 255)
    (tmp_path / "deep.tif").write_bytes(tiff(DEEP_RGBA, photometric=5))
    picture = read_ldr(tmp_path / "deep.tif")
    assert picture.bits == 16
    assert picture.alpha is None
    np.testing.assert_allclose(picture.ldr, naive_rgb(DEEP_RGBA, 65535), atol=1.01 / 65535)


@pytest.mark.parametrize("ycck", [False, True])
def test_adobe_jpeg_ink_is_not_inverted_twice(tmp_path: Path, ycck: bool) -> None:
    cmyk = np.dstack([SMOOTH, SMOOTH[..., 0] // 2])
    if ycck:
        # Photoshop's way: inverted, as YCCK, with an Adobe marker.
        data = imagecodecs.jpeg8_encode(
            255 - cmyk, level=100, colorspace="CMYK", outcolorspace="YCCK", subsampling="444"
        )
        assert b"Adobe" in data
    else:
        data = saved(Image.fromarray(cmyk, "CMYK"), "JPEG", quality=100, subsampling=0)
    (tmp_path / "ink.jpg").write_bytes(data)
    np.testing.assert_allclose(read_ldr(tmp_path / "ink.jpg").ldr, naive_rgb(cmyk, 255), atol=8 / 255)  # JPEG's loss


def test_of_several_frames_the_first_is_read(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((9, 9, 3), value, np.uint8)) for value in (250, 100, 20)]
    for kind in ("GIF", "TIFF", "WEBP", "PNG", "MPO", "AVIF"):
        options = {"lossless": True} if kind == "WEBP" else {}
        (tmp_path / "many").write_bytes(saved(frames[0], kind, save_all=True, append_images=frames[1:], **options))
        np.testing.assert_allclose(read_ldr(tmp_path / "many").ldr, 250 / 255, atol=2 / 255)


def test_nothing_is_stretched(tmp_path: Path) -> None:
    """A dull picture stays dull."""
    check(tmp_path, saved(np.full((8, 8, 3), 100, np.uint8), "PNG"), np.full((8, 8, 3), 100, np.uint8), 255)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (3000, 3), (3, 3000)])
def test_any_size_is_read_whole(tmp_path: Path, size: tuple[int, int]) -> None:
    for codes in (
        RNG.integers(0, 256, (*size, 3), dtype=np.uint8),
        RNG.integers(0, 65536, (*size, 3), dtype=np.uint16),
    ):
        check(tmp_path, imagecodecs.png_encode(codes), codes, np.iinfo(codes.dtype).max)


def test_heic_is_read_where_pillow_heif_is_installed(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    (tmp_path / "phone.heic").write_bytes(saved(SMOOTH, "HEIF", quality=100))
    np.testing.assert_allclose(read_ldr(tmp_path / "phone.heic").ldr, SMOOTH / 255, atol=0.05)


def test_a_path_may_be_a_string(tmp_path: Path) -> None:
    (tmp_path / "x.PNG").write_bytes(LOSSLESS["PNG"])
    assert read_ldr(str(tmp_path / "x.PNG")).name == "x"
