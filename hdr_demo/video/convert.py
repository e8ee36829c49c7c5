"""One clip from end to end: what the command line, the app and the package all call."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from hdr_demo.errors import Stopped
from hdr_demo.photo import PhotoExpander
from hdr_demo.video.clip import Clip, Frame
from hdr_demo.video.cuts import find_cuts
from hdr_demo.video.expand import Answer, expand_frames
from hdr_demo.video.hdr_frame import HdrFrame
from hdr_demo.video.light_level import LightLevel
from hdr_demo.video.outputs import VIDEO_OUTPUTS, Sink
from hdr_demo.video.reader import read_frames
from hdr_demo.video.settings import ClipSettings
from hdr_demo.video.steady import steady


@dataclass(frozen=True)
class ConvertedClip:
    """What became of a clip.

    Attributes:
        files: The files by the names of `VIDEO_OUTPUTS`.
        frames: How many frames each has.
        seconds: What it took.
        stopped: Whether the person stopped it, so that the files end early.
        level: The content light level of the HDR10 files, or None.
        notes: Sentences about what a person should know of the files.
    """

    files: dict[str, Path]
    frames: int
    seconds: float
    stopped: bool
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
        should_stop: Asked before each tile. What was finished until then is kept, as playable files.

    Returns:
        The files and what is to be said about them.

    Raises:
        Stopped: If it was stopped before the first frame was written.
        VideoError: If no frame can be read.
        OutputError: If a file cannot be written. No file is left then, nor after any other error.
        DeviceError: If not even the smallest tile fits into the device's memory.
    """
    began = time.perf_counter()
    total = count_frames(clip, settings)
    stopped = False

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
        nonlocal written
        if not sinks:
            for name, path in targets.items():
                sinks[name] = VIDEO_OUTPUTS[name].open(path, clip, settings, *frame.hdr.shape[:2])
        for sink in sinks.values():
            sink.write(frame)
        written += 1
        if progress:
            progress(written, max(total, written) if total else 0)

    try:
        with ExitStack() as threads:
            source = threads.enter_context(_Ahead(read_frames(clip, **_range(settings))))
            writer = threads.enter_context(_Behind(write))
            answers = expand_frames(find_cuts(source), expander, clip.time_base, settings, should_stop=should_stop)
            for frame in steady(until_stopped(answers), expander.checkpoint.reading, settings, renders=renders):
                writer.put(frame)
            writer.wait()
        if not written:
            raise Stopped
        finished = {name: sink.finish(stopped=stopped) for name, sink in sinks.items()}
    except BaseException:
        for sink in sinks.values():
            sink.abort()
        raise
    return ConvertedClip(
        files={name: result.path for name, result in finished.items()},
        frames=written,
        seconds=time.perf_counter() - began,
        stopped=stopped,
        level=next((result.light for result in finished.values() if result.light), None),
        notes=tuple(dict.fromkeys(note for result in finished.values() for note in result.notes)),
    )


def expand_one(clip: Clip, expander: PhotoExpander, settings: ClipSettings, at: float) -> HdrFrame:
    """Expand a single frame, to try an operator on it.

    Args:
        clip: As `open_clip` gives it.
        expander: The network.
        settings: What was chosen; `start` and `end` do not count.
        at: Which frame: the one shown at that time, in seconds from the clip's first frame.

    Returns:
        The frame and its light.

    Raises:
        VideoError: If it cannot be read.
        DeviceError: If not even the smallest tile fits into the device's memory.
    """
    frames = read_frames(clip, start=at, max_side=settings.max_side)
    try:
        single = iter([(next(frames), True)])
    finally:
        frames.close()
    answers = expand_frames(single, expander, clip.time_base, settings)
    return next(steady(answers, expander.checkpoint.reading, settings))


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
