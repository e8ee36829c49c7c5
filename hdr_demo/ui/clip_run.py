"""The long run of the tab Video: Start, progress by frames, Stop, and the players of what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import gradio as gr

from hdr_demo.errors import Stopped
from hdr_demo.ui.clip_controls import ClipControls, read_clip_settings
from hdr_demo.ui.clip_results import draw_end, draw_frames, draw_players
from hdr_demo.ui.clip_try import TryArea
from hdr_demo.ui.clip_work import ClipLimits, ClipWork, check_part, name_targets
from hdr_demo.ui.notices import say_error, shows_errors
from hdr_demo.ui.photo_panel import draw_pass
from hdr_demo.ui.session import Visitor, Visitors
from hdr_demo.ui.text import language_of, say

# Clips take turns at the network; what lies in memory of each is a few frames and its encoders.
CLIPS_AT_ONCE = 2
# What the browser does when the run begins, and when the files are there.
SHOW_PROGRESS = "() => { document.querySelector('#clip-progress')?.scrollIntoView({block: 'nearest'}); }"
SHOW_PLAYERS = (
    "() => { setTimeout(() => document.querySelector('#clip-players')?.scrollIntoView({block: 'nearest'}), 400); }"
)


@dataclass(frozen=True)
class RunPanel:
    """The parts of the page that tell of the run."""

    progress: gr.HTML
    stop: gr.Button
    begin: gr.Button
    players: gr.HTML


def connect_run(
    visitors: Visitors, work: ClipWork, limits: ClipLimits, controls: ClipControls, area: TryArea, panel: RunPanel
) -> None:
    """Connect Start and Stop."""
    progress, stop, begin, players = panel.progress, panel.stop, panel.begin, panel.players
    nothing_new = {progress: gr.skip()}

    def start(request: gr.Request, names: list[str], checkpoint: str, *values: object) -> dict:
        visitor, language = visitors.of(request), language_of(request)
        clip, count = visitor.clip, len(controls.values)
        if clip is None or not clip.path.exists():
            raise gr.Error(say(language, "clip_gone"), print_exception=False)
        if not names:
            raise gr.Error(say(language, "clip_no_files"), print_exception=False)
        settings = read_clip_settings(clip, values[:count], **area.read_look(*values[count:]))
        settings = check_part(clip, settings, limits)
        targets = name_targets(clip, names, settings.operator, visitor.new_folder("clip-files", keep=1))
        visitor.drop_run()
        visitor.run = work.new_run(checkpoint, clip, targets, settings)
        return {
            progress: draw_pass(say(language, "clip_waiting")),
            stop: gr.Button(visible=True),
            begin: gr.Button(visible=False),
            players: draw_players(clip, language),
        }

    def follow(request: gr.Request) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        run = visitor.run
        if run is None or not run.job.claim():
            yield nothing_new
            return
        try:
            for step in run.job.follow():
                visitor.stay("clip", "clip-files")
                if run is visitor.run:  # what comes after belongs to whoever took its place
                    stopping = say(language, "clip_stopping")
                    yield {progress: draw_pass(stopping) if run.job.stopped else draw_frames(step, language)}
        except Stopped:
            said = draw_pass(say(language, "clip_stopped_early"), state="stopped")
            yield end_run(visitor) | {progress: said} if run is visitor.run else nothing_new
            return
        except Exception as error:
            if run is visitor.run:
                yield end_run(visitor) | {progress: draw_pass(say_error(error, language), state="failed")}
            raise
        if run is visitor.run:
            visitor.stay("clip", "clip-files")
            yield end_run(visitor) | {
                progress: draw_end(run.job.result, language),
                players: draw_players(run.clip, language, run),
            }
        else:
            yield nothing_new

    def end_run(visitor: Visitor) -> dict:
        visitor.run = None
        return {stop: gr.Button(visible=False), begin: gr.Button(visible=True)}

    def stop_run(request: gr.Request) -> None:
        run = visitors.of(request).run
        if run is not None:
            run.job.stop()

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    outputs = [progress, stop, begin, players]
    begin.click(
        shows_errors(start),
        [controls.files, controls.checkpoint, *controls.values, *area.values],
        outputs,
        concurrency_limit=None,  # in the queue: without one, Gradio keeps the sentences of errors to itself
        **quiet,
    ).success(
        shows_errors(follow),
        None,
        outputs,
        trigger_mode="multiple",
        concurrency_id="clip",
        concurrency_limit=CLIPS_AT_ONCE,
        **quiet,
    ).success(None, js=SHOW_PLAYERS)
    begin.click(None, js=SHOW_PROGRESS)
    stop.click(stop_run, None, None, queue=False, **quiet)
