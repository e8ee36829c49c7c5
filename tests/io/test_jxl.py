"""JPEG XL in PQ: ours for other programs, what is missing is told."""

import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import ExifTags, Image
from programs import exiftool

from hdr_demo.color import BT709_TO_BT2020, encode_hlg, encode_pq, hlg_scene
from hdr_demo.errors import ImageError, OutputError
from hdr_demo.io import HDR_FORMATS, hdr_kind, read_hdr, read_hdr_picture, read_ldr, writable_formats, write_hdr
from hdr_demo.io.shaper import matrix_to_bt709

needs_package = pytest.mark.skipif(not HDR_FORMATS[".jxl"].available(), reason="OpenImageIO is not installed")


def slope() -> np.ndarray:
    """From 1/16 to 16 times white, warm, 64 x 96."""
    light = 2.0 ** np.linspace(-4, 4, 96, dtype=np.float32)
    return np.tile(light[:, None] * np.float32([1, 0.8, 0.6]), (64, 1, 1))


def wanted_codes() -> np.ndarray:
    return encode_pq(slope().astype(np.float64) @ BT709_TO_BT2020.T * 203) * 65535


@needs_package
def test_another_decoder_finds_the_codes(tmp_path: Path) -> None:
    path = write_hdr(tmp_path / "a.jxl", slope(), quality=100)
    codes = imagecodecs.jpegxl_decode(path.read_bytes())
    assert codes.dtype == np.uint16
    assert np.abs(codes - wanted_codes()).max() < 1.5  # rounding, and PQ in single precision
    lossy = write_hdr(tmp_path / "b.jxl", slope())
    assert np.abs(imagecodecs.jpegxl_decode(lossy.read_bytes()) - wanted_codes()).max() < 500  # 8 codes of 1023


@needs_package
def test_the_header_names_pq_and_bt2020(tmp_path: Path) -> None:
    import OpenImageIO

    path = write_hdr(tmp_path / "a.jxl", slope())
    layout = OpenImageIO.ImageInput.open(str(path)).spec()
    assert tuple(layout.getattribute("CICP"))[:2] == (9, 16)
    assert layout.getattribute("ICCProfile:profile_description") == "Rec2100PQ"  # libjxl's own word for it
    assert hdr_kind(path) == "JPEG XL in PQ"
    assert exiftool(path)["File:FileType"] == "JXL"
    assert [key for key in exiftool(path) if key.startswith(("IFD0:", "ExifIFD:"))] == []


@needs_package
def test_exif_data_go_into_the_jxl(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    given = exif.tobytes().removeprefix(b"Exif\0\0")
    for quality in (92, 100):  # with and without a box that states the level
        path = write_hdr(tmp_path / f"{quality}.jxl", slope(), exif=given, quality=quality)
        assert exiftool(path)["IFD0:Make"] == "Camera"
        again = write_hdr(tmp_path / "again.jxl", slope(), exif=read_hdr_picture(path).exif)
        assert exiftool(again)["IFD0:Make"] == "Camera"
        np.testing.assert_allclose(read_hdr(again), slope(), rtol=0.1)


@needs_package
def test_alpha_comes_back_from_a_jxl(tmp_path: Path) -> None:
    alpha = np.linspace(0, 1, 64 * 96, dtype=np.float32).reshape(64, 96)
    path = write_hdr(tmp_path / "a.jxl", slope(), alpha=alpha, quality=100)
    found = read_hdr_picture(path)
    np.testing.assert_allclose(found.alpha, alpha, atol=1e-5)
    np.testing.assert_allclose(found.hdr, slope(), rtol=1e-3)
    assert imagecodecs.jpegxl_decode(path.read_bytes()).shape == (64, 96, 4)


@needs_package
@pytest.mark.parametrize("primaries, transfer, kind", [(9, 18, "HLG"), (12, 16, "PQ"), (1, 16, "PQ")])
def test_jxls_of_other_programs_are_read(tmp_path: Path, primaries: int, transfer: int, kind: str) -> None:
    """With other primaries, in HLG, in floats, and under a name that says nothing."""
    import OpenImageIO

    hdr = slope() / 4  # HLG ends at 1000 nits
    nits = np.maximum(hdr.astype(np.float64) @ np.linalg.inv(matrix_to_bt709(primaries)).T, 0) * 203
    signal = encode_pq(nits) if transfer == 16 else encode_hlg(hlg_scene(nits))
    path = tmp_path / "a.jxl"
    layout = OpenImageIO.ImageSpec(96, 64, 3, "float")
    layout.attribute("CICP", OpenImageIO.TypeDesc("int[4]"), (primaries, transfer, 0, 1))
    layout.attribute("Compression", "jpegxl:100")
    file = OpenImageIO.ImageOutput.create(str(path))
    assert file.open(str(path), layout) and file.write_image(signal.astype(np.float32)) and file.close()
    path = path.rename(tmp_path / "upload")
    assert hdr_kind(path) == f"JPEG XL in {kind}"
    np.testing.assert_allclose(read_hdr(path), hdr, rtol=2e-3, atol=1e-4)


@needs_package
def test_an_ordinary_jxl_is_no_hdr_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.jxl"
    path.write_bytes(imagecodecs.jpegxl_encode(np.zeros((300, 300, 3), np.uint8)))
    assert hdr_kind(path) is None
    for read in (read_hdr, read_ldr):
        with pytest.raises(ImageError, match="a.jxl is"):
            read(path)


@needs_package
def test_a_jxl_is_counted_before_it_is_decoded(tmp_path: Path) -> None:
    path = write_hdr(tmp_path / "a.jxl", slope())
    with pytest.raises(ImageError, match="a.jxl.*96×64.*make it smaller"):
        read_hdr(path, max_megapixels=0.001)


def test_without_its_package_a_jxl_is_neither_offered_nor_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jxl"
    path.write_bytes(b"\xff\x0a" + bytes(500))
    monkeypatch.setitem(sys.modules, "OpenImageIO", None)
    assert not HDR_FORMATS[".jxl"].available()
    assert set(HDR_FORMATS) - set(writable_formats()) == {".jxl"}
    with pytest.raises(OutputError, match="b.jxl cannot be written.*pip install openimageio, or choose .hdr, .exr"):
        write_hdr(tmp_path / "b.jxl", slope())
    assert hdr_kind(path) is None
    with pytest.raises(ImageError, match="a.jxl is not an HDR picture.*JPEG XL .pip install openimageio."):
        read_hdr(path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.jxl"]
