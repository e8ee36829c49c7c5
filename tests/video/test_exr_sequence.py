"""Sequences of OpenEXR pictures, read back by the OpenEXR library, zipfile and unzip."""

import shutil
import stat
import subprocess
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from hdr_demo.errors import OutputError
from hdr_demo.video.header import open_clip
from hdr_demo.video.settings import ClipSettings
from tests.video.clips import make_clip, moving_square
from tests.video.sinks import light_frames, open_output, write_output

# Half floats have 11 bits.
HALF_PRECISION = 2.0**-11


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    rate, aspect = Fraction(24000, 1001), Fraction(16, 15)
    return make_clip(folder / "clip.mp4", moving_square(4), rate=rate, pixel_aspect=aspect, audio="aac")


def check(path: Path, hdr: np.ndarray) -> None:
    with OpenEXR.File(str(path)) as file:
        header, pixels = dict(file.header()), file.channels()["RGB"].pixels
    assert pixels.dtype == np.float16
    np.testing.assert_allclose(pixels.astype(np.float32), hdr, rtol=HALF_PRECISION, atol=1e-7)
    assert header["framesPerSecond"] == Fraction(24000, 1001)
    assert header["pixelAspectRatio"] == pytest.approx(16 / 15)
    assert header["whiteLuminance"] == 203
    assert header["compression"] == OpenEXR.ZIP_COMPRESSION
    np.testing.assert_allclose(header["chromaticities"], (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290))


def lights(source: Path) -> list[np.ndarray]:
    return [frame.hdr for frame in light_frames(open_clip(source), ClipSettings())]


def test_a_folder_holds_the_frames(tmp_path: Path, source: Path) -> None:
    target = tmp_path / "beach.take 2"
    done = write_output("exr_sequence", source, target)
    assert done.path == target and "no sound" in done.notes[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["beach.take 2", "source"]
    names = sorted(path.name for path in target.iterdir())
    assert names == [f"beach.take 2.000{index}.exr" for index in range(4)]
    for name, hdr in zip(names, lights(source)):
        check(target / name, hdr)


def test_each_header_states_when_its_frame_is_shown(tmp_path: Path) -> None:
    unit, pts = Fraction(1, 90000), [0, 3000, 6001, 15000, 18000]
    path = make_clip(tmp_path / "clip.mp4", moving_square(5), rate=30, pts=pts, time_base=unit)
    done = write_output("exr_sequence", path, tmp_path / "frames")
    assert "uneven times" in done.notes[0] and "for 30 frames" not in done.notes[0]
    for index, now in enumerate(pts):
        with OpenEXR.File(str(done.path / f"frames.{index:04}.exr"), header_only=True) as file:
            header = dict(file.header())
        assert header["presentationTime"] == now * unit
        if index < 4:
            assert header["presentationDuration"] == (pts[index + 1] - now) * unit


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_a_constant_rate_is_told_as_such(tmp_path: Path, name: str) -> None:
    path = make_clip(tmp_path / name, moving_square(20), rate=Fraction(60000, 1001))
    done = write_output("exr_sequence", path, tmp_path / "frames.zip")
    assert done.notes == ("frames.zip holds 20 pictures for 59.94 frames a second.",)


def test_an_archive_holds_the_frames_as_they_are(tmp_path: Path, source: Path) -> None:
    done = write_output("exr_sequence", source, tmp_path / "beach.ZIP")
    with zipfile.ZipFile(done.path) as archive:
        assert archive.testzip() is None
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.namelist() == [f"beach.000{index}.exr" for index in range(4)]
        archive.extractall(tmp_path / "out")
    for index, hdr in enumerate(lights(source)):
        check(tmp_path / "out" / f"beach.000{index}.exr", hdr)


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_unzip_finds_no_fault(tmp_path: Path, source: Path) -> None:
    done = write_output("exr_sequence", source, tmp_path / "beach.zip")
    assert subprocess.run(["unzip", "-tq", done.path], capture_output=True).returncode == 0


def test_light_beyond_half_floats_is_finite(tmp_path: Path, source: Path) -> None:
    clip, settings = open_clip(source), ClipSettings()
    sink = open_output("exr_sequence", clip, tmp_path / "bright", settings)
    for frame in light_frames(clip, settings):
        frame.hdr[:] = 1e6
        frame.hdr[0, 0] = np.nan
        sink.write(frame)
    sink.finish()
    with OpenEXR.File(str(sink.publish().path / "bright.0000.exr")) as file:
        pixels = file.channels()["RGB"].pixels
    assert pixels.max() == 65504 and np.isfinite(pixels).all()


def test_a_folder_with_contents_is_left_alone(tmp_path: Path, source: Path) -> None:
    target = tmp_path / "frames"
    target.mkdir()
    write_output("exr_sequence", source, target)
    with pytest.raises(OutputError, match="is not an empty folder: choose another name"):
        write_output("exr_sequence", source, target)
    assert len(list(target.iterdir())) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frames", "source"]
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE((tmp_path / "source").stat().st_mode)


def test_an_aborted_folder_leaves_nothing(tmp_path: Path, source: Path) -> None:
    clip, settings = open_clip(source), ClipSettings()
    sink = open_output("exr_sequence", clip, tmp_path / "frames", settings)
    for frame in light_frames(clip, settings):
        sink.write(frame)
    assert not (tmp_path / "frames").exists()
    sink.abort()
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_a_missing_folder_is_told(tmp_path: Path, source: Path) -> None:
    with pytest.raises(OutputError, match="its folder does not exist: create"):
        write_output("exr_sequence", source, tmp_path / "nowhere" / "frames")
