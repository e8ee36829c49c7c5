"""What goes into the tab Bracket: the photos, their exposure times, and which one is the reference."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from hdr_demo.bracket import FEWEST, MOST, read_time_text
from hdr_demo.ui.batch_work import take_photos
from hdr_demo.ui.bracket_photos import (
    ESTIMATED,
    EXIF,
    GivenBracket,
    GivenPhoto,
    draw_photos,
    lay_out,
    read_photo,
    refer_to,
    type_time,
)
from hdr_demo.ui.examples import draw_examples, find_brackets, list_photos
from hdr_demo.ui.notices import say_error, shows_errors
from hdr_demo.ui.photo_panel import PREVIEWS_AT_ONCE, draw_pass
from hdr_demo.ui.session import Visitor, Visitors
from hdr_demo.ui.text import label, language_of, say

FOLDER = "bracket-photos"
# A merge may still be reading the ones before.
KEPT_FOLDERS = 2
LONGEST_SAID = 40
PHOTOS_SCRIPT = Path(__file__).with_name("bracket_photos.js").read_text()


@dataclass(frozen=True)
class GivenParts:
    """The parts of the page that show what was given.

    Attributes:
        upload: Where photos are dropped.
        shelf: The examples.
        welcome: What stands there before.
        table: The photos with their times.
        times: Where the times may be from; the two buttons.
        begin: What starts the merge.
        progress: Where sentences appear.
    """

    upload: gr.File
    shelf: gr.HTML
    welcome: gr.Column
    table: gr.HTML
    times: tuple[gr.Button, gr.Button]
    begin: gr.Button
    progress: gr.HTML


def build_table() -> tuple[gr.HTML, tuple[gr.Button, gr.Button]]:
    """Lay out the table of photos, and where their times may be from."""
    table = gr.HTML(
        html_template='<div class="bracket-table"></div>',
        js_on_load=PHOTOS_SCRIPT,
        apply_default_css=False,
        elem_id="bracket-table",
    )
    with gr.Row(elem_id="bracket-times"):
        estimate = gr.Button(label("bracket_estimate"), size="sm", visible=False, elem_id="bracket-estimate")
        from_exif = gr.Button(label("bracket_from_exif"), size="sm", visible=False, elem_id="bracket-exif")
    return table, (estimate, from_exif)


def connect_given(page: gr.Blocks, visitors: Visitors, parts: GivenParts, max_megapixels: float) -> None:
    """Read what is dropped, and take what is typed and chosen in the table."""
    examples = find_brackets()
    estimate, from_exif = parts.times
    outputs = [parts.welcome, parts.table, *parts.times, parts.begin, parts.progress]
    nothing_new = {parts.progress: gr.skip()}
    numbers = itertools.count()

    def show(visitor: Visitor, language: str, failure: str = "") -> dict:
        bracket = visitor.bracket
        ready = bracket is not None and len(bracket.photos) >= FEWEST
        said = draw_pass(failure, state="failed") if failure else ""
        if bracket is not None and not ready:
            said = draw_pass(say(language, "bracket_one_more"), state="stopped")
        return {
            parts.welcome: gr.Column(visible=bracket is None),
            # Numbered, so that it is drawn again where what was typed is no time, and nothing changed.
            parts.table: bracket and {"html": draw_photos(bracket, language), "number": next(numbers)},
            estimate: gr.Button(visible=ready and bracket.source != ESTIMATED),
            from_exif: gr.Button(visible=ready and bracket.has_exif and bracket.source != EXIF),
            parts.begin: gr.Button(interactive=ready),
            parts.progress: gr.skip() if visitor.merging else said,
        }

    def take_upload(uploads: list[dict] | None, request: gr.Request) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        turn, paths = visitor.begin("bracket"), [Path(each["path"]) for each in uploads or ()]
        known = {photo.upload: photo for photo in visitor.bracket.photos} if visitor.bracket else {}
        if visitor.bracket and sorted(paths) == sorted(photo.upload for photo in visitor.bracket.photos):
            # The same again, in another order perhaps; times that were typed stay.
            yield nothing_new
            return
        if not paths or len(paths) > MOST:
            visitor.bracket = None
            too_many = say(language, "bracket_too_many", count=len(paths), most=MOST) if paths else ""
            yield show(visitor, language, too_many)
            return
        yield {parts.progress: draw_pass(say(language, "bracket_reading"))}
        try:
            bracket = lay_out(read_all(paths, known, visitor.new_folder(FOLDER, KEPT_FOLDERS)))
        except Exception as error:
            if visitor.is_current(turn, "bracket"):
                visitor.bracket = None
                yield show(visitor, language, say_error(error, language))
            raise
        if visitor.is_current(turn, "bracket"):
            visitor.bracket = bracket
            yield show(visitor, language)
        else:
            yield nothing_new

    def read_all(uploads: Sequence[Path], known: dict[Path, GivenPhoto], folder: Path) -> list[GivenPhoto]:
        copies = take_photos(uploads, folder)
        return [
            known[upload].move_to(copy) if upload in known else read_photo(upload, copy, max_megapixels)
            for upload, copy in zip(uploads, copies, strict=True)
        ]

    def take_example(event: gr.EventData, request: gr.Request) -> list[str]:
        # The list shows them as if they had been dropped, and they are read because it changes.
        folder = visitors.of(request).new_folder("example")
        return [str(photo) for photo in take_photos(list_photos(examples[int(event.number)].path), folder)]

    def change(request: gr.Request, act: Callable[[GivenBracket], GivenBracket]) -> dict:
        visitor, language = visitors.of(request), language_of(request)
        if visitor.bracket is None:
            raise gr.Error(say(language, "bracket_gone"), print_exception=False)
        visitor.bracket = act(visitor.bracket)
        return show(visitor, language)

    def retime(event: gr.EventData, request: gr.Request) -> dict:
        time = read_time_text(str(event.text))
        if time is None:
            language, text = language_of(request), str(event.text)[:LONGEST_SAID]
            return show(visitors.of(request), language, say(language, "bracket_no_time", text=text))
        return change(request, lambda bracket: type_time(bracket, str(event.key), time))

    def refer(event: gr.EventData, request: gr.Request) -> dict:
        return change(request, lambda bracket: refer_to(bracket, str(event.key)))

    def estimate_all(request: gr.Request) -> dict:
        return change(request, lambda bracket: lay_out(bracket.photos, source=ESTIMATED))

    def take_from_exif(request: gr.Request) -> dict:
        return change(request, lambda bracket: lay_out(bracket.photos, source=EXIF))

    def draw_shelf(request: gr.Request) -> str:
        return draw_examples(examples, "bracket_examples", language_of(request))

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    reads = {**quiet, "trigger_mode": "multiple", "concurrency_id": "preview", "concurrency_limit": PREVIEWS_AT_ONCE}
    edits = {**quiet, "trigger_mode": "multiple", "concurrency_limit": None}
    page.load(draw_shelf, None, parts.shelf, queue=False, **quiet)
    parts.upload.change(shows_errors(take_upload), parts.upload, outputs, preprocess=False, **reads)
    parts.shelf.click(shows_errors(take_example), None, parts.upload, **reads)
    parts.table.retime(shows_errors(retime), None, outputs, **edits)
    parts.table.refer(shows_errors(refer), None, outputs, **edits)
    estimate.click(shows_errors(estimate_all), None, outputs, **edits)
    from_exif.click(shows_errors(take_from_exif), None, outputs, **edits)
