"""Every kind of file that a clip becomes: what is in it, and that it appears whole or not at all."""

import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hdr_demo.errors import OutputError
from hdr_demo.video.clip import Frame
from hdr_demo.video.hdr_frame import HdrFrame
from hdr_demo.video.header import open_clip
from hdr_demo.video.outputs import VIDEO_OUTPUTS
from hdr_demo.video.settings import ClipSettings
from hdr_demo.video.side_by_side import DIVIDER_PIXELS, full_size, half_size, join_halves
from tests.video.clips import make_clip, moving_square
from tests.video.programs import run_program
from tests.video.sinks import light_frames, open_output, packets, render, shown_at, streams, write_output

SDR, PQ, HLG = (
    ("yuv420p", "bt709", "bt709", "bt709"),
    ("yuv420p10le", "bt2020", "smpte2084", "bt2020nc"),
    ("yuv420p10le", "bt2020", "arib-std-b67", "bt2020nc"),
)
# Codec, tag, samples, primaries, transfer and matrix, as ffprobe names them.
VIDEOS = {
    "sdr": ("h264", "avc1", *SDR),
    "hdr10_av1": ("av1", "av01", *PQ),
    "hdr10_hevc": ("hevc", "hvc1", *PQ),
    "hlg_av1": ("av1", "av01", *HLG),
    "hlg_hevc": ("hevc", "hvc1", *HLG),
    "side_by_side": ("h264", "avc1", *SDR),
}
ALL = list(VIDEO_OUTPUTS)
# What 8-bit codes, and what H.264 makes of smooth areas at its settings, may differ by.
H264_CODES = 4


def target_of(folder: Path, name: str) -> Path:
    return folder / f"clip{VIDEO_OUTPUTS[name].ending.format(operator='reinhard')}"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "clip.mp4"
    return make_clip(path, moving_square(12), rate=Fraction(30000, 1001), audio="aac", pixel_aspect=Fraction(4, 3))


def test_each_row_says_who_plays_it_and_has_an_ending_of_its_own() -> None:
    assert list(VIDEOS) + ["exr_sequence"] == ALL
    assert len({row.ending for row in VIDEO_OUTPUTS.values()}) == len(ALL)
    for name, row in VIDEO_OUTPUTS.items():
        assert row.name == name
        assert row.plays_on.endswith(".") and row.plays_on.count("\n") == 0


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_seen_before_the_end_and_then_only_the_file(tmp_path: Path, name: str, source: Path) -> None:
    clip, settings, target = open_clip(source), ClipSettings(), target_of(tmp_path, name)
    target.write_bytes(b"old")
    sink = open_output(name, clip, target, settings)
    for frame in light_frames(clip, settings):
        sink.write(frame)
        assert target.read_bytes() == b"old"
        assert [path for path in tmp_path.iterdir() if not path.name.startswith(".")] == [target]
    sink.finish()
    assert target.read_bytes() == b"old"
    done = sink.publish()
    assert done.path == target and target.stat().st_size > 1000
    sink.abort()
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ALL)
def test_what_an_earlier_run_made_outlasts_an_output_that_is_finished_and_aborted(
    tmp_path: Path, name: str, source: Path
) -> None:
    clip, settings, target = open_clip(source), ClipSettings(), target_of(tmp_path, name)
    target.write_bytes(b"old")
    sink = open_output(name, clip, target, settings)
    for frame in light_frames(clip, settings):
        sink.write(frame)
    sink.finish()
    sink.abort()
    assert list(tmp_path.iterdir()) == [target] and target.read_bytes() == b"old"


@pytest.mark.parametrize("name", VIDEOS)
def test_tags_frames_and_sound_are_as_intended(tmp_path: Path, name: str, source: Path) -> None:
    done = write_output(name, source, target_of(tmp_path, name))
    video = streams(done.path)["video"]
    keys = "codec_name", "codec_tag_string", "pix_fmt", "color_primaries", "color_transfer", "color_space"
    assert tuple(video[key] for key in keys) == VIDEOS[name]
    assert video["color_range"] == "tv" and video["chroma_location"] == "left"
    assert video["sample_aspect_ratio"] == "4:3"
    assert Fraction(video["avg_frame_rate"]) == Fraction(30000, 1001) and int(video["nb_frames"]) == 12
    assert shown_at(done.path) == pytest.approx(shown_at(source), abs=1e-6)
    assert packets(done.path, "audio") == packets(source, "audio")
    assert (done.light is not None) == name.startswith("hdr10")
    whole = done.path.read_bytes()
    assert whole.index(b"moov") < whole.index(b"mdat")


