"""What the virtual camera films is an ordinary clip, with its truth beside it, or nothing at all."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.errors import OutputError
from hdr_demo.io import read_hdr
from hdr_demo.metrics import psnr
from hdr_demo.video.header import open_clip
from hdr_demo.video.pan import Camera, Shot, pan_frames
from hdr_demo.video.reader import read_frames
from hdr_demo.video.recording import record

CAMERA = Camera(48, 64, rate=Fraction(24000, 1001), noise=None)
H264_DB = 36.0  # at CRF 18 and 4:2:0 of a picture as small and as colourful as this one


@pytest.fixture(scope="module")
def shots() -> list[Shot]:
    rows, columns = np.mgrid[:64, :128] / np.float32(20)
    light = np.stack([1.1 + np.sin(columns), 1.1 + np.cos(rows), 0.5 + rows / 8], axis=-1).astype(np.float32)
    light[28:34, 60:66] = 40
    return [Shot(light, 7), Shot(light, 5, yaw=90)]


def test_the_clip_shows_what_the_camera_saw(shots: list[Shot], tmp_path: Path) -> None:
    assert record(tmp_path / "pan.mp4", shots, CAMERA) == 12
    assert [path.name for path in tmp_path.iterdir()] == ["pan.mp4"]
    clip = open_clip(tmp_path / "pan.mp4")
    assert (clip.height, clip.width, clip.rate, clip.frame_count) == (48, 64, CAMERA.rate, 12)
    assert (clip.matrix, clip.primaries, clip.full_range, clip.audio) == ("bt709", "bt709", False, ())
    for read, taken in zip(read_frames(clip), pan_frames(shots, CAMERA), strict=True):
        assert psnr(read.codes.astype(np.float32), taken.codes.astype(np.float32), 255) > H264_DB


def test_the_truth_is_written_beside_it(shots: list[Shot], tmp_path: Path) -> None:
    record(tmp_path / "pan.mp4", shots, CAMERA, truth=tmp_path / "light")
    paths = sorted((tmp_path / "light").iterdir())
    for path, taken in zip(paths, pan_frames(shots, CAMERA), strict=True):
        np.testing.assert_allclose(read_hdr(path), taken.truth, rtol=1e-3)  # half floats


def test_a_tone_sounds_as_long_as_the_clip(shots: list[Shot], tmp_path: Path) -> None:
    import av

    record(tmp_path / "pan.mp4", shots, CAMERA, tone=True)
    assert open_clip(tmp_path / "pan.mp4").audio == ("aac",)
    with av.open(str(tmp_path / "pan.mp4")) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert len(sound) / 48_000 == pytest.approx(12 / CAMERA.rate, abs=0.05)
    spectrum = np.abs(np.fft.rfft(sound))
    assert np.argmax(spectrum) * 48_000 / len(sound) == pytest.approx(440, abs=3)
    assert 0.02 < np.abs(sound).max() < 0.2


def test_nothing_is_left_behind_where_the_truth_cannot_be_written(shots: list[Shot], tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="missing"):
        record(tmp_path / "pan.mp4", shots, CAMERA, truth=tmp_path / "missing" / "light")
    assert list(tmp_path.iterdir()) == []
