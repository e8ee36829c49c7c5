"""Frames come out upright, in sRGB, in the order and at the times of the source."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hdr_demo.color import BT2020_TO_BT709, decode_srgb, encode_srgb
from hdr_demo.video.clip import Frame
from hdr_demo.video.header import open_clip
from hdr_demo.video.reader import _timed, read_frames
from tests.video.clips import frame_number, make_clip, moving_square, still
from tests.video.programs import run_program

# What rounding to the code of the result, and to 14 bits on the way there, may do: in codes of the clip's depth.
ROUNDING = 0.55
# ITU-R BT.709-6, BT.601-7 and BT.2020-2: the weights of red and blue in luma.
LUMA = {"bt709": (0.2126, 0.0722), "bt601": (0.299, 0.114), "bt2020": (0.2627, 0.0593)}

LOSSLESS = {"codec": "libx264rgb", "pix_fmt": "rgb24", "matrix": "rgb", "options": {"qp": "0"}}


def read(path: Path, **choices: object) -> list[Frame]:
    return list(read_frames(open_clip(path), **choices))


def numbers(frames: list[Frame]) -> list[int]:
    return [frame_number(frame.codes) for frame in frames]


def stamps_by_ffprobe(path: Path) -> list[int | None]:
    entries = ("-select_streams", "v:0", "-show_entries", "frame=best_effort_timestamp", "-of", "csv=p=0")
    told = run_program("ffprobe", "-v", "error", *entries, path).decode().replace(",", " ").split()
    return [None if stamp == "N/A" else int(stamp) for stamp in told]


CODINGS = {
    "mp4": {"codec": "libx264"},
    "mkv": {"codec": "libx264"},
    "mov": {"codec": "libx265"},
    "ts": {"codec": "libx264"},
    "avi": {"codec": "mpeg4", "options": {"bf": "2", "g": "12"}},
    "webm": {"codec": "libvpx-vp9", "options": {"g": "12"}},
    "gif": {"codec": "gif", "pix_fmt": "rgb8"},
    "h264": {"codec": "libx264"},
}


@pytest.fixture(scope="module", params=CODINGS)
def coded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 numbered frames at 25 a second, in each container."""
    path = tmp_path_factory.mktemp("coded") / f"clip.{request.param}"
    return make_clip(path, moving_square(40), **CODINGS[request.param])


def test_every_frame_comes_once_in_the_order_in_which_it_is_shown(coded: Path) -> None:
    frames = read(coded)
    assert numbers(frames) == list(range(40)) == [frame.index for frame in frames]


def test_time_stamps_are_those_of_ffprobe(coded: Path) -> None:
    if coded.suffix == ".h264":
        pytest.skip("the file has none")
    stamps = stamps_by_ffprobe(coded)
    assert len(stamps) == 40 and stamps.count(None) < 2  # it does not tell the last one of an AVI
    assert all(stamp in (None, frame.pts) for frame, stamp in zip(read(coded), stamps))


def test_frames_last_until_the_next_one(coded: Path) -> None:
    clip, frames = open_clip(coded), read(coded)
    assert frames[0].pts == clip.first_pts
    assert [frame.pts + frame.duration for frame in frames[:-1]] == [frame.pts for frame in frames[1:]]
    assert frames[-1].duration * clip.time_base == pytest.approx(1 / 25, abs=1e-3)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0.0, 0.2, range(5)),
        (0.2, None, range(5, 40)),
        (0.52, 0.6, range(13, 15)),  # not at a key frame
        (0.55, 0.56, range(13, 14)),  # within a frame
        (1.56, 9.0, range(39, 40)),
        (-1.0, 99.0, range(40)),
    ],
)
def test_a_part_is_the_same_as_that_part_of_the_whole(
    coded: Path, start: float, end: float | None, expected: range
) -> None:
    whole = read(coded)
    part = read(coded, start=start, end=end)
    assert numbers(part) == list(expected)
    assert [frame.index for frame in part] == list(range(len(part)))
    for frame in part:
        same = whole[frame_number(frame.codes)]
        assert (frame.pts, frame.duration) == (same.pts, same.duration)
        assert np.array_equal(frame.codes, same.codes)


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_variable_rates_keep_their_time_stamps(tmp_path: Path, ending: str) -> None:
    stamps = [5, 8, 9, 14, 35, 36, 37, 60]
    path = make_clip(tmp_path / f"clip.{ending}", moving_square(8), pts=stamps, time_base=Fraction(1, 90))
    clip, frames = open_clip(path), read(path)
    assert [frame.pts for frame in frames] == stamps_by_ffprobe(path)
    shown = [float(frame.pts * clip.time_base) for frame in frames]
    assert shown == pytest.approx([stamp / 90 for stamp in stamps], abs=1e-3)
    # What is on the screen 0.3 s after the first frame has been there for a while.
    assert numbers(read(path, start=0.3, end=0.34)) == [3, 4]


