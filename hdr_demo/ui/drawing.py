"""A part of the page that is drawn from a visitor's result: again when the result or one of its controls changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import gradio as gr

from hdr_demo.ui.notices import shows_errors

# Many visitors may draw at the same time; numpy and OpenCV let each other run.
AT_ONCE = 4


@dataclass(frozen=True)
class Drawing:
    """What a tab asks to be connected.

    Attributes:
        draw: The handler: takes the values of `inputs` and the request, gives the values of `outputs`.
        inputs: The tab's own controls.
        outputs: What is drawn.
        triggers: The events of the controls.
    """

    draw: Callable
    inputs: Sequence[gr.components.Component]
    outputs: Sequence[gr.components.Component]
    triggers: Sequence[Callable]

    def connect(self, result_changed: Callable) -> None:
        """Draw when the result changes and when a control is moved; of many moves only the last counts."""
        gr.on(
            [result_changed, *self.triggers],
            shows_errors(self.draw),
            list(self.inputs),
            list(self.outputs),
            show_progress="hidden",
            trigger_mode="always_last",
            concurrency_limit=AT_ONCE,
            api_visibility="private",
        )
