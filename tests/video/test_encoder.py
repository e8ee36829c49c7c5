"""Encoded files, as ffprobe, ffmpeg and PyAV see them."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hdr_demo.errors import OutputError
from hdr_demo.video import encoder
from hdr_demo.video.encoder import KEY_FRAME_SECONDS, VideoEncoder
from hdr_demo.video.light_level import LightLevel
from hdr_demo.video.signal import SIGNALS
from hdr_demo.video.yuv import to_yuv420
from tests.video.programs import run_program

HEIGHT, WIDTH = 96, 128
OUTPUTS = (("h264", "sdr"), ("av1", "pq"), ("hevc", "pq"), ("av1", "hlg"), ("hevc", "hlg"))
EACH_CODEC = OUTPUTS[:3]
TAGS = {
    "sdr": {"color_range": "tv", "color_space": "bt709", "color_primaries": "bt709", "color_transfer": "bt709"},
    "pq": {"color_range": "tv", "color_space": "bt2020nc", "color_primaries": "bt2020", "color_transfer": "smpte2084"},
    "hlg": {
        "color_range": "tv",
        "color_space": "bt2020nc",
        "color_primaries": "bt2020",
        "color_transfer": "arib-std-b67",
    },
}


def smooth(signal: str, index: int = 0, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Draw what the signal takes: slopes of light that turn slowly with the frame."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    phase = 0.05 * index
    slopes = (np.sin(columns / width * 3 + phase), np.cos(rows / height * 3 - phase), np.sin((rows + columns) / 150))
    sdr = np.stack([0.5 + 0.4 * slope for slope in slopes], axis=-1)
    return sdr if signal == "sdr" else np.exp2(10 * sdr - 7)  # to 4 times white


def open_encoder(path: Path, codec: str, signal: str, height: int = HEIGHT, width: int = WIDTH, **settings: object):
    given = {"rate": Fraction(24000, 1001), "time_base": Fraction(1, 24000), "peak_nits": 1000.0, "white_nits": 203.0}
    return VideoEncoder(path, codec=codec, signal=SIGNALS[signal], height=height, width=width, **(given | settings))


def encode(
    path: Path,
    codec: str,
    signal: str,
    pictures: list[np.ndarray],
    pts: list[int] | None = None,
    durations: list[int] | None = None,
    **settings: object,
) -> LightLevel | None:
    """Encode pictures, 1001 units of 1/24000 s each unless told otherwise."""
    out = open_encoder(path, codec, signal, *pictures[0].shape[:2], **settings)
    for index, picture in enumerate(pictures):
        out.write(picture, pts[index] if pts else 1001 * index, durations[index] if durations else 1001)
    return out.finish()


def ffprobe(path: Path, *words: str) -> dict:
    return json.loads(run_program("ffprobe", "-v", "error", "-of", "json", *words, path))


def ffmpeg_planes(path: Path, pix_fmt: str, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Decode the first frame; Y', Cb and Cr one after the other."""
    words = ("-v", "error", "-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", pix_fmt, "-")
    return np.frombuffer(run_program("ffmpeg", *words), np.uint8 if pix_fmt == "yuv420p" else np.uint16).astype(int)


@pytest.mark.parametrize("codec, signal", OUTPUTS)
def test_ffprobe_sees_every_tag_on_the_stream_and_on_each_frame(tmp_path: Path, codec: str, signal: str):
    path = tmp_path / "clip.mp4"
    pictures = [smooth(signal, index) for index in range(3)]
    encode(path, codec, signal, pictures, pixel_aspect=Fraction(4, 3))
    told = ffprobe(path, "-show_streams", "-show_frames")
    (stream,) = told["streams"]
    assert stream["codec_name"] == codec
    assert stream["codec_tag_string"] == {"h264": "avc1", "av1": "av01", "hevc": "hvc1"}[codec]
    assert stream["pix_fmt"] == ("yuv420p" if signal == "sdr" else "yuv420p10le")
    assert stream["sample_aspect_ratio"] == "4:3"
    assert len(told["frames"]) == 3
    for part in (stream, *told["frames"]):
        assert {name: part[name] for name in TAGS[signal]} == TAGS[signal]
        assert part["chroma_location"] == "left"


