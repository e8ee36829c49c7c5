"""`python app.py` and `python -m hdr_demo app`: open a page where a photo becomes HDR."""

import argparse
import os
import sys
from typing import TYPE_CHECKING

from hdr_demo.io import MAX_MEGAPIXELS
from hdr_demo.ui.app import build_app, launch

if TYPE_CHECKING:
    from hdr_demo.photo import PhotoExpander


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--host", help="address to listen at, such as 0.0.0.0 for all (default: this computer alone)")
    parser.add_argument("--port", type=int, help="port to listen at (default: the first that is free from 7860)")
    parser.add_argument("--no-browser", action="store_true", help="print the address, and open no browser")
    parser.add_argument("--share", action="store_true", help="open a public link through Gradio's servers")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: %(default)s)")
    parser.add_argument(
        "--weights", help="a bundled name, owner/name[@revision] on the Hub, or a .safetensors or .pth file"
    )
    parser.add_argument("--offline", action="store_true", help="ask the Hub for nothing")
    parser.add_argument(
        "--max-megapixels",
        "--max_megapixels",
        type=float,
        default=MAX_MEGAPIXELS,
        help="the largest photo taken, in millions of pixels (default: %(default)g)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Open the page and stay until somebody interrupts; the exit code.

    Raises:
        HdrDemoError: If the network cannot be loaded.
    """

    def load() -> "PhotoExpander":
        from hdr_demo.photo import load_photo_expander  # torch; the page does not wait for it

        return load_photo_expander(arguments.weights, device=arguments.device, offline=arguments.offline)

    page = build_app(load, max_megapixels=arguments.max_megapixels)
    browser = not arguments.no_browser and arguments.host is None and has_screen()
    launch(page, host=arguments.host, port=arguments.port, share=arguments.share, browser=browser)
    return 0


def has_screen() -> bool:
    """Whether somebody sits before this computer, who would like to see the page at once."""
    if os.environ.get("SPACE_ID") or os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
