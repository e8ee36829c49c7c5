"""Frames for the outputs, without the network: what is read becomes light four times as bright."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hdr_demo.color import decode_srgb
from hdr_demo.video.clip import Clip
from hdr_demo.video.hdr_frame import HdrFrame
from hdr_demo.video.header import open_clip
from hdr_demo.video.outputs import VIDEO_OUTPUTS
from hdr_demo.video.reader import read_frames
from hdr_demo.video.settings import ClipSettings
from hdr_demo.video.sink import Finished, Sink
from tests.video.programs import run_program


def render(hdr: np.ndarray) -> np.ndarray:
    """Tone-map so that it differs from the input."""
    return np.clip(hdr / 8, 0, 1) ** np.float32(0.5)


def light_frames(clip: Clip, settings: ClipSettings) -> Iterator[HdrFrame]:
    for frame in read_frames(clip, start=settings.start, end=settings.end, max_side=settings.max_side):
        yield HdrFrame(frame, decode_srgb(frame.ldr) * np.float32(4), render)


def open_output(name: str, clip: Clip, target: Path, settings: ClipSettings) -> Sink:
    return VIDEO_OUTPUTS[name].open(target, clip, settings, *clip.size(settings.max_side))


def write_output(
    name: str, source: Path, target: Path, settings: ClipSettings | None = None, *, stop_after: int | None = None
) -> Finished:
    """Convert a clip, or its first frames."""
    settings, clip = settings or ClipSettings(), open_clip(source)
    sink = open_output(name, clip, target, settings)
    for count, frame in enumerate(light_frames(clip, settings), 1):
        sink.write(frame)
        if count == stop_after:
            sink.finish(stopped=True)
            return sink.publish()
    sink.finish()
    return sink.publish()


def streams(path: Path) -> dict[str, dict]:
    """What ffprobe says of the first track of each kind: "video", "audio", "subtitle"."""
    told = json.loads(run_program("ffprobe", "-v", "error", "-show_streams", "-of", "json", path))["streams"]
    return {stream["codec_type"]: stream for stream in reversed(told)}


def packets(path: Path, kind: str) -> list[tuple[float, float, str]]:
    """The packets of a track as ffprobe sees them: when shown and when decoded in seconds, and a hash of the bytes."""
    entries = "packet=pts_time,dts_time,data_hash"
    words = ("-v", "error", "-select_streams", kind[0], "-show_entries", entries, "-show_data_hash", "sha256")
    told = json.loads(run_program("ffprobe", *words, "-of", "json", path))["packets"]
    return [(float(packet["pts_time"]), float(packet.get("dts_time", "nan")), packet["data_hash"]) for packet in told]


def shown_at(path: Path) -> list[float]:
    """When each picture is shown, in seconds, as ffprobe sees it."""
    return sorted(pts for pts, _, _ in packets(path, "video"))
