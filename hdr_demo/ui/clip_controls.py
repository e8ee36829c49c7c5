"""The controls of the tab Video: which part, how large, how exactly, and into which files."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gradio as gr

from hdr_demo.ui.clip_work import ClipLimits, longest_part
from hdr_demo.ui.network import Networks
from hdr_demo.ui.network_choice import build_checkpoint_choice, build_scale_choice
from hdr_demo.ui.text import label
from hdr_demo.video.settings import DEFAULT_OUTPUTS, PEAK_NITS, ClipSettings

if TYPE_CHECKING:
    from hdr_demo.video.clip import Clip

# The scale "paper" stretches each frame by itself, which flickers.
CLIP_SCALES = ("calibrated", "radiometric")
SIDES = (3840, 2560, 1920, 1280, 960, 640)
SPEEDS = ("exact", "draft")
# Pixels of all frames together, from which on a clip is long for a CPU: ten seconds of 1080p take it several minutes.
LONG_CLIP_PIXELS = 600e6
STEP_SECONDS = 0.1
PEAKS = (400, 4000)

# The names of `VIDEO_OUTPUTS`, as a test makes sure; PyAV is imported when a clip arrives and not before.
OUTPUT_NAMES = ("sdr", "hdr10_av1", "hdr10_hevc", "hlg_av1", "hlg_hevc", "side_by_side", "exr_sequence")


@dataclass(frozen=True)
class ClipControls:
    """What others connect to.

    Attributes:
        part: The group that trims; a clip whose length is not known has none.
        start: Its first control.
        end: Its second control.
        side: The longer side at most.
        speed: Exact or draft.
        files: Which files to make.
        peak: Of HDR files, in nits.
        scale: What the HDR numbers mean.
        checkpoint: Which network.
    """

    part: gr.Group
    start: gr.Slider
    end: gr.Slider
    side: gr.Dropdown
    speed: gr.Radio
    files: gr.CheckboxGroup
    peak: gr.Slider
    scale: gr.Radio
    checkpoint: gr.Dropdown

    @property
    def values(self) -> tuple[gr.components.Component, ...]:
        """The controls whose values `read_clip_settings` wants, in its order."""
        return (self.start, self.end, self.side, self.speed, self.peak, self.scale)


def build_clip_controls(networks: Networks) -> ClipControls:
    """Lay out the controls, inside the column that is open."""
    with gr.Group(elem_id="clip-part") as part:
        start = gr.Slider(0, 1, value=0, step=STEP_SECONDS, label=label("clip_start"), elem_id="clip-start")
        end = gr.Slider(0, 1, value=1, step=STEP_SECONDS, label=label("clip_end"), elem_id="clip-end")
    files = gr.CheckboxGroup(
        [(label(f"output_{name}"), name) for name in OUTPUT_NAMES],
        value=list(DEFAULT_OUTPUTS),
        label=label("clip_files"),
        elem_id="clip-files",
    )
    speed = gr.Radio(
        [(label(f"clip_speed_{name}"), name) for name in SPEEDS],
        value=SPEEDS[0],
        label=label("clip_speed"),
        info=label("clip_speed_info"),
        elem_id="clip-speed",
    )
    with gr.Accordion(label("settings"), open=False, elem_id="clip-settings"):
        side = gr.Dropdown(
            [(label("clip_side_keep"), 0), *((f"{pixels} px", pixels) for pixels in SIDES)],
            value=0,
            label=label("clip_side"),
            filterable=False,
            elem_id="clip-side",
        )
        peak = gr.Slider(
            *PEAKS,
            value=PEAK_NITS,
            step=50,
            label=label("clip_peak"),
            info=label("clip_peak_info"),
            elem_id="clip-peak",
        )
        scale = build_scale_choice("clip-scale", CLIP_SCALES, "clip_scale_info")
        checkpoint = build_checkpoint_choice(networks, "clip-checkpoint")
    return ClipControls(part, start, end, side, speed, files, peak, scale, checkpoint)


def fit_range(clip: "Clip", limits: ClipLimits) -> tuple[float, float]:
    """Say where the sliders of a clip's range end, and which end is chosen at first, in seconds."""
    seconds = clip.seconds or 0.0
    most = math.ceil(10 * seconds - 1e-6) / 10
    longest = longest_part(clip, limits)
    return most, most if seconds <= longest else math.floor(10 * longest) / 10


def suggest_speed(clip: "Clip", seconds: float, *, on_gpu: bool) -> str:
    """Suggest one of `SPEEDS` for so many seconds of a clip: a draft of a long one, unless there is a GPU."""
    height, width = clip.size(None)
    is_long = seconds * float(clip.rate) * height * width > LONG_CLIP_PIXELS
    return "draft" if is_long and not on_gpu else "exact"


def read_clip_settings(clip: "Clip", values: Sequence, **look: object) -> ClipSettings:
    """Read the values of the controls.

    Args:
        clip: The clip they are for.
        values: In the order of `ClipControls.values`.
        **look: What `TryArea.read_look` gives; the defaults without it.
    """
    start, end, side, speed, peak, scale = values
    trimmed = clip.seconds is not None
    return ClipSettings(
        scale=scale,
        draft=speed == "draft",
        start=start if trimmed else 0.0,
        end=end if trimmed and end < clip.seconds else None,
        max_side=side or None,
        peak_nits=peak,
        **look,
    )
