"""The controls of the tab Many photos: which files, how exactly, and what ordinary screens show."""

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from hdr_demo.batch import BatchSettings
from hdr_demo.errors import OutputError
from hdr_demo.io import HDR_FORMATS, HdrFormat, writable_formats
from hdr_demo.tonemap import TONE_MAPPERS
from hdr_demo.ui.clip_controls import SPEEDS
from hdr_demo.ui.network import Networks
from hdr_demo.ui.network_choice import build_checkpoint_choice, build_scale_choice
from hdr_demo.ui.operator_choice import DEFAULT_OPERATOR
from hdr_demo.ui.text import label

# What a gain map stands on: a key of the page's texts, and what `batch.BASES` calls it.
BASES = {"photo": "photo", "toned": "rendition"}


@dataclass(frozen=True)
class BatchControls:
    """What others connect to.

    Attributes:
        formats: Which files to make of each photo.
        speed: Exact or draft.
        base: What ordinary screens show of a gain map.
        operator: The tone mapper of that, and of the contact sheet.
        scale: What the HDR numbers mean.
        exif: Whether the photos' EXIF data are kept.
        checkpoint: Which network.
    """

    formats: gr.CheckboxGroup
    speed: gr.Radio
    base: gr.Radio
    operator: gr.Dropdown
    scale: gr.Radio
    exif: gr.Checkbox
    checkpoint: gr.Dropdown

    @property
    def values(self) -> list[gr.components.Component]:
        """The controls whose values `read_batch_settings` wants, in its order."""
        return [self.formats, self.speed, self.base, self.operator, self.scale, self.exif]


def offered_formats() -> list[str]:
    """List the first suffix of each format that can be written here: the default, then those to share."""
    first: dict[HdrFormat, str] = {}
    for suffix, row in writable_formats().items():
        first.setdefault(row, suffix)
    default = BatchSettings().formats
    return sorted(first.values(), key=lambda suffix: (suffix not in default, not HDR_FORMATS[suffix].for_display))


def build_batch_controls(networks: Networks) -> BatchControls:
    """Lay out the controls, inside the column that is open."""
    formats = gr.CheckboxGroup(
        [(label(f"download_{suffix[1:]}"), suffix) for suffix in offered_formats()],
        value=list(BatchSettings().formats),
        label=label("batch_formats"),
        elem_id="batch-formats",
    )
    speed = gr.Radio(
        [(label(f"clip_speed_{name}"), name) for name in SPEEDS],
        value=SPEEDS[0],
        label=label("clip_speed"),
        info=label("batch_speed_info"),
        elem_id="batch-speed",
    )
    with gr.Accordion(label("settings"), open=False, elem_id="batch-settings"):
        base = gr.Radio(
            [(label(f"batch_base_{name}"), name) for name in BASES],
            value=next(iter(BASES)),
            label=label("download_base"),
            info=label("download_base_info"),
            elem_id="batch-base",
        )
        operator = gr.Dropdown(
            [(label(f"operator_{name}"), name) for name in TONE_MAPPERS],
            value=DEFAULT_OPERATOR,
            label=label("operator"),
            info=label("batch_operator_info"),
            filterable=False,
            elem_id="batch-operator",
        )
        scale = build_scale_choice("batch-scale")
        exif = gr.Checkbox(
            BatchSettings.exif, label=label("batch_exif"), info=label("batch_exif_info"), elem_id="batch-exif"
        )
        checkpoint = build_checkpoint_choice(networks, "batch-checkpoint")
    return BatchControls(formats, speed, base, operator, scale, exif, checkpoint)


def read_batch_settings(values: Sequence, max_megapixels: float) -> BatchSettings:
    """Read the values of the controls.

    Args:
        values: Of `BatchControls.values`.
        max_megapixels: Larger photos are refused.

    Raises:
        OutputError: If no format was chosen.
    """
    formats, speed, base, operator, scale, exif = values
    return BatchSettings(
        formats=check_formats(formats),
        operator=operator,
        base=BASES[base],
        scale=scale,
        draft=speed == "draft",
        exif=bool(exif),
        max_megapixels=max_megapixels,
    )


def check_formats(formats: Sequence[str] | None) -> tuple[str, ...]:
    """Bring formats that were chosen into the order of the table, each once.

    Raises:
        OutputError: If there are none, or one that is not offered.
    """
    offered = offered_formats()
    chosen = {f".{name.lower().removeprefix('.')}" for name in formats or ()}
    if not chosen or chosen - set(offered):
        raise OutputError(f"There is nothing to make: choose one or more of {', '.join(offered)}.")
    return tuple(suffix for suffix in offered if suffix in chosen)
