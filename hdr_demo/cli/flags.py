"""Flags that several commands share, and how their values are read."""

import argparse
import math
from collections.abc import Callable
from functools import partial

from hdr_demo.color import PQ_PEAK_NITS, REFERENCE_WHITE_NITS
from hdr_demo.errors import DeviceError, HdrDemoError
from hdr_demo.io import Delivery, writable_formats

_BEST_QUALITY = 100


def add_device_flags(parser: argparse.ArgumentParser) -> None:
    """Declare where the network runs: `--device`, and the `--use_gpu` of the original scripts."""
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: %(default)s)")
    parser.add_argument(
        "--use_gpu", type=parse_bool, metavar="{True,False}", help="True: --device cuda, False: --device cpu"
    )


def add_backend_flag(parser: argparse.ArgumentParser) -> None:
    """Declare what computes the network's tiles."""
    parser.add_argument(
        "--backend", default="auto", help="auto (what is fastest here), torch, ncnn or cuda (default: %(default)s)"
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


def add_delivery_flags(parser: argparse.ArgumentParser) -> None:
    """Declare how bright, how exact and how well compressed HDR files are."""
    parser.add_argument(
        "--white",
        type=parse_rate,
        default=REFERENCE_WHITE_NITS,
        metavar="NITS",
        help="luminance of diffuse white in HDR files (default: %(default)g)",
    )
    parser.add_argument(
        "--peak",
        type=parse_rate,
        metavar="NITS",
        help="roll brighter light off, in .jpg, .png, .avif and .jxl and in clips (default: "
        f"{PQ_PEAK_NITS:g}, of clips 1000)",
    )
    parser.add_argument(
        "--exif",
        type=parse_bool,
        default=True,
        metavar="{True,False}",
        help="keep the photograph's EXIF data, which may tell who took it and where (default: %(default)s)",
    )
    parser.add_argument("--float", action="store_true", help="write an .exr with 32 bits, not 16")
    parser.add_argument(
        "--quality",
        type=parse_positive,
        default=Delivery.quality,
        help="of a .jpg with a gain map, .avif and .jxl, 1 to 100 (default: %(default)s)",
    )


def wanted_delivery(arguments: argparse.Namespace, *, peak: float = PQ_PEAK_NITS) -> Delivery:
    """Read what `add_delivery_flags` declared.

    Args:
        arguments: The flags.
        peak: What `--peak` is without the flag.

    Raises:
        HdrDemoError: If a value is out of its range.
    """
    if arguments.white > PQ_PEAK_NITS:
        raise HdrDemoError(f"--white {arguments.white:g} cannot be used: choose at most {PQ_PEAK_NITS:g}.")
    if arguments.peak is None and arguments.white > peak:
        raise HdrDemoError(
            f"--white {arguments.white:g} is above the peak of {peak:g}: choose a --peak from {arguments.white:g} to "
            f"{PQ_PEAK_NITS:g}."
        )
    peak = arguments.peak or peak
    if not arguments.white <= peak <= PQ_PEAK_NITS:
        raise HdrDemoError(
            f"--peak {peak:g} cannot be used: choose from --white ({arguments.white:g}) to {PQ_PEAK_NITS:g}."
        )
    if arguments.quality > _BEST_QUALITY:
        raise HdrDemoError(f"--quality {arguments.quality} cannot be used: choose from 1 to {_BEST_QUALITY}.")
    return Delivery(arguments.white, peak, arguments.float, arguments.quality)


def parse_formats(text: str) -> tuple[str, ...]:
    """Read formats, separated by commas: suffixes with or without their dots, or the names in `HDR_FORMATS`.

    Returns:
        Their suffixes.

    Raises:
        argparse.ArgumentTypeError: If one cannot be written.
    """
    known = writable_formats()
    suffixes = {row.name.lower(): suffix for suffix, row in reversed(known.items())}
    suffixes |= {word: suffix for suffix in known for word in (suffix, suffix.removeprefix("."))}
    words = [word.strip() for word in text.split(",")]
    for word in words:
        if word.lower() not in suffixes:
            choices = ", ".join(f"{suffix} ({row.name})" for suffix, row in known.items())
            raise argparse.ArgumentTypeError(f"{word!r} is none of {choices}")
    return tuple(dict.fromkeys(suffixes[word.lower()] for word in words))


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
