"""The panel beside the tabs: the photo goes in, examples to try, progress and Stop, and what does the work."""

import html
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from hdr_demo.errors import Stopped
from hdr_demo.exposure import expose
from hdr_demo.io import read_ldr
from hdr_demo.ui.examples import draw_examples, find_examples
from hdr_demo.ui.job import Progress
from hdr_demo.ui.network import Networks
from hdr_demo.ui.network_choice import build_checkpoint_choice, build_scale_choice, say_network
from hdr_demo.ui.notices import say_error, shows_errors
from hdr_demo.ui.pictures import make_view, write_drawing
from hdr_demo.ui.session import Shown, Visitor, Visitors
from hdr_demo.ui.text import label, language_of, say, say_seconds

PREVIEWS_AT_ONCE = 2
# Two passes at once take no longer than one after the other, and a huge photo keeps nobody waiting.
PASSES_AT_ONCE = 2
# What browsers draw themselves; a photo of another kind is replaced on the page by a drawing of it.
DRAWN_BY_BROWSERS = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".bmp", ".gif")
EXAMPLES_SCRIPT = Path(__file__).with_name("examples.js").read_text()


@dataclass(frozen=True)
class PhotoPanel:
    """What others connect to.

    Attributes:
        version: Changes whenever the visitor's result, or what can be said of it, does.
        started: Is true from the first result on.
    """

    version: gr.State
    started: gr.State


