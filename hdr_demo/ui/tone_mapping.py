"""The tab Tone mapping: one operator with its own sliders, and all of them side by side."""

import gradio as gr

from hdr_demo.resize import fit_size, resize_image
from hdr_demo.tonemap import TONE_MAPPERS, tone_map
from hdr_demo.ui.drawing import Drawing
from hdr_demo.ui.operator_choice import build_operator_choice
from hdr_demo.ui.pictures import write_drawing
from hdr_demo.ui.session import Visitors
from hdr_demo.ui.text import label, language_of, say

SHEET_PIXELS = 120_000


def build_tone_mapping(visitors: Visitors) -> tuple[Drawing, Drawing]:
    """Lay out the tab, inside the `gr.Tabs` that is open; the drawings are the picture and the contact sheet."""
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
                choice = build_operator_choice()
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

    def draw(request: gr.Request, operator: str, *values: float) -> str | dict:
        visitor = visitors.of(request)
        visitor.operator, visitor.parameters = operator, choice.read(operator, values)
        if visitor.shown is None:
            return gr.skip()
        view = visitor.shown.view
        sdr = tone_map(view.hdr, operator, **visitor.parameters)
        return write_drawing(visitor.new_folder("tone"), operator, sdr, view.alpha)

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

    def choose(event: gr.SelectData) -> str:
        return list(TONE_MAPPERS)[event.index]

    sheet.select(choose, None, choice.operator, show_progress="hidden", api_visibility="private", queue=False)
    return (
        Drawing(draw, [choice.operator, *choice.every_slider], [picture], choice.changes),
        Drawing(draw_sheet, [], [sheet], []),
    )
