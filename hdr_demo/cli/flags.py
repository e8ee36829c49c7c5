"""Flags that several commands share, and how their values are read."""

import argparse
import math
from collections.abc import Callable
from functools import partial

from hdr_demo.errors import DeviceError


def add_device_flags(parser: argparse.ArgumentParser) -> None:
    """Declare where the network runs: `--device`, and the `--use_gpu` of the original scripts."""
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: %(default)s)")
    parser.add_argument(
        "--use_gpu", type=parse_bool, metavar="{True,False}", help="True: --device cuda, False: --device cpu"
    )


def wanted_device(arguments: argparse.Namespace) -> str:
    """Read what `add_device_flags` declared.

    Raises:
        DeviceError: If the two flags contradict each other.
    """
    if arguments.use_gpu is None:
        return arguments.device
    device = "cuda" if arguments.use_gpu else "cpu"
    if arguments.device not in ("auto", device):
        raise DeviceError(
            f"--use_gpu {arguments.use_gpu} contradicts --device {arguments.device}; leave one of them out."
        )
    return device


def parse_bool(text: str) -> bool:
    """Read True or False as the original scripts wrote them.

    Raises:
        argparse.ArgumentTypeError: If the text is neither.
    """
    answers = {"true": True, "t": True, "1": True, "yes": True, "false": False, "f": False, "0": False, "no": False}
    if text.lower() not in answers:
        raise argparse.ArgumentTypeError(f"{text!r} is neither True nor False")
    return answers[text.lower()]


def parse_count(text: str) -> int:
    """Read a whole number from 0.

    Raises:
        argparse.ArgumentTypeError: If the text is none.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0")
    return int(text)


def parse_positive(text: str) -> int:
    """Read a whole number above 0.

    Raises:
        argparse.ArgumentTypeError: If the text is none.
    """
    if parse_count(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def parse_rate(text: str) -> float:
    """Read a number above 0.

    Raises:
        argparse.ArgumentTypeError: If the text is none.
    """
    return _parse_number(text, above=0.0, below=math.inf)


def parse_moment(text: str) -> float:
    """Read a moment of a clip, as seconds or as [H:]MM:SS, in seconds.

    Raises:
        argparse.ArgumentTypeError: If the text is none.
    """
    parts = text.split(":")
    if len(parts) > 3 or not all(part.isdecimal() for part in parts[:-1]):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number of seconds nor [H:]MM:SS")
    seconds = _parse_number(parts[-1], above=-1e-9, below=60.0 if len(parts) > 1 else math.inf)
    return sum(int(part) * 60**place for place, part in enumerate(reversed(parts[:-1]), 1)) + max(seconds, 0.0)


def parse_stops(text: str) -> float:
    """Read an exposure change of at most 30 stops either way.

    Raises:
        argparse.ArgumentTypeError: If the text is none.
    """
    return _parse_number(text, above=-30.5, below=30.5)


def parse_number(above: float, below: float) -> Callable[[str], float]:
    """Make what reads a number between two others, both exclusive; it raises argparse.ArgumentTypeError otherwise."""
    return partial(_parse_number, above=above, below=below)


def _parse_number(text: str, *, above: float, below: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not above < number < below:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above {above:g} and below {below:g}")
    return number
