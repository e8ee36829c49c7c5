"""The tab View: a photo and its HDR image, drawn by the browser at any exposure and through any operator."""

import urllib.parse
from pathlib import Path

import gradio as gr
import numpy as np

from hdr_demo.color import brightest_channel
from hdr_demo.resize import fit_size
from hdr_demo.tonemap import TONE_MAPPERS, measure, tone_map
from hdr_demo.ui.drawing import AT_ONCE, Drawing
from hdr_demo.ui.false_color import draw_legend
from hdr_demo.ui.histogram import HIGHEST_STOPS, LOWEST_STOPS, count_light
from hdr_demo.ui.notices import shows_errors
from hdr_demo.ui.opened import choose_stops, say_of
from hdr_demo.ui.opened_text import VIEWER_TEXT_OPENED
from hdr_demo.ui.pictures import View, make_view, write_drawing
from hdr_demo.ui.session import Shown, Visitor, Visitors
from hdr_demo.ui.text import LANGUAGES, label, language_of, say
from hdr_demo.ui.viewer_pixel import read_pixel
from hdr_demo.ui.viewer_shader import viewer_script
from hdr_demo.ui.viewer_source import write_source
from hdr_demo.ui.viewer_text import VIEWER_TEXT

VIEWER_PIXELS = 2_000_000
# Every graphics processor that has WebGL 2 holds a texture of this size, though OpenGL ES 3.0 asks for half of it.
LONGEST_SIDE = 4096
SHARE_DIGITS = 6
# What the automatic exposure gives up: lamps and glints.
CLIPPED_PERCENT = 1.0
LEAST_LIGHT = np.float32(2.0**-8)


def build_viewer(visitors: Visitors, tabs: gr.Tabs, instead: str) -> Drawing:
    """Lay out the tab.

    Args:
        visitors: Everybody who is here.
        tabs: Those that are open.
        instead: The tab that opens in a browser without WebGL 2.
    """
    with gr.Tab(label("viewer"), id="viewer", elem_id="tab-viewer"):
        viewer = gr.HTML(
            html_template='<div class="viewer"></div>',
            js_on_load=viewer_script(),
            apply_default_css=False,
            elem_id="viewer",
            answer=None,
        )

    def draw(request: gr.Request) -> dict:
        visitor = visitors.of(request)
        if visitor.shown is None:
            return gr.skip()
        visitor.viewed = prepare_viewer(visitor.shown, visitor.new_folder("viewer"), language_of(request))
        return visitor.viewed

    def draw_rendition(event: gr.EventData, request: gr.Request) -> dict:
        visitor = visitors.of(request)
        shown, viewed = visitor.shown, visitor.viewed
        if shown is None or viewed is None:
            return gr.skip()
        wanted = {"operator": event.operator, "parameters": event.parameters, "stops": event.stops}
        rendition = render(visitor, shown, wanted)
        # Meanwhile there may be another result, of which this is no rendition.
        return {**viewed, "rendition": rendition} if visitor.viewed is viewed else gr.skip()

    def answer(event: gr.EventData, request: gr.Request) -> dict:
        visitor = visitors.of(request)
        shown, viewed = visitor.shown, visitor.viewed
        if shown is None or viewed is None or viewed["url"] != event.url:
            return gr.skip()
        numbers = read_pixel(shown.photo, event.x, event.y)
        return gr.HTML(answer={"url": event.url, **numbers}) if numbers else gr.skip()

    viewer.pixel(
        shows_errors(answer),
        None,
        viewer,
        show_progress="hidden",
        trigger_mode="always_last",
        concurrency_limit=AT_ONCE,
        api_visibility="private",
    )
    viewer.rendition(
        shows_errors(draw_rendition),
        None,
        viewer,
        show_progress="hidden",
        trigger_mode="always_last",
        concurrency_limit=AT_ONCE,
        api_visibility="private",
    )
    viewer.unavailable(
        lambda: gr.Tabs(selected=instead), None, tabs, show_progress="hidden", queue=False, api_visibility="private"
    )
    return Drawing(draw, [], [viewer], [])


