"""Measure merges of brackets side by side, on drawn brackets of HDR scenes or on measured ones."""

import argparse
import shlex
import sys
from pathlib import Path

from hdr_demo.cli.flags import add_device_flags, parse_positive, wanted_device
from hdr_demo.errors import DataError
from hdr_demo.merge.methods import METHODS

SMALLEST_SIDE = 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument(
        "folder",
        type=Path,
        help="HDR panoramas or photographs that no training has seen, or scenes as Kalantari & Ramamoorthi publish "
        "theirs: exposure.txt, photos.tif, HDRImg.hdr",
    )
    parser.add_argument(
        "--methods",
        nargs="+",
        type=parse_method,
        metavar="METHOD",
        help=f"{', '.join(METHODS)}, or one of them with an alignment, such as debevec:none (default: all that have "
        "a checkpoint or need none)",
    )
    parser.add_argument(
        "--brackets",
        type=parse_positive,
        default=24,
        help="to draw of each kind: static, hand-held, moving (default: %(default)s)",
    )
    parser.add_argument("--side", type=parse_side, default=256, help="of drawn photos, in px (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="folder for report.md, scores.csv and pictures.jpg")
    add_device_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure, and print the tables or write the report.

    Raises:
        HdrDemoError: If data, weights or the folder of the report cannot be used.
    """
    from tqdm import tqdm

    from hdr_demo.bracket.paper_layout import find_paper_scenes
    from hdr_demo.evaluation.bracket_report import bracket_tables, measure_all, write_bracket_report
    from hdr_demo.evaluation.brackets import choose_entries, draw_shots, read_shots
    from hdr_demo.evaluation.report import prepare_folder
    from hdr_demo.scenes import KINDS, Scenes

    entries, missing = choose_entries(arguments.methods)
    if arguments.out is not None:
        prepare_folder(arguments.out)
    papers = find_paper_scenes(arguments.folder)
    if papers:
        count, shots = len(papers), read_shots(arguments.folder)
    else:
        count = arguments.brackets * len(KINDS)
        shots = draw_shots(Scenes(arguments.folder), count=arguments.brackets, side=arguments.side)
    for label in missing:
        print(f"{label} is left out: it has no checkpoint.", file=sys.stderr)
    results = measure_all(entries, tqdm(shots, total=count, unit="bracket"), device=wanted_device(arguments))
    if not results.records:
        raise DataError(f"Nothing of {arguments.folder} could be merged: {next(iter(results.refused.values()))}")
    if arguments.out is None:
        print(bracket_tables(results))
    else:
        for path in write_bracket_report(arguments.out, results, command=describe_command(arguments, bool(papers))):
            print(path)
    return 0


def parse_side(text: str) -> int:
    """Read the side of drawn photos, at least as many pixels as an alignment needs.

    Raises:
        argparse.ArgumentTypeError: If it is no number, or smaller.
    """
    side = parse_positive(text)
    if side < SMALLEST_SIDE:
        raise argparse.ArgumentTypeError(f"{text} is below {SMALLEST_SIDE} px, in which nothing can be aligned")
    return side


def parse_method(text: str) -> str:
    """Read the name of a method, or of one with an alignment.

    Raises:
        argparse.ArgumentTypeError: If there is none of that name.
    """
    from hdr_demo.evaluation.brackets import ENTRIES, find_entries

    if not find_entries(text):
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join((*METHODS, *ENTRIES))}")
    return text


def describe_command(arguments: argparse.Namespace, papers: bool) -> str:
    """Spell the command that repeats a report; of the folder only the name, for it may be private."""
    words = ["python", "-m", "hdr_demo", "evaluate-bracket", arguments.folder.resolve().name]
    if not papers:
        words += ["--brackets", str(arguments.brackets), "--side", str(arguments.side)]
    if arguments.methods:
        words += ["--methods", *arguments.methods]
    return shlex.join(words)