def build_photo_panel(page: gr.Blocks, visitors: Visitors, networks: Networks, max_megapixels: float) -> PhotoPanel:
    """Lay out the panel inside the column that is open, and connect it."""
    examples = find_examples()
    photo = gr.Image(
        type="filepath",
        image_mode=None,
        sources=["upload", "clipboard", "webcam"],
        label=label("photo"),
        placeholder=label("photo_placeholder"),
        alt_text=label("photo_alt"),
        buttons=["fullscreen"],
        height=230,
        elem_id="photo",
    )
    progress = gr.HTML(apply_default_css=False, elem_id="progress")
    with gr.Row(elem_id="pass-buttons"):
        stop = gr.Button(label("stop"), variant="stop", size="sm", visible=False, elem_id="stop")
        resume = gr.Button(label("resume"), variant="primary", size="sm", visible=False, elem_id="resume")
    shelf = gr.HTML(apply_default_css=False, js_on_load=EXAMPLES_SCRIPT, elem_id="examples")
    with gr.Accordion(label("settings"), open=False, elem_id="settings"):
        checkpoint = build_checkpoint_choice(networks, "checkpoint")
        scale = build_scale_choice("scale")
    status = gr.HTML(apply_default_css=False, elem_id="status")
    version, started = gr.State(0), gr.State(False)
    outputs = [photo, progress, stop, resume, status, version, started]

    # Gradio sends the last thing that a generator yielded once more when it ends, and empty outputs if there was none.
    nothing_new = {progress: gr.skip()}

    def open_page(request: gr.Request) -> tuple:
        language = language_of(request)
        return draw_examples(examples, "examples", language), draw_status(networks, visitors.of(request), language)

    def await_network(request: gr.Request) -> str:
        visitor = visitors.of(request)
        networks.of(visitor.checkpoint).expander()
        return draw_status(networks, visitor, language_of(request))

    def take_upload(uploaded: dict | None, request: gr.Request) -> Iterator[dict]:
        # The file as it was uploaded: Gradio's own reading would fail on what is no picture, with another sentence.
        if uploaded is None:
            yield nothing_new
        else:
            yield from take_photo(uploaded["path"], request)

    def take_photo(path: str, request: gr.Request) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        began, turn = time.monotonic(), visitor.begin()
        yield {progress: draw_pass(say(language, "reading"))}
        try:
            picture = read_ldr(path, max_megapixels=max_megapixels)
        except Exception as error:
            if visitor.is_current(turn):
                yield {photo: None, progress: draw_pass(say_error(error, language), state="failed")}
            raise
        if not visitor.is_current(turn):
            yield nothing_new
            return
        visitor.picture = picture
        if Path(path).suffix.lower() not in DRAWN_BY_BROWSERS:
            drawn = visitor.new_folder("photo")
        else:
            drawn = None
        yield from preview(visitor, language, turn, began, drawn)

    def preview(visitor: Visitor, language: str, turn: int, began: float, drawn: Path | None) -> Iterator[dict]:
        visitor.drop_job()
        network = networks.of(visitor.checkpoint)
        yield {progress: draw_pass(say(language, "previewing" if network.ready else "loading_network"))}
        picture, scale = visitor.picture, visitor.scale
        try:
            expanded = network.preview(picture, scale)
        except Exception as error:
            yield {progress: draw_pass(say_error(error, language), state="failed")}
            raise
        if not visitor.is_current(turn):
            yield nothing_new
            return
        exact = expanded.hdr.shape == picture.ldr.shape
        view = make_view(expanded)
        visitor.preview_seconds = time.monotonic() - began
        visitor.job = None if exact else network.new_pass(visitor.picture, visitor.scale)
        visitor.show(Shown(expanded, view, exact))
        visitors.make_room(visitor)
        changes = state_of(visitor, language)
        if drawn is not None:
            changes[photo] = write_drawing(drawn, picture.name, expose(view.photo, 0.0), view.alpha)
        yield changes

    def run_full_size(request: gr.Request) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        job = visitor.job
        if job is None or not job.claim():
            yield nothing_new
            return
        height, width = visitor.picture.ldr.shape[:2]
        try:
            for step in job.follow():
                if not job.stopped:  # what comes after belongs to whoever stopped it
                    yield {progress: draw_progress(step, height * width, language)}
        except Stopped:
            if job is visitor.job:
                visitor.version += 1
                yield state_of(visitor, language)
            else:
                yield nothing_new
            return
        except Exception as error:
            if job is visitor.job:
                yield state_of(visitor, language) | {progress: draw_pass(say_error(error, language), state="failed")}
            raise
        view = make_view(job.result)
        if job is visitor.job:
            visitor.show(Shown(job.result, view, exact=True))
            yield state_of(visitor, language)
        else:
            yield nothing_new

    def take_example(event: gr.EventData, request: gr.Request) -> Iterator[dict]:
        chosen = examples[int(event.number)].path
        # The page may be shown what lies in the visitor's folder, not what lies in this repository.
        path = shutil.copy(chosen, visitors.of(request).new_folder("example"))
        yield {photo: path}
        yield from take_photo(path, request)

    def change_scale(scale: str, request: gr.Request) -> None:
        visitors.of(request).scale = scale

    def change_checkpoint(name: str, request: gr.Request) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        before, visitor.checkpoint = visitor.checkpoint, name
        yield {status: draw_status(networks, visitor, language)}
        try:
            networks.of(name).expander()
        except Exception:
            if visitor.checkpoint == name:
                visitor.checkpoint = before
                yield {checkpoint: before or networks.names[0], status: draw_status(networks, visitor, language)}
            raise
        yield {status: draw_status(networks, visitor, language)}

    def expand_again(request: gr.Request) -> Iterator[dict]:
        visitor = visitors.of(request)
        # One that is still being loaded has an event of its own that comes here.
        if visitor.picture is None or not networks.of(visitor.checkpoint).ready:
            yield nothing_new
        else:
            yield from preview(visitor, language_of(request), visitor.begin(), time.monotonic(), None)

    def resume_pass(request: gr.Request) -> dict:
        visitor = visitors.of(request)
        if visitor.picture is None:
            raise gr.Error(say(language_of(request), "gone"), print_exception=False)
        visitor.job = networks.of(visitor.checkpoint).new_pass(visitor.picture, visitor.scale)
        visitor.version += 1
        return state_of(visitor, language_of(request))

    def state_of(visitor: Visitor, language: str) -> dict:
        """Say how far a visitor's result is, in all the places of the panel."""
        ended = visitor.job is not None and visitor.job.stopped
        exact = visitor.shown is not None and visitor.shown.exact
        return {
            progress: draw_state(visitor, language),
            stop: gr.Button(visible=not exact and not ended),
            resume: gr.Button(visible=not exact and ended),
            status: draw_status(networks, visitor, language),
            version: visitor.version,
            started: True,
        }

    def stop_pass(request: gr.Request) -> None:
        visitors.of(request).stop()

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    previews = {**quiet, "trigger_mode": "multiple", "concurrency_id": "preview", "concurrency_limit": PREVIEWS_AT_ONCE}
    passes = {**quiet, "trigger_mode": "multiple", "concurrency_id": "pass", "concurrency_limit": PASSES_AT_ONCE}
    page.load(open_page, None, [shelf, status], queue=False, **quiet).then(
        shows_errors(await_network), None, status, concurrency_limit=None, **quiet
    )
    previewed = [
        photo.input(shows_errors(take_upload), photo, outputs, preprocess=False, **previews),
        shelf.click(shows_errors(take_example), None, outputs, **previews),
        scale.input(change_scale, scale, None, queue=False, **quiet).then(
            shows_errors(expand_again), None, outputs, **previews
        ),
        # Fetching a checkpoint may take a minute, in which no preview waits for it.
        checkpoint.input(
            shows_errors(change_checkpoint),
            checkpoint,
            [checkpoint, status],
            trigger_mode="multiple",
            concurrency_limit=None,
            **quiet,
        ).success(shows_errors(expand_again), None, outputs, **previews),
        resume.click(shows_errors(resume_pass), None, outputs, concurrency_limit=None, **quiet),
    ]
    for event in previewed:
        event.success(shows_errors(run_full_size), None, outputs, **passes)
    stop.click(stop_pass, None, None, queue=False, **quiet)
    return PhotoPanel(version, started)


