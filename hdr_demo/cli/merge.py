"""`python -m hdr_demo merge`: several exposures of one scene into one HDR image, also if hands shook and people moved.

The result has the moment and the framing of one photo, the reference.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hdr_demo.bracket import FEWEST, MOST, RESPONSE_NAMES, Bracket, open_bracket, read_time_text
from hdr_demo.cli.flags import add_delivery_flags, add_device_flags, parse_rate, wanted_delivery, wanted_device
from hdr_demo.cli.photographs import BAR
from hdr_demo.errors import BracketError, OutputError
from hdr_demo.io import (
    HDR_FORMATS,
    MAX_MEGAPIXELS,
    SDR_FORMATS,
    HdrPicture,
    describe_losses,
    writable_formats,
    write_hdr,
    write_sdr,
)
from hdr_demo.io.names import delivered_name
from hdr_demo.io.output import make_folder, writer_for
from hdr_demo.merge.methods import ALIGNMENTS, BORDERS, DEFAULT_METHOD, METHODS
from hdr_demo.tonemap import TONE_MAPPERS, tone_map

if TYPE_CHECKING:
    from hdr_demo.merge.run import MergedBracket


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument(
        "photos", metavar="PHOTO", nargs="+", type=Path, help=f"{FEWEST} to {MOST} exposures, in any order"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help=f"its suffix chooses the format: {', '.join(writable_formats())} (default: NAME_hdr.jpg beside the "
        "reference)",
    )
    parser.add_argument(
        "--times",
        type=parse_times,
        metavar="1/250,1/60,…",
        help="exposure times in the order of the photos (default: from EXIF, else estimated from the pictures)",
    )
    parser.add_argument(
        "--response",
        default=RESPONSE_NAMES[0],
        metavar="{" + ",".join(RESPONSE_NAMES) + "}",
        help="of the camera; any gamma may be given (default: %(default)s)",
    )
    parser.add_argument(
        "--reference", metavar="PHOTO", help="the photo whose moment counts: its name, or its number from 1"
    )
    parser.add_argument("--method", choices=METHODS, default=DEFAULT_METHOD, help="how to merge (default: %(default)s)")
    parser.add_argument(
        "--alignment",
        choices=ALIGNMENTS,
        help="flow: pose of the camera and motion of each pixel; pose; none (default: flow, pose for OpenCV's)",
    )
    parser.add_argument(
        "--border",
        choices=BORDERS,
        default=BORDERS[0],
        help="where not all photos reach: fill it from the reference, or crop it (default: %(default)s)",
    )
    parser.add_argument(
        "--ghosts",
        type=Path,
        metavar="MAP.png",
        help="also write a map of the exposures: black where they agree, white where they do not agree at all",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.add_argument(
        "--tone_map",
        choices=TONE_MAPPERS,
        default="reinhard",
        help="what ordinary screens show of a .jpg (default: %(default)s)",
    )
    add_delivery_flags(parser)
    add_device_flags(parser)
    parser.add_argument(
        "--max_megapixels",
        type=parse_rate,
        default=MAX_MEGAPIXELS,
        help="refuse larger photos (default: %(default)s)",
    )


def parse_times(text: str) -> tuple[float, ...]:
    """Read exposure times such as "1/250,0.5,2".

    Raises:
        argparse.ArgumentTypeError: If one of them is none.
    """
    times = [read_time_text(part) for part in text.split(",")]
    if None in times:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of exposure times such as 1/250,1/60,1/15")
    return tuple(times)


def run(arguments: argparse.Namespace) -> int:
    """Merge a bracket and say what was found of it."""
    from tqdm import tqdm

    from hdr_demo.merge.run import merge_bracket

    delivery, device, photos = wanted_delivery(arguments), wanted_device(arguments), arguments.photos
    number = find_reference(arguments.reference, photos)
    if arguments.out is not None:
        _check_target(arguments.out, HDR_FORMATS, arguments)
    if arguments.ghosts is not None:
        _check_target(arguments.ghosts, SDR_FORMATS, arguments)
    bracket = open_bracket(
        photos,
        times=arguments.times,
        response=arguments.response,
        reference=number,
        max_megapixels=arguments.max_megapixels,
    )
    for note in bracket.notes:
        print(note, file=sys.stderr)
    print(describe(bracket))
    source = next(path for path in photos if path.name == bracket.names[bracket.reference])
    target = arguments.out or source.with_name(delivered_name(source.stem, ".jpg"))
    row = _check_target(target, HDR_FORMATS, arguments)
    with tqdm(total=1, bar_format=BAR, disable=None, leave=False) as bar:

        def show(share: float, what: str) -> None:
            bar.set_description(what, refresh=False)
            bar.update(share - bar.n)

        merged = merge_bracket(
            bracket,
            arguments.method,
            alignment=arguments.alignment,
            border=arguments.border,
            device=device,
            progress=show,
        )
    for remark in _remarks(bracket, merged):
        print(remark, file=sys.stderr)
    for loss in describe_losses(target, HdrPicture(merged.hdr, None, exif=bracket.exif), delivery):
        print(f"{target}: {loss}", file=sys.stderr)
    write_hdr(
        target,
        merged.hdr,
        sdr=tone_map(merged.hdr, arguments.tone_map) if row.has_base else None,
        exif=bracket.exif if arguments.exif else None,
        white_nits=delivery.white_nits,
        peak_nits=delivery.peak_nits,
        full_float=delivery.full_float,
        quality=delivery.quality,
    )
    height, width = merged.hdr.shape[:2]
    print(
        f"{target} ({row.name}, {width}x{height}): {METHODS[merged.method]}, {merged.seconds:.1f} s; the camera moved "
        f"by up to {max(merged.moved):.1f} pixels, and {np.mean(merged.ghosts > 0.5):.1%} of the frame disagrees."
    )
    if arguments.ghosts is not None:
        write_sdr(arguments.ghosts, np.repeat(merged.ghosts[..., np.newaxis], 3, axis=2))
        print(f"Where the exposures disagree: {arguments.ghosts}")
    return 0


def _remarks(bracket: Bracket, merged: "MergedBracket") -> Iterator[str]:
    """Tell what the person may not expect of a method, a sentence each."""
    if merged.method == "mertens":
        yield "Exposure fusion makes a picture for a screen: what is written is that, linearised, not measured light."
    left = [name for number, name in enumerate(bracket.names) if number not in merged.used]
    if left:
        yield f"The method {merged.method} takes no light from {', '.join(left)}."


def find_reference(wanted: str | None, photos: list[Path]) -> int | None:
    """Say which photo is meant, from 0.

    Raises:
        BracketError: If none is, or several.
    """
    if wanted is None:
        return None
    if wanted.isdigit() and 1 <= int(wanted) <= len(photos):
        return int(wanted) - 1
    found = [number for number, path in enumerate(photos) if wanted in (path.name, path.stem, str(path))]
    if len(found) != 1:
        what = "is none" if not found else "names several"
        raise BracketError(f"{wanted} {what} of the photos: give the name of one, or its number, 1 to {len(photos)}.")
    return found[0]


def describe(bracket: Bracket) -> str:
    """List the photos from the shortest exposure to the longest, in stops from the reference."""
    stops = np.log2(np.asarray(bracket.times) / bracket.times[bracket.reference])
    photos = (
        f"{name} {'reference' if number == bracket.reference else f'{stop:+.1f} stops'}"
        for number, (name, stop) in enumerate(zip(bracket.names, stops, strict=True))
    )
    return f"{', '.join(photos)} (times: {bracket.times_from})"


def _check_target(target: Path, formats: dict[str, Any], arguments: argparse.Namespace) -> Any:
    """Find the writer of a file, before anything is computed.

    Raises:
        OutputError: If nothing writes it, it is one of the photos, or it is there and is to stay.
    """
    row = writer_for(target, formats)
    if formats is HDR_FORMATS:
        row.check_package(target)
    if target.exists():
        if any(path.exists() and target.samefile(path) for path in arguments.photos):
            raise OutputError(f"{target} would replace a photo of the bracket: choose another name.")
        if not arguments.overwrite:
            raise OutputError(f"{target} exists: choose another name, or replace it by --overwrite.")
    make_folder(target.parent)
    return row
