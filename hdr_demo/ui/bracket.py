"""The tab Bracket: several exposures go in, and one HDR image comes out, in the tabs of a photo."""

from collections.abc import Iterator

import gradio as gr

from hdr_demo.bracket import FEWEST
from hdr_demo.errors import Stopped
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.merge.methods import BORDERS, DEFAULT_METHOD, METHODS
from hdr_demo.ui.bracket_compare import build_comparison, connect_comparison
from hdr_demo.ui.bracket_given import FOLDER, GivenParts, build_table, connect_given
from hdr_demo.ui.bracket_results import draw_merged, draw_merging, draw_summary
from hdr_demo.ui.bracket_work import BracketWork, MergeSettings
from hdr_demo.ui.network import Networks
from hdr_demo.ui.notices import say_error, shows_errors
from hdr_demo.ui.photo_panel import EXAMPLES_SCRIPT, PhotoPanel, draw_pass
from hdr_demo.ui.session import Visitor, Visitors
from hdr_demo.ui.text import label, language_of, say

# A bracket of large photos takes gigabytes.
MERGES_AT_ONCE = 1
RESPONSES = ("srgb", "gamma", "calibrated")
DEFAULT_GAMMA, LEAST_GAMMA, MOST_GAMMA = 2.2, 1.0, 4.0
SHOW_PROGRESS = "() => { document.querySelector('#bracket-progress')?.scrollIntoView({block: 'nearest'}); }"
SHOW_TOP = "() => { scrollTo({top: 0}); }"


