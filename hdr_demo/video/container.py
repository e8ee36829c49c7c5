"""Finished clips: the encoded pictures, with the sound and the subtitles of the source copied packet for packet."""

import heapq
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.container.core import Container as AnyContainer
from av.stream import Discard, Stream

from hdr_demo.errors import OutputError, VideoError
from hdr_demo.io.output import cannot_write
from hdr_demo.io.refusal import shown_name
from hdr_demo.video.clip import Clip
from hdr_demo.video.encoder import CODECS
from hdr_demo.video.light_level import LightLevel, patch_header, patch_light_level
from hdr_demo.video.source import open_source

# The containers by suffix: libavformat's name, and what its muxer is told. mp4 puts its index first, so that a player
# can begin before the file has arrived, and names the colours in a `colr` box, which Apple's players want.
CONTAINERS: dict[str, tuple[str, dict[str, str]]] = {
    ".mp4": ("mp4", {"movflags": "+faststart+write_colr"}),
    ".mkv": ("matroska", {}),
}
# What is copied of the tags; the place where it was recorded is not among them.
_CLIP_METADATA = ("title", "artist", "album", "author", "comment", "copyright", "creation_time", "date", "description")
_TRACK_METADATA = ("language", "title", "name", "handler_name")
# mp4 states when a track begins in units of its own. Finer ones than this overflow 32 bits within the hour.
_FINEST_UNITS = 1_000_000
# Tracks may lie this far apart in a file, in seconds.
_SKEW = 10


