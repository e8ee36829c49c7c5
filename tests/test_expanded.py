"""Files that are HDR already, opened with their own light."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from hdr_demo.color import decode_srgb
from hdr_demo.errors import ImageError
from hdr_demo.expanded import Oddities, bring_near_white, open_hdr_photo
from hdr_demo.exposure import expose
from hdr_demo.io import GAIN_MAP_JPEG, HDR_FORMATS, hdr_kind, read_hdr_picture, read_ldr, writable_formats, write_hdr

CODE = 0.5 / 255 + 1e-6


def make_light(height: int = 40, width: int = 64) -> np.ndarray:
    """A ramp from a hundredth of white to sixteen times white."""
    light = np.geomspace(0.01, 16, height * width, dtype=np.float32).reshape(height, width, 1)
    return light * np.array([1.0, 0.8, 0.5], np.float32)


def write_exr(path: Path, light: np.ndarray) -> Path:
    """Write what our own writer would mend."""
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    with OpenEXR.File(header, {"RGB": light}) as file:
        file.write(str(path))
    return path


@pytest.mark.parametrize("suffix", writable_formats())
def test_every_format_opens_with_its_own_light_and_what_8_bits_keep_of_it(tmp_path: Path, suffix: str) -> None:
    light = make_light()
    base = expose(light / 4)
    path = write_hdr(tmp_path / f"ramp{suffix}", light, sdr=base)
    opened = open_hdr_photo(path)
    assert opened.origin == hdr_kind(path) and opened.name == "ramp" and opened.scale == "calibrated"
    assert np.array_equal(opened.hdr, read_hdr_picture(path).hdr)
    if HDR_FORMATS[suffix].name == GAIN_MAP_JPEG:
        assert np.abs(opened.ldr - read_ldr(path).ldr).max() <= CODE
    else:
        assert np.abs(opened.ldr - expose(opened.hdr)).max() <= CODE
        assert np.array_equal(opened.ldr * 255, np.rint(opened.ldr * 255))


def test_an_ordinary_photo_is_no_hdr_file() -> None:
    photo = Path(__file__).parents[1] / "examples"
    with pytest.raises(ImageError, match="is not an HDR picture"):
        open_hdr_photo(next(photo.glob("*.jpg")))


def test_no_torch_is_loaded_to_open_a_file() -> None:
    script = "import sys, hdr_demo.expanded, hdr_demo.ui.opened; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_what_is_no_light_is_counted_and_mended(tmp_path: Path) -> None:
    light = make_light()
    light[0, 0, 1], light[0, 1, 0], light[0, 2, 2], light[0, 3] = np.nan, np.inf, -np.inf, -0.5
    opened = open_hdr_photo(write_exr(tmp_path / "odd.exr", light))
    assert opened.oddities == Oddities(no_number=1, infinite=2, negative=2)
    assert np.isfinite(opened.hdr).all()
    assert opened.hdr[0, 0, 1] == 0 and opened.hdr[0, 1, 0] == 16 and opened.hdr[0, 2, 2] == 0
    assert (opened.hdr[0, 3] == -0.5).all() and (opened.ldr[0, 3] == 0).all()
    assert np.array_equal(opened.hdr[1:], light[1:])


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 0.0, -1.0, 3e38])
def test_a_file_of_nothing_but_one_odd_value_opens(tmp_path: Path, odd: float) -> None:
    opened = bring_near_white(open_hdr_photo(write_exr(tmp_path / "odd.exr", np.full((2, 3, 3), odd, np.float32))))
    assert np.isfinite(opened.hdr).all() and np.isfinite(opened.ldr).all()


@pytest.mark.parametrize(("gain", "shift"), [(1, 0), (2.0**-3, 0), (2.0**-9, 5), (2.0**12, -13), (1e5, -18)])
def test_numbers_far_from_white_are_brought_near_it_by_whole_stops(tmp_path: Path, gain: float, shift: int) -> None:
    light = make_light() * np.float32(gain)
    opened = open_hdr_photo(write_exr(tmp_path / "scene.exr", light))
    near = bring_near_white(opened)
    assert near.shift == shift
    assert np.array_equal(near.hdr, light * np.float32(2.0) ** shift)
    assert np.abs(decode_srgb(near.ldr) - np.clip(near.hdr, 0, 1)).max() < 0.01
    assert bring_near_white(near) is near
    if shift:
        assert 0.02 < np.median(near.ldr) < 0.98


def test_a_format_with_a_unit_stays_as_it_is(tmp_path: Path) -> None:
    night = open_hdr_photo(write_hdr(tmp_path / "night.png", make_light() * np.float32(2.0**-10)))
    assert bring_near_white(night) is night