@pytest.mark.parametrize("codec", ["av1", "hevc"])
@pytest.mark.parametrize("peak_nits", [1000.0, 603.5])
def test_hdr10_states_its_mastering_display(tmp_path: Path, codec: str, peak_nits: float):
    path = tmp_path / "clip.mp4"
    encode(path, codec, "pq", [smooth("pq")], peak_nits=peak_nits)
    sides = ffprobe(path, "-show_frames")["frames"][0]["side_data_list"]
    display = next(side for side in sides if "Mastering" in side["side_data_type"])
    numbers = {name: Fraction(value) for name, value in display.items() if name != "side_data_type"}
    wanted = {
        "red_x": 0.680, "red_y": 0.320, "green_x": 0.265, "green_y": 0.690, "blue_x": 0.150, "blue_y": 0.060,
        "white_point_x": 0.3127, "white_point_y": 0.3290, "min_luminance": 0.0001, "max_luminance": peak_nits,
    }  # fmt: skip
    # AV1 keeps chromaticities in 1/65536 and the darkest nits in 1/16384.
    assert {name: float(value) for name, value in numbers.items()} == pytest.approx(wanted, abs=3e-5)
    assert any("Content light level" in side["side_data_type"] for side in sides)


@pytest.mark.parametrize("codec", ["av1", "hevc"])
def test_hlg_needs_no_such_data(tmp_path: Path, codec: str):
    path = tmp_path / "clip.mp4"
    assert encode(path, codec, "hlg", [smooth("hlg")]) is None
    assert "side_data_list" not in ffprobe(path, "-show_frames")["frames"][0]


@pytest.mark.parametrize("codec, signal", [output for output in OUTPUTS if output[1] != "sdr"])
def test_ffmpeg_decodes_within_two_codes_of_the_intended_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str, signal: str
):
    # At a quality where coding errors are small: what is asked is whether the signal is right.
    row = encoder.CODECS[codec]
    best = replace(row, options=lambda *what: row.options(*what) | {"crf": "1"})
    monkeypatch.setitem(encoder.CODECS, codec, best)
    path, picture = tmp_path / "clip.mp4", smooth(signal)
    encode(path, codec, signal, [smooth(signal, index) for index in range(5)])
    coding = SIGNALS[signal]
    planes = to_yuv420(coding.encode(coding.light(picture, 203, 1000)), coding.luma_weights, coding.bits)
    errors = np.abs(ffmpeg_planes(path, "yuv420p10le") - np.concatenate([plane.ravel() for plane in planes]))
    assert errors.max() <= 2
    assert errors.mean() < 0.5


def test_pyav_decodes_the_sdr_file_to_the_picture_that_was_given(tmp_path: Path):
    path, picture = tmp_path / "clip.mp4", smooth("sdr")
    encode(path, "h264", "sdr", [picture])
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))

    def error(matrix: str) -> float:
        decoded = frame.reformat(format="rgb24", src_colorspace=matrix, src_color_range="MPEG").to_ndarray()
        return float(np.abs(decoded - 255 * picture).mean())

    assert error("ITU709") < 2 < error("ITU601")  # codes of 255; swscale does not interpolate chroma


