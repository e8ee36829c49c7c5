"""What `expand.py` does with clips."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_demo.cli.flags import parse_bool, parse_count, parse_moment, parse_positive, parse_rate, wanted_delivery
from hdr_demo.cli.results import PREDICTION, find_sources, result_path
from hdr_demo.errors import HdrDemoError, VideoError
from hdr_demo.io.output import make_folder
from hdr_demo.video.clip import VIDEO_SUFFIXES
from hdr_demo.video.settings import DEFAULT_OUTPUTS, MAX_MEGAPIXELS, PEAK_NITS, ClipSettings

if TYPE_CHECKING:
    from hdr_demo.photo import PhotoExpander
    from hdr_demo.video.convert import ConvertedClip

CODECS = ("av1", "hevc")


def add_clip_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags that are for clips only."""
    group = parser.add_argument_group(
        "clips",
        "A file with the suffix of a video is a clip. Without one of --tone_map, --hdr10, --hlg, --exr-sequence and "
        "--side-by-side it becomes two files: NAME_prediction_reinhard.mp4, which plays everywhere, and "
        "NAME_prediction_hdr10_av1.mp4. Sound and subtitles are copied, as far as mp4 holds them.",
    )
    group.add_argument(
        "--video",
        type=parse_bool,
        metavar="{True,False}",
        help="True: everything is a clip, and folders are searched for clips; False: everything is a photograph",
    )
    group.add_argument(
        "--hdr10",
        action="append",
        choices=CODECS,
        default=[],
        help="write HDR10: av1 for browsers, hevc for Apple and televisions; may be given twice",
    )
    group.add_argument(
        "--hlg", action="append", choices=CODECS, default=[], help="write HLG, likewise, which adapts to the screen"
    )
    group.add_argument(
        "--exr-sequence",
        "--exr_sequence",
        nargs="?",
        choices=("zip", "folder"),
        const="zip",
        help="write an OpenEXR file for each frame, into an archive (zip) or a folder (default: %(const)s)",
    )
    group.add_argument(
        "--side-by-side",
        "--side_by_side",
        action="store_true",
        help="write the clip on the left, tone-mapped on the right",
    )
    group.add_argument(
        "--mkv",
        action="store_true",
        help="write Matroska files instead of mp4: fewer players take them, and they hold all sound and subtitles",
    )
    group.add_argument(
        "--start", type=parse_moment, default=0.0, metavar="TIME", help="begin here: seconds, or [H:]MM:SS"
    )
    group.add_argument("--end", type=parse_moment, metavar="TIME", help="end here, likewise (default: the clip's end)")
    group.add_argument(
        "--max_side",
        "--max-side",
        type=parse_positive,
        metavar="PIXELS",
        help="reduce frames whose longer side has more pixels",
    )
    group.add_argument(
        "--max_clip_seconds",
        "--max-clip-seconds",
        type=parse_rate,
        metavar="SECONDS",
        help="refuse longer clips, or parts of them (default: an hour)",
    )
    group.add_argument(
        "--max_clip_frames",
        "--max-clip-frames",
        type=parse_count,
        metavar="FRAMES",
        help="refuse clips, or parts, of more frames (default: an hour at 60 a second)",
    )
    group.add_argument(
        "--max_clip_megapixels",
        "--max-clip-megapixels",
        type=parse_rate,
        metavar="MEGAPIXELS",
        help=f"refuse clips with larger frames (default: {MAX_MEGAPIXELS:g}, which is 4K)",
    )


def is_clip(path: Path, arguments: argparse.Namespace) -> bool:
    """Tell whether a path is to be read as a clip: as `--video` says, else by its suffix."""
    if arguments.video is not None:
        return arguments.video
    return path.suffix.lower() in VIDEO_SUFFIXES and not path.is_dir()


def find_clips(path: Path, *, recursive: bool = False, out: Path | None = None) -> list[Path]:
    """List the clips that a path stands for.

    Args:
        path: A file, or a folder.
        recursive: As in `find_sources`.
        out: Likewise.

    Returns:
        The file itself, whatever its suffix, or the folder's clips by name, without our own results.

    Raises:
        VideoError: If the folder cannot be read or holds no clip.
    """
    if not path.is_dir():
        return [path]
    try:
        clips = find_sources(path, VIDEO_SUFFIXES, recursive=recursive, out=out)
    except OSError as error:
        raise VideoError(f"The folder {path} cannot be read: {error.strerror}.") from error
    if not clips:
        raise VideoError(f"{path} holds no clip ({', '.join(VIDEO_SUFFIXES)}).")
    return clips