def prepare_viewer(shown: Shown, folder: Path, language: str) -> dict:
    """Prepare what the viewer is given: a file to fetch, and what is to be known of the image as a whole.

    Args:
        shown: What the visitor looks at.
        folder: An empty one of the visitor's.
        language: One of `text.LANGUAGES`.

    Returns:
        The value of the component, as JSON can hold it.
    """
    height, width = shown.photo.hdr.shape[:2]
    view = view_for_screen(shown)
    written = write_source(folder, view)
    histogram = count_light(view.photo, view.hdr)
    fitting = fit_exposure(view.hdr)
    texts = VIEWER_TEXT | (VIEWER_TEXT_OPENED if shown.photo.origin and not shown.photo.is_merged else {})
    return {
        "url": link(written.path),
        "exact": written.exact,
        "opacity": link(written.opacity) if written.opacity else None,
        # Numbers without a unit say nothing of a display.
        "image": link(written.gain_map_jpeg) if shown.photo.scale != "paper" else None,
        "view": {"width": view.hdr.shape[1], "height": view.hdr.shape[0]},
        "width": width,
        "height": height,
        "has_unit": shown.photo.scale != "paper",
        "statistics": {
            name: measure(view.hdr, name).tolist()
            for name, row in TONE_MAPPERS.items()
            if not row.local and row.measure
        },
        "fitting_stops": fitting,
        "initial_stops": choose_stops(view.hdr, fitting) if shown.photo.origin else None,
        "histogram": {
            "low": LOWEST_STOPS,
            "high": HIGHEST_STOPS,
            "photo": histogram.photo.round(SHARE_DIGITS).tolist(),
            "hdr": histogram.hdr.round(SHARE_DIGITS).tolist(),
        },
        "operators": describe_operators(language),
        "legend": draw_legend(say_of(shown.photo, language, "legend")),
        "texts": {key: said[LANGUAGES.index(language)] for key, said in texts.items()},
        "rendition": None,
    }


def fit_exposure(hdr: np.ndarray) -> float:
    """Find the brightest exposure, in stops, that clips at most `CLIPPED_PERCENT` of the pixels in any channel.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
    """
    brightest = np.percentile(brightest_channel(hdr), 100 - CLIPPED_PERCENT, method="higher")
    return float(-np.log2(np.maximum(brightest, LEAST_LIGHT)))


def view_for_screen(shown: Shown) -> View:
    """Reduce the photo and its HDR image to what every graphics processor holds and a phone fetches soon."""
    height, width = shown.photo.hdr.shape[:2]
    most = min(VIEWER_PIXELS, round(LONGEST_SIDE**2 * min(height, width) / max(height, width)))
    if fit_size(height, width, most) == shown.view.hdr.shape[:2]:
        return shown.view
    return make_view(shown.photo, max(most, 1))


def describe_operators(language: str) -> list[dict]:
    """Describe the table of tone mappers to the browser."""
    return [
        {
            "name": row.name,
            "label": say(language, f"operator_{row.name}"),
            "local": row.local,
            "parameters": [
                {
                    "name": each.name,
                    "label": say(language, f"parameter_{row.name}_{each.name}"),
                    "default": each.default,
                    "minimum": each.minimum,
                    "maximum": each.maximum,
                    "step": each.step,
                }
                for each in row.parameters
            ],
        }
        for row in TONE_MAPPERS.values()
    ]


def render(visitor: Visitor, shown: Shown, wanted: dict) -> dict:
    """Draw what the browser cannot draw itself, for the viewer.

    Args:
        visitor: Whose picture it is.
        shown: What they look at.
        wanted: The operator, its parameters, and the exposure in stops.

    Returns:
        The address of the picture, and what it is a picture of.
    """
    view = view_for_screen(shown)
    sdr = tone_map(view.hdr, wanted["operator"], gain=2 ** float(wanted["stops"]), **wanted["parameters"])
    path = write_drawing(visitor.new_folder("rendition"), wanted["operator"], sdr)
    return {"url": link(path), "of": wanted}


def link(path: str | Path) -> str:
    """Give the address at which the page finds a file of the visitor's."""
    return "gradio_api/file=" + urllib.parse.quote(str(path))