@pytest.mark.parametrize("name", ["hdr10_av1", "hdr10_hevc"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_the_container_states_screen_and_light_level_too(tmp_path: Path, name: str, suffix: str, source: Path) -> None:
    done = write_output(name, source, tmp_path / f"clip{suffix}", ClipSettings(peak_nits=600))
    told = {entry["side_data_type"]: entry for entry in streams(done.path)["video"]["side_data_list"]}
    screen = {key: float(Fraction(value)) for key, value in list(told["Mastering display metadata"].items())[1:]}
    # P3 with the white D65.
    points = {"red_x": 0.68, "red_y": 0.32, "green_x": 0.265, "green_y": 0.69, "blue_x": 0.15, "blue_y": 0.06}
    assert screen == pytest.approx(
        {**points, "white_point_x": 0.3127, "white_point_y": 0.329, "max_luminance": 600, "min_luminance": 1e-4},
        abs=2e-5,
    )
    light = told["Content light level metadata"]
    assert (light["max_content"], light["max_average"]) == (done.light.max_cll, done.light.max_fall)


@pytest.mark.parametrize("name", ["hdr10_av1", "hdr10_hevc"])
def test_the_light_level_is_the_measured_one(tmp_path: Path, name: str, source: Path) -> None:
    done = write_output(name, source, target_of(tmp_path, name))
    told = run_program("ffprobe", "-v", "error", "-show_frames", "-of", "flat", done.path).decode()
    assert f"max_content={done.light.max_cll}" in told
    assert f"max_average={done.light.max_fall}" in told
    assert 1 < done.light.max_fall < done.light.max_cll <= 1000


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("written", [0, 1, 5])
def test_an_aborted_output_leaves_nothing(tmp_path: Path, name: str, written: int, source: Path) -> None:
    clip, settings = open_clip(source), ClipSettings()
    sink = open_output(name, clip, target_of(tmp_path, name), settings)
    for frame, _ in zip(light_frames(clip, settings), range(written)):
        sink.write(frame)
    sink.abort()
    sink.abort()
    assert list(tmp_path.iterdir()) == []


class Interrupting(np.ndarray):
    """A frame during whose writing somebody presses Ctrl-C."""

    def __array_function__(self, *_: object) -> None:
        raise KeyboardInterrupt

    __array_ufunc__ = __getitem__ = __array_function__


@pytest.mark.parametrize("name", ALL)
def test_an_interrupted_output_leaves_what_was_there(tmp_path: Path, name: str, source: Path) -> None:
    clip, settings, target = open_clip(source), ClipSettings(), target_of(tmp_path, name)
    target.write_bytes(b"old")
    sink = open_output(name, clip, target, settings)
    frames = light_frames(clip, settings)
    sink.write(next(frames))

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    frame = next(frames)
    with pytest.raises(KeyboardInterrupt):
        sink.write(HdrFrame(frame.frame, frame.hdr.view(Interrupting), interrupt))
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
    sink.abort()
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("name", ALL)
def test_a_folder_that_is_missing_or_in_the_way_is_told_at_once(tmp_path: Path, name: str, source: Path) -> None:
    clip, settings = open_clip(source), ClipSettings()
    with pytest.raises(OutputError, match="its folder does not exist: create"):
        open_output(name, clip, target_of(tmp_path / "nowhere", name), settings)
    target_of(tmp_path, name).mkdir()
    with pytest.raises(OutputError, match="is not a file, and was left as it is"):
        open_output(name, clip, target_of(tmp_path, name), settings)
    assert list(tmp_path.iterdir()) == [target_of(tmp_path, name)]


@pytest.mark.parametrize("name", VIDEOS)
def test_a_suffix_that_is_no_container_is_told(tmp_path: Path, name: str, source: Path) -> None:
    with pytest.raises(OutputError, match=r"use \.mp4 or \.mkv"):
        open_output(name, open_clip(source), tmp_path / "clip.avi", ClipSettings())


@pytest.mark.parametrize("name", ALL)
def test_a_stopped_output_is_playable(tmp_path: Path, name: str, source: Path) -> None:
    done = write_output(name, source, target_of(tmp_path, name), stop_after=5)
    if name == "exr_sequence":
        assert len(zipfile.ZipFile(done.path).namelist()) == 5
        return
    run_program("ffmpeg", "-v", "error", "-xerror", "-i", done.path, "-f", "null", "-")
    assert len(shown_at(done.path)) == 5
    assert packets(done.path, "audio")[-1][0] < 5 * 1001 / 30000


@pytest.mark.parametrize("name", ALL)
def test_a_single_frame_of_odd_size_is_written(tmp_path: Path, name: str) -> None:
    source = make_clip(tmp_path / "odd.mp4", moving_square(1, 49, 65), pix_fmt="yuv444p")
    folder = tmp_path / "out"
    folder.mkdir()
    done = write_output(name, source, target_of(folder, name))
    if name != "exr_sequence":
        assert shown_at(done.path) == [0]


def decoded(path: Path) -> Iterator[np.ndarray]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def test_side_by_side_shows_the_clip_and_its_rendition(tmp_path: Path) -> None:
    flat = [np.full((48, 64, 3), (180, 120, 60), np.uint8)] * 3
    source = make_clip(tmp_path / "clip.mp4", flat)
    clip = open_clip(source)
    frame = next(light_frames(clip, ClipSettings()))
    done = write_output("side_by_side", source, tmp_path / "out.mp4")
    for picture in decoded(done.path):
        assert picture.shape == (48, 2 * 64 + DIVIDER_PIXELS, 3)
        left, right = picture[4:-4, 4:60].astype(int), picture[4:-4, -60:-4].astype(int)
        assert np.abs(left - frame.frame.codes[0, 0]).max() <= H264_CODES
        assert np.abs(right - 255 * render(frame.hdr)[0, 0]).max() <= H264_CODES
    assert done.notes == ()


@pytest.mark.parametrize("size", [(2160, 3840), (3840, 2160), (4320, 7680), (1080, 7680), (8000, 30), (1, 9000)])
def test_a_wide_side_by_side_is_reduced_to_what_decoders_take(size: tuple[int, int]) -> None:
    height, width = full_size(*size)
    assert max(height, width) <= 4096
    assert -(-height // 16) * -(-width // 16) <= 36_864  # MaxFS of level 5.2, ITU-T H.264, table A-1
    half = half_size(*size)
    if min(half) > 50:
        assert half[0] / half[1] == pytest.approx(size[0] / size[1], rel=0.02)


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080), (48, 64), (1152, 2046)])
def test_an_ordinary_side_by_side_keeps_its_size(size: tuple[int, int]) -> None:
    assert half_size(*size) == size


