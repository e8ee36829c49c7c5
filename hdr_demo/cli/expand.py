"""Turn photographs into HDR images; flags and file names are those of the published expand.py."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hdr_demo.calibration import SCALES
from hdr_demo.cli.flags import (
    add_device_flags,
    parse_bool,
    parse_positive,
    parse_rate,
    parse_stops,
    wanted_device,
)
from hdr_demo.errors import HdrDemoError, ImageError, OutputError
from hdr_demo.exposure import expose
from hdr_demo.io import MAX_MEGAPIXELS, read_ldr, write_hdr, write_sdr
from hdr_demo.tonemap import TONE_MAPPERS, check_parameters, tone_map

if TYPE_CHECKING:
    from hdr_demo.photo import PhotoExpander

LDR_EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif")
PREDICTION, RESIZED, EXPOSURE = "prediction", "resized", "exposure"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("ldr", nargs="+", type=Path, help="photographs, or folders of photographs")
    parser.add_argument("--out", type=Path, help="folder for the results (default: beside each photograph)")
    parser.add_argument("--tag", help="added to the names of the results")
    parser.add_argument(
        "--use_exr", type=parse_bool, default=False, metavar="{True,False}", help="write .exr, not .hdr"
    )
    parser.add_argument(
        "--resize", type=parse_bool, default=False, metavar="{True,False}", help="resize the photograph first"
    )
    parser.add_argument("--width", type=parse_positive, default=960, help="for --resize (default: %(default)s)")
    parser.add_argument("--height", type=parse_positive, default=540, help="for --resize (default: %(default)s)")
    parser.add_argument("--tone_map", choices=TONE_MAPPERS, help="also write a tone-mapped JPEG by this operator")
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


def run(arguments: argparse.Namespace) -> int:
    """Expand every photograph; one that fails is reported, and the rest goes on.

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

    photographs, failed = [], False
    for path in arguments.ldr:
        try:
            photographs += find_photographs(path, arguments.ldr_extensions)
        except ImageError as error:
            failed = _report(error)
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
    taken: dict[Path, Path] = {}
    for path in photographs:
        target = result_path(path, PREDICTION, "", arguments)
        first = taken.setdefault(target, path)
        try:
            if first is not path:
                raise OutputError(f"{path} was left out: its result would replace that of {first}; rename one of them.")
            _expand_file(path, expander, arguments)
        except HdrDemoError as error:
            failed = _report(error)
        except MemoryError:
            failed = _report(ImageError(f"{path} does not fit into this computer's memory; make it smaller."))
    return int(failed)


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
    photographs = [file for file in files if not _is_result(file.stem, stems)]
    if not photographs:
        raise ImageError(f"{path} holds no photograph ({', '.join(wanted)}).")
    return photographs


def _is_result(stem: str, stems: set[str]) -> bool:
    """Whether an earlier run wrote this file: the name of a photograph beside it, and the kind of a result."""
    return any(
        f"_{kind}" in stem and stem[: stem.rindex(f"_{kind}")] in stems for kind in (PREDICTION, RESIZED, EXPOSURE)
    )


def _expand_file(path: Path, expander: "PhotoExpander", arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from hdr_demo.photo import resize_picture

    picture = read_ldr(path, max_megapixels=arguments.max_megapixels)
    if arguments.out:
        try:
            arguments.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"The folder {arguments.out} cannot be made: {error.strerror}.") from error
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


def result_path(photograph: Path, kind: str, suffix: str, arguments: argparse.Namespace) -> Path:
    """Name a result as the published script does: NAME_KIND[_TAG].SUFFIX, beside the photograph or in `--out`.

    Args:
        photograph: What was read.
        kind: What the result is, such as "prediction".
        suffix: With its dot.
        arguments: With `out` and `tag`.

    Returns:
        Where to write.
    """
    tag = f"_{arguments.tag}" if arguments.tag else ""
    return (arguments.out or photograph.parent) / f"{photograph.stem}_{kind}{tag}{suffix}"


def _report(error: HdrDemoError) -> bool:
    """Tell the user what went wrong; True, for something did."""
    print(error, file=sys.stderr)
    return True
