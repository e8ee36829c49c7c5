"""The tab Download: files of the exact result, made when somebody asks for them."""

import errno
import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr

from hdr_demo.color import REFERENCE_WHITE_NITS
from hdr_demo.errors import OutputError
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.exposure import DEFAULT_STOPS
from hdr_demo.io import Loss
from hdr_demo.panorama import illuminance
from hdr_demo.ui.download_controls import build_download_controls, offer_bases, read_delivery
from hdr_demo.ui.download_files import FILE_KINDS, GROUPS, FileKind, Made, Wish, make_file, natural_base
from hdr_demo.ui.download_text import LOSSES_ZH
from hdr_demo.ui.drawing import Drawing
from hdr_demo.ui.notices import shows_errors
from hdr_demo.ui.photo_panel import draw_pass
from hdr_demo.ui.session import Visitor, Visitors
from hdr_demo.ui.text import label, language_of, say, say_size, say_stops

AT_ONCE = 2
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# What the browser does with a file that is ready: saves it, as if its link had been clicked.
SAVE_FILE = Path(__file__).with_name("save_file.js").read_text()


def build_download(visitors: Visitors) -> Drawing:
    """Lay out the tab, inside the `gr.Tabs` that is open."""
    cards, buttons = {}, {}
    with gr.Tab(label("download"), id="download", elem_id="tab-download"):
        note = gr.HTML(apply_default_css=False, elem_id="download-note", elem_classes="note")
        controls = build_download_controls()
        for group in GROUPS:
            gr.Markdown(label(f"download_{group}"), elem_classes="files-title")
            with gr.Row(elem_classes=["files", f"files-{group}"], equal_height=True):
                for kind in FILE_KINDS:
                    if kind.group == group:
                        cards[kind.key], buttons[kind.key] = _build_card(kind)
        said = gr.HTML(apply_default_css=False, elem_id="download-said")
        made = gr.File(
            label=label("downloaded"), interactive=False, visible=False, elem_id="download-made", type="filepath"
        )
        panoramas = [cards[kind.key] for kind in FILE_KINDS if kind.for_panoramas]
        natural = gr.State("photo")  # what the base image of the last photo was, see `natural_base`

    def make(kind: FileKind) -> Callable[..., Iterator[tuple]]:
        def make_for(request: gr.Request, base: str, exif: bool, *delivery: float) -> Iterator[tuple]:
            visitor, language = visitors.of(request), language_of(request)
            if visitor.shown is None:
                raise gr.Error(say(language, "gone"), print_exception=False)
            if not visitor.shown.exact:
                raise gr.Error(say(language, "download_wait"), print_exception=False)
            shown = visitor.shown
            wish = Wish(
                photo=shown.photo,
                operator=visitor.operator,
                parameters=dict(visitor.parameters),
                stops=visitor.stops or DEFAULT_STOPS,
                delivery=read_delivery(*delivery),
                toned_base=base == "toned",
                keep_exif=exif,
                language=language,
            )
            name = say(language, f"download_{kind.key}")
            yield draw_pass(say(language, "download_making", name=name)), gr.File(None, visible=False)
            try:
                result = make_file(kind, wish, visitor.new_folder(f"file-{kind.key}"))
            except Exception as error:
                told = _tell(error, name, visitor, language)
                yield draw_pass(str(told), state="failed"), gr.skip()
                if told is error:
                    raise
                raise told from error
            drawn = draw_made(result, language, earlier=visitor.shown is not shown)
            yield drawn, gr.File(str(result.path), visible=True)

        return make_for

    def draw(request: gr.Request, was: str) -> tuple:
        visitor, language = visitors.of(request), language_of(request)
        ready = visitor.shown is not None and visitor.shown.exact
        base, exif, now, round_about = gr.skip(), gr.skip(), was, False
        if visitor.shown is not None:
            photo = visitor.shown.photo
            now = natural_base(photo)
            base = offer_bases(photo, language, choose=now != was)
            exif = gr.Checkbox(visible=photo.picture.exif is not None)
            round_about = _goes_round(photo)
        told = draw_note(visitor, language)
        old = gr.File(None, visible=False)
        shown = [gr.Column(visible=round_about) for _ in panoramas]
        return told, "", old, base, exif, now, *shown, *(gr.Button(interactive=ready) for _ in buttons)

    for kind in FILE_KINDS:
        button = buttons[kind.key]
        button.click(
            shows_errors(make(kind)),
            controls.values,
            [said, made],
            concurrency_limit=AT_ONCE,
            concurrency_id="files",
            show_progress="minimal",
            show_progress_on=button,
            api_visibility="private",
        ).success(None, made, None, js=SAVE_FILE)
    outputs = [note, said, made, controls.base, controls.exif, natural, *panoramas, *buttons.values()]
    return Drawing(draw, [natural], outputs, [])


