"""What the tab Video has the network do: one frame to try an operator on, and the long conversion."""

import math
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hdr_demo.tonemap import tone_map
from hdr_demo.ui.job import Job, Progress
from hdr_demo.ui.network import Networks, on_gpu, uses_zero_gpu
from hdr_demo.video.settings import MAX_MEGAPIXELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from hdr_demo.video.clip import Clip
    from hdr_demo.video.convert import ConvertedClip
    from hdr_demo.video.settings import ClipSettings

# A frame to try operators on is seen beside itself, each half no larger than this.
TRIED_SIDE = 960

# ZeroGPU lends its GPU for a time that is asked for beforehand. A guess that is generous to encoders, which take most.
GPU_SECONDS_A_MEGAPIXEL, GPU_SECONDS_TO_BEGIN = 0.3, 20
GPU_SECONDS_AT_MOST, GPU_SECONDS_TO_END = 300, 15


@dataclass(frozen=True)
class ClipLimits:
    """What the part of a clip that is converted may be at most; the header tells.

    Attributes:
        seconds: Its length.
        frames: How many it has.
        megapixels: Of a frame, in millions.
    """

    seconds: float = 120.0
    frames: int = 3600  # a minute of 60 frames a second
    megapixels: float = MAX_MEGAPIXELS


@dataclass(frozen=True)
class TriedFrame:
    """A frame on which operators are tried.

    Attributes:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the clip's white.
        seconds: What reading and network took.
    """

    ldr: np.ndarray
    hdr: np.ndarray
    seconds: float

    def render(self, operator: str, parameters: Mapping[str, float], stops: float) -> np.ndarray:
        """Tone-map the frame as the conversion does; display-encoded sRGB, float32, (H, W, 3), [0, 1]."""
        return tone_map(self.hdr, operator, gain=2**stops, **parameters)


@dataclass(frozen=True)
class ClipRun:
    """A conversion that was asked for.

    Attributes:
        clip: What is converted.
        settings: What was chosen.
        job: The work.
    """

    clip: "Clip"
    settings: "ClipSettings"
    job: "Job[ConvertedClip]"


def open_upload(path: Path, folder: Path, limits: ClipLimits) -> "Clip":
    """Take a clip that was uploaded into a visitor's folder, byte for byte, and read its header.

    It may be longer than the limits: a part of it can be chosen.

    Raises:
        VideoError: If it is no clip, or its frames are too large.
    """
    from hdr_demo.video.header import open_clip  # PyAV; the page does not wait for it

    own = folder / path.name
    try:
        os.link(path, own)  # Gradio deletes its own after an hour, even of a clip that is being read
    except OSError:
        shutil.copyfile(path, own)
    return open_clip(own, max_seconds=math.inf, max_frames=math.inf, max_megapixels=limits.megapixels)


def check_part(clip: "Clip", settings: "ClipSettings", limits: ClipLimits) -> "ClipSettings":
    """Compare the part that is to be converted with the limits, by the header alone.

    Returns:
        The settings; of a clip that does not say how long it is, with an end at the limit.

    Raises:
        VideoError: If the part is too long, or empty.
    """
    from hdr_demo.video.header import open_clip

    if clip.seconds is None:
        longest = settings.start + longest_part(clip, limits)
        settings = replace(settings, end=longest if settings.end is None else min(settings.end, longest))
    open_clip(
        clip.path,
        start=settings.start,
        end=settings.end,
        max_seconds=limits.seconds,
        max_frames=limits.frames,
        max_megapixels=limits.megapixels,
    )
    return settings


def longest_part(clip: "Clip", limits: ClipLimits) -> float:
    """Say how many seconds of a clip may be converted."""
    return min(limits.seconds, limits.frames / float(clip.rate))


def name_targets(clip: "Clip", names: list[str], operator: str, folder: Path) -> dict[str, Path]:
    """Choose where the files of a conversion go, by the names of `VIDEO_OUTPUTS`."""
    from hdr_demo.video.outputs import VIDEO_OUTPUTS

    return {
        name: folder / f"{clip.path.stem}{VIDEO_OUTPUTS[name].ending.format(operator=operator)}"
        for name in VIDEO_OUTPUTS
        if name in names
    }


