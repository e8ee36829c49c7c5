"""What a clip's header says, checked before anything is done with the clip."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from hdr_demo.errors import VideoError
from hdr_demo.io.refusal import shown_name
from hdr_demo.io.shaper import HDR_TRANSFERS
from hdr_demo.video.clip import Clip
from hdr_demo.video.settings import MAX_MEGAPIXELS
from hdr_demo.video.source import damaged, decode_pictures, open_source

# An hour; at 60 frames a second.
MAX_SECONDS = 3600.0
MAX_FRAMES = 216_000

# ITU-T H.273, tables 4 and 2. FCC's matrix is that of BT.601 to two digits; P3 with the white point of cinemas is rare.
_MATRICES = {1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020"}
_PRIMARIES = {1: "bt709", 5: "bt601-625", 6: "bt601-525", 7: "bt601-525", 9: "bt2020", 11: "p3", 12: "p3"}
_UNSPECIFIED = (2, 3)
# How FFmpeg numbers ranges.
_RANGES = {1: False, 2: True}
_OTHER_PRIMARIES = {"p3": "Display P3", "bt2020": "BT.2020"}
_DOLBY_VISION = ("dvh1", "dvhe", "dav1", "dva1", "dvav")

# What players take for standard definition (mpv, VLC): DVDs, old cameras, and whatever is smaller.
_SD_HEIGHT, _SD_WIDTH = 576, 1024
_SD_PRIMARIES = {576: "bt601-625", 288: "bt601-625", 480: "bt601-525", 486: "bt601-525", 240: "bt601-525"}

_TAGGED_DURATION = re.compile(r"(\d+):(\d+):(\d+(?:\.\d+)?)")

_USUAL_RATE = Fraction(25)
_HIGHEST_RATE = 1000
_PROGRESSIVE = (0, 1)


@dataclass(frozen=True)
class _Colour:
    matrix: str
    primaries: str
    full_range: bool
    notes: tuple[str, ...]


def open_clip(
    path: Path,
    *,
    start: float = 0.0,
    end: float | None = None,
    max_seconds: float = MAX_SECONDS,
    max_megapixels: float = MAX_MEGAPIXELS,
    max_frames: int = MAX_FRAMES,
) -> Clip:
    """Read a clip's header and its first frame.

    Args:
        path: The file.
        start: Where the part begins that is wanted, in seconds from the first frame; only it has to keep the limits.
        end: Where it ends; None is the clip's end.
        max_seconds: The longest part that is accepted.
        max_megapixels: The largest frame that is accepted, in millions of pixels; compared before one is decoded.
        max_frames: The most frames that are accepted, as far as the header tells.

    Returns:
        What is known of the clip.

    Raises:
        VideoError: If it cannot be read, has no pictures, is HDR already, or exceeds a limit.
    """
    path = Path(path)
    name = shown_name(path)
    with open_source(path) as container:
        stream = _find_pictures(container, name)
        context = stream.codec_context
        _check_pixels(name, context.width, context.height, max_megapixels)
        seconds, stored = _read_length(container, stream)
        counted = None
        if seconds is None:
            seconds, counted = _count_packets(path, stream)
        rate, notes = _find_rate(stream, seconds, counted or stored)
        # Some of the stored frames may not be shown: edit lists hide what comes before a cut.
        by_length = None if seconds is None else max(1, round(seconds * rate))
        frame_count = counted or min((frames for frames in (stored, by_length) if frames), default=None)
        _check_length(name, seconds, rate, start, end, max_seconds, max_frames)
        first = next(decode_pictures(container, stream, math.ceil(max_megapixels * 1e6)), None)
        if first is None:
            raise damaged(name)
        _check_pixels(name, first.width, first.height, max_megapixels)
        _refuse_hdr(name, context, first)
        colour = _find_colour(name, context, first)
        mirrored, rotation = _find_turn(first)
        interlaced = first.interlaced_frame or context.field_order not in _PROGRESSIVE
        if interlaced:
            notes += ("The clip is interlaced: its half pictures are made whole.",)
        aspect = stream.sample_aspect_ratio or context.sample_aspect_ratio or Fraction(1)
        sideways = rotation % 180 != 0
        return Clip(
            path=path,
            height=first.width if sideways else first.height,
            width=first.height if sideways else first.width,
            rotation=rotation,
            pixel_aspect=1 / aspect if sideways else aspect,
            rate=rate,
            time_base=stream.time_base,
            seconds=seconds,
            frame_count=frame_count,
            bits=min(max(8, *(component.bits for component in first.format.components)), 16),
            matrix=colour.matrix,
            primaries=colour.primaries,
            full_range=colour.full_range,
            audio=tuple(_codec_name(sound) for sound in container.streams.audio),
            subtitles=tuple(_codec_name(text) for text in container.streams.subtitles),
            notes=notes + colour.notes,
            stream=stream.index,
            first_pts=first.pts or 0,
            mirrored=mirrored,
            interlaced=interlaced,
        )


def _codec_name(stream: av.stream.Stream) -> str:
    return stream.codec_context.codec.canonical_name if stream.codec_context else "unknown"


def _find_pictures(container: av.container.InputContainer, name: str) -> av.VideoStream:
    """Find the stream of moving pictures; the cover of a song is none."""
    cover = av.stream.Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & cover]
    if not streams and container.streams.audio:
        raise VideoError(f"{name} holds sound and no moving pictures: choose a clip.")
    if not streams:
        raise VideoError(f"{name} holds no moving pictures: choose a clip.")
    if streams[0].codec_context is None:
        raise VideoError(
            f"{name} is encrypted or coded in a way that is not known here: convert it to H.264 in an MP4 file."
        )
    return streams[0]


def _check_pixels(name: str, width: int, height: int, max_megapixels: float) -> None:
    if width * height > max_megapixels * 1e6:
        raise VideoError(
            f"{name} has frames of {width * height / 1e6:.1f} megapixels ({width}×{height}), more than the limit of "
            f"{max_megapixels:g}: make it smaller, or raise the limit."
        )


def _read_length(container: av.container.InputContainer, stream: av.VideoStream) -> tuple[float | None, int | None]:
    """Tell the seconds and the number of frames of a clip, None where the header does not say."""
    frames = stream.frames or None
    if stream.duration:
        return float(stream.duration * stream.time_base), frames
    stated = _stated_seconds(stream)
    if stated:
        return stated, frames
    if container.duration:
        return container.duration / av.time_base, frames
    return None, frames


def _stated_seconds(stream: av.VideoStream) -> float | None:
    """Read how long Matroska says that a track is, in a tag; the file itself is as long as its longest track."""
    for key, value in stream.metadata.items():
        found = _TAGGED_DURATION.fullmatch(value.strip()) if key.upper().startswith("DURATION") else None
        if found:
            hours, minutes, seconds = map(float, found.groups())
            # FFmpeg writes when the track ends.
            begins = max(0.0, float((stream.start_time or 0) * stream.time_base))
            return max(0.0, 3600 * hours + 60 * minutes + seconds - begins) or None
    return None


def _count_packets(path: Path, stream: av.VideoStream) -> tuple[float | None, int]:
    """Measure a clip whose header was written before its end was known, such as a browser's recording."""
    frames, stamps = 0, []
    with open_source(path) as container:
        for packet in container.demux(container.streams[stream.index]):
            if packet.size:
                frames += 1
                if packet.pts is not None:
                    ends = packet.pts + (packet.duration or 0)
                    stamps = [min(packet.pts, stamps[0]), max(ends, stamps[1])] if stamps else [packet.pts, ends]
    rate = stream.average_rate or stream.guessed_rate
    if stamps and stamps[1] > stamps[0]:
        return float((stamps[1] - stamps[0]) * stream.time_base), frames
    return (float(frames / rate) if rate else None), frames


