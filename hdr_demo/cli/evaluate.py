"""Measure a checkpoint on held-out panoramas, beside the photograph itself and the published scaling."""

import argparse
from pathlib import Path

from hdr_demo.calibration import SCALES
from hdr_demo.cli.flags import add_device_flags, wanted_device


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("folder", type=Path, help="equirectangular .exr or .hdr panoramas that no training has seen")
    parser.add_argument("--weights", help="a bundled name, OWNER/NAME[@REVISION] on the Hub, .safetensors or .pth")
    parser.add_argument("--offline", action="store_true", help="ask the Hub for nothing")
    add_device_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line of scores for each scale and for the baseline without a network."""
    from hdr_demo.evaluation import evaluate, linearize
    from hdr_demo.io import Picture
    from hdr_demo.photo import load_photo_expander

    photo = load_photo_expander(
        arguments.weights, device=wanted_device(arguments), offline=arguments.offline, strict=True
    )
    methods = {"the photo, linearised": linearize}
    for scale in SCALES:
        methods[f"{photo.checkpoint.name}, {scale}"] = lambda ldr, scale=scale: (
            photo.expand(Picture(ldr, None, "view", 8), scale=scale).hdr
        )
    for name, method in methods.items():
        print(f"{name:40} {evaluate(method, arguments.folder)}", flush=True)
    return 0