def test_a_reduced_side_by_side_is_told(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", moving_square(1, 16, 2400))
    done = write_output("side_by_side", source, tmp_path / "out.mp4")
    video = streams(done.path)["video"]
    assert (video["width"], video["height"]) == (4096, 14)  # 13 rows, made even
    assert len(done.notes) == 1 and "out.mp4 is reduced to 4096×13 pixels" in done.notes[0]


def test_halves_are_told_apart_by_the_divider() -> None:
    black, white = np.zeros((8, 10, 3), np.float32), np.ones((8, 10, 3), np.float32)
    joined = join_halves(black, white)
    assert joined.shape == (*full_size(8, 10), 3) and joined.dtype == np.float32
    assert joined[0, :, 0].tolist() == [0.0] * 10 + [0.5] * DIVIDER_PIXELS + [1.0] * 10


def test_a_frame_is_rendered_once_for_all_outputs(tmp_path: Path, source: Path) -> None:
    calls = []
    clip, settings = open_clip(source), ClipSettings()
    sinks = [open_output(name, clip, target_of(tmp_path, name), settings) for name in ("sdr", "side_by_side")]
    frame = Frame(0, 0, 1001, np.zeros((clip.height, clip.width, 3), np.uint8))
    shown = HdrFrame(frame, frame.ldr, lambda hdr: calls.append(1) or hdr)
    for sink in sinks:
        sink.write(shown)
        sink.abort()
    assert calls == [1]
