"""The area of the tab Video where an operator is tried on one frame, before the long run."""

from dataclasses import dataclass

import gradio as gr

from hdr_demo.ui.clip_controls import STEP_SECONDS
from hdr_demo.ui.operator_choice import OperatorChoice, build_operator_choice
from hdr_demo.ui.text import label

STOPS = (-4.0, 4.0)


@dataclass(frozen=True)
class TryArea:
    """Where an operator is tried on one frame.

    Attributes:
        picture: The frame as it was, and tone-mapped.
        note: What they show.
        at: Which frame, in seconds.
        choice: The operator and its sliders.
        stops: The exposure change before it.
    """

    picture: gr.ImageSlider
    note: gr.HTML
    at: gr.Slider
    choice: OperatorChoice
    stops: gr.Slider

    @property
    def values(self) -> list[gr.components.Component]:
        """The controls of the look, in the order of `read_look`."""
        return [self.choice.operator, self.stops, *self.choice.every_slider]

    def read_look(self, operator: str, stops: float, *sliders: float) -> dict:
        """Read what `ClipSettings` calls operator, parameters and stops."""
        return {"operator": operator, "parameters": self.choice.read(operator, sliders), "stops": stops}


def build_try_area() -> TryArea:
    """Lay out the area, inside the column that is open."""
    with gr.Row(elem_id="clip-try-area"):
        with gr.Column(scale=3, min_width=300):
            picture = gr.ImageSlider(
                type="filepath",
                interactive=False,
                label=label("clip_try"),
                show_label=False,
                max_height=480,
                buttons=["fullscreen"],
                elem_id="clip-try",
            )
            note = gr.HTML(apply_default_css=False, elem_id="clip-try-note", elem_classes="note")
            with gr.Row():
                at = gr.Slider(0, 1, value=0, step=STEP_SECONDS, label=label("clip_at"), elem_id="clip-at")
                stops = gr.Slider(*STOPS, value=0, step=0.1, label=label("clip_stops"), elem_id="clip-stops")
        with gr.Column(scale=1, min_width=240):
            choice = build_operator_choice("clip-")
    return TryArea(picture, note, at, choice, stops)
