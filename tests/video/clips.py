"""Clips that the tests make: pictures of any size in any codec, with the tags, sound and subtitles asked for."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Interpolation

# Code points of ITU-T H.273, tables 2, 3 and 4.
MATRICES = {"rgb": 0, "bt709": 1, None: 2, "bt601": 6, "bt601-625": 5, "bt2020": 9}
PRIMARIES = {"bt709": 1, None: 2, "bt601-625": 5, "bt601-525": 6, "bt2020": 9, "p3": 12}
TRANSFERS = {"bt709": 1, None: 2, "bt601": 6, "srgb": 13, "bt2020-10": 14, "pq": 16, "hlg": 18}

# Settings that are quick and nearly lossless; B-frames are on, so that decoding order is not display order.
OPTIONS = {
    "libx264": {"preset": "veryfast", "crf": "6", "g": "12", "bf": "2"},
    "libx265": {"preset": "ultrafast", "crf": "6", "x265-params": "log-level=error:keyint=12:bframes=2"},
    "mpeg4": {"qscale": "1", "qmin": "1"},
    "libsvtav1": {"preset": "10", "crf": "10"},
    "vorbis": {"strict": "experimental"},
}
RGB_FORMATS = ("rgb", "gbr", "bgr")


def make_clip(
    path: Path,
    frames: Iterable[np.ndarray | av.VideoFrame],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rate: Fraction | int = 25,
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    audio: str | None = None,
    subtitles: str | None = None,
    matrix: str | None = "bt709",
    primaries: str | None = "bt709",
    transfer: str | None = "bt709",
    full_range: bool | None = False,
    rotation: float = 0,
    mirrored: bool = False,
    pixel_aspect: Fraction = Fraction(1),
    options: dict[str, str] | None = None,
    movflags: str = "",
) -> Path:
    """Write a clip.

    Args:
        path: The suffix chooses the container.
        frames: Display-encoded sRGB, uint8, (H, W, 3); or finished frames, whose samples are stored as they are.
        codec: Of the pictures: libx264, libx265, ffv1, mpeg4, libsvtav1 …
        pix_fmt: How samples are stored, such as yuv420p10le; yuv444p may have an odd size with any codec.
        rate: Frames a second.
        pts: When each frame is shown, in units of `time_base`; without it, at a constant rate.
        time_base: The unit of `pts` in seconds; 1/`rate` by default. A container may choose a finer one.
        audio: The codec of a tone as long as the clip: aac, libopus, vorbis, pcm_s16le, libmp3lame …
        subtitles: mov_text or subrip: a subtitle for every half second.
        matrix: A key of `MATRICES`: how the pictures are coded, and the tag; None codes BT.709 and tags nothing.
        primaries: A key of `PRIMARIES`; only a tag.
        transfer: A key of `TRANSFERS`; only a tag.
        full_range: Coding and tag; None codes limited range and tags nothing.
        rotation: Degrees counter-clockwise by which a player turns the frames.
        mirrored: Whether it exchanges left and right after that.
        pixel_aspect: Width of a pixel over its height.
        options: Of the encoder, beside or instead of those in `OPTIONS`.
        movflags: Of the mp4 container, such as +faststart.

    Returns:
        The path.
    """
    frames = iter(frames)
    first = next(frames, None)
    container_options = {"movflags": movflags} if movflags else {}
    with av.open(str(path), "w", options=container_options) as container:
        height, width = (48, 64) if first is None else _size(first)
        video = container.add_stream(codec, rate=rate, options=OPTIONS.get(codec, {}) | (options or {}))
        video.width, video.height, video.pix_fmt = width, height, pix_fmt
        if time_base is not None:
            video.codec_context.time_base = time_base
        context = video.codec_context
        context.sample_aspect_ratio = pixel_aspect
        context.colorspace = MATRICES[matrix]
        context.color_primaries, context.color_trc = PRIMARIES[primaries], TRANSFERS[transfer]
        context.color_range = {None: 0, False: 1, True: 2}[True if matrix == "rgb" else full_range]
        if rotation or mirrored:
            video.set_display_rotation(rotation, hflip=mirrored)
        tone = container.add_stream(audio, rate=48000, options=OPTIONS.get(audio, {})) if audio else None
        text = container.add_mux_stream(subtitles) if subtitles else None
        unit = time_base or 1 / Fraction(rate)
        packets, shown = [], 0
        for index, picture in enumerate(itertools.chain(() if first is None else (first,), frames)):
            frame = _frame(picture, pix_fmt, matrix, bool(full_range))
            shown = index if pts is None else pts[index]
            frame.pts = shown if pts is not None or time_base is None else round(index / (unit * Fraction(rate)))
            frame.time_base = unit
            frame.colorspace, frame.color_range = context.colorspace, context.color_range
            frame.color_primaries, frame.color_trc = context.color_primaries, context.color_trc
            packets += video.encode(frame)
        packets += video.encode(None)
        if len(packets) <= 2:
            # libx265 leaves the decoding times of such clips unset. Two frames are decoded as they are shown.
            for packet in packets:
                packet.dts = packet.pts
        seconds = (shown + 1) * unit if pts is not None or time_base is None else (index + 1) / Fraction(rate)
        if tone:
            packets += _encode_tone(tone, float(seconds))
        if text:
            text.time_base = Fraction(1, 1000)
            packets += _subtitle_packets(text, subtitles, float(seconds))
        if not packets:
            container.start_encoding()
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)
    return path


def moving_square(count: int, height: int = 48, width: int = 64, *, step: int = 2) -> list[np.ndarray]:
    """Draw a bright square that moves to the right over a slope of colours; uint8, (H, W, 3).

    The square's row of pixels at the top tells the number of the frame: see `frame_number`.
    """
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    slope = np.stack((60 + 100 * columns / width, 60 + 100 * rows / height, np.full_like(rows, 110)), axis=-1)
    pictures = []
    for index in range(count):
        picture = slope.astype(np.uint8)
        left = (4 + step * index) % (width - 16)
        picture[height // 2 - 6 : height // 2 + 6, left : left + 12] = (235, 225, 210)
        for bit in range(8):
            picture[:8, 8 * bit : 8 * bit + 8] = 220 if index >> bit & 1 else 30
        pictures.append(picture)
    return pictures


def frame_number(codes: np.ndarray) -> int:
    """Read the number that `moving_square` wrote into a frame of 64 columns or more.

    Args:
        codes: Display-encoded sRGB, uint8 or uint16, (H, W, 3).
    """
    middle = np.iinfo(codes.dtype).max / 2
    return sum(int(codes[3, 8 * bit + 4].mean() > middle) << bit for bit in range(8))


def still(count: int, height: int = 48, width: int = 64, colour: tuple[int, int, int] = (128, 96, 64)) -> list:
    """Repeat a picture of one colour; uint8, (H, W, 3)."""
    return [np.full((height, width, 3), colour, np.uint8)] * count


def demuxed(path: Path, kind: str) -> list[tuple[int | None, bytes]]:
    """Read the packets of a clip's first stream of a kind ("audio", "subtitle", "video"): time stamp and contents."""
    with av.open(str(path)) as container:
        stream = getattr(container.streams, kind if kind != "subtitle" else "subtitles")[0]
        return [(packet.pts, bytes(packet)) for packet in container.demux(stream) if packet.size]