def _build_card(kind: FileKind) -> tuple[gr.Column, gr.Button]:
    """Lay out a file's card: its button, and what it is for."""
    primary = kind.key == FILE_KINDS[0].key
    classes = "file-card first" if primary else "file-card"
    with gr.Column(min_width=200, visible=not kind.for_panoramas, elem_classes=classes) as card:
        gr.Markdown(label(f"download_{kind.key}_note"), elem_classes="note")
        # Above the note by download.css: the note is read first by nobody but a screen reader.
        button = gr.Button(
            label(f"download_{kind.key}"),
            interactive=False,
            variant="primary" if primary else "secondary",
            size="md",
            elem_id=f"download-{kind.key}",
        )
    return card, button


def _goes_round(photo: ExpandedPhoto) -> bool:
    from hdr_demo.photo import goes_round  # loads torch, which whoever has a photo has loaded

    return goes_round(photo.picture)


def draw_note(visitor: Visitor, language: str) -> str:
    """Say whether files can be made, and what is special about this result, in HTML."""
    if visitor.shown is None or not visitor.shown.exact:
        stopped = visitor.job is not None and visitor.job.stopped
        return html.escape(say(language, "download_stopped" if stopped else "download_wait"))
    photo = visitor.shown.photo
    height, width = photo.hdr.shape[:2]
    lines = [say(language, "download_ready", width=width, height=height)]
    if photo.scale == "paper":
        lines.append(say(language, "download_paper"))
    if _goes_round(photo):
        lines.append(_say_panorama(photo, language))
    if photo.shift:
        lines.append(say(language, "download_shifted", stops=say_stops(photo.shift)))
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines)


def _say_panorama(photo: ExpandedPhoto, language: str) -> str:
    if photo.scale != "radiometric" and not photo.origin:
        return say(language, "download_panorama")
    lux = illuminance(photo.hdr) * REFERENCE_WHITE_NITS
    return say(language, "download_panorama_light", lux=f"{float(f'{lux:.2g}'):,.0f}")


def draw_made(made: Made, language: str, *, earlier: bool = False) -> str:
    """Say what was made: its name, size and headroom, and what it could not hold, in HTML.

    Args:
        made: The file.
        language: "en" or "zh".
        earlier: Whether the page shows something else by now.
    """
    facts = [say(language, "download_made", name=made.path.name, size=say_size(made.path.stat().st_size))]
    if made.headroom is not None:
        stops = f"{made.headroom:.1f}"
        facts.append(
            say(language, "download_no_headroom")
            if made.headroom < 0.05
            else say(language, "download_headroom", stops=stops)
        )
    lines = [_say_loss(loss, language) for loss in made.losses]
    if earlier:
        lines.append(say(language, "download_earlier"))
    drawn = draw_pass(" · ".join(facts), state="exact")
    return drawn + "".join(f'<p class="note">{html.escape(line)}</p>' for line in lines)


def _say_loss(loss: Loss, language: str) -> str:
    return str(loss) if language == "en" else LOSSES_ZH[loss.kind].format(**loss.values)


def _tell(error: Exception, name: str, visitor: Visitor, language: str) -> Exception:
    """Say an error so that a visitor understands it, who knows nothing of the folders of this computer."""
    if isinstance(error, MemoryError):
        return OutputError(say(language, "download_memory", name=name))
    cause = error if isinstance(error, OSError) else error.__cause__
    if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
        return OutputError(say(language, "download_full", name=name))
    if isinstance(error, OutputError):
        return OutputError(_without_folder(str(error), visitor.folder))
    return error


def _without_folder(sentence: str, folder: Path) -> str:
    """Take the folder of the visitor out of a sentence, which is a secret."""
    return re.sub(rf"{re.escape(str(folder))}/(?:[^/\s]+/)*", "", sentence)
