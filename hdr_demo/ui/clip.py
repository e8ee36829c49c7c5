"""The tab Video: a clip goes in, an operator is tried on one frame, and clip_run.py makes HDR and SDR clips of it."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import gradio as gr

from hdr_demo.errors import HdrDemoError
from hdr_demo.ui.clip_controls import build_clip_controls, fit_range, read_clip_settings, suggest_speed
from hdr_demo.ui.clip_results import PLAYERS_SCRIPT, draw_estimate, draw_facts, draw_players
from hdr_demo.ui.clip_run import RunPanel, connect_run
from hdr_demo.ui.clip_try import build_try_area
from hdr_demo.ui.clip_work import ClipLimits, ClipWork, estimate_seconds, open_upload
from hdr_demo.ui.drawing import Drawing
from hdr_demo.ui.examples import CLIP
from hdr_demo.ui.network import Networks
from hdr_demo.ui.notices import say_error, shows_errors
from hdr_demo.ui.photo_panel import PREVIEWS_AT_ONCE, draw_pass
from hdr_demo.ui.pictures import write_drawing
from hdr_demo.ui.session import Visitor, Visitors
from hdr_demo.ui.text import label, language_of, say
from hdr_demo.video.clip import VIDEO_SUFFIXES

# Not on the page, but there: what Gradio leaves out until it is visible may miss the values that it is given meanwhile.
HIDDEN = "hidden"
# The frame that is tried at first, as a share of the length: openings are often black.
TRIED_AT = 0.3


def build_clip(visitors: Visitors, networks: Networks, work: ClipWork, limits: ClipLimits) -> None:
    """Lay out the tab, inside the `gr.Tab` that is open, and connect it."""
    with gr.Row(elem_id="clip-row"):
        with gr.Column(scale=1, min_width=300, elem_id="clip-panel"):
            with gr.Column(elem_id="clip-given"):
                upload = gr.File(label=label("clip"), file_types=["video", *VIDEO_SUFFIXES], height=140, elem_id="clip")
                facts = gr.HTML(apply_default_css=False, elem_id="clip-facts", elem_classes="note")
                progress = gr.HTML(apply_default_css=False, elem_id="clip-progress")
                stop = gr.Button(label("clip_stop"), variant="stop", size="sm", visible=False, elem_id="clip-stop")
            with gr.Column(visible=HIDDEN, elem_id="clip-choices") as choices:
                controls = build_clip_controls(networks)
                begin = gr.Button(label("clip_begin"), variant="primary", elem_id="clip-begin")
                estimate = gr.HTML(apply_default_css=False, elem_id="clip-estimate", elem_classes="note")
        with gr.Column(scale=3, min_width=320, elem_id="clip-welcome", elem_classes="welcome") as welcome:
            gr.Markdown(label("clip_welcome"))
            with gr.Column(visible=CLIP.exists()):
                example = gr.Button(label("clip_example"), size="sm", elem_id="clip-example")
                gr.Markdown(label("clip_example_credit"), elem_id="clip-example-credit", elem_classes="note")
        with gr.Column(scale=3, min_width=320, visible=HIDDEN, elem_id="clip-results") as results:
            area = build_try_area()
            players = gr.HTML(apply_default_css=False, js_on_load=PLAYERS_SCRIPT, elem_id="clip-players")
    version = gr.State(0)
    outputs = [
        *(upload, facts, progress, stop, begin, choices, welcome, results, players, version),
        *(controls.part, controls.start, controls.end, controls.speed, controls.checkpoint, area.at),
    ]
    nothing_new = {progress: gr.skip()}

    def take_upload(uploaded: dict | None, request: gr.Request, *values: object) -> Iterator[dict]:
        # The file as it was uploaded: Gradio's own reading of a clip may convert it.
        if uploaded is None:
            yield nothing_new
            return
        yield from take_clip(Path(uploaded["path"]), request, values)

    def take_example(request: gr.Request, *values: object) -> Iterator[dict]:
        # The page may be shown what lies in the visitor's folder, not what lies in this repository.
        path = Path(shutil.copy(CLIP, visitors.of(request).new_folder("clip-example", keep=1)))
        yield {upload: str(path)}
        yield from take_clip(path, request, values)

    def take_clip(path: Path, request: gr.Request, values: Sequence) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        turn = visitor.begin("clip")
        visitor.drop_run()
        visitor.clip = visitor.tried = None
        yield {progress: draw_pass(say(language, "clip_reading")), stop: gr.Button(visible=False)}
        try:
            clip = open_upload(path, visitor.new_folder("clip", keep=1), limits)
        except Exception as error:
            if visitor.is_current(turn, "clip"):
                yield {**empty(), progress: draw_pass(say_error(error, language), state="failed")}
            raise
        if not visitor.is_current(turn, "clip"):
            yield nothing_new
            return
        visitor.clip = clip
        most, end = fit_range(clip, limits)
        at = round(TRIED_AT * end, 1)
        checkpoint, _, _, side, _, *others = values
        speed = suggest_speed(clip, end, on_gpu=networks.of(checkpoint).has_gpu)
        yield {facts: draw_facts(clip, language), players: draw_players(clip, language)}
        # In the last step: of steps that follow each other closely, Gradio may show the last one only.
        fitted = {
            controls.part: gr.Group(visible=most > 0 or HIDDEN),
            controls.start: gr.Slider(value=0, maximum=most),
            controls.end: gr.Slider(value=end, maximum=most),
            controls.speed: speed,
            area.at: gr.Slider(value=at, maximum=most, visible=most > 0 or HIDDEN),
        }
        yield from try_frame(visitor, language, turn, at, checkpoint, (0, end, side, speed, *others), fitted)

    def try_again(request: gr.Request, at: float, checkpoint: str, *chosen: object) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        if visitor.clip is None or not networks.of(checkpoint).ready:
            yield nothing_new
        else:
            yield from try_frame(visitor, language, visitor.begin("clip"), at, checkpoint, chosen)

    def try_frame(
        visitor: Visitor,
        language: str,
        turn: int,
        at: float,
        checkpoint: str,
        chosen: Sequence,
        fitted: dict | None = None,
    ) -> Iterator[dict]:
        clip = visitor.clip  # which may be taken away a moment later
        if clip is None or not visitor.is_current(turn, "clip"):
            yield nothing_new
            return
        # While a conversion runs, the line of progress is its own.
        said = say(language, "clip_trying" if networks.of(checkpoint).ready else "loading_network")
        yield nothing_new if visitor.run else {progress: draw_pass(said)}
        try:
            tried = work.try_frame(checkpoint, clip, read_clip_settings(clip, chosen), at)
        except Exception as error:
            if visitor.is_current(turn, "clip") and not visitor.run:
                yield {progress: draw_pass(say_error(error, language), state="failed")}
            raise
        if not visitor.is_current(turn, "clip"):
            yield nothing_new
            return
        visitor.tried = tried
        visitor.version += 1
        shown = (fitted or {}) | {
            choices: gr.Column(visible=True),
            welcome: gr.Column(visible=False),
            results: gr.Column(visible=True),
            version: visitor.version,
        }
        ready = {} if visitor.run else {progress: draw_pass(say(language, "clip_ready"), state="exact")}
        yield shown | ready

    def forget_clip(request: gr.Request) -> dict:
        visitor = visitors.of(request)
        visitor.begin("clip")
        visitor.drop_run()
        visitor.clip = visitor.tried = None
        return {**empty(), progress: ""}

    def empty() -> dict:
        """Lay the tab out as it was at first."""
        return {
            upload: None,
            facts: "",
            players: "",
            stop: gr.Button(visible=False),
            begin: gr.Button(visible=True),
            choices: gr.Column(visible=HIDDEN),
            welcome: gr.Column(visible=True),
            results: gr.Column(visible=HIDDEN),
        }

    def draw_tried(request: gr.Request, *look: object) -> tuple:
        visitor, language = visitors.of(request), language_of(request)
        tried = visitor.tried
        if tried is None:
            return gr.skip(), gr.skip()
        folder, chosen = visitor.new_folder("clip-frame"), area.read_look(*look)
        toned = write_drawing(folder, "hdr", tried.render(**chosen))
        said = say(language, "clip_try_note", operator=say(language, f"operator_{chosen['operator']}"))
        return (write_drawing(folder, "clip", tried.ldr), toned), said

    def draw_time(request: gr.Request, *chosen: object) -> str:
        visitor = visitors.of(request)
        clip, tried = visitor.clip, visitor.tried
        if clip is None or tried is None:
            return ""
        return draw_estimate(*estimate_seconds(tried, clip, read_clip_settings(clip, chosen)), language_of(request))

    def choose_checkpoint(name: str, request: gr.Request) -> Iterator[dict]:
        language = language_of(request)
        if not networks.of(name).ready:
            yield {progress: draw_pass(say(language, "loading_network"))}
        try:
            networks.of(name).expander()
        except HdrDemoError as error:
            yield {
                controls.checkpoint: networks.names[0],
                progress: draw_pass(say_error(error, language), state="failed"),
            }
            raise
        yield nothing_new

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    previews = {**quiet, "concurrency_id": "preview", "concurrency_limit": PREVIEWS_AT_ONCE}
    chosen = [controls.checkpoint, *controls.values]
    upload.upload(
        shows_errors(take_upload), [upload, *chosen], outputs, preprocess=False, trigger_mode="multiple", **previews
    )
    example.click(shows_errors(take_example), chosen, outputs, **previews)
    upload.clear(forget_clip, None, outputs, queue=False, **quiet)
    gr.on(
        [area.at.input, controls.speed.input, controls.scale.input],
        shows_errors(try_again),
        [area.at, *chosen],
        outputs,
        trigger_mode="always_last",
        **previews,
    )
    controls.checkpoint.input(
        shows_errors(choose_checkpoint),
        controls.checkpoint,
        [controls.checkpoint, progress],
        concurrency_limit=None,
        **quiet,
    ).success(shows_errors(try_again), [area.at, *chosen], outputs, **previews)
    Drawing(draw_tried, area.values, [area.picture, area.note], [*area.choice.changes, area.stops.change]).connect(
        version.change
    )
    Drawing(
        draw_time,
        controls.values,
        [estimate],
        [controls.start.change, controls.end.change, controls.side.change],
    ).connect(version.change)
    connect_run(visitors, work, limits, controls, area, RunPanel(progress, stop, begin, players))
