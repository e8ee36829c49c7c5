"""What the tab Compare with the truth draws from a photo that the virtual camera took."""

import gradio as gr
import numpy as np

from hdr_demo.evaluation import draw_error, error_stops, linearize, measure
from hdr_demo.exposure import expose
from hdr_demo.metrics import fit_gain
from hdr_demo.ui.compare import build_stops
from hdr_demo.ui.drawing import Drawing
from hdr_demo.ui.pictures import write_drawing
from hdr_demo.ui.session import Lesson, Visitors
from hdr_demo.ui.text import label, language_of, say, say_stops
from hdr_demo.ui.truth_pictures import draw_clipped_legend, draw_error_legend, draw_scores, paint_clipped

METHODS = ("network", "linearized")


def result_of(lesson: Lesson, method: str) -> np.ndarray:
    """Get what one of `METHODS` made of a photo: linear RGB, float32, (H, W, 3), [0, inf)."""
    return lesson.hdr if method == "network" else linearize(lesson.shot.ldr)


def build_photo(visitors: Visitors) -> Drawing:
    """Lay out the photo taken and what was clipped in it."""
    pictures = {}
    with gr.Row(elem_classes="pair"):
        for name in ("photo", "clipped"):
            with gr.Column(min_width=240):
                pictures[name] = gr.Image(
                    type="filepath",
                    interactive=False,
                    label=label(f"truth_{name}"),
                    alt_text=label(f"truth_{name}_alt"),
                    buttons=["fullscreen"],
                    elem_id=f"truth-{name}",
                )
    legend = gr.HTML(apply_default_css=False, elem_id="truth-clipped-legend", elem_classes="note")

    def draw(request: gr.Request) -> tuple:
        visitor, language = visitors.of(request), language_of(request)
        if visitor.lesson is None:
            return (gr.skip(),) * 3
        ldr, folder = visitor.lesson.shot.ldr, visitor.new_folder("shot")
        return (
            write_drawing(folder, "photo", ldr, exact=True),
            write_drawing(folder, "clipped", paint_clipped(ldr), exact=True),
            draw_clipped_legend(ldr, language),
        )

    return Drawing(draw, [], [pictures["photo"], pictures["clipped"], legend], [])


def build_comparison(visitors: Visitors) -> Drawing:
    """Lay out truth and result under one divider, and the map of the error beside them."""
    with gr.Row(equal_height=True):
        method = gr.Radio(
            [(label(f"truth_method_{name}"), name) for name in METHODS],
            value=METHODS[0],
            label=label("truth_method"),
            elem_id="truth-method",
        )
        stops = build_stops("truth-stops")
    with gr.Row(elem_classes="pair"):
        with gr.Column(min_width=240):
            slider = gr.ImageSlider(
                type="filepath",
                interactive=False,
                label=label("truth_slider"),
                show_label=False,
                buttons=["fullscreen"],
                elem_id="truth-slider",
            )
            note = gr.HTML(apply_default_css=False, elem_id="truth-note", elem_classes="note")
        with gr.Column(min_width=240):
            error = gr.Image(
                type="filepath",
                interactive=False,
                label=label("truth_error"),
                show_label=False,
                alt_text=label("truth_error_alt"),
                buttons=["fullscreen"],
                elem_id="truth-error",
            )
            legend = gr.HTML(apply_default_css=False, elem_id="truth-legend")

    def draw(method: str, stops: float, request: gr.Request) -> tuple:
        visitor, language = visitors.of(request), language_of(request)
        lesson = visitor.lesson
        if lesson is None:
            return (gr.skip(),) * 4
        hdr, truth = result_of(lesson, method), lesson.shot.truth
        values = {"method": say(language, f"truth_method_{method}"), "stops": say_stops(stops)}
        said = say(language, "truth_slider_note", **values)
        folder = visitor.new_folder("truth")
        painted = write_drawing(folder, "error", draw_error(error_stops(hdr, truth)), exact=True)
        if lesson.scale == "paper" and method == "network":
            hdr = hdr * np.float32(fit_gain(hdr, truth))
            said += " " + say(language, "truth_slider_fitted")
        pair = tuple(
            write_drawing(folder, name, expose(linear, stops)) for name, linear in (("truth", truth), ("result", hdr))
        )
        return pair, said, painted, draw_error_legend(language)

    return Drawing(draw, [method, stops], [slider, note, error, legend], [method.input, stops.input])


def build_scores(visitors: Visitors) -> Drawing:
    """Lay out the table of scores."""
    scores = gr.HTML(apply_default_css=False, elem_id="truth-scores")

    def draw(request: gr.Request) -> str | dict:
        visitor, language = visitors.of(request), language_of(request)
        if visitor.lesson is None:
            return gr.skip()
        return draw_scores(score(visitor.lesson), language)

    return Drawing(draw, [], [scores], [])


def score(lesson: Lesson) -> dict[str, dict[str, float]]:
    """Measure what every method made of a photo: by the names of `METHODS` and `MEASURES`."""
    shot = lesson.shot
    return {method: measure(result_of(lesson, method), shot.truth, shot.ldr) for method in METHODS}