def choose_settings(arguments: argparse.Namespace) -> ClipSettings:
    """Turn the flags into settings.

    Raises:
        HdrDemoError: If they contradict each other.
    """
    if arguments.scale == "paper":
        raise HdrDemoError("--scale paper stretches each frame by itself, so that clips flicker: choose another one.")
    delivery = wanted_delivery(arguments, peak=PEAK_NITS)
    if arguments.end is not None and arguments.end <= arguments.start:
        raise HdrDemoError(f"--end {arguments.end:g} must come after --start {arguments.start:g}.")
    return ClipSettings(
        scale=arguments.scale,
        operator=arguments.tone_map or ClipSettings.operator,
        parameters={} if arguments.gamma == 1 else {"gamma": arguments.gamma},
        stops=arguments.stops,
        draft=arguments.draft,
        start=arguments.start,
        end=arguments.end,
        max_side=arguments.max_side,
        white_nits=delivery.white_nits,
        peak_nits=delivery.peak_nits,
    )


def choose_targets(path: Path, settings: ClipSettings, arguments: argparse.Namespace) -> dict[str, Path]:
    """Name the files that a clip becomes, by the names of `VIDEO_OUTPUTS`."""
    from hdr_demo.video.outputs import VIDEO_OUTPUTS

    wanted = {
        "sdr": bool(arguments.tone_map),
        **{f"hdr10_{codec}": codec in arguments.hdr10 for codec in CODECS},
        **{f"hlg_{codec}": codec in arguments.hlg for codec in CODECS},
        "side_by_side": arguments.side_by_side,
        "exr_sequence": bool(arguments.exr_sequence),
    }
    names = [name for name, asked in wanted.items() if asked] or DEFAULT_OUTPUTS
    suffixes = {
        ".mp4": ".mkv" if arguments.mkv else ".mp4",
        ".zip": "" if arguments.exr_sequence == "folder" else ".zip",
    }
    targets = {}
    for name in names:
        ending = Path(VIDEO_OUTPUTS[name].ending.format(operator=settings.operator))
        targets[name] = result_path(path, PREDICTION + ending.stem, suffixes[ending.suffix], arguments)
    return targets


def expand_clip(
    path: Path, expander: "PhotoExpander", settings: ClipSettings, arguments: argparse.Namespace
) -> "ConvertedClip":
    """Turn one clip into its files, with a progress bar, and say what became of it.

    Raises:
        HdrDemoError: If it cannot be done; nothing is left behind then, nor after Ctrl-C.
    """
    from tqdm import tqdm

    from hdr_demo.video.convert import convert_clip
    from hdr_demo.video.header import open_clip
    from hdr_demo.video.outputs import check_outputs

    named = {
        "max_seconds": arguments.max_clip_seconds,
        "max_frames": arguments.max_clip_frames,
        "max_megapixels": arguments.max_clip_megapixels,
    }
    limits = {name: limit for name, limit in named.items() if limit is not None}
    clip = open_clip(path, start=settings.start, end=settings.end, **limits)
    targets = choose_targets(path, settings, arguments)
    check_outputs(targets, clip, settings)
    make_folder(next(iter(targets.values())).parent)
    with tqdm(desc=path.name, unit=" frames", disable=None) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        converted = convert_clip(clip, expander, targets, settings, progress=advance)
    height, width = clip.size(settings.max_side)
    pace = converted.frames / max(converted.seconds, 1e-9)
    print(
        f"{path} -> {', '.join(map(str, converted.files.values()))} ({width}x{height}, {converted.frames} frames, "
        f"{converted.seconds:.1f} s, {pace:.2g} frames a second)"
    )
    for note in (*clip.notes, *converted.notes):
        print(f"  {note}")
    if converted.level:
        print(
            f"  The brightest pixel has {converted.level.max_cll} nits, the brightest frame {converted.level.max_fall}."
        )
    return converted
