"""The tab Compare with the truth: a virtual camera photographs a scene whose light is known."""

import html
from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from hdr_demo.camera import RESPONSES
from hdr_demo.evaluation import Shot
from hdr_demo.io import Picture
from hdr_demo.metrics import clipped_mask
from hdr_demo.scenes import Scene
from hdr_demo.ui.drawing import AT_ONCE
from hdr_demo.ui.examples import draw_examples, find_scenes
from hdr_demo.ui.network import Networks
from hdr_demo.ui.network_choice import build_checkpoint_choice, build_scale_choice, say_network
from hdr_demo.ui.notices import say_error, shows_errors
from hdr_demo.ui.photo_panel import EXAMPLES_SCRIPT, PREVIEWS_AT_ONCE, draw_pass
from hdr_demo.ui.pictures import write_drawing
from hdr_demo.ui.session import Lesson, Visitor, Visitors
from hdr_demo.ui.text import label, language_of, say, say_seconds
from hdr_demo.ui.truth_camera import Settings, look_at_light, open_scene, take_shot
from hdr_demo.ui.truth_controls import build_camera_controls, read_settings
from hdr_demo.ui.truth_results import build_comparison, build_photo, build_scores

# What the browser does when a photo was taken.
SHOW_RESULT = Path(__file__).with_name("show_result.js").read_text()


def build_truth(page: gr.Blocks, visitors: Visitors, networks: Networks, max_megapixels: float) -> None:
    """Lay out the tab, inside the `gr.Tab` that is open, and connect it."""
    with gr.Row(elem_id="lesson"):
        with gr.Column(scale=1, min_width=300, elem_id="lesson-panel"):
            version, started = _build_panel(page, visitors, networks, max_megapixels)
        with gr.Column(scale=3, min_width=320, elem_id="lesson-welcome", elem_classes="welcome") as welcome:
            gr.Markdown(label("truth_welcome"))
        with gr.Column(scale=3, min_width=320, visible=False, elem_id="lesson-results") as results:
            drawings = [build_photo(visitors), build_comparison(visitors), build_scores(visitors)]
    started.change(
        lambda started: (gr.Column(visible=not started), gr.Column(visible=started)),
        started,
        [welcome, results],
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    )
    for drawing in drawings:
        drawing.connect(version.change)