def build_bracket(
    page: gr.Blocks, visitors: Visitors, networks: Networks, panel: PhotoPanel, ways: gr.Tabs, max_megapixels: float
) -> None:
    """Lay out the tab, inside the `gr.Tab` that is open, and connect it.

    Args:
        page: The whole page.
        visitors: Everybody who is here.
        networks: Those that expand photos, which share the device.
        panel: Where results are opened.
        ways: The tabs of which this is one; that of photos has the id "photo".
        max_megapixels: The largest photo taken, in millions of pixels.
    """
    work = BracketWork(networks)
    with gr.Row(elem_id="bracket-row"):
        with gr.Column(scale=1, min_width=300, elem_id="bracket-panel"):
            with gr.Column(elem_id="bracket-given"):
                # Any file: one that is no picture gets its sentence.
                upload = gr.File(label=label("bracket_photos"), file_count="multiple", height=170, elem_id="bracket")
                shelf = gr.HTML(apply_default_css=False, js_on_load=EXAMPLES_SCRIPT, elem_id="bracket-examples")
            with gr.Column(elem_id="bracket-choices"):
                choices = _build_choices()
                begin = gr.Button(label("bracket_begin"), variant="primary", interactive=False, elem_id="bracket-begin")
                progress = gr.HTML(apply_default_css=False, elem_id="bracket-progress")
                stop = gr.Button(
                    label("bracket_stop"), variant="stop", size="sm", visible=False, elem_id="bracket-stop"
                )
        with gr.Column(scale=3, min_width=320, elem_id="bracket-results"):
            with gr.Column(elem_id="bracket-welcome", elem_classes="welcome") as welcome:
                gr.Markdown(label("bracket_welcome"))
            table, times = build_table()
            summary = gr.HTML(apply_default_css=False, elem_id="bracket-summary")
            with gr.Row(elem_id="bracket-open-row"):
                see = gr.Button(
                    label("bracket_open"), variant="primary", size="sm", visible=False, elem_id="bracket-open"
                )
            comparison = build_comparison()
    connect_given(page, visitors, GivenParts(upload, shelf, welcome, table, times, begin, progress), max_megapixels)
    nothing_new = {progress: gr.skip()}

    def start(request: gr.Request, method: str, response: str, gamma: float | None, border: str) -> dict:
        visitor, language = visitors.of(request), language_of(request)
        refusals = {
            "bracket_busy": visitor.merging is not None,
            "bracket_none": visitor.bracket is None or len(visitor.bracket.photos) < FEWEST,
        }
        for key, applies in refusals.items():
            if applies:
                raise gr.Error(say(language, key), print_exception=False)
        visitor.drop_comparison()
        said = f"gamma {gamma or DEFAULT_GAMMA:g}" if response == "gamma" else response
        settings = MergeSettings(method, said, border, max_megapixels)
        visitor.merging = work.new_run(visitor.bracket, settings, visitor.turn_of())
        return {
            progress: draw_pass(say(language, "bracket_queued")),
            stop: gr.Button(visible=True),
            begin: gr.Button(visible=False),
        }

    def follow(request: gr.Request) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        run = visitor.merging
        if run is None or not run.job.claim():
            yield nothing_new
            return
        try:
            for step in run.job.follow():
                visitor.stay(FOLDER)
                yield {progress: draw_merging(run, step, language)}
        except Stopped:
            yield at_rest() | {progress: draw_pass(say(language, "bracket_stopped"), state="stopped")}
            return
        except Exception as error:
            yield at_rest() | {progress: draw_pass(say_error(error, language), state="failed")}
            raise
        finally:
            if visitor.merging is run:  # also when the visitor went away
                visitor.merging = None
        merge = visitor.merge = run.job.result
        visitors.make_room(visitor)
        yield at_rest() | {
            progress: draw_merged(merge, language),
            summary: draw_summary(merge, language),
            see: gr.Button(visible=True),
        }

    def at_rest() -> dict:
        return {stop: gr.Button(visible=False), begin: gr.Button(visible=True)}

    def stop_run(request: gr.Request) -> None:
        run = visitors.of(request).merging
        if run is not None:
            run.job.stop()

    def find_new(visitor: Visitor, language: str) -> ExpandedPhoto | str:
        # Whoever opened another photo meanwhile keeps it, and finds the merge behind the button.
        is_new = visitor.merge is not None and visitor.is_current(visitor.merge.turn)
        return visitor.merge.photo if is_new else ""

    def find_last(visitor: Visitor, language: str) -> ExpandedPhoto | str:
        if visitor.merge is None:
            return say(language, "bracket_gone")
        return "" if visitor.opened is visitor.merge.photo else visitor.merge.photo

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    outputs = [progress, stop, begin, summary, see]
    merged = begin.click(
        shows_errors(start),
        list(choices),
        outputs,
        concurrency_limit=None,  # in the queue: without one, Gradio keeps the sentences of errors to itself
        **quiet,
    ).success(
        shows_errors(follow),
        None,
        outputs,
        trigger_mode="multiple",
        concurrency_id="bracket",
        concurrency_limit=MERGES_AT_ONCE,
        **quiet,
    )
    panel.opens(merged.success, find_new)
    connect_comparison(merged, comparison, visitors, work)
    begin.click(None, js=SHOW_PROGRESS)
    stop.click(stop_run, None, None, queue=False, **quiet)
    see.click(lambda: gr.Tabs(selected="photo"), None, ways, queue=False, **quiet).then(None, js=SHOW_TOP)
    panel.opens(see.click, find_last)


def _build_choices() -> tuple[gr.Dropdown, gr.Dropdown, gr.Number, gr.Radio]:
    """Lay out what may be chosen: method, response, its gamma, and border."""
    method = gr.Dropdown(
        [(label(f"bracket_method_{name}"), name) for name in METHODS],
        value=DEFAULT_METHOD,
        label=label("bracket_method"),
        info=label("bracket_method_info"),
        filterable=False,
        elem_id="bracket-method",
    )
    border = gr.Radio(
        [(label(f"bracket_border_{name}"), name) for name in BORDERS],
        value=BORDERS[0],
        label=label("bracket_border"),
        elem_id="bracket-border",
    )
    response = gr.Dropdown(
        [(label(f"bracket_response_{name}"), name) for name in RESPONSES],
        value=RESPONSES[0],
        label=label("bracket_response"),
        info=label("bracket_response_info"),
        filterable=False,
        elem_id="bracket-response",
    )
    gamma = gr.Number(
        DEFAULT_GAMMA,
        label=label("bracket_gamma"),
        minimum=LEAST_GAMMA,
        maximum=MOST_GAMMA,
        step=0.1,
        visible=False,
        elem_id="bracket-gamma",
    )
    response.change(
        lambda chosen: gr.Number(visible=chosen == "gamma"),
        response,
        gamma,
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    )
    return method, response, gamma, border
