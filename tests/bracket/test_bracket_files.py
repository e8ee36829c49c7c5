"""Brackets from files: exposures from EXIF or from the pictures, sorted, checked, whatever the camera's response."""

import struct
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from hdr_demo.bracket import choose_reference, estimate_times, make_bracket, open_bracket, read_exposure, read_time
from hdr_demo.bracket.response import calibrate_response
from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.errors import BracketError, ImageError

TIMES = (Fraction(1, 1000), Fraction(1, 125), Fraction(1, 15))
UNIT = 125.0  # of `scene`: its 1.0 is what 1/125 s clips at


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    """Ten stops of light, smooth and with edges: linear, float32, (180, 240, 3)."""
    rng = np.random.default_rng(2)
    blocks = cv2.resize(rng.normal(-2, 2.2, (9, 12)).astype(np.float32), (240, 180), interpolation=cv2.INTER_NEAREST)
    slopes = cv2.resize(rng.normal(0, 1, (4, 5)).astype(np.float32), (240, 180), interpolation=cv2.INTER_CUBIC)
    return (2.0 ** (blocks + slopes))[..., np.newaxis] * np.float32([1, 0.8, 0.6])


def shoot(light: np.ndarray, time: float, bits: int = 8, encode=encode_srgb) -> np.ndarray:
    largest = 2**bits - 1
    codes = np.rint(encode(np.minimum(light * np.float32(UNIT * float(time)), 1)) * largest)
    return codes.astype(np.uint8 if bits == 8 else np.uint16)


def save(path: Path, codes: np.ndarray, tags: dict[int, object] | None = None) -> Path:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"  # Pillow forgets EXIF data without a tag of their first directory
    for tag, value in (tags or {}).items():
        exif.get_ifd(ExifTags.IFD.Exif)[tag] = IFDRational(value) if isinstance(value, Fraction) else value
    options = {"quality": 97, "subsampling": 0} if path.suffix == ".jpg" else {}
    Image.fromarray(codes).save(path, exif=exif.tobytes(), **options)
    return path


