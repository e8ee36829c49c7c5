"""Reading the frames of a clip, one after the other."""

import itertools
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import av

from hdr_demo.errors import VideoError
from hdr_demo.io.refusal import shown_name
from hdr_demo.video.clip import Clip, Frame
from hdr_demo.video.codes import code_reader
from hdr_demo.video.source import damaged, decode_pictures, open_source


def read_frames(
    clip: Clip, *, start: float = 0.0, end: float | None = None, max_side: int | None = None
) -> Iterator[Frame]:
    """Read a clip's frames in the order in which they are shown; one at a time is held.

    Args:
        clip: As `open_clip` gives it.
        start: Seconds from the clip's first frame; the first frame read is the one that is on the screen then.
        end: Seconds likewise; no frame is read that is shown only from then on. None reads to the clip's end.
        max_side: Frames whose longer side has more pixels are reduced to it.

    Yields:
        Frames with the time stamps of the source; a stamp that is missing or runs backwards is filled in. What cannot
        be decoded is left out, and a clip that breaks off ends there.

    Raises:
        VideoError: If no frame can be read.
    """
    first = clip.first_pts + _exactly(max(start, 0.0)) / clip.time_base
    stop = None if end is None else clip.first_pts + _exactly(end) / clip.time_base
    read = code_reader(clip, max_side)
    index = 0
    for pts, duration, picture in _pictures_from(clip, first):
        if stop is not None and pts >= stop:
            break
        if pts + duration <= first:
            continue
        yield Frame(index, pts, duration, read(picture))
        index += 1
    if index == 0:
        name = shown_name(clip.path)
        if start > 0 or end is not None:
            raise VideoError(f"{name} shows no frame in the part that was asked for: choose another start or end.")
        raise damaged(name)


def _exactly(seconds: float) -> Fraction:
    """Take a number of seconds for the fraction that was meant: 0.52 is 13/25, not a little more."""
    return Fraction(seconds).limit_denominator(1_000_000)


def _pictures_from(clip: Clip, first: Fraction) -> Iterator[tuple[int, int, av.VideoFrame]]:
    """Decode from the key frame before a time stamp, or from the beginning where the file cannot be searched."""
    step = max(1, round(1 / (clip.rate * clip.time_base)))
    for seeks in (first > clip.first_pts, False):
        with open_source(clip.path) as container:
            stream = container.streams[clip.stream]
            if seeks:
                try:
                    container.seek(math.floor(first), stream=stream)
                except av.error.FFmpegError:
                    continue
            pictures = decode_pictures(container, stream, clip.height * clip.width)
            if seeks:
                opening = next(pictures, None)
                if opening is None or opening.pts is None or opening.pts > first:
                    continue
                pictures = itertools.chain((opening,), pictures)
            if clip.interlaced:
                pictures = _deinterlace(pictures, stream)
            yield from _timed(pictures, clip.first_pts, step)
            return


def _timed(pictures: Iterable[av.VideoFrame], first: int, step: int) -> Iterator[tuple[int, int, av.VideoFrame]]:
    """Tell when each picture is shown and how long: until the next one is."""
    before = None
    last = first - step
    for picture in pictures:
        # A step later where the stamp is missing; and one tick later where stamps stand still or run backwards.
        pts = last + step if picture.pts is None else picture.pts
        if before is not None:
            pts = max(pts, last + 1)
            yield last, pts - last, before
        before, last = picture, pts
    if before is not None:
        yield last, max(1, before.duration or step), before


def _deinterlace(pictures: Iterable[av.VideoFrame], stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """Make whole pictures, as many as there are, of those that are marked as interlaced (the BBC's bwdif)."""
    graph = av.filter.Graph()
    nodes = graph.add_buffer(template=stream), graph.add("bwdif", "mode=send_frame:deint=interlaced")
    sink = graph.add("buffersink")
    nodes[0].link_to(nodes[1])
    nodes[1].link_to(sink)
    graph.configure()
    for picture in itertools.chain(pictures, (None,)):
        graph.push(picture)
        while True:
            try:
                whole = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                break
            # The filter counts in half units.
            unit = whole.time_base / stream.time_base
            whole.pts = None if whole.pts is None else round(whole.pts * unit)
            whole.duration, whole.time_base = round(whole.duration * unit), stream.time_base
            yield whole
