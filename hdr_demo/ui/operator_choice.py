"""The choice of a tone mapper with the sliders of its row, which several tabs offer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import gradio as gr

from hdr_demo.tonemap import TONE_MAPPERS
from hdr_demo.ui.text import label

DEFAULT_OPERATOR = "reinhard"


@dataclass(frozen=True)
class OperatorChoice:
    """What others connect to.

    Attributes:
        operator: The choice itself.
        sliders: Those of each operator, in the order of its row.
    """

    operator: gr.Dropdown
    sliders: dict[str, list[gr.Slider]]

    @property
    def every_slider(self) -> list[gr.Slider]:
        """The sliders of all operators."""
        return [slider for each in self.sliders.values() for slider in each]

    @property
    def changes(self) -> list[Callable]:
        """The events after which a picture looks different."""
        return [self.operator.change, *(slider.change for slider in self.every_slider)]

    def read(self, operator: str, values: Sequence[float]) -> dict[str, float]:
        """Read an operator's parameters from the values of `every_slider`."""
        named = dict(zip(self.every_slider, values, strict=True))
        return {
            parameter.name: named[slider]
            for parameter, slider in zip(TONE_MAPPERS[operator].parameters, self.sliders[operator], strict=True)
        }


def build_operator_choice(prefix: str = "") -> OperatorChoice:
    """Lay out the choice, inside the column that is open.

    Args:
        prefix: Put before the names of the elements, which are unique on the page.
    """
    sliders: dict[str, list[gr.Slider]] = {}
    operator = gr.Dropdown(
        [(label(f"operator_{name}"), name) for name in TONE_MAPPERS],
        value=DEFAULT_OPERATOR,
        label=label("operator"),
        filterable=False,
        elem_id=f"{prefix}operator",
    )
    groups = {name: _build_sliders(name, sliders, prefix, visible=name == DEFAULT_OPERATOR) for name in TONE_MAPPERS}
    source = gr.HTML(
        TONE_MAPPERS[DEFAULT_OPERATOR].source,
        apply_default_css=False,
        elem_id=f"{prefix}tone-source",
        elem_classes="note",
    )
    reset = gr.Button(label("reset"), size="sm", elem_id=f"{prefix}tone-reset")
    choice = OperatorChoice(operator, sliders)

    def show(operator: str) -> list:
        return [TONE_MAPPERS[operator].source, *(gr.Column(visible=name == operator) for name in groups)]

    def set_defaults(operator: str) -> list:
        return [
            parameter.default if name == operator else gr.skip()
            for name, row in TONE_MAPPERS.items()
            for parameter in row.parameters
        ]

    quiet = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
    operator.change(show, operator, [source, *groups.values()], **quiet)
    reset.click(set_defaults, operator, choice.every_slider, **quiet)
    return choice


def _build_sliders(operator: str, sliders: dict[str, list[gr.Slider]], prefix: str, *, visible: bool) -> gr.Column:
    """Make the sliders of one operator from its row of the table."""
    with gr.Column(visible=visible, elem_id=f"{prefix}sliders-{operator}") as group:
        sliders[operator] = [
            gr.Slider(
                parameter.minimum,
                parameter.maximum,
                value=parameter.default,
                step=parameter.step,
                label=label(f"parameter_{operator}_{parameter.name}"),
                elem_id=f"{prefix}{operator}-{parameter.name}",
            )
            for parameter in TONE_MAPPERS[operator].parameters
        ]
    return group