@pytest.fixture(scope="module")
def photos(scene: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three JPEGs with EXIF, the longest exposure first."""
    folder = tmp_path_factory.mktemp("bracket")
    return [
        save(folder / f"IMG_{number}.jpg", shoot(scene, time), {ExifTags.Base.ExposureTime: time})
        for number, time in enumerate(reversed(TIMES))
    ]


def test_photos_are_sorted_by_the_exposures_of_their_exif(photos: list[Path]):
    for order in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        bracket = open_bracket([photos[number] for number in order])
        assert bracket.names == ("IMG_2.jpg", "IMG_1.jpg", "IMG_0.jpg")
        assert bracket.times == pytest.approx([float(time) for time in TIMES])
        assert bracket.times_from == "EXIF" and bracket.reference == 1 and bracket.notes == ()
        assert bracket.photos[0].mean() < bracket.photos[1].mean() < bracket.photos[2].mean()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_aperture_and_sensitivity_count(scene: np.ndarray, tmp_path: Path, suffix: str):
    tags = {
        ExifTags.Base.ExposureTime: Fraction(1, 60),
        ExifTags.Base.FNumber: Fraction(8),
        ExifTags.Base.ISOSpeedRatings: 400,
    }
    exposure = read_exposure(save(tmp_path / f"a{suffix}", shoot(scene, 0.01), tags))
    assert (exposure.seconds, exposure.f_number, exposure.iso) == pytest.approx((1 / 60, 8, 400))
    assert exposure.relative == pytest.approx(1 / 60 * 4 / 64) == read_time(tmp_path / f"a{suffix}")


def test_apex_values_stand_in(scene: np.ndarray, tmp_path: Path):
    tags = {ExifTags.Base.ShutterSpeedValue: Fraction(6), ExifTags.Base.ApertureValue: Fraction(4)}
    exposure = read_exposure(save(tmp_path / "a.jpg", shoot(scene, 0.01), tags))
    assert (exposure.seconds, exposure.f_number) == pytest.approx((1 / 64, 4))


@pytest.mark.parametrize("tags", [{}, {ExifTags.Base.ExposureTime: Fraction(0)}, {ExifTags.Base.FNumber: Fraction(8)}])
def test_without_a_sensible_time_there_is_no_exposure(scene: np.ndarray, tmp_path: Path, tags: dict):
    assert read_exposure(save(tmp_path / "a.jpg", shoot(scene, 0.01), tags)) is None


def test_what_is_no_picture_has_its_sentence(tmp_path: Path):
    (tmp_path / "a.jpg").write_text("no picture")
    with pytest.raises(ImageError, match=r"a\.jpg"):
        read_exposure(tmp_path / "a.jpg")
    with pytest.raises(ImageError, match=r"b\.jpg does not exist"):
        open_bracket([tmp_path / "b.jpg", tmp_path / "a.jpg"])


@pytest.mark.parametrize("shift", [0, 3, 12])
@pytest.mark.parametrize("bits", [8, 16])
def test_exposures_are_estimated_to_a_fifth_of_a_stop(scene: np.ndarray, shift: int, bits: int):
    rng = np.random.default_rng(4)
    shots = []
    for number, time in enumerate(TIMES):
        moved = np.roll(scene, (shift * number, -shift * number), (0, 1))
        moved[20:80, 30 + 20 * number : 70 + 20 * number] = 0.3  # something walks
        shots.append(shoot(np.maximum(moved + rng.normal(0, 0.002, moved.shape), 0).astype(np.float32), time, bits))
    stops = np.log2(np.array(estimate_times([shots[1], shots[2], shots[0]])))
    assert stops - stops[0] == pytest.approx([0, np.log2(125 / 15), np.log2(125 / 1000)], abs=0.2)


def test_glints_all_over_the_frame_do_not_keep_exposures_from_being_estimated():
    rng = np.random.default_rng(6)
    light = cv2.resize(rng.normal(-4, 1, (9, 12)).astype(np.float32), (960, 720), interpolation=cv2.INTER_CUBIC)
    light = np.exp2(light)[..., np.newaxis].repeat(3, axis=2)
    light[4::8, 4::8] = 100  # in every pixel of the smaller copies
    shots = [shoot(light, time / UNIT) for time in (0.5, 2, 4)]
    assert np.log2(estimate_times(shots)) == pytest.approx([0, 2, 3], abs=0.05)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (10, 10), (17, 3), (13, 400)])
def test_exposures_of_the_smallest_photos_are_estimated(size: tuple[int, int]):
    light = (2.0 ** np.random.default_rng(1).uniform(-4, -1.5, (*size, 1))).astype(np.float32).repeat(3, axis=2)
    shots = [shoot(light, time / UNIT) for time in (0.5, 2)]
    assert np.log2(estimate_times(shots)) == pytest.approx([0, 2], abs=0.1)


def test_a_slope_is_not_taken_for_a_shift():
    light = 2.0 ** np.linspace(-7, -1, 120, dtype=np.float32)[:, np.newaxis, np.newaxis] * np.ones(
        (1, 90, 3), np.float32
    )
    shots = [shoot(light, time / UNIT) for time in (0.5, 2)]
    assert np.log2(estimate_times(shots)) == pytest.approx([0, 2], abs=0.05)


def test_missing_times_are_estimated_and_said(photos: list[Path], scene: np.ndarray, tmp_path: Path):
    bare = save(tmp_path / "bare.png", shoot(scene, TIMES[1]))
    bracket = open_bracket([photos[2], bare, photos[0]])
    assert bracket.times_from == "estimated" and "bare.png does not tell" in bracket.notes[0]
    assert np.diff(np.log2(bracket.times)) == pytest.approx([3, 3.06], abs=0.2)


def test_exif_that_lies_is_not_believed(photos: list[Path], scene: np.ndarray, tmp_path: Path):
    liar = save(tmp_path / "liar.jpg", shoot(scene, TIMES[1]), {ExifTags.Base.ExposureTime: Fraction(1, 20)})
    bracket = open_bracket([photos[0], liar, photos[2]])
    assert bracket.times_from == "estimated" and "liar.jpg" in bracket.notes[0]
    assert bracket.names == ("IMG_2.jpg", "liar.jpg", "IMG_0.jpg")


def test_typed_times_win(photos: list[Path]):
    bracket = open_bracket(photos, times=[4, 1, 0.25])
    assert bracket.times == (0.25, 1, 4) and bracket.times_from == "typed"


def test_photos_with_nothing_well_exposed_in_common_ask_for_times(tmp_path: Path):
    paths = [save(tmp_path / f"{code}.png", np.full((40, 50, 3), code, np.uint8)) for code in (0, 255)]
    with pytest.raises(BracketError, match="type the exposure times"):
        open_bracket(paths)


def grey(code: int = 90, height: int = 8, width: int = 9) -> np.ndarray:
    return np.full((height, width, 3), code, np.uint8)


@pytest.mark.parametrize(
    ("shots", "times", "sentence"),
    [
        ([grey()], [1], "2 to 9 photos, and 1 came"),
        ([grey()] * 10, range(1, 11), "2 to 9 photos, and 10 came"),
        ([grey(), grey(height=7)], [1, 2], "a has 9x8 pixels and b 9x7"),
        ([grey(), grey()], [1, 1.02], "a and b have the same exposure"),
        ([grey(), grey()], [1, 0], "b has the exposure time 0"),
        ([grey(), grey()], [1, float("nan")], "b has the exposure time nan"),
        ([grey(), grey()], [1], "2 photos and 1 exposure times"),
    ],
)
def test_what_cannot_be_merged_has_its_sentence(shots: list, times: list, sentence: str):
    with pytest.raises(BracketError, match=sentence):
        make_bracket(shots, list(times), list("abcdefghij")[: len(shots)])


def test_one_photo_of_16_bits_gives_all_16(scene: np.ndarray):
    bracket = make_bracket([shoot(scene, TIMES[0], 16), shoot(scene, TIMES[1])], TIMES[:2])
    assert {photo.dtype for photo in bracket.photos} == {np.dtype(np.uint16)}
    assert np.array_equal(bracket.photos[1], shoot(scene, TIMES[1]).astype(np.uint16) * 257)


def test_the_reference_is_the_best_exposed_of_the_inner_ones(scene: np.ndarray):
    times = [1 / 500, 1 / 100000, 1 / 4, 1 / 20]
    shots = [shoot(scene, time) for time in times]
    assert choose_reference(shots, times) == 0
    assert make_bracket(shots, times).reference == 1
    assert make_bracket(shots, times, reference=2).reference == 3


@pytest.mark.parametrize("gamma", [1.8, 2.2])
def test_a_gamma_becomes_srgb(scene: np.ndarray, tmp_path: Path, gamma: float):
    encode = lambda light: light ** np.float32(1 / gamma)  # noqa: E731
    paths = [save(tmp_path / f"{number}.png", shoot(scene, time, 8, encode)) for number, time in enumerate(TIMES)]
    bracket = open_bracket(paths, times=TIMES, response=f"gamma {gamma}")
    for photo, time in zip(bracket.photos, TIMES, strict=True):
        light = np.minimum(scene * np.float32(UNIT * float(time)), 1)
        assert np.abs(photo / 65535 - encode_srgb(light)).max() < 0.04  # what 8 bits of a gamma know of the dark
        assert np.median(np.abs(decode_srgb(photo / np.float32(65535)) - light)) < 0.003


def test_a_response_is_calibrated_from_the_bracket(scene: np.ndarray, tmp_path: Path):
    curve = lambda light: np.clip(1.25 * light**0.6 / (light**0.6 + 0.25), 0, 1)  # noqa: E731 - no gamma, no sRGB
    times = [1 / 1000, 1 / 500, 1 / 250, 1 / 125, 1 / 60, 1 / 30, 1 / 15]
    paths = [save(tmp_path / f"{number}.png", shoot(scene, time, 8, curve)) for number, time in enumerate(times)]
    shots = [shoot(scene, time, 8, curve) for time in times]
    found = calibrate_response(shots, times)[:, 1]
    light = np.linspace(1e-4, 1, 4000)
    true = np.interp(np.arange(256) / 255, curve(light), light)
    inner = slice(50, 240)
    assert np.abs(np.log2(found[inner] / found[128] / (true[inner] / true[128]))).max() < 0.3
    calibrated, taken_as_srgb = (open_bracket(paths, times=times, response=name) for name in ("calibrated", "srgb"))

    def disagreement(bracket) -> float:
        lights = [decode_srgb(photo / np.float32(np.iinfo(photo.dtype).max)) for photo in bracket.photos[2:5]]
        well = np.all([(photo > 0.05) & (photo < 0.9) for photo in lights], axis=0)
        return float(np.abs(np.log2(lights[2][well] / lights[0][well] / (times[4] / times[2]))).mean())

    assert disagreement(calibrated) < 0.1 < disagreement(taken_as_srgb)


@pytest.mark.parametrize("shift", [0, 5])
def test_a_response_is_calibrated_though_the_camera_and_something_moved(scene: np.ndarray, shift: int):
    curve = lambda light: 1.6 * light**0.9 / (light**0.9 + 0.6)  # noqa: E731 - Eilertsen et al. 2017, equation 5
    shots = []
    for number, time in enumerate(TIMES):
        moved = np.roll(scene, (shift * number, -shift * number), (0, 1))
        moved[20:80, 30 + 50 * number : 70 + 50 * number] = 0.3
        shots.append(shoot(moved, time, 8, curve))
    light = np.linspace(0, 1, 20001)
    true = np.interp(np.arange(256) / 255, curve(light), light)
    found = calibrate_response(shots, [float(time) for time in TIMES])
    inner = slice(20, 246)
    off = np.log2(found[inner] / found[128]) - np.log2(true[inner] / true[128])[:, np.newaxis]
    assert np.abs(off).mean() < 0.12  # what sRGB's own curve is off by is three times that
    assert np.all(np.diff(found, axis=0) >= 0) and np.all(found[0] == 0) and np.all(found[-1] == 1)


def test_a_response_needs_exposure_times(photos: list[Path], scene: np.ndarray, tmp_path: Path):
    bare = save(tmp_path / "bare.png", shoot(scene, TIMES[1]))
    with pytest.raises(BracketError, match=r"bare\.png does not tell its exposure time.*type the times"):
        open_bracket([photos[0], bare], response="calibrated")
    assert open_bracket(photos, response="calibrated").times_from == "EXIF"


def test_photos_without_anything_well_exposed_cannot_be_calibrated():
    with pytest.raises(BracketError, match="nothing is well exposed"):
        calibrate_response([grey(0), grey(255)], [1, 100])


@pytest.mark.parametrize("response", ["film", "gamma 9", "0"])
def test_an_unknown_response_has_its_sentence(photos: list[Path], response: str):
    with pytest.raises(BracketError, match="no camera response"):
        open_bracket(photos, response=response)


def test_a_time_in_floating_point_is_read(scene: np.ndarray, tmp_path: Path):
    exif = struct.pack("<4sIHHHIII", b"II*\0", 8, 1, ExifTags.IFD.Exif, 4, 1, 26, 0)
    exif += struct.pack("<HHHIfI", 1, ExifTags.Base.ExposureTime, 11, 1, 0.25, 0)
    Image.fromarray(shoot(scene, 0.01)).save(tmp_path / "a.jpg", exif=b"Exif\0\0" + exif)
    assert read_exposure(tmp_path / "a.jpg").seconds == 0.25