def _find_rate(stream: av.VideoStream, seconds: float | None, frames: int | None) -> tuple[Fraction, tuple[str, ...]]:
    """Find the frames a second, and what is to be said if that is a guess."""
    candidates = [stream.average_rate, stream.guessed_rate, stream.base_rate]
    if frames and seconds:
        candidates.append(Fraction(frames / seconds).limit_denominator(1001))
    for rate in candidates:
        if rate and 0 < rate <= _HIGHEST_RATE:
            return Fraction(rate), ()
    return _USUAL_RATE, (f"The clip does not say how many frames a second has: {_USUAL_RATE} are assumed.",)


def _check_length(
    name: str,
    seconds: float | None,
    rate: Fraction,
    start: float,
    end: float | None,
    max_seconds: float,
    max_frames: int,
) -> None:
    """Compare the part that is wanted with the limits; a clip that does not say how long it is passes."""
    if end is not None and end <= start:
        raise VideoError(f"Of {name} nothing was asked for: choose an end ({end:g} s) after the start ({start:g} s).")
    if seconds is not None and start >= seconds:
        raise VideoError(f"{name} ends at {seconds:.2f} s: choose a start before that ({start:g} s was asked for).")
    stops = [moment for moment in (seconds, end) if moment is not None]
    if not stops:
        return
    length = min(stops) - start
    if length > max_seconds:
        raise VideoError(
            f"{name} has {length:,.1f} seconds, more than the limit of {max_seconds:g}: choose a part of it, or raise "
            "the limit."
        )
    if length * rate > max_frames:
        raise VideoError(
            f"{name} has {math.ceil(length * rate):,} frames, more than the limit of {max_frames:,}: choose a part of "
            "it, or raise the limit."
        )