def draw_pass(text: str, share: float | None = None, *, state: str = "running", name: str = "") -> str:
    """Draw a line of text with a progress bar under it, in HTML.

    Args:
        text: What is going on.
        share: How much of it is done, [0, 1]; None where nobody knows.
        state: "running", "exact", "stopped" or "failed"; decides how it looks.
        name: What the bar measures, for those who do not see it.
    """
    bar = ""
    if state == "running":
        percent = "" if share is None else f' aria-valuenow="{round(100 * share)}"'
        width = "" if share is None else f' style="width:{100 * share:.1f}%"'
        bar = (
            f'<div class="track{" unknown" if share is None else ""}" role="progressbar" aria-valuemin="0" '
            f'aria-valuemax="100"{percent} aria-label="{html.escape(name or text)}"><i{width}></i></div>'
        )
    return f'<div class="pass {state}" data-state="{state}" aria-live="polite"><p>{html.escape(text)}</p>{bar}</div>'


def draw_progress(step: Progress, pixels: int, language: str) -> str:
    """Draw how far a full-size pass is."""
    left = step.seconds_left
    if left is None:
        return draw_pass(say(language, "starting"))
    said = say(
        language,
        "running",
        percent=f"{100 * step.share:.0f}",
        megapixels=f"{pixels / 1e6:.1f}",
        left=say_seconds(language, max(1, round(left))),
    )
    return draw_pass(said, step.share, name=say(language, "progress"))


def draw_state(visitor: Visitor, language: str) -> str:
    """Draw what the visitor is looking at, when no pass is running."""
    if visitor.shown is not None and visitor.shown.exact:
        height, width = visitor.shown.photo.hdr.shape[:2]
        seconds = say_seconds(language, visitor.shown.photo.seconds)
        return draw_pass(say(language, "exact", width=width, height=height, seconds=seconds), state="exact")
    if visitor.job is not None and visitor.job.stopped:
        return draw_pass(say(language, "stopped"), state="stopped")
    return draw_pass(say(language, "waiting"))


def draw_status(networks: Networks, visitor: Visitor, language: str) -> str:
    """Draw which checkpoint works where, and how long it took, in HTML."""
    network = networks.of(visitor.checkpoint)
    if not network.ready:
        return f"<p>{html.escape(say(language, 'loading_network'))}</p>"
    checkpoint = network.expander().checkpoint
    parts = [say_network(network, language)]
    if visitor.shown is not None:
        parts.append(say(language, "status_preview", seconds=say_seconds(language, visitor.preview_seconds)))
        if visitor.shown.exact:
            parts.append(say(language, "status_exact", seconds=say_seconds(language, visitor.shown.photo.seconds)))
    note = f'<p class="warning">{html.escape(checkpoint.note)}</p>' if checkpoint.note else ""
    return f"<p>{' · '.join(parts)}</p>{note}"
