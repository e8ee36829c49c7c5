"""One clip from end to end: what the command line, the app and the package all call."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from hdr_demo.errors import Stopped, VideoError
from hdr_demo.photo import PhotoExpander
from hdr_demo.video.clip import Clip, Frame
from hdr_demo.video.cuts import find_cuts
from hdr_demo.video.expand import Answer, expand_frames
from hdr_demo.video.hdr_frame import HdrFrame
from hdr_demo.video.light_level import LightLevel
from hdr_demo.video.outputs import VIDEO_OUTPUTS, Sink, check_outputs
from hdr_demo.video.reader import read_frames
from hdr_demo.video.settings import ClipSettings
from hdr_demo.video.steady import steady

# From where the last frame is looked for, back from the moment that was asked for.
LOOK_BACK_SECONDS = (2.0, 20.0)


@dataclass(frozen=True)
class ConvertedClip:
    """What became of a clip.

    Attributes:
        files: The files by the names of `VIDEO_OUTPUTS`.
        frames: How many frames each has.
        seconds: What it took.
        stopped: Whether the person stopped it, so that the files end early.
        first_seconds: When their first frame is shown in the source, from its first frame.
        level: The content light level of the HDR10 files, or None.
        notes: Sentences about what a person should know of the files.
    """

    files: dict[str, Path]
    frames: int
    seconds: float
    stopped: bool
    first_seconds: float
    level: LightLevel | None
    notes: tuple[str, ...]


def convert_clip(
    clip: Clip,
    expander: PhotoExpander,
    targets: Mapping[str, Path],
    settings: ClipSettings,
    *,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> ConvertedClip:
    """Turn a clip into HDR and SDR files. Memory does not grow with its length.

    Args:
        clip: As `open_clip` gives it.
        expander: The network; or what takes turns with others for it.
        targets: Where to write, by the names of `VIDEO_OUTPUTS`. Nothing appears there before the end.
        settings: What was chosen.
        progress: Called after each frame with the frames written and the frames in all, 0 if nobody knows.
        should_stop: Asked before each frame and each tile. What was written until then is kept, as playable files.

    Returns:
        The files and what is to be said about them.

    Raises:
        Stopped: If it was stopped before the first frame was written.
        VideoError: If no frame can be read.
        OutputError: If a file cannot be written. No file is left then, nor after any other error.
        DeviceError: If not even the smallest tile fits into the device's memory.
    """
    check_outputs(targets, clip, settings)
    began = time.perf_counter()
    total = count_frames(clip, settings)
    stopped, first_pts = False, None

    def until_stopped(answers: Iterator[Answer]) -> Iterator[Answer]:
        nonlocal stopped
        try:
            yield from answers
        except Stopped:
            stopped = True

    renders = any(VIDEO_OUTPUTS[name].renders for name in targets)
    sinks: dict[str, Sink] = {}
    written = 0

    def write(frame: HdrFrame) -> None:
        nonlocal written, first_pts
        if not sinks:
            first_pts = frame.frame.pts
            for name, path in targets.items():
                sinks[name] = VIDEO_OUTPUTS[name].open(path, clip, settings, *frame.hdr.shape[:2])
                failed.callback(sinks[name].abort)
        for sink in sinks.values():
            sink.write(frame)
        written += 1
        if progress:
            progress(written, max(total, written) if total else 0)

    with ExitStack() as failed:  # every sink is aborted, even if aborting another one fails
        with ExitStack() as threads:
            source = threads.enter_context(_Ahead(read_frames(clip, **_range(settings))))
            writer = threads.enter_context(_Behind(write))
            answers = expand_frames(find_cuts(source), expander, clip.time_base, settings, should_stop=should_stop)
            for frame in steady(until_stopped(answers), expander.checkpoint.reading, settings, renders=renders):
                if stopped:  # frames that wait for their neighbours are not waited for
                    break
                writer.put(frame)
            writer.wait()
        if not written:
            raise Stopped
        for sink in sinks.values():
            sink.finish(stopped=stopped)
        finished = {name: sink.publish() for name, sink in sinks.items()}
        failed.pop_all()
    return ConvertedClip(
        files={name: result.path for name, result in finished.items()},
        frames=written,
        seconds=time.perf_counter() - began,
        stopped=stopped,
        first_seconds=float((first_pts - clip.first_pts) * clip.time_base),
        level=next((result.light for result in finished.values() if result.light), None),
        notes=tuple(dict.fromkeys(note for result in finished.values() for note in result.notes)),
    )


def expand_one(clip: Clip, expander: PhotoExpander, settings: ClipSettings, at: float) -> HdrFrame:
    """Expand a single frame, to try an operator on it.

    Args:
        clip: As `open_clip` gives it.
        expander: The network.
        settings: What was chosen; `start` and `end` do not count.
        at: Which frame: the one shown at that time, in seconds from the clip's first frame; after the end, the last.

    Returns:
        The frame and its light.

    Raises:
        VideoError: If it cannot be read.
        DeviceError: If not even the smallest tile fits into the device's memory.
    """
    answers = expand_frames(iter([(_find_frame(clip, at, settings), True)]), expander, clip.time_base, settings)
    return next(steady(answers, expander.checkpoint.reading, settings))


def _find_frame(clip: Clip, at: float, settings: ClipSettings) -> Frame:
    try:
        with closing(read_frames(clip, start=at, max_side=settings.max_side)) as frames:
            return next(frames)
    except VideoError:
        if at <= 0:
            raise
    # The header may promise more than there is, so the end is looked for from farther and farther back.
    for start in sorted({max(0.0, at - back) for back in LOOK_BACK_SECONDS} | {0.0}, reverse=True):
        try:
            with closing(read_frames(clip, start=start, max_side=settings.max_side)) as frames:
                return deque(frames, maxlen=1)[0]
        except VideoError:
            if start == 0:
                raise
    raise AssertionError("the search ends at 0")


def count_frames(clip: Clip, settings: ClipSettings) -> int:
    """Estimate how many frames a conversion has.

    Args:
        clip: As `open_clip` gives it.
        settings: What was chosen.

    Returns:
        Frames; 0 if nobody knows.
    """
    seconds = clip.seconds if clip.seconds is not None else settings.end
    if seconds is None or (settings.start <= 0 and settings.end is None):
        return clip.frame_count or 0
    end = min(seconds, settings.end) if settings.end is not None else seconds
    # The frame that is shown at the start belongs to the range.
    return max(1, math.ceil(end * clip.rate) - math.floor(max(settings.start, 0) * clip.rate))


def _range(settings: ClipSettings) -> dict[str, float | int | None]:
    return {"start": settings.start, "end": settings.end, "max_side": settings.max_side}


class _Ahead:
    """Reads the next frame in a thread of its own while this one is worked on."""

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> Iterator[Frame]:
        return self._read()

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()
        self._frames.close()

    def _read(self) -> Iterator[Frame]:
        coming = self._thread.submit(next, self._frames, None)
        while (frame := coming.result()) is not None:
            coming = self._thread.submit(next, self._frames, None)
            yield frame


class _Behind:
    """Writes a frame in a thread of its own while the next one is worked on."""

    def __init__(self, write: Callable[[HdrFrame], None]) -> None:
        self._write = write
        self._thread = ThreadPoolExecutor(1)
        self._pending: Future[None] | None = None

    def __enter__(self) -> "_Behind":
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    def put(self, frame: HdrFrame) -> None:
        """Hand a frame over, as soon as the one before is written; what went wrong with that is raised here."""
        self.wait()
        self._pending = self._thread.submit(self._write, frame)

    def wait(self) -> None:
        """Wait for the last frame; raises what went wrong with it."""
        if self._pending:
            self._pending.result()
