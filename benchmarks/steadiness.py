"""Measure how steady a converted clip is, on clips of a virtual camera whose light is known.

python benchmarks/steadiness.py [FOLDER_OF_PANORAMAS] [--weights weights.pth]

The columns, all in stops but the ratio:

- flicker: standard deviation of the frame-to-frame change of log2 mean luminance that the clip itself does not have.
  A lamp that comes into view is a change that the clip does not have, so the truth's is not 0 either.
- SDR flicker: the same of the tone-mapped frames.
- smoothness: of log2 luminance, against the truth (Eilertsen, Mantiuk & Unger 2019); 1 is as smooth as the truth.
- lost light, flicker: the same as flicker, but of the mean log2 luminance of the clipped pixels, against the truth's.
- lost light, wandering: standard deviation of the error of that mean within a shot.
- lost light, error: mean over the frames of the size of that error.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hdr_demo.color import decode_srgb, luminance
from hdr_demo.io import Picture
from hdr_demo.metrics import (
    TemporalDetail,
    clipped_mask,
    flicker,
    log2_light,
    log2_mean_light,
    mean_log2_light,
    smoothness,
    wandering,
)
from hdr_demo.photo import PhotoExpander, load_photo_expander
from hdr_demo.scenes import Scenes
from hdr_demo.tonemap import tone_map
from hdr_demo.video.clip import Frame
from hdr_demo.video.cuts import find_cuts
from hdr_demo.video.expand import expand_frames
from hdr_demo.video.hdr_frame import HdrFrame
from hdr_demo.video.pan import Camera, PanFrame, Shot, pan_frames
from hdr_demo.video.recording import as_frame
from hdr_demo.video.settings import ClipSettings
from hdr_demo.video.steady import steady

SCENES = Path(__file__).resolve().parents[1] / "examples" / "scenes"
RATE = 24
SETTINGS = ClipSettings()
COLUMNS = (
    "flicker",
    "SDR flicker",
    "smoothness",
    "lost light, flicker",
    "lost light, wandering",
    "lost light, error",
)

Method = Callable[[list[PanFrame], PhotoExpander], Iterator[HdrFrame]]


def main() -> None:
    """Print a table for each kind of clip, with a row for each method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=SCENES)
    parser.add_argument("--weights")
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--height", type=int, default=128)
    parser.add_argument("--width", type=int, default=192)
    arguments = parser.parse_args()
    expander = load_photo_expander(arguments.weights, device="cpu", offline=True, strict=True)
    camera = Camera(arguments.height, arguments.width, rate=RATE)
    print(
        f"{expander.checkpoint.name}; means over the panoramas of {arguments.folder.name}/; "
        f"{arguments.frames} frames of {arguments.width}×{arguments.height} each\n"
    )
    for kind, (change, has_cut) in KINDS.items():
        scores: dict[str, list[list[float]]] = {name: [] for name in METHODS}
        for scene in Scenes(arguments.folder):
            clip = list(pan_frames(_shots(scene.light, arguments.frames, has_cut), replace(camera, **change)))
            for name, method in METHODS.items():
                scores[name].append(measure(clip, method(clip, expander)))
        print(f"| {kind} | " + " | ".join(COLUMNS) + " |\n|---|" + "---:|" * len(COLUMNS))
        for name, rows in scores.items():
            print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in np.nanmean(rows, axis=0)) + " |")
        print(flush=True)


@dataclass
class _Series:
    """What is measured of one clip, frame by frame."""

    light: list[float] = field(default_factory=list)
    sdr: list[float] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)
    detail: TemporalDetail = field(default_factory=TemporalDetail)

    def add(self, hdr: np.ndarray, sdr: np.ndarray, lost: np.ndarray, is_cut: bool) -> None:
        self.light.append(log2_mean_light(hdr))
        self.sdr.append(log2_mean_light(decode_srgb(sdr)))
        self.lost.append(mean_log2_light(hdr, lost))
        self.detail.add(log2_light(luminance(hdr)), is_cut=is_cut)


def measure(clip: list[PanFrame], results: Iterable[HdrFrame]) -> list[float]:
    """Compute the columns.

    Args:
        clip: What the camera took.
        results: What a method made of it.

    Returns:
        A number for each of `COLUMNS`.
    """
    given, true, made = _Series(), _Series(), _Series()
    for taken, result in zip(clip, results, strict=True):
        ldr = taken.codes / np.float32(255)
        lost = clipped_mask(ldr)
        given.add(decode_srgb(ldr), ldr, lost, taken.is_cut)
        true.add(taken.truth, ldr, lost, taken.is_cut)
        made.add(result.hdr, result.sdr, lost, taken.is_cut)
    cuts = [taken.is_cut for taken in clip]
    errors = np.subtract(made.lost, true.lost)
    return [
        flicker(made.light, given.light, cuts),
        flicker(made.sdr, given.sdr, cuts),
        smoothness(made.detail.finish(), true.detail.finish()),
        flicker(made.lost, true.lost, cuts),
        wandering(errors, cuts),
        float(np.nanmean(np.abs(errors))),
    ]


def _shots(light: np.ndarray, frames: int, has_cut: bool) -> list[Shot]:
    if not has_cut:
        return [Shot(light, frames, yaw=-10)]
    return [Shot(light, frames // 2, yaw=-10), Shot(light, frames - frames // 2, yaw=110)]


def _to_frames(clip: list[PanFrame]) -> Iterator[Frame]:
    return (as_frame(index, taken) for index, taken in enumerate(clip))


def _as_clip(**settings: bool) -> Method:
    """Convert as `convert_clip` does, without files."""
    chosen = replace(SETTINGS, **settings)

    def convert(clip: list[PanFrame], expander: PhotoExpander) -> Iterator[HdrFrame]:
        frames = find_cuts(_to_frames(clip))
        return steady(expand_frames(frames, expander, Fraction(1, RATE), chosen), expander.checkpoint.reading, chosen)

    return convert


def _frame_by_frame(develop: Callable[[PanFrame, PhotoExpander], np.ndarray]) -> Method:
    def convert(clip: list[PanFrame], expander: PhotoExpander) -> Iterator[HdrFrame]:
        for frame, taken in zip(_to_frames(clip), clip, strict=True):
            yield HdrFrame(frame, develop(taken, expander), lambda hdr: tone_map(hdr, SETTINGS.operator))

    return convert


def _as_published(taken: PanFrame, expander: PhotoExpander) -> np.ndarray:
    return expander.expand(Picture(taken.codes / np.float32(255), None, "frame", 8), scale="paper").hdr


# What the camera does besides, and whether it jumps to another direction halfway. There is noise in all of them.
KINDS: dict[str, tuple[dict[str, float], bool]] = {
    "pan": ({}, False),
    "pan, exposure drifts by a stop": ({"drift": 1.0}, False),
    "pan, with a cut": ({}, True),
}

METHODS: dict[str, Method] = {
    "the truth": _frame_by_frame(lambda taken, _: taken.truth),
    "the clip itself, decoded": _frame_by_frame(lambda taken, _: decode_srgb(taken.codes / np.float32(255))),
    "each frame stretched, as published": _frame_by_frame(_as_published),
    "each frame by itself": _as_clip(smooth=False),
    "steady": _as_clip(),
    "steady, draft": _as_clip(draft=True),
}

if __name__ == "__main__":
    main()