def _size(picture: np.ndarray | av.VideoFrame) -> tuple[int, int]:
    return (picture.height, picture.width) if isinstance(picture, av.VideoFrame) else picture.shape[:2]


def _frame(picture: np.ndarray | av.VideoFrame, pix_fmt: str, matrix: str | None, full_range: bool) -> av.VideoFrame:
    if isinstance(picture, av.VideoFrame):
        return picture
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    if pix_fmt.startswith(RGB_FORMATS) or matrix == "rgb":
        return frame.reformat(format=pix_fmt)
    return frame.reformat(
        format=pix_fmt,
        # libswscale's numbers: 1 BT.709, 5 BT.601, 9 BT.2020.
        dst_colorspace={"bt601": 5, "bt601-625": 5, "bt2020": 9}.get(matrix, 1),
        dst_color_range=2 if full_range else 1,
        interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP,
    )


def _encode_tone(stream: av.AudioStream, seconds: float) -> Iterator[av.Packet]:
    """Encode 440 Hz, in stereo."""
    context = stream.codec_context
    resampler = av.AudioResampler(format=context.format, layout=context.layout, rate=48000)
    time = np.arange(round(seconds * 48000)) / 48000
    wave = np.repeat((8000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16), 2)[None]
    frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    packets = []
    for piece in itertools.chain(resampler.resample(frame), resampler.resample(None)):
        packets += stream.encode(piece)
    return packets + stream.encode(None)


def _subtitle_packets(stream: av.stream.Stream, codec: str, seconds: float) -> list[av.Packet]:
    packets = []
    for index in range(max(1, int(seconds * 2))):
        text = f"line {index}".encode()
        packet = av.Packet(len(text).to_bytes(2, "big") + text if codec == "mov_text" else text)
        packet.stream = stream
        packet.time_base = Fraction(1, 1000)
        packet.pts = packet.dts = 500 * index
        packet.duration = 400
        packets.append(packet)
    return packets