@pytest.mark.parametrize("codec, signal", EACH_CODEC)
@pytest.mark.parametrize(
    "time_base, rate",
    [
        (Fraction(1, 90000), Fraction(30000, 1001)),
        (Fraction(1, 1000000), Fraction(25)),
        (Fraction(1001, 30000), Fraction(30000, 1001)),
        (Fraction(1, 25), Fraction(16777216, 558431)),
        (Fraction(1, 1000), Fraction(1000)),
        (Fraction(1, 1000), Fraction(1, 20)),
    ],
)
def test_time_stamps_come_through_however_they_are_counted(
    tmp_path: Path, codec: str, signal: str, time_base: Fraction, rate: Fraction
):
    step = max(1, round(1 / time_base / rate))
    steps = [0, 1, 2, 3, 7, 8, 9, 15]  # the rate varies
    pts = [777 + step * index for index in steps]
    durations = [*(after - before for before, after in zip(pts, pts[1:])), 2 * step]
    path = tmp_path / "clip.mp4"
    pictures = [smooth(signal, index, 32, 48) for index in steps]
    encode(path, codec, signal, pictures, pts, durations, time_base=time_base, rate=rate)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        told = [frame.pts * frame.time_base for frame in container.decode(stream)]
        length = stream.duration * stream.time_base
    assert told == [time_base * number for number in pts]
    assert length == time_base * (pts[-1] + durations[-1] - pts[0])


@pytest.mark.parametrize("codec, signal", EACH_CODEC)
def test_a_frame_shown_for_long_delays_no_other(tmp_path: Path, codec: str, signal: str):
    path, pts = tmp_path / "clip.mp4", [0, 9000, 9001, 9002, 9003]
    pictures = [smooth(signal, index, 32, 48) for index in pts]
    encode(path, codec, signal, pictures, pts, [9000, 1, 1, 1, 1], time_base=Fraction(1, 1000))
    assert [Fraction(frame["pts_time"]) * 1000 for frame in ffprobe(path, "-show_frames")["frames"]] == pts


@pytest.mark.parametrize("codec, signal", EACH_CODEC)
@pytest.mark.parametrize("count", [1, 2])
def test_clips_of_one_and_two_frames_are_clips(tmp_path: Path, codec: str, signal: str, count: int):
    path = tmp_path / "clip.mp4"
    encode(path, codec, signal, [smooth(signal)] * count, pts=[300, 1301][:count])
    frames = ffprobe(path, "-show_frames")["frames"]
    assert [frame["pts"] for frame in frames] == [300, 1301][:count]


@pytest.mark.parametrize(
    "codec, signal, size",
    [("h264", "sdr", (1, 1)), ("av1", "pq", (31, 32)), ("hevc", "pq", (16, 15)), ("h264", "sdr", (71, 33))],
)
def test_small_and_odd_frames_become_even(tmp_path: Path, codec: str, signal: str, size: tuple[int, int]):
    path = tmp_path / "clip.mp4"
    encode(path, codec, signal, [smooth(signal, index, *size) for index in range(3)])
    told = ffprobe(path, "-show_frames")["frames"]
    height, width = (side + side % 2 for side in size)
    assert [(frame["height"], frame["width"]) for frame in told] == [(height, width)] * 3


@pytest.mark.parametrize("codec, side, smallest", [("av1", 30, 32), ("hevc", 14, 16)])
def test_frames_too_small_for_a_codec_are_refused(tmp_path: Path, codec: str, side: int, smallest: int):
    with pytest.raises(OutputError, match=rf"clip\.mp4.*at least {smallest}×{smallest}.*these have 64×{side}"):
        open_encoder(tmp_path / "a.mp4", codec, "pq", side, 64, target=tmp_path / "clip.mp4")
    assert not list(tmp_path.iterdir())


def test_the_light_level_is_that_of_the_picture_without_its_padding(tmp_path: Path):
    picture = np.zeros((33, 33, 3), np.float32)
    picture[-1, -1] = 4  # repeated, it would count four times
    level = encode(tmp_path / "clip.mp4", "av1", "pq", [picture, 0 * picture], peak_nits=10000.0)
    assert level == LightLevel(812, 1)
    picture[:] = 0.5
    assert encode(tmp_path / "clip.mp4", "av1", "pq", [picture]) == LightLevel(102, 102)


