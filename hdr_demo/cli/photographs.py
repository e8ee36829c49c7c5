"""What `expand.py` does with photographs."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_demo.batch import (
    MOST_CELLS,
    REPORT_FORMATS,
    BatchProgress,
    BatchSettings,
    FileReport,
    Rendition,
    run_batch,
    write_contact_sheet,
    write_report,
)
from hdr_demo.cli.flags import parse_count, parse_formats, wanted_delivery
from hdr_demo.cli.results import EXPOSURE, FIGURE, PREDICTION, RESIZED, find_sources, result_path, shared_path
from hdr_demo.errors import HdrDemoError, ImageError
from hdr_demo.io import SDR_FORMATS, writable_formats
from hdr_demo.io.output import make_folder, writer_for
from hdr_demo.tonemap import TONE_MAPPERS

if TYPE_CHECKING:
    from hdr_demo.photo import PhotoExpander

LDR_EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif")
BAR = "{desc}: {percentage:3.0f}%|{bar}| [{elapsed}<{remaining}]"
# What --panorama says, for `PhotoExpander.expand`.
PANORAMA = {"auto": None, "yes": True, "no": False}
# Reading and writing beside the network; more help where encoders are slow and the device is fast.
WORKERS = 2


def add_batch_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags for files to share, and for many photographs."""
    group = parser.add_argument_group(
        "files to share, and many photographs",
        "With --formats, NAME_hdr.jpg, NAME_pq.avif, NAME.exr and the like take the place of NAME_prediction.hdr.",
    )
    group.add_argument(
        "--formats",
        type=parse_formats,
        metavar="jpg,exr,…",
        help=f"which files are written: {', '.join(writable_formats())}; .jpg has a gain map",
    )
    group.add_argument(
        "--base",
        choices=("photo", *TONE_MAPPERS),
        default=BatchSettings.base,
        metavar="photo|OPERATOR",
        help="what ordinary screens show of a .jpg with a gain map: the photo as it was, or the result of one of "
        f"{', '.join(TONE_MAPPERS)} (default: %(default)s)",
    )
    group.add_argument(
        "--figure",
        choices=("pdf", "png"),
        help="also draw a page for slides and papers: the photograph, exposures of it and of the result, and the "
        "result tone-mapped by --tone_map",
    )
    group.add_argument(
        "--panorama",
        choices=PANORAMA,
        default="auto",
        help="whether a photograph goes all round (equirectangular, 2:1), so that its left edge is its right one; auto "
        "asks file and edges (default: %(default)s)",
    )
    light = group.add_mutually_exclusive_group()
    light.add_argument(
        "--own-light",
        "--own_light",
        action="store_const",
        const=True,
        help="photographs with a gain map, as phones take them, keep the light that they hold (default with --formats)",
    )
    light.add_argument(
        "--network",
        dest="own_light",
        action="store_const",
        const=False,
        help="the network estimates the light of these, too (default without --formats)",
    )
    group.add_argument(
        "--workers",
        type=parse_count,
        metavar="N",
        help="processes that read and write while the network works; with 0 one thing is done after the other "
        f"(default: {WORKERS} with --formats and several photographs, else 0)",
    )
    group.add_argument(
        "--skip-existing",
        "--skip_existing",
        action="store_true",
        help="leave photographs alone whose results are all there, to go on with what was interrupted",
    )
    group.add_argument(
        "--contact-sheet",
        "--contact_sheet",
        type=Path,
        metavar="FILE",
        help="draw each photograph beside its result, small, with the stops gained or why it failed; "
        f"{MOST_CELLS} on a page",
    )
    group.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help=f"write what became of each photograph as a table ({' or '.join(REPORT_FORMATS)})",
    )


def find_photographs(
    path: Path, extensions: Sequence[str], *, recursive: bool = False, out: Path | None = None
) -> list[Path]:
    """List the photographs that a path stands for.

    Args:
        path: A file, or a folder.
        extensions: What counts as a photograph in a folder, such as ".jpg"; in capitals too.
        recursive: As in `find_sources`.
        out: Likewise.

    Returns:
        The file itself, whatever its suffix, or the folder's photographs by name, without our own results.

    Raises:
        ImageError: If the folder cannot be read or holds no photograph.
    """
    if not path.is_dir():
        return [path]
    wanted = tuple("." + extension.lower().removeprefix(".") for extension in extensions)
    try:
        photographs = find_sources(path, wanted, recursive=recursive, out=out)
    except OSError as error:
        raise ImageError(f"The folder {path} cannot be read: {error.strerror}.") from error
    if not photographs:
        raise ImageError(f"{path} holds no photograph ({', '.join(wanted)}).")
    return photographs


