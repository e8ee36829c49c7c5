"""What is known of a clip before anything is done with it, against what ffprobe says and what players assume."""

import json
from fractions import Fraction
from pathlib import Path

import av
import pytest

from hdr_demo.errors import VideoError
from hdr_demo.video.header import open_clip
from hdr_demo.video.reader import read_frames
from tests.video.clips import make_clip, moving_square, still
from tests.video.programs import run_program


def ffprobe(path: Path) -> dict:
    told = run_program("ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", path)
    return next(stream for stream in json.loads(told)["streams"] if stream["codec_type"] == "video")


@pytest.mark.parametrize(
    "rate", [Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60), Fraction(1)]
)
def test_size_rate_length_and_aspect_are_those_of_ffprobe(tmp_path: Path, rate: Fraction) -> None:
    path = make_clip(tmp_path / "clip.mp4", moving_square(6), rate=rate, pixel_aspect=Fraction(4, 3))
    clip, told = open_clip(path), ffprobe(path)
    assert (clip.height, clip.width) == (told["height"], told["width"]) == (48, 64)
    assert clip.rate == Fraction(told["avg_frame_rate"]) == rate
    assert clip.time_base == Fraction(told["time_base"])
    assert clip.frame_count == int(told["nb_frames"]) == 6
    assert clip.seconds == pytest.approx(float(told["duration"]), abs=1e-5)
    assert clip.pixel_aspect == Fraction(told["sample_aspect_ratio"].replace(":", "/")) == Fraction(4, 3)
    assert clip.notes == () and clip.bits == 8 and not clip.interlaced


@pytest.mark.parametrize(
    ("matrix", "primaries", "transfer", "full", "expected"),
    [
        ("bt709", "bt709", "bt709", False, ("bt709", "bt709", False)),
        ("bt709", "bt709", "srgb", True, ("bt709", "bt709", True)),
        ("bt601", "bt601-525", "bt601", False, ("bt601", "bt601-525", False)),
        ("bt601-625", "bt601-625", "bt601", False, ("bt601", "bt601-625", False)),
        ("bt2020", "bt2020", "bt2020-10", False, ("bt2020", "bt2020", False)),
        ("bt709", "p3", "bt709", False, ("bt709", "p3", False)),
        ("bt709", None, None, None, ("bt709", "bt709", False)),
        ("bt2020", None, None, None, ("bt2020", "bt2020", False)),
    ],
)
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_colour_tags_are_told_apart(
    tmp_path: Path, ending: str, matrix: str, primaries: str, transfer: str, full: bool, expected: tuple
) -> None:
    path = make_clip(
        tmp_path / f"clip.{ending}", still(2), matrix=matrix, primaries=primaries, transfer=transfer, full_range=full
    )
    clip = open_clip(path)
    assert (clip.matrix, clip.primaries, clip.full_range) == expected
    assert any("BT.709" in note for note in clip.notes) == (expected[1] in ("p3", "bt2020"))


@pytest.mark.parametrize(
    ("height", "width", "matrix", "primaries"),
    [
        (480, 720, "bt601", "bt601-525"),
        (576, 720, "bt601", "bt601-625"),
        (576, 1024, "bt601", "bt601-625"),
        (360, 640, "bt601", "bt709"),
        (720, 1280, "bt709", "bt709"),
        (576, 1280, "bt709", "bt709"),
        (640, 480, "bt709", "bt709"),
    ],
)
def test_a_clip_without_tags_is_coded_as_players_assume_and_that_is_said(
    tmp_path: Path, height: int, width: int, matrix: str, primaries: str
) -> None:
    path = make_clip(
        tmp_path / "clip.mp4", still(1, height, width), matrix=None, primaries=None, transfer=None, full_range=None
    )
    clip = open_clip(path)
    assert (clip.matrix, clip.primaries, clip.full_range) == (matrix, primaries, False)
    assert len(clip.notes) == 1 and matrix[2:] in clip.notes[0]


