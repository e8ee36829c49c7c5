"""Turn photographs and clips into HDR; flags and file names are those of the published expand.py."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hdr_demo.calibration import SCALES
from hdr_demo.cli.clip import add_clip_arguments, choose_settings, expand_clip, find_clips, is_clip
from hdr_demo.cli.flags import (
    add_device_flags,
    parse_bool,
    parse_positive,
    parse_rate,
    parse_stops,
    wanted_device,
)
from hdr_demo.cli.results import EXPOSURE, PREDICTION, RESIZED, is_result, make_folder, result_path
from hdr_demo.errors import HdrDemoError, ImageError, OutputError, VideoError
from hdr_demo.exposure import expose
from hdr_demo.io import MAX_MEGAPIXELS, read_ldr, write_hdr, write_sdr
from hdr_demo.tonemap import TONE_MAPPERS, check_parameters, tone_map

if TYPE_CHECKING:
    from hdr_demo.photo import PhotoExpander

LDR_EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif")


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
    clips = [path for path, moves in sources if moves]
    if clips and len(clips) == len(sources) and (arguments.resize or arguments.use_exr or arguments.exposures):
        raise HdrDemoError(
            "--resize, --use_exr and --exposures are for photographs: clips have --max_side and --exr-sequence."
        )
    settings = choose_settings(arguments) if clips else None
    expander = load_photo_expander(
        arguments.use_weights,
        device=wanted_device(arguments),
        precision=arguments.precision,
        tile=arguments.patch_size,
        offline=arguments.offline,
        strict=True,
    )
    if expander.checkpoint.source == "hub" and expander.checkpoint.note:
        print(expander.checkpoint.note, file=sys.stderr)
    taken: dict[tuple[Path, bool], Path] = {}
    for path, moves in sources:
        # A clip and a photograph of one name become files with different suffixes.
        first = taken.setdefault((result_path(path, PREDICTION, "", arguments), moves), path)
        try:
            if first is not path:
                raise OutputError(f"{path} was left out: its result would replace that of {first}; rename one of them.")
            if settings and moves:
                expand_clip(path, expander, settings, arguments)
            else:
                _expand_file(path, expander, arguments)
        except HdrDemoError as error:
            failed = _report(error)
        except MemoryError:
            kind = VideoError if moves else ImageError
            failed = _report(kind(f"{path} does not fit into this computer's memory; make it smaller."))
    return int(failed)


def _find_sources(arguments: argparse.Namespace) -> tuple[list[tuple[Path, bool]], bool]:
    """List what is to be expanded, and whether it is a clip; and whether something could not be found."""
    sources, failed = [], False
    for path in arguments.ldr:
        moves = is_clip(path, arguments)
        try:
            files = find_clips(path) if moves else find_photographs(path, arguments.ldr_extensions)
        except HdrDemoError as error:
            failed = _report(error)
            continue
        sources += [(file, moves) for file in files]
    return sources, failed


def find_photographs(path: Path, extensions: list[str] | tuple[str, ...]) -> list[Path]:
    """List the photographs that a path stands for.

    Args:
        path: A file, or a folder.
        extensions: What counts as a photograph in a folder, such as ".jpg"; in capitals too.

    Returns:
        The file itself, whatever its suffix, or the folder's photographs by name, without our own results.

    Raises:
        ImageError: If the folder cannot be read or holds no photograph.
    """
    if not path.is_dir():
        return [path]
    wanted = tuple("." + extension.lower().removeprefix(".") for extension in extensions)
    try:
        files = sorted(file for file in path.iterdir() if file.is_file() and file.name.lower().endswith(wanted))
    except OSError as error:
        raise ImageError(f"The folder {path} cannot be read: {error.strerror}.") from error
    stems = {file.stem for file in files}
    photographs = [file for file in files if not is_result(file.stem, stems)]
    if not photographs:
        raise ImageError(f"{path} holds no photograph ({', '.join(wanted)}).")
    return photographs


def _expand_file(path: Path, expander: "PhotoExpander", arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from hdr_demo.photo import resize_picture

    picture = read_ldr(path, max_megapixels=arguments.max_megapixels)
    make_folder(arguments)
    if arguments.resize:
        picture = resize_picture(picture, arguments.height, arguments.width)
        write_sdr(result_path(path, RESIZED, ".jpg", arguments), picture.ldr)

    with tqdm(desc=path.name, unit="px", unit_scale=True, disable=None) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        expanded = expander.expand(picture, scale=arguments.scale, progress=advance)
    suffix = ".exr" if arguments.use_exr else ".hdr"
    written = [write_hdr(result_path(path, PREDICTION, suffix, arguments), expanded.hdr, alpha=expanded.alpha)]
    if arguments.tone_map:
        target = result_path(path, f"{PREDICTION}_{arguments.tone_map}", ".jpg", arguments)
        # Nothing keeps a rendition longer than it takes to write it: one of 24 megapixels has 288 MB.
        written.append(write_sdr(target, _render(expanded.hdr, arguments)))
    for stops in arguments.exposures or []:
        target = result_path(path, f"{EXPOSURE}_{stops:+g}", ".jpg", arguments)
        written.append(write_sdr(target, expose(expanded.hdr, stops)))
    height, width = picture.ldr.shape[:2]
    print(f"{path} -> {', '.join(map(str, written))} ({width}x{height}, {expanded.seconds:.1f} s)")


def _render(hdr: np.ndarray, arguments: argparse.Namespace) -> np.ndarray:
    """Tone-map an HDR image as the flags say; display-encoded sRGB, float32, (H, W, 3), [0, 1]."""
    exposed = hdr * np.float32(2**arguments.stops) if arguments.stops else hdr
    return tone_map(exposed, arguments.tone_map, gamma=arguments.gamma)


def _report(error: HdrDemoError) -> bool:
    """Tell the user what went wrong; True, for something did."""
    print(error, file=sys.stderr)
    return True
