"""Time the network: each back end against the procedure of the published script, in one run, in turns.

With --formats, time files instead: each format read and written.
With --startup, time the start: until the page is served and shown, and until the network is warm.
With --tone-map, time what is computed besides: each operator, and what the page shows of a photo.
With --train, time training: how many crops a second the device learns from, and how many can be loaded.
With --video, time clips: frames a second from file to files, exact and as a draft, memory, and how far both are apart.
"""

import argparse
import re
from pathlib import Path

from hdr_demo.cli.flags import add_device_flags, parse_positive, parse_rate, wanted_device
from hdr_demo.training.plan import Plan

SIZES = ("864x576", "1920x1080", "4000x3000")
FILE_SIZE = "4000x3000"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument(
        "--sizes",
        nargs="+",
        type=parse_size,
        metavar="WIDTHxHEIGHT",
        help=f"of the photos (default: {' '.join(SIZES)}; of files and tone mapping {FILE_SIZE})",
    )
    parser.add_argument("--repeats", type=parse_positive, default=3, help="the median counts (default: %(default)s)")
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="METHOD",
        help="published, a back end, or draft; the others are compared with the first",
    )
    parser.add_argument("--weights", help="as everywhere (default: the default checkpoint)")
    add_device_flags(parser)
    parser.add_argument("--formats", action="store_true", help="time the reading and writing of files instead")
    parser.add_argument("--startup", action="store_true", help="time the start of the page instead")
    parser.add_argument("--tone-map", action="store_true", help="time tone mapping and what the page computes instead")
    video = parser.add_argument_group("clips")
    video.add_argument("--video", action="store_true", help="time the conversion of a clip, exact and as a draft")
    video.add_argument("--width", type=parse_positive, default=640, help="of its frames (default: %(default)s)")
    video.add_argument("--height", type=parse_positive, default=360, help="of its frames (default: %(default)s)")
    video.add_argument(
        "--frames",
        type=parse_positive,
        nargs="+",
        default=[50],
        help="of the clip; several numbers show whether memory grows (default: 50)",
    )
    train = parser.add_argument_group("training")
    train.add_argument("--train", action="store_true", help="time training and the loading of its data")
    train.add_argument("-d", "--data_root_path", type=Path, help="HDR scenes to load (default: noise with a sun)")
    for name in ("batch_size", "crops", "crop_size"):
        train.add_argument(f"--{name}", type=parse_positive, default=getattr(Plan, name), help="as in train.py")
    train.add_argument("--num_workers", type=parse_positive, help="as in train.py (default: by cores)")
    train.add_argument("--precision", default="auto", help="as in train.py")
    train.add_argument("--compile", action=argparse.BooleanOptionalAction, help="as in train.py")
    train.add_argument(
        "--seconds", type=parse_rate, default=5.0, help="that each rate is measured for (default: %(default)g)"
    )


def parse_size(text: str) -> tuple[int, int]:
    """Read a size such as 1920x1080 as height and width."""
    match = re.fullmatch(r"([1-9]\d*)[x×]([1-9]\d*)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text} is no size such as 1920x1080")
    return int(match[2]), int(match[1])


def run(arguments: argparse.Namespace) -> int:
    """Print the tables that were asked for.

    Raises:
        HdrDemoError: If data, weights or the device cannot be used.
    """
    if arguments.train:
        from hdr_demo.cli.bench_train import time_training

        return time_training(arguments)
    if arguments.formats:
        from hdr_demo.cli.bench_formats import time_formats

        return time_formats(arguments.sizes or [parse_size(FILE_SIZE)], arguments.repeats)
    if arguments.startup:
        from hdr_demo.cli.bench_startup import time_startup

        return time_startup(arguments.repeats)
    if arguments.tone_map:
        from hdr_demo.cli.bench_tone_map import time_tone_mapping

        return time_tone_mapping(arguments.sizes or [parse_size(FILE_SIZE)], arguments.repeats)
    device = wanted_device(arguments)
    if arguments.video:
        from hdr_demo.cli.bench_video import time_clips

        return time_clips(arguments, device)
    from hdr_demo.cli.bench_network import time_network

    arguments.sizes = arguments.sizes or [parse_size(size) for size in SIZES]
    return time_network(arguments, device)
