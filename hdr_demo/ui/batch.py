"""The tab Many photos: they go in together, each is followed in a list, and one archive comes out."""

from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from hdr_demo.errors import Stopped
from hdr_demo.ui.batch_controls import build_batch_controls, read_batch_settings
from hdr_demo.ui.batch_results import draw_all, draw_batch_end, draw_list, draw_made
from hdr_demo.ui.batch_work import BatchWork, take_photos
from hdr_demo.ui.network import Networks
from hdr_demo.ui.notices import say_error, shows_errors
from hdr_demo.ui.photo_panel import draw_pass
from hdr_demo.ui.session import Visitors
from hdr_demo.ui.text import label, language_of, say

# Each has processes of its own; at the network they take turns.
BATCHES_AT_ONCE = 2
FOLDERS = ("batch-photos", "batch-files")
SHOW_PROGRESS = "() => { document.querySelector('#batch-progress')?.scrollIntoView({block: 'nearest'}); }"


def build_batch(
    visitors: Visitors, networks: Networks, work: BatchWork, max_photos: int, max_megapixels: float
) -> None:
    """Lay out the tab, inside the `gr.Tab` that is open, and connect it.

    Args:
        visitors: Everybody who is here.
        networks: The checkpoints to choose from.
        work: Runs the batches.
        max_photos: How many photos are taken at once.
        max_megapixels: The largest of them, in millions of pixels.
    """
    with gr.Row(elem_id="batch-row"):
        with gr.Column(scale=1, min_width=300, elem_id="batch-panel"):
            with gr.Column(elem_id="batch-given"):
                # Any file: one that is no picture gets its sentence in the list.
                upload = gr.File(label=label("batch_photos"), file_count="multiple", height=170, elem_id="batch")
                count = gr.HTML(apply_default_css=False, elem_id="batch-count", elem_classes="note")
                progress = gr.HTML(apply_default_css=False, elem_id="batch-progress")
                stop = gr.Button(label("batch_stop"), variant="stop", size="sm", visible=False, elem_id="batch-stop")
            with gr.Column(elem_id="batch-choices"):
                controls = build_batch_controls(networks)
                begin = gr.Button(label("batch_begin"), variant="primary", elem_id="batch-begin")
        with gr.Column(scale=3, min_width=320, elem_id="batch-results"):
            with gr.Column(elem_id="batch-welcome", elem_classes="welcome") as welcome:
                gr.Markdown(label("batch_welcome"))
            made = gr.HTML(apply_default_css=False, elem_id="batch-made")
            listing = gr.HTML(apply_default_css=False, elem_id="batch-list")
    nothing_new = {progress: gr.skip()}

    def say_count(uploads: list[dict] | None, request: gr.Request) -> str:
        number = len(uploads or ())
        if not number:
            return ""
        key = "batch_count" if number <= max_photos else "batch_too_many"
        state = "" if number <= max_photos else ' class="too-many" role="alert"'
        return f"<p{state}>{say(language_of(request), key, count=number, most=max_photos)}</p>"

    def start(request: gr.Request, uploads: list[dict] | None, checkpoint: str, *values: object) -> dict:
        visitor, language = visitors.of(request), language_of(request)
        refusals = {
            "batch_busy": visitor.batch is not None,
            "batch_none": not uploads,
            "batch_no_formats": not values[0],
        }
        for key, applies in refusals.items():
            if applies:
                raise gr.Error(say(language, key), print_exception=False)
        if len(uploads) > max_photos:
            said = say(language, "batch_too_many", count=len(uploads), most=max_photos)
            raise gr.Error(said, print_exception=False)
        settings = read_batch_settings(values, max_megapixels)
        given, files = (visitor.new_folder(kind, keep=1) for kind in FOLDERS)
        photos = take_photos([Path(each["path"]) for each in uploads], given)
        run = visitor.batch = work.new_run(checkpoint, photos, files, settings)
        return {
            progress: draw_pass(say(language, "batch_queued")),
            stop: gr.Button(visible=True),
            begin: gr.Button(visible=False),
            welcome: gr.Column(visible=False),
            made: "",
            listing: draw_list(run, language),
        }

    def follow(request: gr.Request) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        run = visitor.batch
        if run is None or not run.job.claim():
            yield nothing_new
            return
        drawn = ""
        try:
            for step in run.job.follow():
                visitor.stay(*FOLDERS)
                news = draw_all(run, step, language), draw_list(run, language)
                if news != drawn:
                    drawn = news
                    yield dict(zip((progress, listing), news, strict=True))
            result = run.job.result
        except Stopped:
            yield at_rest() | {progress: draw_pass(say(language, "batch_stopped_early"), state="stopped")}
            return
        except Exception as error:
            yield at_rest() | {progress: draw_pass(say_error(error, language), state="failed")}
            raise
        finally:
            if visitor.batch is run:  # also when the visitor went away
                visitor.batch = None
        visitor.stay(*FOLDERS)
        yield at_rest() | {
            progress: draw_batch_end(result, language),
            made: draw_made(run, result, language),
            listing: draw_list(run, language, result),
        }

    def at_rest() -> dict:
        return {stop: gr.Button(visible=False), begin: gr.Button(visible=True)}

    def stop_run(request: gr.Request) -> None:
        run = visitors.of(request).batch
        if run is not None:
            run.job.stop()

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    outputs = [progress, stop, begin, welcome, made, listing]
    upload.change(say_count, upload, count, preprocess=False, queue=False, **quiet)
    begin.click(
        shows_errors(start),
        [upload, controls.checkpoint, *controls.values],
        outputs,
        preprocess=False,
        concurrency_limit=None,  # in the queue: without one, Gradio keeps the sentences of errors to itself
        **quiet,
    ).success(
        shows_errors(follow),
        None,
        outputs,
        trigger_mode="multiple",
        concurrency_id="batch",
        concurrency_limit=BATCHES_AT_ONCE,
        **quiet,
    )
    begin.click(None, js=SHOW_PROGRESS)
    stop.click(stop_run, None, None, queue=False, **quiet)
