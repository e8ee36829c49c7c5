"""The controls of the virtual camera, in the tab Compare with the truth."""

from dataclasses import dataclass

import gradio as gr

from hdr_demo.camera import RESPONSES
from hdr_demo.ui.text import label
from hdr_demo.ui.truth_camera import CLIPPED_SHARES, FIELDS_OF_VIEW, PITCHES, QUALITIES, STOPS, YAWS, Settings

DEFAULTS = Settings()


@dataclass(frozen=True)
class CameraControls:
    """What others connect to.

    Attributes:
        look: The group that turns the camera; only panoramas need it.
        values: The controls, in the order of `read_settings`.
    """

    look: gr.Group
    values: tuple[gr.components.Component, ...]

    @property
    def yaw(self) -> gr.Slider:
        """The control of the first setting."""
        return self.values[0]

    @property
    def pitch(self) -> gr.Slider:
        """The control of the second setting."""
        return self.values[1]


def build_camera_controls() -> CameraControls:
    """Lay out the controls, inside the column that is open."""
    with gr.Group(visible=False, elem_id="look") as look:
        yaw = gr.Slider(*YAWS, value=DEFAULTS.yaw, step=1, label=label("yaw"), elem_id="yaw")
        pitch = gr.Slider(*PITCHES, value=DEFAULTS.pitch, step=1, label=label("pitch"), elem_id="pitch")
        field = gr.Slider(
            *FIELDS_OF_VIEW, value=DEFAULTS.field_of_view, step=1, label=label("field_of_view"), elem_id="field"
        )
    with gr.Group():
        exposure = gr.Radio(
            [(label(f"exposed_by_{name}"), name) for name in ("share", "stops")],
            value=DEFAULTS.exposure,
            label=label("exposed_by"),
            elem_id="exposed-by",
        )
        low, high = CLIPPED_SHARES
        percent = gr.Slider(
            100 * low, 100 * high, value=100 * DEFAULTS.clipped, step=0.5, label=label("clipped_share"), elem_id="share"
        )
        stops = gr.Slider(
            *STOPS, value=DEFAULTS.stops, step=0.5, label=label("meter_stops"), visible=False, elem_id="meter-stops"
        )
    response = gr.Dropdown(
        [(label(f"response_{name}"), name) for name in RESPONSES],
        value=DEFAULTS.response,
        label=label("response"),
        filterable=False,
        elem_id="response",
    )
    with gr.Accordion(label("defects"), open=False, elem_id="defects"):
        noise = gr.Checkbox(DEFAULTS.noise, label=label("noise"), elem_id="noise")
        quality = gr.Slider(*QUALITIES, value=DEFAULTS.quality, step=1, label=label("quality"), elem_id="quality")
    exposure.input(
        lambda chosen: (gr.Slider(visible=chosen == "share"), gr.Slider(visible=chosen == "stops")),
        exposure,
        [percent, stops],
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    )
    return CameraControls(look, (yaw, pitch, field, exposure, percent, stops, response, noise, quality))


def read_settings(
    yaw: float,
    pitch: float,
    field_of_view: float,
    exposure: str,
    percent: float,
    stops: float,
    response: str,
    noise: bool,
    quality: float,
) -> Settings:
    """Read the values of the controls."""
    return Settings(yaw, pitch, field_of_view, exposure, percent / 100, stops, response, noise, int(quality))
