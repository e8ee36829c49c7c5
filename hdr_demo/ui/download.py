"""The tab Download: files of the exact result, made when somebody asks for them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from hdr_demo.exposure import DEFAULT_STOPS, expose
from hdr_demo.io import write_hdr, write_sdr, write_zip
from hdr_demo.tonemap import tone_map
from hdr_demo.ui.drawing import Drawing
from hdr_demo.ui.notices import shows_errors
from hdr_demo.ui.session import Visitor, Visitors
from hdr_demo.ui.text import label, language_of, say

AT_ONCE = 2
# What the browser does with a file that is ready: saves it, as if its link had been clicked.
SAVE_FILE = Path(__file__).with_name("save_file.js").read_text()


@dataclass(frozen=True)
class FileKind:
    """A row of the table of files.

    Attributes:
        key: Of its texts, and of its button on the page.
        write: Writes the file of a visitor's exact result into a folder.
    """

    key: str
    write: Callable[[Visitor, Path], Path]


def _write_light(suffix: str) -> Callable[[Visitor, Path], Path]:
    def write(visitor: Visitor, folder: Path) -> Path:
        photo = visitor.shown.photo
        return write_hdr(folder / f"{photo.name}{suffix}", photo.hdr, alpha=photo.alpha)

    return write


def _write_toned(visitor: Visitor, folder: Path) -> Path:
    photo = visitor.shown.photo
    sdr = tone_map(photo.hdr, visitor.operator, **visitor.parameters)
    return write_sdr(folder / f"{photo.name}_{visitor.operator}.png", sdr, alpha=photo.alpha)


def _write_exposures(visitor: Visitor, folder: Path) -> Path:
    photo = visitor.shown.photo
    files = {}
    for stops in visitor.stops or DEFAULT_STOPS:
        name = f"{photo.name}_{stops:+g}.png"
        files[name] = write_sdr(folder / name, expose(photo.hdr, stops), alpha=photo.alpha)
    archive = write_zip(folder / f"{photo.name}_exposures.zip", files)
    for path in files.values():
        path.unlink()
    return archive


FILE_KINDS = (
    FileKind("hdr", _write_light(".hdr")),
    FileKind("exr", _write_light(".exr")),
    FileKind("png", _write_toned),
    FileKind("zip", _write_exposures),
)


def build_download(visitors: Visitors) -> Drawing:
    """Lay out the tab, inside the `gr.Tabs` that is open."""
    buttons = []
    with gr.Tab(label("download"), id="download", elem_id="tab-download"):
        note = gr.HTML(apply_default_css=False, elem_id="download-note", elem_classes="note")
        with gr.Row(elem_classes="files", equal_height=True):
            for kind in FILE_KINDS:
                with gr.Column(min_width=200, elem_classes="file-card"):
                    gr.Markdown(label(f"download_{kind.key}_note"), elem_classes="note")
                    # Above the note by style.css: the note is read first by nobody but a screen reader.
                    buttons.append(
                        gr.Button(
                            label(f"download_{kind.key}"),
                            interactive=False,
                            variant="primary",
                            size="md",
                            elem_id=f"download-{kind.key}",
                        )
                    )
        made = gr.File(
            label=label("downloaded"), interactive=False, visible=False, elem_id="download-made", type="filepath"
        )

    def make(kind: FileKind) -> Callable[[gr.Request], dict]:
        def make_file(request: gr.Request) -> dict:
            visitor, language = visitors.of(request), language_of(request)
            if visitor.shown is None or not visitor.shown.exact:
                raise gr.Error(say(language, "download_wait"), print_exception=False)
            path = kind.write(visitor, visitor.new_folder(f"file-{kind.key}"))
            return gr.File(str(path), visible=True)

        return make_file

    def draw(request: gr.Request) -> tuple:
        visitor, language = visitors.of(request), language_of(request)
        ready = visitor.shown is not None and visitor.shown.exact
        if ready:
            height, width = visitor.shown.photo.hdr.shape[:2]
            said = say(language, "download_ready", width=width, height=height)
        elif visitor.job is not None and visitor.job.stopped:
            said = say(language, "download_stopped")
        else:
            said = say(language, "download_wait")
        old = gr.File(None, visible=False)
        return said, old, *(gr.Button(interactive=ready) for _ in buttons)

    for kind, button in zip(FILE_KINDS, buttons, strict=True):
        button.click(
            shows_errors(make(kind)),
            None,
            made,
            concurrency_limit=AT_ONCE,
            concurrency_id="files",
            show_progress="minimal",
            show_progress_on=button,
            api_visibility="private",
        ).success(None, made, None, js=SAVE_FILE)
    return Drawing(draw, [], [note, made, *buttons], [])
