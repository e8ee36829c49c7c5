"""Time clips from end to end: read, expanded, made steady, tone-mapped, written as H.264 and as HDR10."""

import argparse
import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from hdr_demo.cli.bench_machine import PeakMemory, describe_machine
from hdr_demo.color import REFERENCE_WHITE_NITS
from hdr_demo.metrics import clipped_mask, highlight_error, log2_light, psnr, pu21_psnr

if TYPE_CHECKING:
    from hdr_demo.photo import PhotoExpander
    from hdr_demo.video.clip import Clip
    from hdr_demo.video.settings import ClipSettings

SCENE = Path(__file__).parents[2] / "examples" / "scenes" / "workshop.exr"
RATE, TURN = 24, 12.0
OUTPUTS = ("sdr", "hdr10_av1")
# So many frames are also converted one step after the other, to time each, and compared.
SAMPLED_FRAMES = 8
# The stops under white that a logarithm of light tells apart, as the peak of its PSNR.
LOG_RANGE = 16.0

Item = TypeVar("Item")


@dataclass(frozen=True)
class ClipTiming:
    """One conversion, in a process of its own.

    Attributes:
        seconds: From the first byte read to the last one written.
        peak_bytes: The most memory that the process held; None where it is not measured.
        shares: Of the time that each step takes, where no two run at once; they add up to 1.
        light: The first frames, linear RGB, float32, (N, H, W, 3).
        lost: Where the clip is clipped in them, bool, (N, H, W).
    """

    seconds: float
    peak_bytes: int | None
    shares: dict[str, float]
    light: np.ndarray
    lost: np.ndarray


def time_clips(arguments: argparse.Namespace, device: str) -> int:
    """Film a clip, convert it exactly and as a draft, and print what each took and how far the two are apart.

    Args:
        arguments: As `bench` declares them.
        device: A name of `device.choose_device`.

    Returns:
        The exit code.

    Raises:
        HdrDemoError: If the checkpoint or the device cannot be used.
    """
    from hdr_demo.device import choose_device

    height, width, device = arguments.height, arguments.width, str(choose_device(device))
    print(f"{width}x{height} to {' and '.join(OUTPUTS)}, {describe_machine(device)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        clip = _film(Path(folder) / "pan.mp4", height, width, max(arguments.frames))
        for frames in arguments.frames:
            results = {}
            for name, draft in (("exact", False), ("draft", True)):
                # A fresh process each: neither inherits the other's caches or peak.
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    results[name] = pool.apply(time_clip, (clip, frames, draft, arguments.weights, device))
                _print_timing(name, frames, results[name])
    _print_difference(results["exact"], results["draft"])
    return 0


def time_clip(path: Path, frames: int, draft: bool, weights: str | None, device: str) -> ClipTiming:
    """Convert the beginning of a clip and measure it.

    Args:
        path: The clip.
        frames: How many of its frames.
        draft: As in `ClipSettings`.
        weights: As `weights.find_checkpoint` understands it.
        device: A name of `device.choose_device`.

    Returns:
        Its timing.
    """
    from hdr_demo.photo import load_photo_expander
    from hdr_demo.video.convert import convert_clip
    from hdr_demo.video.header import open_clip
    from hdr_demo.video.settings import ClipSettings

    expander = load_photo_expander(weights, device=device, strict=True)
    expander.ask(np.full((256, 256, 3), 0.9, np.float32))  # the first call of a network sets itself up
    clip, settings = open_clip(path), ClipSettings(draft=draft, end=frames / RATE)
    memory = PeakMemory()
    with tempfile.TemporaryDirectory() as folder:
        converted = convert_clip(clip, expander, _targets(Path(folder)), settings)
    peak = memory.peak
    sampled = replace(settings, end=min(frames, SAMPLED_FRAMES) / RATE)
    return ClipTiming(converted.seconds, peak, *_time_steps(clip, expander, sampled))


def _time_steps(
    clip: "Clip", expander: "PhotoExpander", settings: "ClipSettings"
) -> tuple[dict[str, float], np.ndarray, np.ndarray]:
    """Convert one step after the other; gives the last three fields of `ClipTiming`."""
    from hdr_demo.photo import PhotoExpander
    from hdr_demo.video.cuts import find_cuts
    from hdr_demo.video.expand import expand_frames
    from hdr_demo.video.outputs import VIDEO_OUTPUTS
    from hdr_demo.video.reader import read_frames
    from hdr_demo.video.steady import steady

    spent: Counter[str] = Counter()

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        spent[step] += time.perf_counter() - began

    def each(step: str, items: Iterator[Item]) -> Iterator[Item]:
        while True:
            with timed(step):
                item = next(items, None)
            if item is None:
                return
            yield item

    class Timed(PhotoExpander):
        def ask(self, *values: object, **named: object) -> np.ndarray:
            with timed("network"):
                return super().ask(*values, **named)

    timing = Timed(expander.expander, expander.checkpoint)
    light, lost = [], []
    with tempfile.TemporaryDirectory() as folder, timed("all"):
        frames = each("decoding", read_frames(clip, end=settings.end))
        answers = expand_frames(find_cuts(frames), timing, clip.time_base, settings)
        sinks = [
            VIDEO_OUTPUTS[name].open(path, clip, settings, clip.height, clip.width)
            for name, path in _targets(Path(folder)).items()
        ]
        for frame in steady(answers, expander.checkpoint.reading, settings):
            with timed("tone mapping"):
                assert frame.sdr is not None  # made when it is asked for, and kept
            with timed("encoding"):
                for sink in sinks:
                    sink.write(frame)
            light.append(frame.hdr)
            lost.append(clipped_mask(frame.frame.ldr))
        with timed("encoding"):
            for sink in sinks:
                sink.finish()
                sink.publish()
    total = spent.pop("all")
    spent["cuts and steadiness"] = total - spent.total()
    return {step: seconds / total for step, seconds in spent.items()}, np.stack(light), np.stack(lost)


def _targets(folder: Path) -> dict[str, Path]:
    return {name: folder / f"{name}.mp4" for name in OUTPUTS}


def _film(path: Path, height: int, width: int, frames: int) -> Path:
    from hdr_demo.cli.pan import read_panorama
    from hdr_demo.video.pan import Camera, Shot
    from hdr_demo.video.recording import record

    camera = Camera(height, width, rate=Fraction(RATE))
    record(path, [Shot(read_panorama(SCENE), frames, turn=TURN)], camera, tone=True)
    return path


def _print_timing(name: str, frames: int, timing: ClipTiming) -> None:
    memory = "memory not measured" if timing.peak_bytes is None else f"{timing.peak_bytes / 2**20:.0f} MiB at most"
    print(f"{name}  {frames} frames  {frames / timing.seconds:7.2f} frames/s  {memory}")
    print("       " + ", ".join(f"{step} {share:.0%}" for step, share in timing.shares.items()), flush=True)


def _print_difference(exact: ClipTiming, draft: ClipTiming) -> None:
    seen = [
        pu21_psnr(one * REFERENCE_WHITE_NITS, other * REFERENCE_WHITE_NITS)
        for one, other in zip(draft.light, exact.light, strict=True)
    ]
    logs = psnr(log2_light(draft.light), log2_light(exact.light), LOG_RANGE)
    apart = highlight_error(draft.light, exact.light, exact.lost)
    print(
        f"draft: {exact.seconds / draft.seconds:.1f} times as fast; against exact {np.mean(seen):.1f} dB PU21-PSNR, "
        f"{logs:.1f} dB of log2 light ({LOG_RANGE:g} stops), {apart:.2f} stops on clipped pixels"
    )
