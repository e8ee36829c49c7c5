"""Encode frames into a video-only mp4."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np

from hdr_demo.errors import OutputError
from hdr_demo.io.output import cannot_write
from hdr_demo.io.svt import quiet_svt
from hdr_demo.video.light_level import PLACEHOLDER, LightLevel, LightMeter
from hdr_demo.video.signal import Signal
from hdr_demo.video.yuv import to_yuv420

# A player that jumps decodes from the key frame before: two seconds keep that quick and cost some 2 % in size.
KEY_FRAME_SECONDS = 2
# SVT-AV1 takes no more. The rate only guides the encoder; when a frame is shown is up to its time stamp.
HIGHEST_RATE = Fraction(240)
# With AVX-512, x265's macroblock tree writes beyond its buffers where a frame is at most 48 pixels wide.
NARROW = 64
LIMITED_RANGE = 1  # libavutil's AVCOL_RANGE_MPEG


@dataclass(frozen=True)
class Codec:
    """An encoder and its settings.

    Attributes:
        label: As people call it.
        encoder: As libavcodec calls it.
        tag: How mp4 calls it. Apple plays HEVC as hvc1 only; FFmpeg would write hev1.
        smallest: The shortest side it takes, in pixels.
        options: What it is told, for a signal, the peak in nits and the width of the frames.
    """

    label: str
    encoder: str
    tag: str
    smallest: int
    options: Callable[[Signal, float, int], dict[str, str]]


class VideoEncoder:
    """Writes a video stream, one frame at a time.

    Args:
        path: The file; it is replaced, and removed after a failure.
        codec: A key of `CODECS`.
        signal: A row of `SIGNALS`.
        height: Of the frames. An odd one is made even by repeating the last row.
        width: Likewise, by repeating the last column.
        rate: Frames a second, on the average.
        time_base: The unit of time stamps in seconds.
        pixel_aspect: Width of a pixel over its height.
        peak_nits: What HDR signals do not exceed.
        white_nits: The luminance of 1.0 in HDR signals.
        target: The file to name in what people read, if `path` is temporary.

    Raises:
        OutputError: If the file cannot be written, the codec has no frames of this size, or PyAV lacks it.
    """

    def __init__(
        self,
        path: Path,
        *,
        codec: str,
        signal: Signal,
        height: int,
        width: int,
        rate: Fraction,
        time_base: Fraction,
        pixel_aspect: Fraction = Fraction(1),
        peak_nits: float,
        white_nits: float,
        target: Path | None = None,
    ) -> None:
        self._path, self._target = path, target or path
        self._signal, self._white_nits, self._peak_nits = signal, white_nits, peak_nits
        self._time_base = time_base
        self._meter = LightMeter() if signal.has_light_level else None
        self._durations: dict[int, int] = {}
        self._first_pts = self._last_pts = self._first_dts = None
        self._frames = self._last_duration = 0
        row = CODECS[codec]
        check_size(codec, height, width, self._target)
        height, width = _even(height, width)
        if row.encoder not in av.codecs_available:
            raise OutputError(
                f"{self._target} cannot be written, because this PyAV has no {row.encoder}: install it as "
                "requirements.txt says, or choose another format."
            )
        self._container = None
        with self._translated(), quiet_svt():
            # The movie's own clock, in which the delay before the first frame is stated, is as fine as the stream's.
            clock = time_base.denominator * -(-1000 // time_base.denominator)
            muxing = {"movflags": "+write_colr", "movie_timescale": str(clock)}
            self._container = av.open(str(path), "w", format="mp4", options=muxing)
            options = row.options(signal, peak_nits, width) | {
                "chroma_sample_location": "left",
                "g": str(max(1, round(KEY_FRAME_SECONDS * rate))),
            }
            self._stream = self._container.add_stream(row.encoder, rate=min(rate, HIGHEST_RATE), options=options)
            context = self._stream.codec_context
            context.width, context.height = width, height
            context.pix_fmt = "yuv420p" if signal.bits == 8 else f"yuv420p{signal.bits}le"
            context.time_base = time_base
            context.sample_aspect_ratio = pixel_aspect
            context.codec_tag = row.tag
            _tag(context, signal)
            self._container.start_encoding()

    def write(self, rgb: np.ndarray, pts: int, duration: int) -> None:
        """Encode a frame.

        Args:
            rgb: What the signal takes: for SDR display-encoded sRGB, for PQ and HLG linear RGB with 1.0 the clip's
                white, float32, (H, W, 3).
            pts: When it is shown, in units of the time base; later than the frame before.
            duration: How long.

        Raises:
            OutputError: If it cannot be written; nothing is left of the file.
            ValueError: If its time stamp is not later than the one before.
        """
        if self._last_pts is not None and pts <= self._last_pts:
            raise ValueError(f"the time stamp {pts} is not later than {self._last_pts}")
        if self._signal.light:
            rgb = self._signal.light(rgb, self._white_nits, self._peak_nits)
        if self._meter:
            self._meter.add(rgb)
        planes = to_yuv420(self._signal.encode(rgb), self._signal.luma_weights, self._signal.bits)
        frame = _to_frame(planes, self._stream.codec_context.pix_fmt)
        frame.pts, frame.time_base = pts, self._time_base
        _tag(frame, self._signal)
        self._first_pts = pts if self._first_pts is None else self._first_pts
        self._last_pts = pts
        self._durations[pts] = self._last_duration = duration
        self._frames += 1
        with self._translated():
            self._mux(self._stream.encode(frame))

    def finish(self) -> LightLevel | None:
        """Encode what is pending and close the file.

        Returns:
            The light level of what was encoded, for signals that state one; the file holds `PLACEHOLDER` in its place.

        Raises:
            OutputError: As `write` does.
        """
        with self._translated():
            packets = self._stream.encode(None)
            if self._frames <= 2:
                # x265 leaves the decoding times of such clips unset. Two frames are decoded as they are shown.
                for packet in packets:
                    packet.dts = packet.pts
            if packets:
                # mp4 counts durations in the order of decoding, so the last one makes up for what is not yet counted.
                first = packets[0].dts if self._first_dts is None else self._first_dts
                shown = self._last_pts + self._last_duration - self._first_pts
                self._durations[packets[-1].pts] = max(1, shown - (packets[-1].dts - first))
            self._mux(packets)
            self._container.close()
        return self._meter.level if self._meter else None

    def abort(self) -> None:
        """Give up: nothing is left of the file."""
        if self._container is not None:
            with suppress(av.error.FFmpegError, OSError):
                self._container.close()
        self._path.unlink(missing_ok=True)

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            # Encoders hand back time stamps as they were given, but no durations.
            packet.duration = self._durations.pop(packet.pts, 0)
            self._first_dts = packet.dts if self._first_dts is None else self._first_dts
            self._container.mux(packet)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Remove the file after any failure, and say what libav or the system says in a sentence."""
        try:
            yield
        except BaseException as error:
            self.abort()
            if isinstance(error, (av.error.FFmpegError, OSError)):
                raise cannot_write(self._target, error) from error
            raise