@pytest.mark.parametrize("codec, signal", EACH_CODEC)
def test_key_frames_are_never_far(tmp_path: Path, codec: str, signal: str):
    path = tmp_path / "clip.mp4"
    pictures = [smooth(signal, index, 32, 48) for index in range(30)]
    encode(path, codec, signal, pictures, list(range(30)), [1] * 30, rate=Fraction(5), time_base=Fraction(1, 5))
    with av.open(str(path)) as container:
        keys = [float(packet.pts * packet.time_base) for packet in container.demux(video=0) if packet.is_keyframe]
    assert len(keys) >= 3
    assert max(after - before for before, after in zip(keys, keys[1:])) <= KEY_FRAME_SECONDS


@pytest.mark.parametrize("codec, signal", EACH_CODEC)
@pytest.mark.parametrize("count", [0, 1, 30])
def test_after_abort_nothing_is_left(tmp_path: Path, codec: str, signal: str, count: int):
    out = open_encoder(tmp_path / "clip.mp4", codec, signal, 32, 48)
    for index in range(count):
        out.write(smooth(signal, index, 32, 48), 1001 * index, 1001)
    out.abort()
    out.abort()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("codec, signal", EACH_CODEC)
def test_encoders_say_nothing_and_the_environment_is_left_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture, codec: str, signal: str
):
    before = dict(os.environ)
    encode(tmp_path / "clip.mp4", codec, signal, [smooth(signal)])
    open_encoder(tmp_path / "clip.mp4", codec, signal).abort()
    assert capfd.readouterr() == ("", "")
    assert dict(os.environ) == before


FULL_DISK = """
import resource, sys
from fractions import Fraction
from pathlib import Path
import numpy as np
from hdr_demo.errors import OutputError
from hdr_demo.video.encoder import VideoEncoder
from hdr_demo.video.signal import SIGNALS

folder, codec, signal, limit = Path(sys.argv[1]), *sys.argv[2:]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
noise = np.random.default_rng(0).random((20, 96, 128, 3), np.float32)
try:
    out = VideoEncoder(folder / "part.mp4", codec=codec, signal=SIGNALS[signal], height=96, width=128,
        rate=Fraction(25), time_base=Fraction(1, 25), peak_nits=1000, white_nits=203, target=folder / "clip.mp4")
    for index, picture in enumerate(noise):
        out.write(picture, index, 1)
    out.finish()
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
@pytest.mark.parametrize("codec, signal", EACH_CODEC)
@pytest.mark.parametrize("limit", [0, 20000])
def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing(
    tmp_path: Path, root: Path, codec: str, signal: str, limit: int
):
    # A limit on the size of files fails as a full disk does (EFBIG for ENOSPC), for root too.
    words = [sys.executable, "-c", FULL_DISK, tmp_path, codec, signal, limit]
    done = subprocess.run([*map(str, words)], cwd=root, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.strip() == (
        f"{tmp_path / 'clip.mp4'} cannot be written, because the disk is full: make room, or choose another folder."
    )
    assert not list(tmp_path.iterdir())


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path):
    with pytest.raises(OutputError, match="folder does not exist"):
        open_encoder(tmp_path / "no" / "clip.mp4", "h264", "sdr")


def test_a_pyav_without_the_encoder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(encoder.av, "codecs_available", {"libx264"})
    with pytest.raises(OutputError, match="no libx265"):
        open_encoder(tmp_path / "clip.mp4", "hevc", "pq")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("codec, signal", EACH_CODEC)
def test_an_error_between_frames_leaves_nothing(tmp_path: Path, codec: str, signal: str):
    out = open_encoder(tmp_path / "clip.mp4", codec, signal)
    out.write(smooth(signal), 0, 1001)
    with pytest.raises(ValueError, match="time stamp"):
        out.write(smooth(signal), 0, 1001)
    out.abort()
    assert not list(tmp_path.iterdir())
