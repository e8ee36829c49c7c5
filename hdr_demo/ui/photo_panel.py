"""The panel beside the tabs: the photo goes in, examples to try, progress and Stop, and what does the work."""

import html
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from hdr_demo.errors import Stopped
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.exposure import expose
from hdr_demo.io import GAIN_MAPS, hdr_kind
from hdr_demo.ui.examples import draw_examples, find_examples
from hdr_demo.ui.job import Progress
from hdr_demo.ui.network import Networks
from hdr_demo.ui.network_choice import build_checkpoint_choice, build_scale_choice, say_network
from hdr_demo.ui.notices import say_error, shows_errors
from hdr_demo.ui.opened import LIGHTS, NETWORK_LIGHT, OWN_LIGHT, draw_opened, open_given
from hdr_demo.ui.pictures import View, make_view, write_drawing
from hdr_demo.ui.session import Shown, Visitor, Visitors
from hdr_demo.ui.shares import Share
from hdr_demo.ui.text import label, language_of, say, say_seconds

PREVIEWS_AT_ONCE = 2
# Two passes at once take no longer than one after the other, and a huge photo keeps nobody waiting.
PASSES_AT_ONCE = 2
# What browsers draw themselves; a photo of another kind, or with more light than a thumbnail shows, is replaced on the
# page by a drawing of it.
DRAWN_BY_BROWSERS = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".bmp", ".gif")
EXAMPLES_SCRIPT = Path(__file__).with_name("examples.js").read_text()
HDR_FILES_SCRIPT = Path(__file__).with_name("hdr_files.js").read_text()

# What is to be opened, or why there is nothing.
Found = Path | Share | ExpandedPhoto | str


@dataclass(frozen=True)
class PhotoPanel:
    """What others connect to.

    Attributes:
        version: Changes whenever the visitor's result, or what can be said of it, does.
        started: Is true from the first result on.
        checkpoint: The choice among the checkpoints.
        scale: The choice among the scales.
        opens: Connects an event after which a photo is opened: takes the event, and what tells which photo of a
            visitor: the file of an example, what was shared or merged, or a sentence that says why there is none.
    """

    version: gr.State
    started: gr.State
    checkpoint: gr.Dropdown
    scale: gr.Radio
    opens: Callable[[Callable, Callable[[Visitor, str], Found]], None]


