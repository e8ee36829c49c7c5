"""The tab Tone mapping: one operator with its own sliders, and all of them side by side."""

import gradio as gr

from hdr_demo.resize import fit_size, resize_image
from hdr_demo.tonemap import TONE_MAPPERS, tone_map
from hdr_demo.ui.drawing import Drawing
from hdr_demo.ui.pictures import write_drawing
from hdr_demo.ui.session import Visitors
from hdr_demo.ui.text import label, language_of, say

DEFAULT_OPERATOR = "reinhard"
SHEET_PIXELS = 120_000


def build_tone_mapping(visitors: Visitors) -> tuple[Drawing, Drawing]:
    """Lay out the tab, inside the `gr.Tabs` that is open; the drawings are the picture and the contact sheet."""
    sliders: dict[str, list[gr.Slider]] = {}
    with gr.Tab(label("tone_mapping"), id="tone_mapping", elem_id="tab-tone"):
        with gr.Row(elem_classes="side-by-side"):
            with gr.Column(scale=3, min_width=300):
                picture = gr.Image(
                    type="filepath",
                    interactive=False,
                    show_label=False,
                    label=label("tone_label"),
                    alt_text=label("tone_alt"),
                    buttons=["fullscreen"],
                    elem_id="tone-picture",
                )
            with gr.Column(scale=1, min_width=240):
                operator = gr.Dropdown(
                    [(label(f"operator_{name}"), name) for name in TONE_MAPPERS],
                    value=DEFAULT_OPERATOR,
                    label=label("operator"),
                    filterable=False,
                    elem_id="operator",
                )
                groups = {
                    name: _build_sliders(name, sliders, visible=name == DEFAULT_OPERATOR) for name in TONE_MAPPERS
                }
                source = gr.HTML(apply_default_css=False, elem_id="tone-source", elem_classes="note")
                reset = gr.Button(label("reset"), size="sm", elem_id="tone-reset")
        gr.Markdown(label("sheet"), elem_classes="note")
        sheet = gr.Gallery(
            columns=5,
            object_fit="contain",
            height="auto",
            interactive=False,
            show_label=False,
            label=label("sheet"),
            allow_preview=False,
            buttons=[],
            elem_id="tone-sheet",
        )

    every_slider = [slider for each in sliders.values() for slider in each]

    def draw(request: gr.Request, operator: str, *values: float) -> tuple:
        visitor = visitors.of(request)
        named = dict(zip(every_slider, values, strict=True))
        visitor.operator = operator
        visitor.parameters = {
            parameter.name: named[slider]
            for parameter, slider in zip(TONE_MAPPERS[operator].parameters, sliders[operator], strict=True)
        }
        if visitor.shown is None:
            return gr.skip(), gr.skip()
        view = visitor.shown.view
        sdr = tone_map(view.hdr, operator, **visitor.parameters)
        return write_drawing(visitor.new_folder("tone"), operator, sdr, view.alpha), TONE_MAPPERS[operator].source

    def draw_sheet(request: gr.Request) -> list | dict:
        visitor, language = visitors.of(request), language_of(request)
        if visitor.shown is None:
            return gr.skip()
        view = visitor.shown.view
        size = fit_size(*view.hdr.shape[:2], SHEET_PIXELS)
        hdr, alpha = resize_image(view.hdr, *size), None if view.alpha is None else resize_image(view.alpha, *size)
        folder = visitor.new_folder("sheet")
        return [
            (write_drawing(folder, name, tone_map(hdr, name), alpha), say(language, f"operator_{name}"))
            for name in TONE_MAPPERS
        ]

    def show_sliders(operator: str) -> list:
        return [gr.Column(visible=name == operator) for name in groups]

    def choose(event: gr.SelectData) -> str:
        return list(TONE_MAPPERS)[event.index]

    def set_defaults(operator: str) -> list:
        return [
            parameter.default if name == operator else gr.skip()
            for name, row in TONE_MAPPERS.items()
            for parameter in row.parameters
        ]

    quiet = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
    operator.change(show_sliders, operator, list(groups.values()), **quiet)
    sheet.select(choose, None, operator, **quiet)
    reset.click(set_defaults, operator, every_slider, **quiet)
    return (
        Drawing(
            draw,
            [operator, *every_slider],
            [picture, source],
            [operator.change, *(slider.change for slider in every_slider)],
        ),
        Drawing(draw_sheet, [], [sheet], []),
    )


def _build_sliders(operator: str, sliders: dict[str, list[gr.Slider]], *, visible: bool) -> gr.Column:
    """Make the sliders of one operator from its row of the table."""
    with gr.Column(visible=visible, elem_id=f"sliders-{operator}") as group:
        sliders[operator] = [
            gr.Slider(
                parameter.minimum,
                parameter.maximum,
                value=parameter.default,
                step=parameter.step,
                label=label(f"parameter_{operator}_{parameter.name}"),
                elem_id=f"{operator}-{parameter.name}",
            )
            for parameter in TONE_MAPPERS[operator].parameters
        ]
    return group
