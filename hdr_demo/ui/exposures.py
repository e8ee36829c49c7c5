"""The tab Exposures: the honest proof, each exposure of the HDR image beside the same exposure of the photo."""

import gradio as gr

from hdr_demo.exposure import DEFAULT_STOPS, expose
from hdr_demo.resize import fit_size, resize_image
from hdr_demo.ui.drawing import Drawing
from hdr_demo.ui.opened import say_of
from hdr_demo.ui.pictures import write_drawing
from hdr_demo.ui.session import Visitors
from hdr_demo.ui.text import label, language_of, say_stops

CHOICES = (-6.0, -5.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
GALLERY_PIXELS = 400_000


def build_exposures(visitors: Visitors) -> Drawing:
    """Lay out the tab, inside the `gr.Tabs` that is open."""
    with gr.Tab(label("exposures"), id="exposures", elem_id="tab-exposures"):
        note = gr.HTML(apply_default_css=False, elem_id="exposures-note", elem_classes="note")
        chosen = gr.CheckboxGroup(
            [(say_stops(stops), stops) for stops in CHOICES],
            value=list(DEFAULT_STOPS),
            label=label("exposures_stops"),
            elem_id="exposures-stops",
        )
        gallery = gr.Gallery(
            columns=4,
            object_fit="contain",
            height="auto",
            interactive=False,
            show_label=False,
            label=label("exposures_gallery"),
            buttons=["fullscreen"],
            elem_id="exposures-gallery",
        )

    def draw(chosen: list[float], request: gr.Request) -> tuple:
        visitor, language = visitors.of(request), language_of(request)
        visitor.stops = tuple(sorted(chosen))
        if visitor.shown is None:
            return gr.skip(), gr.skip()
        view, photo = visitor.shown.view, visitor.shown.photo
        size = fit_size(*view.hdr.shape[:2], GALLERY_PIXELS)
        alpha = None if view.alpha is None else resize_image(view.alpha, *size)
        pair = [("photo", resize_image(view.photo, *size)), ("hdr", resize_image(view.hdr, *size))]
        folder = visitor.new_folder("exposures")
        pictures = [
            (
                write_drawing(folder, f"{name}{stops:+g}", expose(linear, stops), alpha),
                say_of(photo, language, f"caption_{name}", stops=say_stops(stops)),
            )
            for stops in visitor.stops
            for name, linear in pair
        ]
        return say_of(photo, language, "exposures_note"), pictures

    return Drawing(draw, [chosen], [note, gallery], [chosen.input])
