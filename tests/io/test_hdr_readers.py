"""Every format is read by a program that shares no code with this one, within the precision that its row states."""

from collections.abc import Callable
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import ExifTags, Image
from programs import exiftool

from hdr_demo.color import BT709_TO_BT2020, BT2020_TO_BT709, decode_pq, encode_srgb
from hdr_demo.io import HDR_FORMATS, read_hdr, writable_formats, write_hdr
from hdr_demo.io.gain_map_metadata import XMP_NAME

SUFFIXES = list(writable_formats())


def smooth(height: int = 120, width: int = 200) -> np.ndarray:
    """Warm light that rises by nine stops from left to right, and falls a little downwards."""
    down, across = np.mgrid[:height, :width].astype(np.float32)
    light = 2 ** (9 * across / width - 5) * (1 - 0.3 * down / height)
    return (light[..., None] * np.float32([1, 0.8, 0.6])).astype(np.float32)


def write(path: Path, hdr: np.ndarray, **options: object) -> Path:
    return write_hdr(path, hdr, sdr=encode_srgb(hdr / (1 + hdr)), **options)


def light_of_pq(codes: np.ndarray, maximum: int) -> np.ndarray:
    """BT.2020 PQ codes as linear BT.709 over 203 cd/m²; from the published formulas in double precision."""
    return decode_pq(codes[..., :3].astype(np.float64) / maximum) @ BT2020_TO_BT709.astype(np.float64).T / 203


def by_ffmpeg(path: Path) -> np.ndarray:
    """FFmpeg has an OpenEXR decoder of its own."""
    av = pytest.importorskip("av")
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
    kind = {"gbrpf16le": np.float16, "gbrpf32le": np.float32}[frame.format.name]
    green, blue, red = (
        np.frombuffer(plane, kind).reshape(plane.height, -1)[:, : plane.width] for plane in frame.planes
    )
    return np.stack([red, green, blue], -1).astype(np.float32)


def by_tifffile(path: Path) -> np.ndarray:
    tifffile = pytest.importorskip("tifffile")
    return tifffile.imread(path)


READERS: dict[str, Callable[[Path], np.ndarray]] = {
    ".hdr": lambda path: imagecodecs.rgbe_decode(path.read_bytes()),
    ".exr": by_ffmpeg,
    ".jpg": lambda path: imagecodecs.ultrahdr_decode(path.read_bytes(), dtype=np.float16)[..., :3].astype(np.float32),
    ".jpeg": lambda path: imagecodecs.ultrahdr_decode(path.read_bytes(), dtype=np.float16)[..., :3].astype(np.float32),
    ".avif": lambda path: light_of_pq(imagecodecs.avif_decode(path.read_bytes()), 1023),
    ".png": lambda path: light_of_pq(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., ::-1], 65535),
    ".tif": by_tifffile,
    ".tiff": by_tifffile,
    ".jxl": lambda path: light_of_pq(imagecodecs.jpegxl_decode(path.read_bytes()), 65535),
}


def test_every_format_has_another_reader() -> None:
    assert set(READERS) == set(HDR_FORMATS)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_another_program_finds_the_light(tmp_path: Path, suffix: str) -> None:
    hdr = smooth()
    path = write(tmp_path / f"a{suffix}", hdr)
    found = READERS[suffix](path)
    assert found.shape == hdr.shape
    # libavif and libultrahdr interpolate colours and halves their own way.
    slack = {".avif": 1.3, ".jpg": 1.3, ".jpeg": 1.3}.get(suffix, 1)
    lit = hdr > 0.01
    assert np.abs(np.log2(found[lit] / hdr[lit])).max() < slack * HDR_FORMATS[suffix].precision
    np.testing.assert_allclose(found, read_hdr(path), rtol=0.12, atol=0.005)