def check_size(codec: str, height: int, width: int, target: Path, *, output: str = "") -> None:
    """Refuse frames that a codec does not take; nothing is opened for it.

    Args:
        codec: A key of `CODECS`.
        height: Of the frames.
        width: Of the frames.
        target: The file to name.
        output: What people chose, if that is more than the codec.

    Raises:
        OutputError: If they are too small.
    """
    row = CODECS[codec]
    height, width = _even(height, width)
    if min(height, width) < row.smallest:
        raise OutputError(
            f"{target} cannot be written, because {output or row.label} needs frames of at least "
            f"{row.smallest}×{row.smallest} pixels and these have {width}×{height}: choose another format."
        )


def _even(height: int, width: int) -> tuple[int, int]:
    return height + height % 2, width + width % 2


def _tag(target: av.VideoFrame | av.VideoCodecContext, signal: Signal) -> None:
    target.color_primaries, target.color_trc = signal.primaries, signal.transfer
    target.colorspace, target.color_range = signal.matrix, LIMITED_RANGE


def _to_frame(planes: tuple[np.ndarray, ...], pix_fmt: str) -> av.VideoFrame:
    height, width = planes[0].shape
    frame = av.VideoFrame(width, height, pix_fmt)
    for plane, samples in zip(frame.planes, planes):
        rows = np.frombuffer(plane, samples.dtype).reshape(plane.height, plane.line_size // samples.itemsize)
        rows[:, : plane.width] = samples
    return frame


def _h264(signal: Signal, peak_nits: float, width: int) -> dict[str, str]:
    return {"preset": "fast", "crf": "18"}


def _av1(signal: Signal, peak_nits: float, width: int) -> dict[str, str]:
    parameters = ["enable-hdr=1"]
    if signal.has_light_level:
        parameters += [
            f"mastering-display=G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L({peak_nits:g},0.0001)",
            f"content-light={PLACEHOLDER.max_cll},{PLACEHOLDER.max_fall}",
        ]
    return {"preset": "8", "crf": "20", "svtav1-params": ":".join(parameters)}


def _hevc(signal: Signal, peak_nits: float, width: int) -> dict[str, str]:
    parameters = ["log-level=error", "info=0", "repeat-headers=1"]
    if signal.has_light_level:
        # Chromaticities in units of 0.00002, luminances in units of 0.0001 (SMPTE ST 2086).
        parameters += [
            "hdr10=1",
            f"master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L({round(peak_nits * 10000)},1)",
            f"max-cll={PLACEHOLDER.max_cll},{PLACEHOLDER.max_fall}",
        ]
    if width < NARROW:
        parameters.append("cutree=0")
    return {"preset": "fast", "crf": "18", "x265-params": ":".join(parameters)}


# The mastering display has the primaries of P3 and the white D65, as is customary within BT.2020.
CODECS: dict[str, Codec] = {
    "h264": Codec("H.264", "libx264", "avc1", 2, _h264),
    # SVT-AV1 takes frames from 4×4 on, and may crash below 32×32.
    "av1": Codec("AV1", "libsvtav1", "av01", 32, _av1),
    "hevc": Codec("HEVC", "libx265", "hvc1", 16, _hevc),
}
