"""`python app.py` and `python -m hdr_demo app`: open a page where a photo becomes HDR."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_demo.cli.flags import add_backend_flag, parse_positive, parse_rate
from hdr_demo.io import MAX_MEGAPIXELS
from hdr_demo.ui.app import MAX_UPLOAD_MEGABYTES, build_app, launch
from hdr_demo.ui.batch_work import MAX_PHOTOS
from hdr_demo.ui.clip_work import ClipLimits
from hdr_demo.ui.network import Load
from hdr_demo.weights import DEFAULT_WEIGHTS, WEIGHTS
from hdr_demo.weights.files import SUFFIXES
from hdr_demo.weights.find import ENVIRONMENT_VARIABLE

if TYPE_CHECKING:
    from hdr_demo.photo import PhotoExpander

LIMITS = ClipLimits()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--host", help="address to listen at, such as 0.0.0.0 for all (default: this computer alone)")
    parser.add_argument("--port", type=int, help="port to listen at (default: the first that is free from 7860)")
    parser.add_argument("--no-browser", action="store_true", help="print the address, and open no browser")
    parser.add_argument("--share", action="store_true", help="open a public link through Gradio's servers")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: %(default)s)")
    add_backend_flag(parser)
    parser.add_argument(
        "--weights",
        nargs="+",
        default=(),
        metavar="CHECKPOINT",
        help="a bundled name, owner/name[@revision] on the Hub, or a .safetensors or .pth file; the first is used, and "
        "the page offers the others and the bundled ones to choose from",
    )
    parser.add_argument("--offline", action="store_true", help="ask the Hub for nothing")
    parser.add_argument(
        "--max-megapixels",
        "--max_megapixels",
        type=float,
        default=MAX_MEGAPIXELS,
        help="the largest photo taken, in millions of pixels (default: %(default)g)",
    )
    parser.add_argument(
        "--max-clip-seconds",
        type=parse_rate,
        default=LIMITS.seconds,
        metavar="SECONDS",
        help="the longest part of a clip that is converted at once (default: %(default)g)",
    )
    parser.add_argument(
        "--max-clip-frames",
        type=parse_positive,
        default=LIMITS.frames,
        metavar="FRAMES",
        help="the most frames of it (default: %(default)d)",
    )
    parser.add_argument(
        "--max-clip-megapixels",
        type=parse_rate,
        default=LIMITS.megapixels,
        metavar="MEGAPIXELS",
        help="the largest frames taken, in millions of pixels (default: %(default)g)",
    )
    parser.add_argument(
        "--max-batch-photos",
        type=parse_positive,
        default=MAX_PHOTOS,
        metavar="PHOTOS",
        help="the most photos taken at once under Many photos (default: %(default)d)",
    )
    parser.add_argument(
        "--max-upload-megabytes",
        type=parse_positive,
        default=MAX_UPLOAD_MEGABYTES,
        metavar="MEGABYTES",
        help="the largest file taken, photo or clip (default: %(default)d)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Open the page and stay until somebody interrupts; the exit code.

    Raises:
        HdrDemoError: If the network cannot be loaded.
    """
    loads = offer_checkpoints(
        arguments.weights, device=arguments.device, backend=arguments.backend, offline=arguments.offline
    )
    limits = ClipLimits(arguments.max_clip_seconds, arguments.max_clip_frames, arguments.max_clip_megapixels)
    page = build_app(
        loads,
        max_megapixels=arguments.max_megapixels,
        clip_limits=limits,
        max_batch_photos=arguments.max_batch_photos,
    )
    browser = not arguments.no_browser and arguments.host is None and has_screen()
    launch(
        page,
        host=arguments.host,
        port=arguments.port,
        share=arguments.share,
        browser=browser,
        max_upload_megabytes=arguments.max_upload_megabytes,
    )
    return 0


def offer_checkpoints(asked: Sequence[str], *, device: str, backend: str = "auto", offline: bool) -> dict[str, Load]:
    """List the checkpoints that the page offers: those asked for, by flag or environment, and those known by name.

    Args:
        asked: What `weights.find_checkpoint` understands; the first is the default.
        device: Where the networks run.
        backend: What computes them there.
        offline: Ask the Hub for nothing.

    Returns:
        How each is loaded, by the name that visitors read: of a file its name, not its folder.
    """

    def loading(spec: str | None, *, strict: bool) -> Load:
        def load() -> "PhotoExpander":
            from hdr_demo.photo import load_photo_expander  # torch; the page does not wait for it

            return load_photo_expander(spec, device=device, backend=backend, offline=offline, strict=strict)

        return load

    asked = [*asked] or [each for each in [os.environ.get(ENVIRONMENT_VARIABLE, "").strip()] if each]
    # Only the default may be replaced by the bundled one: the page must come up, but a comparison must not lie.
    loads = {} if asked else {DEFAULT_WEIGHTS: loading(None, strict=False)}
    for spec in dict.fromkeys(asked):
        is_file = spec not in WEIGHTS and Path(spec).suffix.lower() in SUFFIXES
        loads[_unused(Path(spec).name if is_file else spec, loads)] = loading(spec, strict=bool(loads))
    for name in WEIGHTS:
        loads.setdefault(name, loading(name, strict=True))
    return loads


def _unused(name: str, taken: dict[str, Load]) -> str:
    """Tell files of one name in several folders apart."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def has_screen() -> bool:
    """Whether somebody sits before this computer, who would like to see the page at once."""
    if os.environ.get("SPACE_ID") or os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
