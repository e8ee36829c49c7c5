"""The kinds of files that a clip becomes."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from hdr_demo.io.output import temporary_for, writer_for
from hdr_demo.video.clip import Clip
from hdr_demo.video.container import CONTAINERS, finish_clip
from hdr_demo.video.encoder import VideoEncoder, check_size
from hdr_demo.video.exr_sequence import write_sequence
from hdr_demo.video.hdr_frame import HdrFrame
from hdr_demo.video.light_boxes import add_light_boxes
from hdr_demo.video.settings import ClipSettings
from hdr_demo.video.side_by_side import full_size, half_size, join_halves
from hdr_demo.video.signal import SIGNALS
from hdr_demo.video.sink import Finished, Sink, Writer


@dataclass(frozen=True)
class VideoOutput:
    """A kind of file.

    Attributes:
        name: How the command line and the API call it.
        label: How the app calls it.
        ending: What follows the clip's name in the file's; "{operator}" stands for the tone mapper.
        plays_on: Who can play it.
        renders: Whether it shows tone-mapped frames.
        open: Opens one: target, clip, settings, height and width of the frames.
    """

    name: str
    label: str
    ending: str
    plays_on: str
    renders: bool
    open: Callable[[Path, Clip, ClipSettings, int, int], Sink]

    @property
    def codec(self) -> str | None:
        """A key of `encoder.CODECS`, or None if it is no video."""
        return self.open.keywords["codec"] if isinstance(self.open, partial) else None


def check_outputs(targets: Mapping[str, Path], clip: Clip, settings: ClipSettings) -> None:
    """Refuse outputs that cannot hold a clip's frames, before any work is done.

    Args:
        targets: Where to write, by the names of `VIDEO_OUTPUTS`.
        clip: As `open_clip` gives it.
        settings: What was chosen.

    Raises:
        OutputError: If the frames are too small for one of them.
    """
    for name, target in targets.items():
        row = VIDEO_OUTPUTS[name]
        if row.codec:
            check_size(row.codec, *clip.size(settings.max_side), target, output=row.label)


def open_video(
    target: Path,
    clip: Clip,
    settings: ClipSettings,
    height: int,
    width: int,
    *,
    codec: str,
    signal: str,
    picture: Callable[[HdrFrame], np.ndarray],
    size: Callable[[int, int], tuple[int, int]] = lambda height, width: (height, width),
    notes: Callable[[Path, int, int], tuple[str, ...]] = lambda target, height, width: (),
) -> Sink:
    """Open a video file.

    Args:
        target: The file to appear, .mp4 or .mkv.
        clip: The source, whose sound and subtitles are copied.
        settings: What was chosen.
        height: Of the frames.
        width: Of the frames.
        codec: A key of `encoder.CODECS`.
        signal: A key of `signal.SIGNALS`.
        picture: What is shown of a frame.
        size: Its height and width, from those of the frames.
        notes: What is to be said beforehand about frames of that size.

    Returns:
        Where to send the frames.

    Raises:
        OutputError: If it cannot be written.
    """
    writer_for(target, CONTAINERS)
    writer = _write_video(
        target, clip, settings, codec, signal, picture, size(height, width), notes(target, height, width)
    )
    return Sink(writer)


def _write_video(
    target: Path,
    clip: Clip,
    settings: ClipSettings,
    codec: str,
    signal: str,
    picture: Callable[[HdrFrame], np.ndarray],
    size: tuple[int, int],
    notes: tuple[str, ...],
) -> Writer:
    with temporary_for(target) as joined:
        with temporary_for(target) as encoded:
            encoder = VideoEncoder(
                encoded,
                codec=codec,
                signal=SIGNALS[signal],
                height=size[0],
                width=size[1],
                rate=clip.rate,
                time_base=clip.time_base,
                pixel_aspect=clip.pixel_aspect,
                peak_nits=settings.peak_nits,
                white_nits=settings.white_nits,
                target=target,
            )
            first = end = None
            try:
                while isinstance(frame := (yield), HdrFrame):
                    pts, duration = frame.frame.pts, frame.frame.duration
                    encoder.write(picture(frame), pts, duration)
                    first, end = pts if first is None else first, pts + duration
                if first is None:
                    raise ValueError("a video file needs at least one frame")
                level = encoder.finish()
                if level:
                    add_light_boxes(encoded, level)
            except BaseException:
                encoder.abort()
                raise
            path, more = finish_clip(
                encoded,
                clip,
                target,
                joined,
                codec=codec,
                first_pts=first,
                trimmed=settings.start > 0 and first > clip.first_pts,
                end_pts=end if frame.stopped else _chosen_end(clip, settings, end),
                level=level,
            )
        yield
        os.replace(joined, path)
    return Finished(path, (*notes, *more), level)


def _chosen_end(clip: Clip, settings: ClipSettings, last: int) -> int | None:
    """Tell where sound ends: as chosen, even beyond the pictures; or with the last one, if it is shown longer."""
    if settings.end is None:
        return None
    return max(last, clip.first_pts + round(settings.end / clip.time_base))


def _open_sequence(target: Path, clip: Clip, settings: ClipSettings, height: int, width: int) -> Sink:
    return Sink(write_sequence(target, clip, settings))


def _sdr(frame: HdrFrame) -> np.ndarray:
    return frame.sdr


def _hdr(frame: HdrFrame) -> np.ndarray:
    return frame.hdr


def _both(frame: HdrFrame) -> np.ndarray:
    return join_halves(frame.frame.ldr, frame.sdr)


def _reduced(target: Path, height: int, width: int) -> tuple[str, ...]:
    if half_size(height, width) == (height, width):
        return ()
    height, width = full_size(height, width)
    return (f"{target.name} is reduced to {width}×{height} pixels, which is what common players decode.",)


_AV1_PLAYERS = (
    "Chrome, Edge, Firefox, Android phones and televisions since about 2020, iPhones since the 15 Pro and Macs since "
    "the M3"
)
_HEVC_PLAYERS = (
    "iPhones, iPads, Macs and televisions since about 2016; of browsers Safari, and Chrome and Edge where the computer "
    "has an HEVC decoder"
)
_OUTPUTS = (
    VideoOutput(
        "sdr",
        "SDR (H.264)",
        "_{operator}.mp4",
        "Every browser, phone, computer and television.",
        True,
        partial(open_video, codec="h264", signal="sdr", picture=_sdr),
    ),
    VideoOutput(
        "hdr10_av1",
        "HDR10 (AV1)",
        "_hdr10_av1.mp4",
        f"{_AV1_PLAYERS}.",
        False,
        partial(open_video, codec="av1", signal="pq", picture=_hdr),
    ),
    VideoOutput(
        "hdr10_hevc",
        "HDR10 (HEVC)",
        "_hdr10_hevc.mp4",
        f"{_HEVC_PLAYERS}.",
        False,
        partial(open_video, codec="hevc", signal="pq", picture=_hdr),
    ),
    VideoOutput(
        "hlg_av1",
        "HLG (AV1)",
        "_hlg_av1.mp4",
        f"{_AV1_PLAYERS}; HLG adapts to how bright the screen is.",
        False,
        partial(open_video, codec="av1", signal="hlg", picture=_hdr),
    ),
    VideoOutput(
        "hlg_hevc",
        "HLG (HEVC)",
        "_hlg_hevc.mp4",
        f"{_HEVC_PLAYERS}; HLG adapts to how bright the screen is.",
        False,
        partial(open_video, codec="hevc", signal="hlg", picture=_hdr),
    ),
    VideoOutput(
        "side_by_side",
        "Side by side (H.264)",
        "_side_by_side.mp4",
        "Every browser, phone, computer and television; the clip on the left, tone-mapped on the right.",
        True,
        partial(open_video, codec="h264", signal="sdr", picture=_both, size=full_size, notes=_reduced),
    ),
    VideoOutput(
        "exr_sequence",
        "OpenEXR sequence",
        "_exr.zip",
        "No player; editing programs such as DaVinci Resolve, Nuke and Blender, for further work. It has no sound.",
        False,
        _open_sequence,
    ),
)
VIDEO_OUTPUTS: dict[str, VideoOutput] = {output.name: output for output in _OUTPUTS}