def _build_panel(
    page: gr.Blocks, visitors: Visitors, networks: Networks, max_megapixels: float
) -> tuple[gr.State, gr.State]:
    """Lay out scene, camera and network, and connect them; the states tell of another result, and of the first one."""
    examples = find_scenes()
    shelf = gr.HTML(apply_default_css=False, js_on_load=EXAMPLES_SCRIPT, elem_id="scenes")
    upload = gr.UploadButton(label("truth_upload"), type="filepath", size="sm", elem_id="truth-upload")
    finder = gr.Image(
        type="filepath",
        interactive=False,
        label=label("finder"),
        alt_text=label("finder_alt"),
        buttons=[],
        elem_id="finder",  # hidden by style.css as long as there is nothing in it
    )
    note = gr.HTML(apply_default_css=False, elem_id="finder-note", elem_classes="note")
    camera = build_camera_controls()
    take = gr.Button(label("take"), variant="primary", elem_id="take")
    progress = gr.HTML(apply_default_css=False, elem_id="lesson-progress")
    with gr.Accordion(label("settings"), open=False, elem_id="lesson-settings"):
        checkpoint = build_checkpoint_choice(networks, "lesson-checkpoint")
        scale = build_scale_choice("lesson-scale")
    status = gr.HTML(apply_default_css=False, elem_id="lesson-status", elem_classes="note")
    version, started = gr.State(0), gr.State(False)
    outputs = [finder, note, camera.look, camera.yaw, camera.pitch, progress, checkpoint, status, version, started]
    nothing_new = {progress: gr.skip()}

    def draw_shelf(request: gr.Request) -> str:
        return draw_examples(examples, "scenes", language_of(request))

    def take_example(event: gr.EventData, request: gr.Request, *values: object) -> Iterator[dict]:
        yield from take_scene(examples[int(event.number)].path, request, values)

    def take_upload(uploaded: dict | None, request: gr.Request, *values: object) -> Iterator[dict]:
        # The file as it was uploaded, as in the panel of photos.
        if uploaded is None:
            yield nothing_new
        else:
            yield from take_scene(Path(uploaded["path"]), request, values)

    def take_scene(path: Path, request: gr.Request, values: tuple) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        turn = visitor.begin("lesson")
        yield {progress: draw_pass(say(language, "reading"))}
        try:
            scene = open_scene(path, max_megapixels=max_megapixels)
        except Exception as error:
            if visitor.is_current(turn, "lesson"):
                yield {progress: draw_pass(say_error(error, language), state="failed")}
            raise
        if not visitor.is_current(turn, "lesson"):
            yield nothing_new
            return
        visitor.scene = scene
        visitors.make_room(visitor)
        yaw, pitch = look_at_light(scene)
        yield {camera.look: gr.Group(visible=scene.is_panorama), camera.yaw: yaw, camera.pitch: pitch}
        yield from photograph_scene(visitor, turn, scene, (yaw, pitch, *values[2:]), language)

    def take_photo(request: gr.Request, *values: object) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        scene = visitor.scene  # which may be dropped, or another one, a moment later
        if scene is None:
            raise gr.Error(say(language, "no_scene"), print_exception=False)
        yield from photograph_scene(visitor, visitor.begin("lesson"), scene, values, language)

    def photograph_scene(visitor: Visitor, turn: int, scene: Scene, values: tuple, language: str) -> Iterator[dict]:
        *set_camera, name, scale = values
        settings = read_settings(*set_camera)
        shot = take_shot(scene, settings)
        if not visitor.is_current(turn, "lesson"):
            yield nothing_new
            return
        yield look_through(visitor, shot, settings, language)
        yield from expand(visitor, turn, shot, name, scale, language)

    def expand_again(request: gr.Request, name: str, scale: str) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        if visitor.lesson is None or not networks.of(name).ready:
            yield nothing_new
        else:
            yield from expand(visitor, visitor.begin("lesson"), visitor.lesson.shot, name, scale, language)

    def expand(visitor: Visitor, turn: int, shot: Shot, name: str, scale: str, language: str) -> Iterator[dict]:
        network = networks.of(name)
        if not visitor.is_current(turn, "lesson"):
            yield nothing_new
            return
        yield {progress: draw_pass(say(language, "taking" if network.ready else "loading_network"))}
        try:
            expanded = network.preview(Picture(shot.ldr, None, shot.name, 8), scale)
        except Exception as error:
            if visitor.is_current(turn, "lesson"):
                yield {progress: draw_pass(say_error(error, language), state="failed")}
            raise
        if not visitor.is_current(turn, "lesson"):
            yield nothing_new
            return
        visitor.lesson = Lesson(shot, expanded.hdr, scale, name)
        visitor.version += 1
        taken = say(language, "taken", seconds=say_seconds(language, expanded.seconds))
        yield {
            progress: draw_pass(taken, state="exact"),
            status: f"<p>{say_network(network, language)}</p>",
            version: visitor.version,
            started: True,
        }

    def choose_checkpoint(name: str, request: gr.Request) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        network = networks.of(name)
        yield {status: "" if network.ready else draw_pass(say(language, "loading_network"))}
        try:
            yield {status: f"<p>{say_network(network, language)}</p>"}
        except Exception:
            yield {checkpoint: visitor.lesson.checkpoint if visitor.lesson else networks.names[0], status: ""}
            raise

    def draw_finder(request: gr.Request, *values: object) -> dict:
        visitor, language, settings = visitors.of(request), language_of(request), read_settings(*values)
        scene = visitor.scene
        shot = None if scene is None else take_shot(scene, settings)
        if shot is None or visitor.scene is not scene:
            return nothing_new
        changed = draw_pass(say(language, "not_taken"), state="stopped")
        return look_through(visitor, shot, settings, language) | {progress: changed}

    def look_through(visitor: Visitor, shot: Shot, settings: Settings, language: str) -> dict:
        drawn = write_drawing(visitor.new_folder("finder"), "finder", shot.ldr, exact=True)
        return {finder: drawn, note: draw_finder_note(shot, settings, language)}

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    previews = {**quiet, "trigger_mode": "multiple", "concurrency_id": "preview", "concurrency_limit": PREVIEWS_AT_ONCE}
    everything = [*camera.values, checkpoint, scale]
    page.load(draw_shelf, None, shelf, queue=False, **quiet)
    for event in (
        shelf.click(shows_errors(take_example), everything, outputs, **previews),
        upload.upload(shows_errors(take_upload), [upload, *everything], outputs, preprocess=False, **previews),
        take.click(shows_errors(take_photo), everything, outputs, **previews),
    ):
        event.success(None, js=SHOW_RESULT)
    scale.input(shows_errors(expand_again), [checkpoint, scale], outputs, **previews)
    checkpoint.input(
        shows_errors(choose_checkpoint), checkpoint, [checkpoint, status], concurrency_limit=None, **quiet
    ).success(shows_errors(expand_again), [checkpoint, scale], outputs, **previews)
    gr.on(
        [control.input for control in camera.values],
        shows_errors(draw_finder),
        list(camera.values),
        [finder, note, progress],
        trigger_mode="always_last",
        concurrency_limit=AT_ONCE,
        **quiet,
    )
    return version, started


def draw_finder_note(shot: Shot, settings: Settings, language: str) -> str:
    """Say how much of the picture clips, and whether the exposure decides that, in HTML."""
    height, width = shot.ldr.shape[:2]
    percent = f"{100 * clipped_mask(shot.ldr).mean():.1f}"
    said = say(language, "finder_note", percent=percent, width=width, height=height)
    free = (
        "" if RESPONSES[settings.response].keeps_white else f"<p>{html.escape(say(language, 'finder_note_free'))}</p>"
    )
    return f"<p>{html.escape(said)}</p>{free}"