def choose_batch(arguments: argparse.Namespace) -> BatchSettings:
    """Turn the flags into settings, and make the folders of contact sheet and report.

    Raises:
        HdrDemoError: If they contradict each other, or name a file that cannot be written.
    """
    if arguments.formats and arguments.use_exr:
        raise HdrDemoError("--use_exr and --formats contradict each other: ask for --formats exr.")
    for path, formats in ((arguments.contact_sheet, SDR_FORMATS), (arguments.report, REPORT_FORMATS)):
        if path:
            writer_for(path, formats)
            make_folder(path.parent)
    parameters = {} if arguments.gamma == 1 else {"gamma": arguments.gamma}
    operator = arguments.tone_map or BatchSettings.operator
    renditions = [
        Rendition(f"{EXPOSURE}_{stops:+g}.jpg", "exposure", stops=stops) for stops in arguments.exposures or ()
    ]
    if arguments.tone_map:
        ending = f"{PREDICTION}_{arguments.tone_map}.jpg"
        renditions.insert(0, Rendition(ending, arguments.tone_map, parameters, arguments.stops))
    if arguments.resize:
        renditions.insert(0, Rendition(f"{RESIZED}.jpg"))
    return BatchSettings(
        formats=arguments.formats or (".exr" if arguments.use_exr else ".hdr",),
        operator=operator if arguments.base == "photo" else arguments.base,
        parameters=parameters,
        base="photo" if arguments.base == "photo" else "rendition",
        scale=arguments.scale,
        delivery=wanted_delivery(arguments),
        draft=arguments.draft,
        max_megapixels=arguments.max_megapixels,
        size=(arguments.height, arguments.width) if arguments.resize else None,
        own_light=bool(arguments.formats) if arguments.own_light is None else arguments.own_light,
        exif=arguments.exif,
        renditions=tuple(renditions),
        figures=(f"{FIGURE}.{arguments.figure}",) if arguments.figure else (),
        thumbnails=bool(arguments.contact_sheet or arguments.report),
        skip_existing=arguments.skip_existing,
    )


def _target(source: Path, ending: str, *, arguments: argparse.Namespace) -> Path:
    """Name a result: that of a format, or a rendition."""
    if not ending.startswith("."):
        return result_path(source, Path(ending).stem, Path(ending).suffix, arguments)
    if arguments.formats:
        return shared_path(source, ending, arguments)
    return result_path(source, PREDICTION, ending, arguments)


def expand_photographs(
    sources: Sequence[Path], expander: "PhotoExpander", settings: BatchSettings, arguments: argparse.Namespace
) -> bool:
    """Turn photographs into their files, with a progress bar, and say what became of each.

    Returns:
        Whether all succeeded, and contact sheet and report too.
    """
    from tqdm import tqdm

    shares = [0.0] * len(sources)
    with tqdm(total=len(sources), bar_format=BAR, disable=None) as bar:

        def show(step: BatchProgress) -> None:
            shares[step.index] = step.share
            bar.set_description(_describe(sources, step.index), refresh=False)
            bar.update(sum(shares) - bar.n)
            if step.report:
                _tell(step.report)

        workers = WORKERS if arguments.formats and len(sources) > 1 else 0
        reports = run_batch(
            sources,
            partial(expander.expand, wraps=PANORAMA[arguments.panorama]),
            partial(_target, arguments=arguments),
            settings,
            workers=workers if arguments.workers is None else arguments.workers,
            progress=show,
        )
    written = _write_summaries(reports, arguments)
    return _sum_up(reports) and written


def _describe(sources: Sequence[Path], index: int) -> str:
    name = sources[index].name
    return name if len(sources) == 1 else f"{index + 1} of {len(sources)}, {name}"


def _tell(report: FileReport) -> None:
    """Say what became of a photograph, above the bar."""
    from tqdm import tqdm

    if report.error:
        tqdm.write(report.error, file=sys.stderr)
        if not report.files:
            return
    files = ", ".join(map(str, report.files))
    size = f" ({report.width}x{report.height}, {report.seconds:.1f} s)" if report.width else ""
    tqdm.write(f"{report.source} -> {files}{size}", file=sys.stdout)
    for note in report.notes:
        tqdm.write(f"  {note}", file=sys.stdout)


def _write_summaries(reports: Sequence[FileReport], arguments: argparse.Namespace) -> bool:
    """Write report and contact sheet, as far as they are wanted; whether that succeeded."""
    written = True
    for name, path, write in (
        ("Report", arguments.report, lambda path: [write_report(path, reports)]),
        ("Contact sheet", arguments.contact_sheet, lambda path: write_contact_sheet(path, reports)),
    ):
        try:
            if path:
                print(f"{name}: {', '.join(map(str, write(path)))}")
        except HdrDemoError as error:
            print(error, file=sys.stderr)
            written = False
    return written


def _sum_up(reports: Sequence[FileReport]) -> bool:
    """Say at the end which of many photographs failed, and why; whether all succeeded."""
    failed = [report for report in reports if report.error]
    if failed and len(reports) > 1:
        print(f"{len(failed)} of {len(reports)} photographs failed:")
        for report in failed:
            print(f"  {report.error}")
    return not failed
