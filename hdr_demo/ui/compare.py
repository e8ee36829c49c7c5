"""The tab Compare: the photo and its HDR image under one divider."""

import gradio as gr

from hdr_demo.exposure import expose
from hdr_demo.tonemap import tone_map
from hdr_demo.ui.drawing import Drawing
from hdr_demo.ui.opened import say_of
from hdr_demo.ui.pictures import write_drawing
from hdr_demo.ui.session import Visitors
from hdr_demo.ui.text import label, language_of, say, say_stops

DEFAULT_STOPS = -2.0
LOWEST_STOPS, HIGHEST_STOPS = -8.0, 4.0


def build_stops(elem_id: str) -> gr.Slider:
    """Lay out the slider that exposes both halves of a comparison."""
    return gr.Slider(
        LOWEST_STOPS, HIGHEST_STOPS, value=DEFAULT_STOPS, step=0.5, label=label("compare_stops"), elem_id=elem_id
    )


def build_compare(visitors: Visitors) -> Drawing:
    """Lay out the tab, inside the `gr.Tabs` that is open."""
    with gr.Tab(label("compare"), id="compare", elem_id="tab-compare") as tab:
        slider = gr.ImageSlider(
            type="filepath",
            interactive=False,
            label=label("compare_label"),
            show_label=False,
            max_height=540,
            buttons=["fullscreen"],
            elem_id="compare",
        )
        note = gr.HTML(apply_default_css=False, elem_id="compare-note", elem_classes="note")
        with gr.Row(equal_height=True):
            show = gr.Radio(
                [(label("compare_exposed"), "exposed"), (label("compare_toned"), "toned")],
                value="exposed",
                label=label("compare_show"),
                elem_id="compare-show",
            )
            stops = build_stops("compare-stops")

    def draw(show: str, stops: float, request: gr.Request) -> tuple:
        visitor, language = visitors.of(request), language_of(request)
        if visitor.shown is None:
            return gr.skip(), gr.skip(), gr.skip()
        view, photo = visitor.shown.view, visitor.shown.photo
        if show == "toned":
            before, after = expose(view.photo, 0.0), tone_map(view.hdr, visitor.operator, **visitor.parameters)
            said = say_of(photo, language, "compare_note_toned", operator=say(language, f"operator_{visitor.operator}"))
        else:
            before, after = expose(view.photo, stops), expose(view.hdr, stops)
            said = say_of(photo, language, "compare_note_exposed", stops=say_stops(stops))
        folder = visitor.new_folder("compare")
        pair = (write_drawing(folder, "photo", before, view.alpha), write_drawing(folder, "hdr", after, view.alpha))
        halves = gr.ImageSlider(pair, label=say_of(photo, language, "compare_label"))
        return halves, said, gr.Slider(interactive=show == "exposed")

    return Drawing(draw, [show, stops], [slider, note, stops], [show.input, stops.input, tab.select])