def test_stamps_are_monotone_where_the_source_s_are_not() -> None:
    pictures = [av.VideoFrame(16, 16) for _ in range(6)]
    for picture, pts in zip(pictures, (None, 40, 40, 30, None, 200)):
        picture.pts = pts
    assert [(pts, duration) for pts, duration, _ in _timed(pictures, 0, 40)] == [
        (0, 40),
        (40, 1),
        (41, 1),
        (42, 40),
        (82, 118),
        (200, 40),
    ]


def exact_rgb(planes: list[np.ndarray], matrix: str, full: bool, bits: int) -> np.ndarray:
    """Decode planes of full size as ITU-R BT.709-6, items 3.2 to 4.6, and its siblings have it; float64, (H, W, 3)."""
    unit = 2 ** (bits - 8)
    luma, *chroma = (plane.astype(np.float64) for plane in planes)
    if full:
        luma, chroma = luma / (2**bits - 1), [(plane - 128 * unit) / (2**bits - 1) for plane in chroma]
    else:
        luma, chroma = (luma - 16 * unit) / (219 * unit), [(plane - 128 * unit) / (224 * unit) for plane in chroma]
    red_weight, blue_weight = LUMA[matrix]
    red = luma + 2 * (1 - red_weight) * chroma[1]
    blue = luma + 2 * (1 - blue_weight) * chroma[0]
    green = (luma - red_weight * red - blue_weight * blue) / (1 - red_weight - blue_weight)
    return np.clip(np.stack((red, green, blue), -1), 0, 1)