def build_photo_panel(page: gr.Blocks, visitors: Visitors, networks: Networks, max_megapixels: float) -> PhotoPanel:
    """Lay out the panel inside the column that is open, and connect it."""
    examples = find_examples()
    photo = gr.Image(
        type="filepath",
        image_mode=None,
        sources=["upload", "clipboard", "webcam"],
        label=label("photo_given"),
        placeholder=label("photo_placeholder"),
        alt_text=label("photo_alt"),
        buttons=["fullscreen"],
        height=230,
        elem_id="photo",
    )
    progress = gr.HTML(apply_default_css=False, js_on_load=HDR_FILES_SCRIPT, elem_id="progress")
    light = gr.Radio(
        [(label(f"light_{name}"), name) for name in LIGHTS],
        value=OWN_LIGHT,
        label=label("light"),
        info=label("light_info"),
        visible=False,
        elem_id="light",
    )
    with gr.Row(elem_id="pass-buttons"):
        stop = gr.Button(label("stop"), variant="stop", size="sm", visible=False, elem_id="stop")
        resume = gr.Button(label("resume"), variant="primary", size="sm", visible=False, elem_id="resume")
    shelf = gr.HTML(apply_default_css=False, js_on_load=EXAMPLES_SCRIPT, elem_id="examples")
    with gr.Accordion(label("settings"), open=False, elem_id="settings"):
        settings_note = gr.Markdown(
            label("settings_opened"), visible=False, elem_classes="note", elem_id="settings-note"
        )
        checkpoint = build_checkpoint_choice(networks, "checkpoint")
        scale = build_scale_choice("scale")
    status = gr.HTML(apply_default_css=False, elem_id="status")
    version, started = gr.State(0), gr.State(False)
    outputs = [photo, progress, light, stop, resume, checkpoint, scale, settings_note, status, version, started]

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

    def take_photo(path: str, request: gr.Request, example: str = "") -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        began, turn = time.monotonic(), visitor.begin()
        yield {progress: draw_pass(say(language, "reading"))}
        try:
            picture, opened = open_given(path, max_megapixels)
        except Exception as error:
            if visitor.is_current(turn):
                yield {photo: None, progress: draw_pass(say_error(error, language), state="failed")}
            raise
        if not visitor.is_current(turn):
            yield nothing_new
            return
        if opened is None and hdr_kind(path) in GAIN_MAPS:
            gr.Warning(say(language, "broken_gain_map"))
        visitor.picture, visitor.opened, visitor.example = picture, opened, example
        is_drawn = Path(path).suffix.lower() in DRAWN_BY_BROWSERS and (opened is None or opened.origin in GAIN_MAPS)
        drawn = None if is_drawn else visitor.new_folder("photo")
        if opened is None:
            yield from preview(visitor, language, turn, began, drawn)
        else:
            yield show_own_light(visitor, language, drawn)

    def show_own_light(visitor: Visitor, language: str, drawn: Path | None) -> dict:
        visitor.drop_job()
        view = make_view(visitor.opened)
        visitor.show(Shown(visitor.opened, view, exact=True))
        visitors.make_room(visitor)
        return state_of(visitor, language) | draw_photo(visitor, view, drawn)

    def draw_photo(visitor: Visitor, view: View, drawn: Path | None) -> dict:
        if drawn is None:
            return {}
        return {photo: write_drawing(drawn, visitor.picture.name, expose(view.photo, 0.0), view.alpha)}

    def preview(visitor: Visitor, language: str, turn: int, began: float, drawn: Path | None) -> Iterator[dict]:
        visitor.drop_job()
        network = networks.of(visitor.checkpoint)
        yield {progress: draw_pass(say(language, "previewing" if network.ready else "loading_network"))}
        picture, scale = visitor.picture, visitor.scale
        try:
            expanded = network.preview(picture, scale)
        except Exception as error:
            # What is shown is what was there before.
            yield choices_of(visitor) | {progress: draw_pass(say_error(error, language), state="failed")}
            raise
        if not visitor.is_current(turn):
            yield nothing_new
            return
        exact = expanded.is_exact_for(picture)
        view = make_view(expanded)
        visitor.preview_seconds = time.monotonic() - began
        visitor.job = None if exact else network.new_pass(visitor.picture, visitor.scale)
        visitor.show(Shown(expanded, view, exact))
        visitors.make_room(visitor)
        yield state_of(visitor, language) | draw_photo(visitor, view, drawn)

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
        yield from show_example(examples[int(event.number)].path, request)

    def show_example(chosen: Path, request: gr.Request) -> Iterator[dict]:
        # The page may be shown what lies in the visitor's folder, not what lies in this repository.
        path = shutil.copy(chosen, visitors.of(request).new_folder("example"))
        yield {photo: path}
        yield from take_photo(path, request, chosen.stem)

    def show_shared(share: Share, request: gr.Request) -> dict:
        visitor, language = visitors.of(request), language_of(request)
        visitor.begin()
        visitor.drop_job()
        visitor.picture, visitor.opened, visitor.example = share.picture, share.opened, ""
        visitor.scale, visitor.checkpoint = share.scale, share.checkpoint
        shown = share.best()
        own = shown.photo is share.opened
        visitor.job = None if shown.exact else networks.of(share.checkpoint).new_pass(share.picture, share.scale)
        visitor.show(shown)
        visitors.make_room(visitor)
        name = share.checkpoint or networks.names[0]
        chosen = {scale: gr.Radio(share.scale, interactive=not own), checkpoint: gr.Dropdown(name, interactive=not own)}
        drawn = draw_photo(visitor, shown.view, visitor.new_folder("photo"))
        return state_of(visitor, language) | chosen | drawn

    def show_merged(merged: ExpandedPhoto, request: gr.Request) -> dict:
        visitor = visitors.of(request)
        visitor.begin()
        visitor.picture, visitor.opened, visitor.example = merged.picture, merged, ""
        return show_own_light(visitor, language_of(request), visitor.new_folder("photo"))

    def change_light(chosen: str, request: gr.Request) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        if visitor.opened is None:
            raise gr.Error(say(language, "gone"), print_exception=False)
        turn = visitor.begin()
        if chosen == OWN_LIGHT:
            yield show_own_light(visitor, language, None)
        else:
            yield from preview(visitor, language, turn, time.monotonic(), None)

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
        if visitor.picture is None or visitor.shows_own_light or not networks.of(visitor.checkpoint).ready:
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
        return choices_of(visitor) | {
            progress: draw_state(visitor, language),
            stop: gr.Button(visible=not exact and not ended),
            resume: gr.Button(visible=not exact and ended),
            status: draw_status(networks, visitor, language),
            version: visitor.version,
            started: True,
        }

    def choices_of(visitor: Visitor) -> dict:
        """Offer what may be chosen: a photo with a gain map has two lights, and only the network has settings."""
        own = visitor.shows_own_light
        has_choice = visitor.opened is not None and visitor.opened.origin in GAIN_MAPS
        return {
            light: gr.Radio(value=OWN_LIGHT if own else NETWORK_LIGHT, visible=has_choice),
            checkpoint: gr.Dropdown(interactive=not own),
            scale: gr.Radio(interactive=not own),
            settings_note: gr.Markdown(visible=own),
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
        light.input(shows_errors(change_light), light, outputs, **previews),
        resume.click(shows_errors(resume_pass), None, outputs, concurrency_limit=None, **quiet),
    ]
    for event in previewed:
        event.success(shows_errors(run_full_size), None, outputs, **passes)
    stop.click(stop_pass, None, None, queue=False, **quiet)

    def opens(event: Callable, find: Callable[[Visitor, str], Found]) -> None:
        def take_found(request: gr.Request) -> Iterator[dict]:
            found = find(visitors.of(request), language_of(request))
            if isinstance(found, Path):
                yield from show_example(found, request)
            elif isinstance(found, Share):
                yield show_shared(found, request)
            elif isinstance(found, ExpandedPhoto):
                yield show_merged(found, request)
            else:
                yield {progress: draw_pass(found, state="failed")} if found else nothing_new

        event(shows_errors(take_found), None, outputs, **previews).success(
            shows_errors(run_full_size), None, outputs, **passes
        )

    return PhotoPanel(version, started, checkpoint, scale, opens)


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
    if visitor.shows_own_light:
        return draw_opened(visitor.opened, language)
    if visitor.shown is not None and visitor.shown.exact:
        height, width = visitor.shown.photo.hdr.shape[:2]
        seconds = say_seconds(language, visitor.shown.photo.seconds)
        return draw_pass(say(language, "full_size_done", width=width, height=height, seconds=seconds), state="exact")
    if visitor.job is not None and visitor.job.stopped:
        return draw_pass(say(language, "stopped"), state="stopped")
    return draw_pass(say(language, "waiting"))


def draw_status(networks: Networks, visitor: Visitor, language: str) -> str:
    """Draw which checkpoint works where, and how long it took, in HTML."""
    if visitor.shows_own_light:
        return ""
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
