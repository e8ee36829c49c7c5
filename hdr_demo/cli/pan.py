"""Film a clip with a virtual camera that turns in an HDR panorama, so that its true light is known."""

import argparse
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_demo.cli.flags import parse_count, parse_number, parse_positive, parse_rate, parse_stops
from hdr_demo.errors import DataError

if TYPE_CHECKING:
    import numpy as np  # with the rest of the room; the help is shown without them


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    angle = parse_number(-361, 361)
    parser.add_argument("scene", type=Path, help="an HDR panorama")
    parser.add_argument("out", type=Path, help="the clip to write: .mp4 or .mkv")
    parser.add_argument("--seconds", type=parse_rate, default=5.0, help="of the clip (default: %(default)g)")
    parser.add_argument("--rate", type=parse_rate, default=24.0, help="frames a second (default: %(default)g)")
    parser.add_argument("--width", type=parse_positive, default=640, help="of a frame (default: %(default)s)")
    parser.add_argument("--height", type=parse_positive, default=360, help="of a frame (default: %(default)s)")
    parser.add_argument("--yaw", type=angle, default=0.0, help="where it begins, in degrees (default: %(default)g)")
    parser.add_argument("--pitch", type=angle, default=0.0, help="how far it looks up, likewise (default: %(default)g)")
    parser.add_argument(
        "--degrees", type=angle, default=20.0, help="how far it turns to the right in a second (default: %(default)g)"
    )
    parser.add_argument(
        "--field_of_view", type=parse_number(0, 180), default=80.0, help="of the lens (default: %(default)g degrees)"
    )
    parser.add_argument(
        "--clipped",
        type=parse_number(0, 1),
        default=0.05,
        help="share of all pixels that is overexposed (default: %(default)g)",
    )
    parser.add_argument(
        "--drift", type=parse_stops, default=0.0, help="stops by which the exposure moves and returns (default: 0)"
    )
    parser.add_argument(
        "--jitter", type=parse_stops, default=0.0, help="stops by which each frame's exposure is off (default: 0)"
    )
    parser.add_argument("--no_noise", action="store_true", help="leave out the sensor's noise")
    parser.add_argument(
        "--cut", type=Path, metavar="SCENE", help="jump into this panorama halfway; it may be the same one"
    )
    parser.add_argument("--cut_yaw", type=angle, default=180.0, help="where that begins (default: %(default)g)")
    parser.add_argument("--tone", action="store_true", help="give it sound: a soft tone of 440 Hz")
    parser.add_argument(
        "--truth", type=Path, help="also write its light as an OpenEXR sequence, into this folder or .zip"
    )
    parser.add_argument("--seed", type=parse_count, default=0, help="of noise and jitter (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Write the clip.

    Raises:
        HdrDemoError: If a panorama cannot be read, or a file cannot be written.
    """
    from hdr_demo.camera import TYPICAL_NOISE
    from hdr_demo.video.pan import Camera, Shot
    from hdr_demo.video.recording import record

    rate = Fraction(arguments.rate).limit_denominator(1001)
    frames = max(1 if arguments.cut is None else 2, round(arguments.seconds * rate))
    way = {"pitch": arguments.pitch, "turn": arguments.degrees}
    light = read_panorama(arguments.scene)
    if arguments.cut is None:
        shots = [Shot(light, frames, arguments.yaw, **way)]
    else:
        again = arguments.cut == arguments.scene
        other = light if again else read_panorama(arguments.cut)
        shots = [
            Shot(light, frames - frames // 2, arguments.yaw, **way),
            Shot(other, frames // 2, arguments.cut_yaw, **way),
        ]
    camera = Camera(
        arguments.height,
        arguments.width,
        rate=rate,
        field_of_view=arguments.field_of_view,
        clipped=arguments.clipped,
        drift=arguments.drift,
        jitter=abs(arguments.jitter),
        noise=None if arguments.no_noise else TYPICAL_NOISE,
    )
    record(arguments.out, shots, camera, seed=arguments.seed, tone=arguments.tone, truth=arguments.truth)
    more = f" and {arguments.truth}" if arguments.truth else ""
    print(f"{arguments.out}{more}: {frames} frames of {arguments.width}x{arguments.height}")
    return 0


def read_panorama(path: Path) -> "np.ndarray":
    """Read a panorama no larger than views of it need.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, 65504].

    Raises:
        DataError: If it is no panorama.
        ImageError: If it cannot be read.
    """
    from hdr_demo.io import SCENE_SUFFIXES
    from hdr_demo.scenes import LARGEST_PANORAMA, has_panorama_shape, reduce_to_side
    from hdr_demo.scenes.light import read_light

    if path.suffix.lower() not in SCENE_SUFFIXES:
        raise DataError(f"{path} is no HDR panorama: name a file with one of the suffixes {', '.join(SCENE_SUFFIXES)}.")
    light = read_light(path)
    if not has_panorama_shape(*light.shape[:2]):
        height, width = light.shape[:2]
        raise DataError(f"{path} has {width}×{height} pixels, but a panorama is twice as wide as high: use one.")
    return reduce_to_side(light, LARGEST_PANORAMA)