def frame_of_planes(planes: list[np.ndarray], pix_fmt: str) -> av.VideoFrame:
    frame = av.VideoFrame(planes[0].shape[1], planes[0].shape[0], pix_fmt)
    for plane, samples in zip(frame.planes, planes):
        rows = np.zeros((plane.height, plane.line_size // samples.itemsize), samples.dtype)
        rows[:, : samples.shape[1]] = samples
        plane.update(rows.tobytes())
    return frame


def planes_of(height: int, width: int, bits: int, rng: np.random.Generator) -> list[np.ndarray]:
    """All luma codes, and chroma around the middle: colours within the gamut and some outside of it."""
    dtype, unit = (np.uint8, 1) if bits == 8 else (np.uint16, 2 ** (bits - 8))
    luma = np.linspace(0, 2**bits - 1, height * width).reshape(height, width)
    chroma = rng.uniform(100 * unit, 156 * unit, (2, height, width))
    return [np.rint(plane).astype(dtype) for plane in (luma, *chroma)]


@pytest.mark.parametrize("matrix", LUMA)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("bits", [8, 10, 12])
def test_colour_is_decoded_as_the_standard_says(
    tmp_path: Path, rng: np.random.Generator, matrix: str, full: bool, bits: int
) -> None:
    planes = planes_of(47, 65, bits, rng)
    pix_fmt = "yuv444p" if bits == 8 else f"yuv444p{bits}le"
    path = make_clip(
        tmp_path / "clip.mkv",
        [frame_of_planes(planes, pix_fmt)],
        codec="ffv1",
        pix_fmt=pix_fmt,
        matrix=matrix,
        full_range=full,
    )
    (frame,) = read(path)
    assert frame.codes.dtype == (np.uint8 if bits == 8 else np.uint16)
    errors = np.abs(frame.ldr - exact_rgb(planes, matrix, full, bits)) * (2**bits - 1)
    assert errors.max() < ROUNDING


@pytest.mark.parametrize("bits", [8, 10])
def test_chroma_lies_where_h264_says_it_does(tmp_path: Path, bits: int) -> None:
    # ITU-T H.264, figure E-1: at the left of each pair of columns, between the rows of a pair.
    unit = 2 ** (bits - 8)
    dtype = np.uint8 if bits == 8 else np.uint16
    columns, rows = np.arange(64), np.arange(64)
    slope = np.full((64, 64), 120 * unit, dtype), np.full((32, 32), 128 * unit, dtype)
    for axis, shown in ((1, columns / 2), (0, rows / 2 - 0.25)):
        ramp = np.broadcast_to((112 + np.arange(32)) * unit, (32, 32)).astype(dtype)
        ramp = ramp if axis == 1 else np.ascontiguousarray(ramp.T)
        pix_fmt = "yuv420p" if bits == 8 else "yuv420p10le"
        picture = frame_of_planes([*slope, ramp], pix_fmt)
        path = make_clip(tmp_path / "clip.mp4", [picture], pix_fmt=pix_fmt, options={"qp": "0"})
        (frame,) = read(path)
        chroma = np.broadcast_to((112 + shown) * unit, (64, 64))
        chroma = chroma if axis == 1 else chroma.T
        expected = exact_rgb([slope[0], np.full((64, 64), 128 * unit), chroma], "bt709", False, bits)
        inner = np.s_[8:-8, 8:-8]
        # Half a sample beside it would be 1.8 codes; bicubic curves are not quite straight.
        assert np.abs(frame.ldr - expected)[inner].max() * 255 < 0.65


def test_ten_bits_stay_ten_bits(tmp_path: Path) -> None:
    luma = np.broadcast_to(np.arange(64, 64 + 512, dtype=np.uint16), (8, 512))
    grey = np.full((8, 512), 512, np.uint16)
    picture = frame_of_planes([luma, grey, grey], "yuv444p10le")
    (frame,) = read(make_clip(tmp_path / "clip.mkv", [picture], codec="ffv1", pix_fmt="yuv444p10le"))
    assert len(np.unique(frame.codes)) == 512


def test_rgb_and_grey_are_read_as_they_are(tmp_path: Path) -> None:
    pictures = moving_square(2, 47, 65)
    rgb = make_clip(
        tmp_path / "rgb.mkv", pictures, codec="libx264rgb", pix_fmt="rgb24", matrix="rgb", options={"qp": "0"}
    )
    assert np.array_equal(read(rgb)[1].codes, pictures[1])
    grey = [np.repeat(picture[..., :1], 3, axis=-1) for picture in pictures]
    path = make_clip(tmp_path / "grey.mkv", grey, codec="ffv1", pix_fmt="gray", full_range=True)
    assert np.abs(read(path)[0].codes.astype(int) - grey[0]).max() <= 1
    deep = make_clip(tmp_path / "deep.mkv", pictures, codec="ffv1", pix_fmt="gbrp10le", matrix="rgb")
    assert np.abs(read(deep)[0].ldr - pictures[0] / 255).max() < 1.1 / 255  # libswscale writes 255 as 1020 of 1023


def test_transparency_is_left_out(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mov", moving_square(2), codec="qtrle", pix_fmt="argb", matrix="rgb")
    assert np.array_equal(read(path)[1].codes, moving_square(2)[1])


def test_bt2020_primaries_are_converted_in_linear_light(tmp_path: Path, rng: np.random.Generator) -> None:
    codes = rng.integers(0, 256, (16, 16, 3)).astype(np.uint8)
    (frame,) = read(make_clip(tmp_path / "clip.mkv", [codes], primaries="bt2020", **LOSSLESS))
    expected = encode_srgb(decode_srgb(codes / np.float32(255)) @ BT2020_TO_BT709.T)
    assert np.abs(frame.ldr - expected).max() * 255 < 0.51
    deep = rng.integers(0, 1024, (3, 16, 16)).astype(np.uint16)
    picture = frame_of_planes([deep[1], deep[2], deep[0]], "gbrp10le")
    tags = {"codec": "ffv1", "pix_fmt": "gbrp10le", "matrix": "rgb", "primaries": "bt2020"}
    (frame,) = read(make_clip(tmp_path / "deep.mkv", [picture], **tags))
    expected = encode_srgb(decode_srgb(np.moveaxis(deep, 0, -1) / np.float32(1023)) @ BT2020_TO_BT709.T)
    # Half a code on the way in is more where the curve is steep.
    assert np.quantile(np.abs(frame.ldr - expected) * 1023, 0.95) < 1


@pytest.mark.parametrize("primaries", ["p3", "bt601-525", "bt601-625", "bt2020"])
def test_grey_is_grey_in_any_primaries_and_colours_move_the_right_way(tmp_path: Path, primaries: str) -> None:
    grey = np.broadcast_to(np.arange(256, dtype=np.uint8)[None, :, None], (4, 256, 3))
    path = make_clip(tmp_path / "grey.mkv", [grey], primaries=primaries, **LOSSLESS)
    assert np.abs(read(path)[0].codes.astype(int) - grey).max() <= 1
    green = read(make_clip(tmp_path / "g.mkv", still(1, colour=(90, 160, 90)), primaries=primaries, **LOSSLESS))[
        0
    ].codes
    assert (int(green[0, 0, 1]) - int(green[0, 0, 0]) > 70) == (primaries != "bt601-525")


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_frames_stand_upright_as_ffmpeg_turns_them(tmp_path: Path, rotation: int, mirrored: bool) -> None:
    path = make_clip(tmp_path / "clip.mp4", moving_square(2), rotation=rotation, mirrored=mirrored)
    frames = read(path)
    clip = open_clip(path)
    assert frames[0].codes.shape == (clip.height, clip.width, 3) and clip.mirrored == mirrored
    raw = run_program("ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1")
    turned = np.frombuffer(raw, np.uint8).reshape(2, clip.height, clip.width, 3)
    for frame, expected in zip(frames, turned):
        assert np.abs(frame.codes.astype(int) - expected).mean() < 2  # its own rounding of colour


def test_reduced_frames_are_means_of_pixels(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", moving_square(2, 48, 96), rotation=90)
    whole, half = read(path)[1].codes, read(path, max_side=48)[1].codes
    assert whole.shape == (96, 48, 3) and half.shape == (48, 24, 3)
    means = whole.reshape(48, 2, 24, 2, 3).mean(axis=(1, 3))
    assert np.abs(half - means).max() <= 0.5
    assert np.array_equal(read(path, max_side=1000)[1].codes, whole)


def test_fields_are_made_whole(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mkv", moving_square(20, 64, 96, step=3), codec="ffv1", rate=50)
    fields = tmp_path / "fields.mkv"
    combine = "tinterlace=interleave_top,setfield=tff"
    run_program("ffmpeg", "-v", "error", "-i", whole, "-vf", combine, "-c:v", "ffv1", "-top", "1", fields)
    clip = open_clip(fields)
    frames = read(fields)
    assert clip.interlaced and len(frames) == 10
    with av.open(str(fields)) as container:
        combed = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
        stamps = stamps_by_ffprobe(fields)

    def combing(grey: np.ndarray) -> float:
        rows = grey[20:44].astype(float)
        return np.abs(rows[1:-1:2] - (rows[:-2:2] + rows[2::2]) / 2).mean()

    assert [frame.pts for frame in frames] == stamps
    for frame, raw in list(zip(frames, combed))[1:-1]:
        assert combing(frame.codes.mean(axis=-1)) < combing(raw) / 2
    assert [frame.pts for frame in read(fields, start=0.2)] == stamps[5:]


def test_what_cannot_be_decoded_is_left_out(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", moving_square(40), movflags="+faststart", audio="aac")
    contents = path.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(contents[: len(contents) * 7 // 10])
    kept = numbers(read(cut))
    # The last one may come without those between, which it was to be the reference of.
    assert 5 < len(kept) < 40 and kept[:-1] == list(range(len(kept) - 1)) and kept == sorted(kept)
    holed = tmp_path / "holed.mp4"
    middle = len(contents) // 2
    holed.write_bytes(contents[:middle] + bytes(300) + contents[middle + 300 :])
    frames = read(holed)
    assert len(frames) >= 30 and [frame.pts for frame in frames] == sorted({frame.pts for frame in frames})


def test_a_stream_that_changes_its_size_keeps_the_size_of_its_first_frame(tmp_path: Path) -> None:
    small = make_clip(tmp_path / "small.h264", moving_square(6))
    large = make_clip(tmp_path / "large.h264", moving_square(6, 96, 128))
    both = tmp_path / "both.h264"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    assert {frame.codes.shape for frame in read(both)} == {(48, 64, 3)}


def test_reading_stops_and_the_file_is_closed_when_nobody_asks_any_more(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", moving_square(30))
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("the system does not list open files")
    frames = read_frames(open_clip(path))
    next(frames)
    opened = [link for link in descriptors.iterdir() if link.exists() and link.resolve() == path.resolve()]
    frames.close()
    left = [link for link in descriptors.iterdir() if link.exists() and link.resolve() == path.resolve()]
    assert len(opened) == 1 and not left