def test_grey_and_rgb_need_no_guess(tmp_path: Path) -> None:
    tags = {"matrix": None, "primaries": None, "transfer": None, "full_range": None}
    grey = open_clip(make_clip(tmp_path / "grey.mkv", still(2), codec="ffv1", pix_fmt="gray", **tags))
    assert grey.notes == ()
    clip = open_clip(make_clip(tmp_path / "rgb.mkv", still(2), codec="libx264rgb", pix_fmt="rgb24", matrix="rgb"))
    assert (clip.matrix, clip.full_range, clip.notes) == ("rgb", True, ())
    gif = open_clip(make_clip(tmp_path / "clip.gif", moving_square(3), codec="gif", pix_fmt="rgb8", **tags))
    assert (gif.matrix, gif.full_range, gif.frame_count) == ("rgb", True, 3)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "ending", "bits"),
    [
        ("libx264", "yuv420p", "mp4", 8),
        ("libx265", "yuv420p10le", "mp4", 10),
        ("libx264", "yuv444p10le", "mp4", 10),
        ("ffv1", "yuv420p12le", "mkv", 12),
        ("ffv1", "gbrp16le", "mkv", 16),
        ("mjpeg", "yuvj420p", "avi", 8),
    ],
)
def test_depth_is_read(tmp_path: Path, codec: str, pix_fmt: str, ending: str, bits: int) -> None:
    matrix = "rgb" if pix_fmt.startswith("gbr") else "bt601"
    full = pix_fmt.startswith("yuvj")
    path = make_clip(
        tmp_path / f"clip.{ending}", still(2), codec=codec, pix_fmt=pix_fmt, matrix=matrix, full_range=full
    )
    clip = open_clip(path)
    assert clip.bits == bits and clip.full_range == (full or matrix == "rgb")


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotation_turns_size_and_aspect(tmp_path: Path, rotation: int) -> None:
    path = make_clip(tmp_path / "clip.mp4", still(2), rotation=rotation, pixel_aspect=Fraction(4, 3))
    clip = open_clip(path)
    told = next(data for data in ffprobe(path)["side_data_list"] if "rotation" in data)["rotation"]
    assert clip.rotation == rotation == told % 360
    sideways = rotation != 180
    assert (clip.height, clip.width) == ((64, 48) if sideways else (48, 64))
    assert clip.pixel_aspect == (Fraction(3, 4) if sideways else Fraction(4, 3))


def test_odd_sizes_and_one_frame(tmp_path: Path) -> None:
    clip = open_clip(make_clip(tmp_path / "odd.mkv", still(1, 719, 1279), codec="ffv1"))
    assert (clip.height, clip.width, clip.frame_count) == (719, 1279, 1)
    assert clip.size(640) == (360, 640) and clip.size(4000) == clip.size() == (719, 1279)


def test_a_recording_that_does_not_say_how_long_it_is_is_measured(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mkv", moving_square(20), codec="ffv1", rate=10)
    live = tmp_path / "live.mkv"
    live.write_bytes(run_program("ffmpeg", "-v", "error", "-i", whole, "-c", "copy", "-f", "matroska", "pipe:1"))
    raw = make_clip(tmp_path / "raw.h264", moving_square(50))  # 25 frames a second are assumed
    for path in (live, raw):
        clip = open_clip(path)
        assert clip.seconds == pytest.approx(2) and clip.frame_count == 2 * clip.rate, path


def test_tracks_are_listed(tmp_path: Path) -> None:
    clip = open_clip(make_clip(tmp_path / "clip.mkv", still(10), audio="libopus", subtitles="subrip"))
    assert clip.audio == ("opus",) and clip.subtitles == ("subrip",)
    assert open_clip(make_clip(tmp_path / "silent.mp4", still(2))).audio == ()


def test_the_cover_of_a_clip_is_not_the_clip(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", moving_square(4))
    cover = make_clip(tmp_path / "cover.mov", still(1, 32, 32), codec="png", pix_fmt="rgb24", matrix="rgb")
    both = tmp_path / "both.mp4"
    maps = ("-map", "1:v", "-map", "0:v", "-disposition:v:0", "attached_pic", "-disposition:v:1", "default")
    run_program("ffmpeg", "-v", "error", "-i", clip, "-i", cover, *maps, "-c", "copy", both)
    opened = open_clip(both)
    assert (opened.height, opened.width) == (48, 64) and opened.frame_count == 4


def test_an_interlaced_clip_is_noticed(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mkv", moving_square(8, 64, 64), codec="ffv1")
    path = tmp_path / "fields.mpg"
    run_program(
        "ffmpeg", "-v", "error", "-i", whole, "-vf", "tinterlace=interleave_top,setfield=tff", "-flags", "+ilme+ildct",
        "-c:v", "mpeg2video", path,
    )  # fmt: skip
    clip = open_clip(path)
    assert clip.interlaced and any("interlaced" in note for note in clip.notes)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_a_clip_is_as_long_as_its_pictures_not_as_its_sound(tmp_path: Path, name: str) -> None:
    short = make_clip(tmp_path / "short.mp4", moving_square(10))
    long = make_clip(tmp_path / "long.mp4", moving_square(75), audio="aac")
    path = tmp_path / name
    run_program("ffmpeg", "-v", "error", "-i", short, "-i", long, "-map", "0:v", "-map", "1:a", "-c", "copy", path)
    clip = open_clip(path)
    assert clip.seconds == pytest.approx(0.4, abs=0.002) and clip.frame_count == 10
    open_clip(path, max_seconds=0.5, max_frames=10)
    with pytest.raises(VideoError, match="ends at 0.40 s"):
        open_clip(path, start=1.0)


def test_frames_that_an_edit_list_hides_are_not_counted(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mp4", moving_square(40), options={"g": "40", "bf": "0"})
    path = tmp_path / "clip.mp4"
    run_program("ffmpeg", "-v", "error", "-ss", "0.8", "-i", whole, "-c", "copy", path)
    shown = list(read_frames(clip := open_clip(path)))
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 40  # all are stored, for the key frame comes first
    assert clip.frame_count == len(shown) == 20
    assert clip.seconds == pytest.approx(0.8, abs=0.002)
