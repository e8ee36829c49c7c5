"""`python -m hdr_demo convert`: turn HDR pictures into other HDR formats, without the network.

`convert IN OUT` converts one; `convert IN … --out FOLDER --format jpg` many, each into NAME_hdr.jpg and the like.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from hdr_demo.batch import number_names
from hdr_demo.cli.flags import add_delivery_flags, parse_formats, parse_rate, parse_stops, wanted_delivery
from hdr_demo.errors import HdrDemoError, OutputError
from hdr_demo.expanded import SCENE_KINDS, find_shift
from hdr_demo.io import (
    HDR_FORMATS,
    MAX_MEGAPIXELS,
    Delivery,
    HdrPicture,
    describe_losses,
    hdr_kind,
    read_hdr_picture,
    writable_formats,
    write_hdr,
)
from hdr_demo.io.output import make_folder, writer_for
from hdr_demo.tonemap import TONE_MAPPERS, tone_map


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument(
        "pictures",
        metavar="IN",
        nargs="+",
        type=Path,
        help=".exr, .hdr, a float .tif, a .jpg with a gain map, or a .png, .avif or .jxl in PQ or HLG; without --out, "
        f"one picture and the file to write, whose suffix chooses the format: {', '.join(writable_formats())}",
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="put the results there; it is made if need be")
    parser.add_argument(
        "--format",
        "--formats",
        dest="formats",
        type=parse_formats,
        default=(".jpg",),
        metavar="jpg,exr,…",
        help="what is written into --out of each picture (default: jpg)",
    )
    parser.add_argument(
        "--tone_map",
        choices=TONE_MAPPERS,
        help="what ordinary screens show of a .jpg: the result of this operator (default: the base image of IN if it "
        "has one, else reinhard)",
    )
    parser.add_argument(
        "--stops", type=parse_stops, default=0.0, help="make the picture so much brighter (default: %(default)s)"
    )
    add_delivery_flags(parser)
    parser.add_argument(
        "--max_megapixels",
        type=parse_rate,
        default=MAX_MEGAPIXELS,
        help="refuse larger pictures (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Convert pictures one by one, and tell what the new formats could not hold.

    Returns:
        0, or 1 if one of several could not be converted; the others are.
    """
    delivery = wanted_delivery(arguments)
    if arguments.out is None:
        if len(arguments.pictures) != 2:
            raise HdrDemoError("Name one picture and the file to write, or several and a folder: --out FOLDER.")
        source, target = arguments.pictures
        _convert(source, (_other(source, target),), delivery, arguments)
        return 0
    make_folder(arguments.out)
    name = number_names(arguments.pictures, arguments.out)
    failed = 0
    for source in dict.fromkeys(arguments.pictures):
        try:
            targets = [_other(source, name(source, suffix)) for suffix in arguments.formats]
            _convert(source, targets, delivery, arguments)
        except HdrDemoError as error:
            print(error, file=sys.stderr)
            failed = 1
    return failed


def _other(source: Path, target: Path) -> Path:
    """Refuse to write over what is read.

    Raises:
        OutputError: If both are one file.
    """
    if source.exists() and target.exists() and source.samefile(target):
        raise OutputError(f"{target} would replace the picture that it is made of: choose another name or folder.")
    return target


def _convert(source: Path, targets: Sequence[Path], delivery: Delivery, arguments: argparse.Namespace) -> None:
    """Read one picture and write it into each of the files."""
    rows = [writer_for(target, HDR_FORMATS) for target in targets]
    kind = hdr_kind(source)
    picture = read_hdr_picture(source, max_megapixels=arguments.max_megapixels)
    if arguments.stops:
        picture = replace(picture, hdr=picture.hdr * np.float32(2**arguments.stops))
    elif kind in SCENE_KINDS and any(row.for_display for row in rows) and (shift := find_shift(picture.hdr)):
        print(f"{source}: Its numbers are far from 1.0, which is white: try --stops {shift}.", file=sys.stderr)
    height, width, _ = picture.hdr.shape
    base = _base(picture, arguments) if any(row.has_base for row in rows) else None
    for target, row in zip(targets, rows, strict=True):
        losses = describe_losses(target, picture, delivery)
        write_hdr(
            target,
            picture.hdr,
            alpha=picture.alpha,
            sdr=base if row.has_base else None,
            exif=picture.exif if arguments.exif else None,
            white_nits=delivery.white_nits,
            peak_nits=delivery.peak_nits,
            full_float=delivery.full_float,
            quality=delivery.quality,
        )
        for loss in losses:
            print(f"{source}: {loss}", file=sys.stderr)
        print(f"{source} ({kind}) -> {target} ({row.name}, {width}x{height})")


def _base(picture: HdrPicture, arguments: argparse.Namespace) -> np.ndarray:
    """Choose what ordinary screens show; display-encoded sRGB, float32, (H, W, 3), [0, 1]."""
    if arguments.tone_map is None and picture.sdr is not None and not arguments.stops:
        return picture.sdr
    return tone_map(picture.hdr, arguments.tone_map or "reinhard")