def _refuse_hdr(name: str, context: av.VideoCodecContext, first: av.VideoFrame) -> None:
    kinds = [HDR_TRANSFERS[code] for code in (first.color_trc, context.color_trc) if code in HDR_TRANSFERS]
    side = {str(data.type).rpartition(".")[2] for data in first.side_data}
    # "dvh1" is also a tag of DVCPRO HD.
    if side & {"DOVI_METADATA", "DOVI_RPU_BUFFER"} or (
        context.codec_tag in _DOLBY_VISION and context.codec.canonical_name != "dvvideo"
    ):
        kinds.insert(0, "Dolby Vision")
    if kinds:
        raise VideoError(f"{name} is already HDR ({kinds[0]}): choose an ordinary clip.")


def _find_colour(name: str, context: av.VideoCodecContext, first: av.VideoFrame) -> _Colour:
    """Resolve how colour is coded; what nothing says is guessed from the size, as players do."""
    height, width = first.height, first.width
    standard = height <= _SD_HEIGHT and width <= _SD_WIDTH
    notes: tuple[str, ...] = ()
    code = context.colorspace if first.colorspace in _UNSPECIFIED else first.colorspace
    if first.format.is_rgb or first.format.has_palette:
        matrix = "rgb"
    elif code in _UNSPECIFIED or code == 0:  # 0 is RGB, which this is not
        matrix = "bt601" if standard else "bt709"
        # A grey picture is the same by any matrix.
        if len(first.format.components) > 2:
            notes = (f"The clip does not say how its colour is coded: {_spell(matrix)} is assumed from its size.",)
    elif code in _MATRICES:
        matrix = _MATRICES[code]
    else:
        raise VideoError(f"{name} codes its colour in an unusual way (matrix {code}): convert it to H.264 in BT.709.")
    code = context.color_primaries if first.color_primaries in _UNSPECIFIED else first.color_primaries
    by_size = _SD_PRIMARIES.get(height, "bt709") if standard else "bt709"
    guesses = {"bt709": "bt709", "bt2020": "bt2020", "rgb": "bt709"}
    primaries = _PRIMARIES.get(code) or guesses.get(matrix, by_size)
    if primaries in _OTHER_PRIMARIES:
        notes += (f"Its colours, which are those of {_OTHER_PRIMARIES[primaries]}, are brought into BT.709.",)
    stated = _RANGES.get(first.color_range, _RANGES.get(context.color_range))
    full = matrix == "rgb" or first.format.name.startswith("yuvj") if stated is None else stated
    return _Colour(matrix, primaries, full, notes)


def _spell(matrix: str) -> str:
    return matrix.replace("bt", "BT.")


def _find_turn(first: av.VideoFrame) -> tuple[bool, int]:
    """Tell whether a frame is exchanged left and right first, and how many degrees counter-clockwise it is turned."""
    matrices = [data for data in first.side_data if str(data.type).endswith("DISPLAYMATRIX")]
    if not matrices:
        return False, 0
    # Nine numbers, row by row; a point (x, y) of the picture, y pointing down, goes to (a x + c y, b x + d y).
    a, b, _, c, d = np.frombuffer(bytes(matrices[0]), np.int32)[:5].astype(float)
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    return bool(mirrored), round(-math.degrees(math.atan2(b, a)) / 90) * 90 % 360