class ClipWork:
    """The network at work on clips, with everybody else's work beside it."""

    def __init__(self, networks: Networks) -> None:
        """Prepare for a network of any of the checkpoints."""
        self._networks = networks
        self._try = on_gpu(self._try_frame)
        self._convert_elsewhere = on_gpu(self._convert_in_steps, seconds=estimate_gpu_seconds)

    def try_frame(self, checkpoint: str, clip: "Clip", settings: "ClipSettings", at: float) -> TriedFrame:
        """Expand a reduced copy of one frame, ahead of all long work.

        Args:
            checkpoint: One of `Networks.names`.
            clip: As `open_clip` gave it.
            settings: What was chosen.
            at: When the frame is shown, in seconds from the clip's first one.

        Raises:
            HdrDemoError: If the frame cannot be read, or the network not be loaded.
        """
        network = self._networks.of(checkpoint)
        network.expander()
        small = replace(settings, max_side=min(settings.max_side or TRIED_SIDE, TRIED_SIDE))
        with network.turns.first():
            return self._try(checkpoint, clip, small, at)

    def new_run(self, checkpoint: str, clip: "Clip", targets: dict[str, Path], settings: "ClipSettings") -> ClipRun:
        """Prepare a conversion; `Job.follow` runs it. One that is stopped has a result too, if it made any frame."""

        def work(note: "Callable[[int, int], None]", stop: "Callable[[], bool]") -> "ConvertedClip":
            from hdr_demo.video.convert import convert_clip

            network = self._networks.of(checkpoint)
            network.expander()
            if not uses_zero_gpu():
                return convert_clip(clip, network.in_turns(), targets, settings, progress=note, should_stop=stop)
            flag = clip.path.parent / "stop"  # another process, where callbacks cannot follow, looks for this file
            flag.unlink(missing_ok=True)
            for step in self._convert_elsewhere(checkpoint, clip, targets, settings, flag):
                if not isinstance(step, Progress):
                    return step
                note(step.done, step.total)
                if stop():
                    flag.touch()
            raise RuntimeError("ZeroGPU gave no result")

        return ClipRun(clip, settings, Job(work))

    def _try_frame(self, checkpoint: str, clip: "Clip", settings: "ClipSettings", at: float) -> TriedFrame:
        from hdr_demo.video.convert import expand_one

        began = time.monotonic()
        frame = expand_one(clip, self._networks.of(checkpoint).expander(), settings, at)
        return TriedFrame(frame.frame.ldr, frame.hdr, time.monotonic() - began)

    def _convert_in_steps(
        self, checkpoint: str, clip: "Clip", targets: dict[str, Path], settings: "ClipSettings", flag: Path
    ) -> "Iterator[Progress | ConvertedClip]":
        """Convert a clip in the process that has the GPU; ends early rather than be cut off without any file."""
        from hdr_demo.video.convert import convert_clip

        expander = self._networks.of(checkpoint).expander()
        lent = estimate_gpu_seconds(checkpoint, clip, targets, settings, flag)
        until = time.monotonic() + lent - GPU_SECONDS_TO_END
        job = Job(
            lambda note, stop: convert_clip(
                clip,
                expander,
                targets,
                settings,
                progress=note,
                should_stop=lambda: stop() or flag.exists() or time.monotonic() > until,
            )
        )
        yield from job.follow()
        yield job.result


def estimate_gpu_seconds(
    checkpoint: str, clip: "Clip", targets: Mapping[str, Path], settings: "ClipSettings", flag: Path
) -> int:
    """Estimate for how long a conversion needs a GPU; the arguments are those of the call that is made there."""
    from hdr_demo.video.convert import count_frames

    height, width = clip.size(settings.max_side)
    work = count_frames(clip, settings) * height * width / 1e6 * GPU_SECONDS_A_MEGAPIXEL * max(1, len(targets))
    return math.ceil(min(GPU_SECONDS_TO_BEGIN + GPU_SECONDS_TO_END + work, GPU_SECONDS_AT_MOST))


def estimate_seconds(tried: TriedFrame, clip: "Clip", settings: "ClipSettings") -> tuple[int, float]:
    """Estimate from a tried frame how many frames a conversion has, 0 if nobody knows, and how long it takes."""
    from hdr_demo.video.convert import count_frames

    height, width = clip.size(settings.max_side)
    frames = count_frames(clip, settings)
    return frames, frames * tried.seconds * height * width / tried.hdr[..., 0].size
