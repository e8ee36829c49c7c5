"""Exposures that exiftool wrote, as the cameras of real photographs do, in every kind of file a bracket may have."""

import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from hdr_demo.bracket import open_bracket, read_exposure
from hdr_demo.color import encode_srgb
from hdr_demo.errors import BracketError
from hdr_demo.io import write_sdr

KINDS = {"jpg": 8, "png": 8, "webp": 8, "tif": 8, "16.png": 16, "16.tif": 16}


@pytest.fixture(scope="module", autouse=True)
def _exiftool_is_there() -> None:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool (Debian: libimage-exiftool-perl) is not installed")


@pytest.fixture(scope="module")
def light() -> np.ndarray:
    """Eight stops of smooth light, linear, float32, (60, 80, 3)."""
    rng = np.random.default_rng(3)
    slopes = cv2.resize(rng.normal(-2, 2, (5, 7)).astype(np.float32), (80, 60), interpolation=cv2.INTER_LINEAR)
    return (2.0**slopes)[..., np.newaxis] * np.float32([1, 0.9, 0.7])


def take(
    folder: Path, light: np.ndarray, shots: dict[str, tuple[float, int, list[str]]], response=encode_srgb
) -> list[Path]:
    """Write photos by name, of an exposure and so many bits, and their EXIF data by exiftool, which is started once."""
    words = ["exiftool"]
    for name, (exposure, bits, tags) in shots.items():
        path, ldr = folder / name, response(np.minimum(light * np.float32(exposure), 1))
        if bits == 8:
            write_sdr(path, ldr)
        else:
            cv2.imwrite(str(path), np.rint(ldr[..., ::-1] * 65535).astype(np.uint16))
        words += ["-q", "-q", "-overwrite_original", *tags, str(path), "-execute"]
    subprocess.run(words[:-1], check=True, capture_output=True)
    return [folder / name for name in shots]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, light: np.ndarray) -> Path:
    """A bracket of each kind; the middle photo of each has its EXIF data the other way round."""
    folder = tmp_path_factory.mktemp("kinds")
    shots = {}
    for kind, bits in KINDS.items():
        for name, exposure, time, order in (
            ("c", 3.75, "1/8", "II"),
            ("a", 0.24, "1/125", "II"),
            ("b", 1, "1/30", "MM"),
        ):
            tags = [f"-ExifByteOrder={order}", f"-ExposureTime={time}", "-FNumber=5.6", "-ISO=400", "-Model=Camera"]
            shots[f"{name}.{kind}"] = exposure, bits, tags
    take(folder, light, shots)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_a_bracket_of_every_kind_is_sorted_by_what_its_cameras_say(folder: Path, kind: str):
    exposure = read_exposure(folder / f"b.{kind}")
    assert (exposure.seconds, exposure.f_number, exposure.iso) == pytest.approx((1 / 30, 5.6, 400))
    bracket = open_bracket([folder / f"{name}.{kind}" for name in "cab"])
    assert bracket.names == (f"a.{kind}", f"b.{kind}", f"c.{kind}")
    assert np.array(bracket.times) * 5.6**2 / 4 == pytest.approx((1 / 125, 1 / 30, 1 / 8))
    assert bracket.times_from == "EXIF" and bracket.notes == () and bracket.exif is not None
    assert {photo.dtype for photo in bracket.photos} == {np.dtype(f"uint{KINDS[kind]}")}


@pytest.mark.parametrize(
    ("tags", "ratios"),
    [
        (["-ISO=100", "-ISO=400", "-ISO=1600"], [4, 4]),
        (["-FNumber=8", "-FNumber=4", "-FNumber=2"], [4, 4]),
        (["-FNumber=16", "-ISO=100", "-ISO=400"], None),  # an adapter that tells the aperture only once
    ],
)
def test_brackets_by_sensitivity_and_aperture_work_too(tmp_path: Path, light: np.ndarray, tags, ratios):
    shots = {f"{number}.jpg": (0.25 * 4**number, 8, ["-ExposureTime=1/60", tag]) for number, tag in enumerate(tags)}
    bracket = open_bracket(take(tmp_path, light, shots))
    found = np.divide(bracket.times[1:], bracket.times[:-1])
    assert bracket.times_from == ("EXIF" if ratios else "estimated")
    assert found == pytest.approx(ratios or [4, 4], rel=0.05)


def test_other_tags_serve_where_the_usual_ones_do_not(tmp_path: Path, light: np.ndarray):
    beyond = ["-ExposureTime=1/60", "-ISO=65535"]  # the most that the usual one holds
    shots = {
        "index.jpg": (1, 8, [*beyond, "-SensitivityType=2", "-RecommendedExposureIndex=102400"]),
        "most.jpg": (1, 8, beyond),
        "apex.jpg": (1, 8, ["-ShutterSpeedValue=1/64", "-ApertureValue=4"]),
    }
    index, most, apex = map(read_exposure, take(tmp_path, light, shots))
    assert (index.iso, most.iso, apex.iso) == (102400, 65535, None)
    assert (apex.seconds, apex.f_number) == pytest.approx((1 / 64, 4), rel=1e-3)


def test_one_time_written_to_all_photos_is_a_lie(tmp_path: Path, light: np.ndarray):
    told = ["-ExposureTime=1/60", "-FNumber=4", "-ISO=100"]
    bracket = open_bracket(take(tmp_path, light, {f"{number}.jpg": (0.25 * 4**number, 8, told) for number in range(3)}))
    assert bracket.times_from == "estimated" and "0.0 stops apart" in bracket.notes[0]
    assert np.diff(np.log2(bracket.times)) == pytest.approx([2, 2], abs=0.1)


def test_a_burst_of_one_exposure_is_no_bracket(tmp_path: Path, light: np.ndarray):
    shots = {f"{number}.jpg": (1, 8, ["-ExposureTime=1/60"]) for number in range(3)}
    with pytest.raises(BracketError, match=r"0\.jpg and 1\.jpg have the same exposure"):
        open_bracket(take(tmp_path, light, shots))


def test_a_curve_steeper_than_srgb_does_not_make_exif_a_lie(tmp_path: Path, light: np.ndarray):
    times = ("1/500", "1/60", "1/8")
    shots = {f"{number}.jpg": (8.0 ** (number - 1), 8, [f"-ExposureTime={time}"]) for number, time in enumerate(times)}
    steep = take(tmp_path, light, shots, response=lambda exposed: exposed ** np.float32(1 / 1.75))
    assert open_bracket(steep).times_from == "EXIF"


def test_photos_on_their_side_are_turned_upright_together(tmp_path: Path, light: np.ndarray):
    shots = {f"{time}.jpg": (time, 8, [f"-ExposureTime={time}", "-Orientation#=6"]) for time in (1, 4)}
    shots["16.jpg"] = 16, 8, ["-ExposureTime=16"]
    *lying, upright = take(tmp_path, light, shots)
    assert open_bracket(lying).photos[0].shape == (80, 60, 3)
    with pytest.raises(BracketError, match=r"1\.jpg has 60x80 pixels and 16\.jpg 80x60"):
        open_bracket([*lying, upright])
