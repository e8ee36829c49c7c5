"""Turn photographs and clips into HDR; flags and file names are those of the published expand.py."""

import argparse
import sys
from pathlib import Path

from hdr_demo.calibration import SCALES
from hdr_demo.cli.clip import add_clip_arguments, choose_settings, expand_clip, find_clips, is_clip
from hdr_demo.cli.flags import (
    add_backend_flag,
    add_delivery_flags,
    add_device_flags,
    parse_bool,
    parse_positive,
    parse_rate,
    parse_stops,
    wanted_device,
)
from hdr_demo.cli.photographs import (
    LDR_EXTENSIONS,
    add_batch_arguments,
    choose_batch,
    expand_photographs,
    find_photographs,
)
from hdr_demo.cli.results import PREDICTION, result_path
from hdr_demo.errors import HdrDemoError, OutputError, VideoError
from hdr_demo.io import MAX_MEGAPIXELS
from hdr_demo.tonemap import TONE_MAPPERS, check_parameters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("ldr", nargs="+", type=Path, help="photographs, folders of photographs, or clips")
    parser.add_argument("--out", type=Path, help="folder for the results (default: beside each source)")
    parser.add_argument("--tag", help="added to the names of the results")
    parser.add_argument(
        "--use_exr", type=parse_bool, default=False, metavar="{True,False}", help="write .exr, not .hdr"
    )
    parser.add_argument(
        "--resize", type=parse_bool, default=False, metavar="{True,False}", help="resize the photograph first"
    )
    parser.add_argument("--width", type=parse_positive, default=960, help="for --resize (default: %(default)s)")
    parser.add_argument("--height", type=parse_positive, default=540, help="for --resize (default: %(default)s)")
    parser.add_argument(
        "--tone_map",
        choices=TONE_MAPPERS,
        help="also write a tone-mapped JPEG, or of a clip an H.264 file, by this operator",
    )
    parser.add_argument(
        "--stops", type=parse_stops, default=0.0, help="exposure change before tone mapping (default: %(default)s)"
    )
    parser.add_argument(
        "--gamma", type=float, default=1.0, help="further gamma curve after tone mapping (default: %(default)s)"
    )
    parser.add_argument(
        "--exposures", nargs="+", type=parse_stops, metavar="STOPS", help="also write a JPEG at each of these exposures"
    )
    parser.add_argument(
        "--scale",
        choices=SCALES,
        default=SCALES[0],
        help="calibrated keeps the unclipped photo, radiometric undoes the camera's response too, paper gives [0, 1] "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--use_weights",
        metavar="WEIGHTS",
        help="a bundled name, OWNER/NAME[@REVISION] on the Hub, .safetensors or .pth",
    )
    parser.add_argument("--offline", action="store_true", help="ask the Hub for nothing")
    parser.add_argument("--patch_size", type=parse_positive, help="side of a tile in pixels (default: what fits)")
    add_device_flags(parser)
    add_backend_flag(parser)
    parser.add_argument("--precision", default="auto", help="auto, float32 or float16 (default: %(default)s)")
    parser.add_argument(
        "--ldr_extensions",
        nargs="+",
        default=LDR_EXTENSIONS,
        help="what counts as a photograph in a folder (default: %(default)s)",
    )
    parser.add_argument(
        "--max_megapixels",
        "--max-megapixels",
        type=parse_rate,
        default=MAX_MEGAPIXELS,
        help="refuse larger photographs (default: %(default)s)",
    )
    parser.add_argument("--draft", action="store_true", help="let the network read a reduced copy; much faster")
    parser.add_argument(
        "--recursive", action="store_true", help="search the folders of a folder too; below --out they are made again"
    )
    add_delivery_flags(parser)
    add_batch_arguments(parser)
    add_clip_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Expand every photograph and every clip; one that fails is reported, and the rest goes on.

    Returns:
        0 if all succeeded, else 1.
    """
    try:
        check_parameters(arguments.tone_map or "exposure", {"gamma": arguments.gamma})
    except ValueError as error:
        raise HdrDemoError(f"--gamma cannot be used: {error}.") from error
    if arguments.resize and arguments.width * arguments.height > arguments.max_megapixels * 1e6:
        raise HdrDemoError(f"--resize asks for more than --max_megapixels {arguments.max_megapixels:g}; choose less.")
    from hdr_demo.photo import load_photo_expander

    sources, failed = _find_sources(arguments)
    photographs = [path for path, moves in sources if not moves]
    clips = [path for path, moves in sources if moves]
    if clips and not photographs:
        given = (arguments.resize, arguments.use_exr, arguments.exposures, arguments.formats)
        many = (arguments.figure, arguments.contact_sheet, arguments.report, arguments.skip_existing)
        if any((*given, *many)):
            raise HdrDemoError(
                "--resize, --use_exr, --exposures, --formats, --figure, --contact-sheet, --report and --skip-existing "
                "are for photographs: clips have --max_side, --hdr10, --hlg and --exr-sequence."
            )
    settings = choose_settings(arguments) if clips else None
    batch = choose_batch(arguments)
    expander = load_photo_expander(
        arguments.use_weights,
        device=wanted_device(arguments),
        precision=arguments.precision,
        tile=arguments.patch_size,
        backend=arguments.backend,
        offline=arguments.offline,
        strict=True,
    )
    if expander.checkpoint.source == "hub" and expander.checkpoint.note:
        print(expander.checkpoint.note, file=sys.stderr)
    if photographs:
        failed |= not expand_photographs(photographs, expander, batch, arguments)
    taken: dict[Path, Path] = {}
    for path in clips:
        first = taken.setdefault(result_path(path, PREDICTION, "", arguments), path)
        try:
            if first is not path:
                raise OutputError(f"{path} was left out: its result would replace that of {first}; rename one of them.")
            expand_clip(path, expander, settings, arguments)
        except HdrDemoError as error:
            failed = _report(error)
        except MemoryError:
            failed = _report(VideoError(f"{path} does not fit into this computer's memory; make it smaller."))
    return int(failed)


def _find_sources(arguments: argparse.Namespace) -> tuple[list[tuple[Path, bool]], bool]:
    """List what is to be expanded, each file once, and whether it is a clip; and whether something was not found."""
    sources, failed = [], False
    for path in arguments.ldr:
        moves = is_clip(path, arguments)
        try:
            where = {"recursive": arguments.recursive, "out": arguments.out}
            if moves:
                files = find_clips(path, **where)
            else:
                files = find_photographs(path, arguments.ldr_extensions, **where)
        except HdrDemoError as error:
            failed = _report(error)
            continue
        sources += [(file, moves) for file in files]
    return list(dict.fromkeys(sources)), failed


def _report(error: HdrDemoError) -> bool:
    """Tell the user what went wrong; True, for something did."""
    print(error, file=sys.stderr)
    return True
