"""Measure checkpoints side by side, and beside the photo itself, on held-out scenes or measured pairs."""

import argparse
import shlex
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_demo.calibration import SCALES
from hdr_demo.cli.flags import add_backend_flag, add_device_flags, parse_positive, wanted_device
from hdr_demo.errors import DataError

if TYPE_CHECKING:
    from hdr_demo.evaluation import Shot  # OpenCV and more; the help is shown without them


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("folder", type=Path, nargs="?", help="HDR panoramas or photographs that no training has seen")
    parser.add_argument(
        "--pairs", type=Path, nargs=2, metavar=("LDR_DIR", "HDR_DIR"), help="photographs and their measured light"
    )
    parser.add_argument(
        "--weights",
        action="append",
        help="a bundled name, OWNER/NAME[@REVISION] on the Hub, .safetensors or .pth; several times for several",
    )
    parser.add_argument(
        "--camera",
        nargs="+",
        type=parse_camera,
        default=["srgb", "unknown"],
        metavar="CAMERA",
        help="responses of the virtual camera: srgb, unknown or the name of one (default: srgb unknown)",
    )
    parser.add_argument("--views", type=parse_positive, default=8, help="of each scene (default: %(default)s)")
    parser.add_argument("--scale", nargs="+", choices=SCALES, help="what becomes of the output (default: what applies)")
    parser.add_argument("--out", type=Path, help="folder for report.md, scores.csv and pictures.jpg")
    parser.add_argument("--offline", action="store_true", help="ask the Hub for nothing")
    add_device_flags(parser)
    add_backend_flag(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure, and print the tables or write the report.

    Raises:
        HdrDemoError: If data, weights or the folder of the report cannot be used.
    """
    from tqdm import tqdm

    from hdr_demo.evaluation import available_measures, list_methods, pair_shots, take_shots
    from hdr_demo.evaluation.report import chapter_tables, measure_chapter, prepare_folder, write_report
    from hdr_demo.photo import load_photo_expander
    from hdr_demo.scenes import Pairs, Scenes

    if arguments.folder is None and arguments.pairs is None:
        raise DataError("There is nothing to measure on; name a folder of HDR images, or --pairs LDR_DIR HDR_DIR.")
    if arguments.out is not None:
        prepare_folder(arguments.out)
    # Before the scenes, whose reading takes minutes: a name may be mistyped.
    photos = [
        load_photo_expander(
            weights,
            device=wanted_device(arguments),
            backend=arguments.backend,
            offline=arguments.offline,
            strict=True,
        )
        for weights in arguments.weights or [None]
    ]
    sets = {}
    if arguments.folder is not None:
        scenes = Scenes(arguments.folder)
        for camera in dict.fromkeys(arguments.camera):
            shots = take_shots(scenes, camera, arguments.views)
            sets[f"{camera} camera"] = len(scenes) * arguments.views, shots
    if arguments.pairs is not None:
        pairs = Pairs(*arguments.pairs)
        sets["measured pairs"] = len(pairs), pair_shots(pairs)
    methods, measures = list_methods(photos, arguments.scale), available_measures()
    chapters = []
    for name, (count, shots) in sets.items():
        with tqdm(desc=name, total=count, unit="shot") as bar:
            chapters.append(measure_chapter(name, methods, count_on(shots, bar.update), measures))
            bar.total = bar.n  # of damaged files, which were counted too, there are no shots
    if arguments.out is None:
        print("\n\n".join(chapter_tables(chapter, measures) for chapter in chapters))
    else:
        for path in write_report(arguments.out, chapters, measures, command=describe_command(arguments)):
            print(path)
    return 0


def count_on(shots: "Iterable[Shot]", update: Callable[[], object]) -> "Iterator[Shot]":
    """Hand shots on, and tell when each has been measured."""
    for shot in shots:
        yield shot
        update()


def parse_camera(text: str) -> str:
    """Read the name of a camera.

    Raises:
        argparse.ArgumentTypeError: If there is none of that name.
    """
    from hdr_demo.evaluation import CAMERAS

    if text not in CAMERAS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(CAMERAS)}")
    return text


def describe_command(arguments: argparse.Namespace) -> str:
    """Spell the command that repeats a report; of folders and files only the names, for they may be private."""
    words = ["python", "-m", "hdr_demo", "evaluate"]
    if arguments.folder is not None:
        words += [arguments.folder.resolve().name, "--views", str(arguments.views), "--camera", *arguments.camera]
    if arguments.pairs is not None:
        words += ["--pairs", *(folder.resolve().name for folder in arguments.pairs)]
    for weights in arguments.weights or []:
        words += ["--weights", Path(weights).name if Path(weights).exists() else weights]
    if arguments.scale:
        words += ["--scale", *arguments.scale]
    return shlex.join(words)
