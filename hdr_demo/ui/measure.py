"""The tab Measure: how much light there is, how much of it the photo lost, and the numbers of any pixel."""

import html
from typing import TYPE_CHECKING

import gradio as gr
import numpy as np

from hdr_demo.color import REFERENCE_WHITE_NITS, luminance
from hdr_demo.gained import Measures, measure
from hdr_demo.metrics import clipped_mask
from hdr_demo.ui.drawing import Drawing
from hdr_demo.ui.false_color import draw_legend, paint_stops
from hdr_demo.ui.histogram import count_light, draw_histogram
from hdr_demo.ui.notices import shows_errors
from hdr_demo.ui.opened import say_of
from hdr_demo.ui.pictures import write_drawing
from hdr_demo.ui.session import Visitors
from hdr_demo.ui.text import label, language_of, say, say_stops

if TYPE_CHECKING:
    from hdr_demo.expanded import ExpandedPhoto


def build_measure(visitors: Visitors) -> Drawing:
    """Lay out the tab, inside the `gr.Tabs` that is open."""
    with gr.Tab(label("measure"), id="measure", elem_id="tab-measure"):
        numbers = gr.HTML(apply_default_css=False, elem_id="measure-numbers")
        histogram = gr.HTML(apply_default_css=False, elem_id="measure-histogram")
        pixel = gr.HTML(apply_default_css=False, elem_id="measure-pixel")
        colors = gr.Image(
            type="filepath",
            interactive=False,
            show_label=False,
            label=label("false_color"),
            alt_text=label("false_color_alt"),
            buttons=["fullscreen"],
            elem_id="measure-colors",
        )
        legend = gr.HTML(apply_default_css=False, elem_id="measure-legend")

    def draw(request: gr.Request) -> tuple:
        visitor, language = visitors.of(request), language_of(request)
        if visitor.shown is None:
            return (gr.skip(),) * 5
        shown, photo = visitor.shown, visitor.shown.photo
        measures = measure(photo)
        painted = write_drawing(visitor.new_folder("colors"), "stops", paint_stops(shown.view.hdr), exact=True)
        drawn = draw_histogram(
            count_light(shown.view.photo, shown.view.hdr),
            title=say(language, "histogram_title"),
            alt=say_of(photo, language, "histogram_alt", high=f"{measures.brightest_stops:.1f}"),
            axis=say_of(photo, language, "histogram_axis"),
            clip=say_of(photo, language, "clip_point"),
            photo=say_of(photo, language, "measured_photo"),
            hdr=say(language, "measured_hdr"),
        )
        hint = f'<p class="hint">{html.escape(say(language, "pixel_hint"))}</p>'
        table = draw_measures(photo, measures, language)
        return table, drawn, hint, painted, draw_legend(say_of(photo, language, "legend"))

    def read_pixel(request: gr.Request, event: gr.SelectData) -> str | dict:
        visitor, language = visitors.of(request), language_of(request)
        if visitor.shown is None:
            return gr.skip()
        (height, width), (full_height, full_width) = visitor.shown.view.hdr.shape[:2], visitor.shown.photo.hdr.shape[:2]
        column, row = event.index
        x = min(int((column + 0.5) * full_width / width), full_width - 1)
        y = min(int((row + 0.5) * full_height / height), full_height - 1)
        return draw_pixel(visitor.shown.photo, x, y, language)

    colors.select(
        shows_errors(read_pixel), None, pixel, show_progress="hidden", api_visibility="private", trigger_mode="multiple"
    )
    return Drawing(draw, [], [numbers, histogram, pixel, colors, legend], [])


def draw_measures(photo: "ExpandedPhoto", measures: Measures, language: str) -> str:
    """Draw the measures as a row of cards, in HTML.

    Args:
        photo: A photo and its HDR image.
        measures: What was measured of it.
        language: One of `text.LANGUAGES`.
    """
    nits = f"{REFERENCE_WHITE_NITS * 2**measures.brightest_stops:,.0f}"
    ranges = {"before": f"{measures.photo_range:.1f}", "after": f"{measures.hdr_range:.1f}"}
    cards = (
        ("range", say(language, "range_value", **ranges), say(language, "range_note")),
        ("clipped", f"{100 * measures.clipped:.1f} %", say_of(photo, language, "clipped_note")),
        ("recovered", f"{100 * measures.recovered:.1f} %", say_of(photo, language, "recovered_note")),
        (
            "brightest",
            say(language, "brightest_value", stops=say_stops(measures.brightest_stops)),
            say(language, "brightest_note" if photo.scale != "paper" else "brightest_note_paper", nits=nits),
        ),
    )
    return (
        '<dl class="cards">'
        + "".join(
            f'<div data-measure="{key}"><dt>{html.escape(say_of(photo, language, key))}</dt>'
            f"<dd>{html.escape(value)}</dd><p>{html.escape(note)}</p></div>"
            for key, value, note in cards
        )
        + "</dl>"
    )


def draw_pixel(expanded: "ExpandedPhoto", x: int, y: int, language: str) -> str:
    """Draw the numbers of one pixel, in HTML.

    Args:
        expanded: A photo and its HDR image.
        x: Column, from the left.
        y: Row, from the top.
        language: One of `text.LANGUAGES`.
    """
    hdr, codes = expanded.hdr[y, x], np.rint(255 * expanded.ldr[y, x]).astype(int)
    light = max(float(luminance(hdr)), 0.0)  # a colour outside BT.709 may have less than none
    rows = [("pixel_linear", _say_channels(hdr))]
    if expanded.shift:
        rows.append(("pixel_stored", _say_channels(np.ldexp(hdr, -expanded.shift))))
    if light > 0:
        rows.append(("pixel_stops", say(language, "pixel_stops_value", stops=say_stops(float(np.log2(light))))))
    else:
        rows.append(("pixel_stops", say(language, "pixel_black")))
    if expanded.scale != "paper":
        rows[-1] = (
            "pixel_stops",
            f"{rows[-1][1]}, {say(language, 'pixel_nits', nits=f'{light * REFERENCE_WHITE_NITS:,.4g}')}",
        )
    clipped = bool(clipped_mask(expanded.ldr[y : y + 1, x : x + 1])[0, 0])
    code = " ".join(str(value) for value in codes)
    rows.append(("pixel_code", f"{code} ({say(language, 'pixel_clipped')})" if clipped else code))
    return (
        f'<dl class="pixel" data-x="{x}" data-y="{y}">'
        f"<div><dt>{html.escape(say(language, 'pixel_at', x=x, y=y))}</dt></div>"
        + "".join(
            f"<div><dt>{html.escape(say_of(expanded, language, key))}</dt>"
            f'<dd data-pixel="{key}">{html.escape(value)}</dd></div>'
            for key, value in rows
        )
        + "</dl>"
    )


def _say_channels(light: np.ndarray) -> str:
    return " ".join(f"{float(value):.4g}" for value in light)