@pytest.mark.parametrize(
    "suffix, tag",
    [(".hdr", "Radiance:Comment"), (".exr", "OpenEXR:Comments"), (".tif", "IFD0:ImageDescription")],
)
def test_files_of_light_say_what_1_means_and_how_bright_they_get(tmp_path: Path, suffix: str, tag: str) -> None:
    hdr = smooth()
    hdr[5, 7] = np.nan
    told = exiftool(write_hdr(tmp_path / f"a{suffix}", hdr, white_nits=100))
    assert told[tag] == (
        "Linear BT.709; 1.0 is diffuse white, 100 cd/m2; the brightest channel is 15.5086 (3.95 stops of headroom)."
    )
    assert {".exr": told.get("OpenEXR:WhiteLuminance"), ".tif": told.get("IFD0:StoNits")}.get(suffix, 100) == 100


@pytest.mark.parametrize("suffix", [".png", ".avif"])
@pytest.mark.parametrize("peak", [400, 4000])
def test_ffmpeg_finds_screen_and_light_level(tmp_path: Path, suffix: str, peak: int) -> None:
    """As libavutil's AVMasteringDisplayMetadata and AVContentLightMetadata hold them."""
    av = pytest.importorskip("av")
    with av.open(str(write(tmp_path / f"a{suffix}", smooth(), peak_nits=peak))) as file:
        frame = next(file.decode(video=0))
    assert (frame.color_primaries, frame.color_trc) == (9, 16)
    told = {side.type.name: bytes(side) for side in frame.side_data}
    numbers = np.frombuffer(told["MASTERING_DISPLAY_METADATA"][:80], np.int32).reshape(-1, 2)
    screen = numbers[:, 0] / numbers[:, 1]
    np.testing.assert_allclose(screen[:8], [0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329])  # P3 and D65
    np.testing.assert_allclose(screen[8:], [0.0001, peak])
    brightest, average = np.frombuffer(told["CONTENT_LIGHT_LEVEL"][:8], np.uint32)
    light = read_hdr(tmp_path / f"a{suffix}") @ BT709_TO_BT2020.T * 203
    np.testing.assert_allclose([brightest, average], [light.max(), light.max(-1).mean()], rtol=0.03)


def test_the_gain_map_states_headroom_and_peak(tmp_path: Path) -> None:
    """The ratio of peak to white is all that a gain map knows of both."""
    hdr = np.full((64, 64, 3), 100, np.float32)
    hdr[:32] = 0.5
    for white, peak in ((203, 1000), (100, 1000), (203, 203)):
        path = write(tmp_path / "a.jpg", hdr, white_nits=white, peak_nits=peak)
        told = exiftool(path)
        second = tmp_path / "map.jpg"
        second.write_bytes(path.read_bytes()[told["MPImage2:MPImageStart"] :])
        headroom = exiftool(second)["XMP-hdrgm:HDRCapacityMax"]
        assert headroom == pytest.approx(max(np.log2(peak / white), 0.01), abs=0.1)


def test_exiftool_finds_exif_profile_and_both_pictures_in_one_jpeg(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] = 400
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    data = exif.tobytes().removeprefix(b"Exif\0\0")
    path = write(tmp_path / "a.jpg", smooth(), exif=data)
    told = exiftool(path)
    assert (told["IFD0:Make"], told["ExifIFD:ISO"], told["GPS:GPSLatitudeRef"]) == ("Camera", 400, "N")
    assert "sRGB" in told["ICC_Profile:ProfileDescription"]
    assert told["MPImage2:MPImageStart"] + told["MPImage2:MPImageLength"] == path.stat().st_size
    assert "ExifTool:Warning" not in told
    second = path.read_bytes()[told["MPImage2:MPImageStart"] :]
    assert second.startswith(b"\xff\xd8") and XMP_NAME in second
    found = imagecodecs.ultrahdr_decode(path.read_bytes(), dtype=np.float16)
    assert found.shape[:2] == smooth().shape[:2]