@dataclass(frozen=True)
class _Plan:
    """A way to write the file: its container, the tracks of the source that it holds, and what is to be said."""

    suffix: str
    tracks: tuple[Stream, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Cut:
    """What of the source is copied, in seconds of its clock: from `begin` to `end`, moved back by `shift`."""

    first: Fraction
    begin: Fraction | None
    end: Fraction | None
    shift: Fraction


def finish_clip(
    encoded: Path,
    clip: Clip,
    target: Path,
    joined: Path,
    *,
    codec: str,
    first_pts: int,
    trimmed: bool = False,
    end_pts: int | None = None,
    level: LightLevel | None = None,
) -> tuple[Path, tuple[str, ...]]:
    """Join encoded pictures with the sound and the subtitles of the clip they were made from, in one pass.

    Time stamps stay what they are in the source, unless its beginning was trimmed: the first frame is then at 0, and
    everything else moves with it. Sources whose clock begins anywhere (MPEG transport streams) begin at 0 too.

    Args:
        encoded: A file with the pictures only.
        clip: The source.
        target: The file to appear, .mp4 or .mkv. If mp4 cannot hold the sound of the source, it becomes .mkv.
        joined: The file to write, which is to be renamed.
        codec: Of the pictures: "h264", "hevc" or "av1".
        first_pts: The time stamp of the first picture in the source, in units of the clip's time base.
        trimmed: Whether the source has earlier pictures.
        end_pts: Where sound and subtitles end, exclusive, likewise; without it, at their own end.
        level: The light level, which replaces the encoder's placeholder.

    Returns:
        The name that `joined` is to get, and sentences about what a person should know of it.

    Raises:
        OutputError: If it cannot be written.
    """
    with ExitStack() as stack:
        try:
            source = stack.enter_context(open_source(clip.path))
        except VideoError:
            source = None
        plans = [_plan(source, target)] if source else []
        if not plans or plans[0].tracks:
            lost = "could not be copied, because it is damaged, gone or unusual."
            lost = f"The sound and the subtitles of {shown_name(clip.path)} {lost}"
            plans.append(_Plan(target.suffix.lower(), (), (lost,)))
        first = first_pts * clip.time_base
        end = None if end_pts is None else end_pts * clip.time_base
        cut = _Cut(first, first if trimmed else None, end, first if trimmed else _clock_begins(source))
        for plan in plans:
            path = target if plan.suffix == target.suffix.lower() else target.with_suffix(plan.suffix)
            try:
                with av.open(str(encoded)) as pictures:
                    more = _mux(pictures, source, joined, plan, cut, codec, level)
                return path, (*plan.notes, *more)
            except OSError as error:
                raise cannot_write(path, error) from error
            except av.error.FFmpegError as error:
                failure = error
    raise OutputError(f"{target} cannot be written ({failure}): choose another codec.") from failure


def holds(suffix: str, track: Stream) -> bool:
    """Ask a muxer whether it takes a track.

    Args:
        suffix: A key of `CONTAINERS`.
        track: Of a file that is open.
    """
    try:
        with _create(Path(os.devnull), suffix) as trial:
            trial.add_stream_from_template(track, opaque=True)
            trial.start_encoding()
    except (av.error.FFmpegError, ValueError):
        return False
    return True


def _plan(source: InputContainer, target: Path) -> _Plan:
    """Choose the container that was asked for, unless Matroska holds more of the sound.

    Subtitles alone do not change it: who asked for a file that plays everywhere gets one, and is told.
    """
    tracks = [*source.streams.audio, *source.streams.subtitles]
    asked = target.suffix.lower()
    refused = {suffix: [track for track in tracks if not holds(suffix, track)] for suffix in (asked, ".mkv")}
    suffix = min(refused, key=lambda suffix: sum(track.type == "audio" for track in refused[suffix]))
    name = target.with_suffix(suffix).name
    notes = []
    if suffix != asked:
        names = _names(track for track in refused[asked] if track not in refused[suffix])
        notes.append(f"{target.name} became {name}, because {asked[1:]} cannot hold {names}; fewer players take it.")
    if refused[suffix]:
        keeps = "; expand.py --mkv keeps them" if not refused[".mkv"] else ""
        notes.append(f"{name} lacks {_names(refused[suffix])}, which {suffix[1:]} cannot hold{keeps}.")
    return _Plan(suffix, tuple(track for track in tracks if track not in refused[suffix]), tuple(notes))


def _names(tracks: Iterable[Stream]) -> str:
    kinds = {"audio": "sound", "subtitle": "subtitles"}
    names = ((track.type, getattr(track, "name", None)) for track in tracks)
    return " and ".join(f"{kinds[kind]} ({name or 'of an unknown kind'})" for kind, name in names)


def _clock_begins(source: InputContainer | None) -> Fraction:
    """Tell where the clock of a source begins, in seconds: at 0, unless its format has a clock that runs on."""
    runs_on = source and source.start_time is not None and source.format.flags & av.format.Flags.ts_discont.value
    return Fraction(source.start_time, av.time_base) if runs_on else Fraction(0)


def _mux(
    pictures: InputContainer,
    source: InputContainer | None,
    path: Path,
    plan: _Plan,
    cut: _Cut,
    codec: str,
    level: LightLevel | None,
) -> tuple[str, ...]:
    """Write the file; gives notes."""
    video = pictures.streams.video[0]
    options = {}
    if plan.suffix == ".mp4":
        units = math.lcm(*(track.time_base.denominator for track in (video, *plan.tracks)))
        options["movie_timescale"] = str(units if units <= _FINEST_UNITS else video.time_base.denominator)
    notes: list[str] = []
    if plan.suffix == ".mkv" and codec == "av1" and video.sample_aspect_ratio not in (None, 1):
        # PyAV cannot set what the muxer asks for, and AV1 itself does not say it; H.264 and HEVC do.
        notes.append(f"Matroska with AV1 does not say that its pixels have the aspect {video.sample_aspect_ratio}.")
    with _create(path, plan.suffix, options) as result:
        shown = result.add_stream_from_template(video, opaque=True)
        # The template has the aspect that the decoder knows; AV1 has none.
        shown.codec_context.sample_aspect_ratio = video.sample_aspect_ratio or 1
        if plan.suffix == ".mp4":
            shown.codec_context.codec_tag = CODECS[codec].tag
        if level and video.codec_context.extradata:
            shown.codec_context.extradata = patch_header(bytes(video.codec_context.extradata), codec, level)
        copies = {}
        for track in plan.tracks:
            copies[track.index] = copy = result.add_stream_from_template(track, opaque=True)
            copy.metadata.update(_known(track, _TRACK_METADATA))
            copy.disposition = track.disposition
        if source:
            result.metadata.update(_known(source, _CLIP_METADATA))
        if plan.suffix == ".mkv" and any(track.type == "subtitle" for track in plan.tracks):
            _attach_fonts(source, result)
        packets = [_pictures(pictures, shown, cut, codec, level)]
        if copies:
            packets.append(_copied(source, copies, cut, notes))
        for packet in heapq.merge(*packets, key=lambda packet: packet.dts * packet.time_base):
            result.mux(packet)
    return tuple(notes)


def _attach_fonts(source: InputContainer, result: OutputContainer) -> None:
    """Copy what subtitles may be drawn with; Matroska alone has attachments."""
    for attached in source.streams.attachments:
        if attached.data and attached.name and attached.mimetype:
            result.add_attachment(attached.name, attached.mimetype, attached.data)


def _create(path: Path, suffix: str, options: Mapping[str, str] | None = None) -> OutputContainer:
    name, always = CONTAINERS[suffix]
    return av.open(str(path), "w", format=name, container_options=always | (options or {}))


def _known(holder: AnyContainer | Stream, keys: Iterable[str]) -> dict[str, str]:
    return {key: value for key, value in holder.metadata.items() if key.lower() in keys}


def _pictures(
    encoded: InputContainer, stream: Stream, cut: _Cut, codec: str, level: LightLevel | None
) -> Iterator[av.Packet]:
    """Read the encoded pictures; the first gets the time it has in the source, whatever its encoder made of it."""
    packets = encoded.demux(encoded.streams.video[0])
    first = next(packets)
    move = round((cut.first - cut.shift) / first.time_base) - first.pts
    for packet in chain([first], packets):
        if packet.dts is None:
            continue  # the end of the file
        packet.pts += move
        packet.dts += move
        if level:
            packet = _with_contents(packet, patch_light_level(bytes(packet), codec, level))
        packet.stream = stream
        yield packet


def _with_contents(packet: av.Packet, contents: bytes) -> av.Packet:
    if len(contents) == packet.size:
        packet.update(contents)
        return packet
    changed = av.Packet(contents)
    changed.pts, changed.dts, changed.duration = packet.pts, packet.dts, packet.duration
    changed.time_base, changed.is_keyframe = packet.time_base, packet.is_keyframe
    return changed


def _copied(source: InputContainer, copies: dict[int, Stream], cut: _Cut, notes: list[str]) -> Iterator[av.Packet]:
    """Read the packets of the tracks that are copied, within the cut, and moved with it."""
    for stream in source.streams:
        if stream.index not in copies:
            stream.discard = Discard.all
    last: dict[int, int] = {}
    try:
        if cut.begin is not None and cut.begin > _SKEW:
            source.seek(int((cut.begin - _SKEW) * av.time_base))
        for packet in source.demux([source.streams[index] for index in copies]):
            if (packet.dts is None and packet.pts is None) or _is_blank(packet):
                continue
            packet.pts = packet.dts if packet.pts is None else packet.pts
            packet.dts = packet.pts if packet.dts is None else packet.dts
            index, unit = packet.stream.index, packet.time_base
            seconds = packet.pts * unit
            if cut.end is not None and seconds >= cut.end + _SKEW:
                return
            if cut.begin is not None and seconds < cut.begin and packet.stream.type == "subtitle" and packet.duration:
                # What is on the screen at the beginning stays there, and is shown from the beginning.
                late = math.ceil((cut.begin - seconds) / unit)
                if late < packet.duration:
                    packet.pts += late
                    packet.dts = packet.pts
                    packet.duration -= late
                    seconds = packet.pts * unit
            if (cut.begin is not None and seconds < cut.begin) or (cut.end is not None and seconds >= cut.end):
                continue
            if cut.end is not None and packet.stream.type == "subtitle" and packet.duration:
                packet.duration = min(packet.duration, math.ceil((cut.end - seconds) / unit))
            packet.pts -= round(cut.shift / unit)
            # Muxers refuse a clock that stands still or goes back, which damaged sources have.
            packet.dts = max(packet.dts - round(cut.shift / unit), last.get(index, packet.dts - 2**40) + 1)
            packet.pts = max(packet.pts, packet.dts)
            last[index] = packet.dts
            packet.stream = copies[index]
            yield packet
    except av.error.FFmpegError:
        notes.append(f"{shown_name(source.name)} is damaged, so that its sound and subtitles end early.")


def _is_blank(packet: av.Packet) -> bool:
    """Recognise the text of no letters that mp4 has wherever no subtitle is shown; its muxer makes it anew."""
    return packet.stream.name == "mov_text" and packet.size == 2
