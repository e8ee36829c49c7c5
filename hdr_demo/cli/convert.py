"""`python -m hdr_demo convert IN OUT`: turn an HDR picture into another HDR format, without the network."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from hdr_demo.cli.flags import parse_positive, parse_rate, parse_stops
from hdr_demo.color import PQ_PEAK_NITS, REFERENCE_WHITE_NITS
from hdr_demo.errors import HdrDemoError
from hdr_demo.io import (
    HDR_FORMATS,
    MAX_MEGAPIXELS,
    Delivery,
    HdrPicture,
    describe_losses,
    hdr_kind,
    read_hdr_picture,
    write_hdr,
)
from hdr_demo.io.output import writer_for
from hdr_demo.tonemap import TONE_MAPPERS, tone_map

_BEST_QUALITY = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument(
        "source",
        metavar="IN",
        type=Path,
        help=".exr, .hdr, a float .tif, a .jpg with a gain map, or a .png or .avif in PQ or HLG",
    )
    parser.add_argument(
        "target", metavar="OUT", type=Path, help=f"its suffix chooses the format: {', '.join(HDR_FORMATS)}"
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
    parser.add_argument(
        "--white",
        type=parse_rate,
        default=REFERENCE_WHITE_NITS,
        metavar="NITS",
        help="luminance of diffuse white (default: %(default)g)",
    )
    parser.add_argument(
        "--peak",
        type=parse_rate,
        default=PQ_PEAK_NITS,
        metavar="NITS",
        help="roll brighter light off, in .jpg, .png and .avif (default: %(default)g)",
    )
    parser.add_argument("--float", action="store_true", help="write an .exr with 32 bits, not 16")
    parser.add_argument(
        "--quality",
        type=parse_positive,
        default=Delivery.quality,
        help="of .jpg and .avif, 1 to 100 (default: %(default)s)",
    )
    parser.add_argument(
        "--max_megapixels",
        type=parse_rate,
        default=MAX_MEGAPIXELS,
        help="refuse larger pictures (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Convert one picture, and tell what the new format could not hold.

    Returns:
        0.
    """
    row = writer_for(arguments.target, HDR_FORMATS)
    if not arguments.white <= arguments.peak <= PQ_PEAK_NITS:
        raise HdrDemoError(
            f"--peak {arguments.peak:g} cannot be used: choose from --white ({arguments.white:g}) to {PQ_PEAK_NITS:g}."
        )
    if arguments.quality > _BEST_QUALITY:
        raise HdrDemoError(f"--quality {arguments.quality} cannot be used: choose from 1 to {_BEST_QUALITY}.")
    kind = hdr_kind(arguments.source)
    picture = read_hdr_picture(arguments.source, max_megapixels=arguments.max_megapixels)
    hdr = picture.hdr * np.float32(2**arguments.stops) if arguments.stops else picture.hdr
    delivery = Delivery(arguments.white, arguments.peak, arguments.float, arguments.quality)
    losses = describe_losses(arguments.target, replace(picture, hdr=hdr), delivery)
    write_hdr(
        arguments.target,
        hdr,
        alpha=picture.alpha,
        sdr=_base(picture, hdr, arguments) if row.has_base else None,
        exif=picture.exif,
        white_nits=delivery.white_nits,
        peak_nits=delivery.peak_nits,
        full_float=delivery.full_float,
        quality=delivery.quality,
    )
    for loss in losses:
        print(f"{arguments.source}: {loss}", file=sys.stderr)
    height, width, _ = hdr.shape
    print(f"{arguments.source} ({kind}) -> {arguments.target} ({row.name}, {width}x{height})")
    return 0


def _base(picture: HdrPicture, hdr: np.ndarray, arguments: argparse.Namespace) -> np.ndarray:
    """Choose what ordinary screens show; display-encoded sRGB, float32, (H, W, 3), [0, 1]."""
    if arguments.tone_map is None and picture.sdr is not None and not arguments.stops:
        return picture.sdr
    return tone_map(hdr, arguments.tone_map or "reinhard")
