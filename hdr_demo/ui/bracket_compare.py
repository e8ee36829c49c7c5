"""In the tab Bracket: a merge beside those of other methods, its photos, and the map of where these disagree."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
import numpy as np

from hdr_demo.color import encode_srgb, luminance
from hdr_demo.errors import Stopped
from hdr_demo.tonemap import measure, tone_map
from hdr_demo.ui.bracket_compare_text import WIPE_TEXT
from hdr_demo.ui.bracket_work import BracketWork, Merge
from hdr_demo.ui.false_color import css_color
from hdr_demo.ui.notices import say_error, shows_errors
from hdr_demo.ui.operator_choice import DEFAULT_OPERATOR
from hdr_demo.ui.photo_panel import draw_pass
from hdr_demo.ui.pictures import write_drawing
from hdr_demo.ui.session import Visitors
from hdr_demo.ui.text import LANGUAGES, label, language_of, say
from hdr_demo.ui.viewer import link

if TYPE_CHECKING:
    from hdr_demo.merge.run import MergedBracket

HERE = Path(__file__).parent
SCRIPT = "\n".join((HERE / f"{part}.js").read_text() for part in ("viewer_controls", "viewer_stage", "bracket_compare"))
GHOSTS, PHOTO = "ghosts", "photo-"
# ColorBrewer's sequential scheme YlOrBr (Harrower & Brewer 2003), which colour-blind people can read, from dark to
# pale; display-encoded sRGB, 8 bit. It stands on a dark grey, so that more disagreement is brighter for everybody.
GHOST_COLORS = np.array(
    [(153, 52, 4), (217, 95, 14), (254, 153, 41), (254, 217, 142), (255, 255, 212)], np.float32
) / np.float32(255)
# Codes of the grey below the colours: black and white.
GREY = (0.08, 0.5)
# From which disagreement on the colour covers the grey.
COVERED = 0.2
LEGEND_CELLS = 48
# Beside the merge, at first.
BESIDE = "debevec"
# Fusions that are made for a screen already.
FOR_DISPLAY = ("mertens",)


@dataclass(frozen=True)
class ComparedPicture:
    """A picture of a comparison.

    Attributes:
        key: What it shows: a method, `GHOSTS`, or `PHOTO` and the number of a photo.
        name: What to call it.
        file: Where it lies.
    """

    key: str
    name: str
    file: str


@dataclass(frozen=True)
class ComparisonParts:
    """The components of a comparison, all hidden until there is one."""

    box: gr.Column
    progress: gr.HTML
    wipe: gr.HTML
    gallery: gr.Gallery

    @property
    def outputs(self) -> list[gr.Component]:
        """What `connect_comparison` writes to."""
        return [self.box, self.progress, self.wipe, self.gallery]


def build_comparison() -> ComparisonParts:
    """Lay out the comparison where a column is open."""
    progress = gr.HTML(apply_default_css=False, elem_id="bracket-compare-progress")
    with gr.Column(visible=False, elem_id="bracket-compare") as box:
        gr.Markdown(label("bracket_compare"), elem_classes="bracket-compare-title")
        wipe = gr.HTML(
            html_template='<div class="wipe"></div>',
            js_on_load=SCRIPT,
            apply_default_css=False,
            elem_id="bracket-wipe",
        )
        gr.HTML(label("bracket_compare_note"), apply_default_css=False, elem_classes="note")
        gallery = gr.Gallery(
            label=label("bracket_compare_gallery"),
            columns=3,
            height="auto",
            object_fit="contain",
            interactive=False,
            elem_id="bracket-compare-gallery",
        )
    return ComparisonParts(box, progress, wipe, gallery)


def connect_comparison(
    merged: gr.events.Dependency, parts: ComparisonParts, visitors: Visitors, work: BracketWork
) -> None:
    """Compare whenever a merge is done.

    Args:
        merged: The event after whose success there is a merge.
        parts: The components.
        visitors: Everybody who is here.
        work: What merges.
    """
    quiet = {"show_progress": "hidden", "api_visibility": "private"}

    def compare(request: gr.Request) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        merge = visitor.merge
        if merge is None or visitor.merging is not None:
            yield {parts.progress: gr.skip()}
            return
        visitor.drop_comparison()
        job = visitor.comparison = work.new_comparison(merge)
        yield {parts.box: gr.Column(visible=False), parts.progress: draw_pass(say(language, "bracket_comparing"))}
        try:
            for step in job.follow():
                visitor.stay()
                yield {parts.progress: draw_pass(say(language, "bracket_comparing"), step.share or None)}
        except Stopped:  # something else takes its place
            yield {parts.progress: ""}
            return
        except Exception as error:
            yield {parts.progress: draw_pass(say_error(error, language), state="failed")}
            raise
        pictures = draw_comparison(visitor.new_folder("bracket-compare"), merge, job.result, language)
        yield {
            parts.box: gr.Column(visible=True),
            parts.progress: "",
            parts.wipe: describe_wipe(pictures, merge, job.result, language),
            parts.gallery: [(picture.file, picture.name) for picture in pictures],
        }

    merged.success(
        shows_errors(compare),
        None,
        parts.outputs,
        trigger_mode="multiple",
        concurrency_id="bracket-compare",
        concurrency_limit=1,
        **quiet,
    )


def draw_comparison(
    folder: Path, merge: Merge, merged: "dict[str, MergedBracket]", language: str
) -> list[ComparedPicture]:
    """Write the pictures of a comparison, all of one size.

    Args:
        folder: An empty one of the visitor's.
        merge: What is compared.
        merged: The results of a screen's size by method, in one frame.
        language: Of the names.
    """
    drawn = []

    def add(key: str, name: str, sdr: np.ndarray) -> None:
        drawn.append(ComparedPicture(key, name, write_drawing(folder, key, sdr)))

    own = merged[merge.merged.method]
    # One exposure for all: what an operator measures of an image, it measures of this one.
    light = next(result.hdr for method, result in merged.items() if method not in FOR_DISPLAY)
    statistics = measure(light, DEFAULT_OPERATOR)
    for method, result in merged.items():
        if method in FOR_DISPLAY:
            sdr = encode_srgb(np.clip(result.hdr, 0, 1))
        else:
            sdr = tone_map(result.hdr, DEFAULT_OPERATOR, statistics=statistics)
        add(method, say(language, f"bracket_method_{method}"), sdr)
    largest = np.float32(np.iinfo(own.reference.dtype).max)
    add(GHOSTS, say(language, "bracket_compare_ghosts"), paint_ghosts(own.reference / largest, own.ghosts))
    for number, (photo, name) in enumerate(zip(merge.bracket.photos, merge.bracket.names, strict=True)):
        add(f"{PHOTO}{number}", say(language, "bracket_compare_photo", name=name), photo[own.window] / largest)
    return drawn


def describe_wipe(
    pictures: list[ComparedPicture], merge: Merge, merged: "dict[str, MergedBracket]", language: str
) -> dict[str, object]:
    """Give bracket_compare.js what it shows; the merge stands on the right at first."""
    method = merge.merged.method
    height, width = merged[method].ghosts.shape
    return {
        "pictures": [{"key": each.key, "name": each.name, "url": link(each.file)} for each in pictures],
        "left": BESIDE if method != BESIDE else "reference",
        "right": method,
        "map": GHOSTS,
        "width": width,
        "height": height,
        "legend": draw_ghost_legend(language),
        "texts": {key: said[LANGUAGES.index(language)] for key, said in WIPE_TEXT.items()},
    }


def paint_ghosts(reference: np.ndarray, ghosts: np.ndarray) -> np.ndarray:
    """Paint a ghost map over a grey reference.

    Args:
        reference: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        ghosts: As `MergedBracket.ghosts`.

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1].
    """
    black, white = GREY
    grey = (black + (white - black) * luminance(reference))[..., np.newaxis]
    places = np.clip(ghosts, 0, 1) * (len(GHOST_COLORS) - 1)
    color = np.stack([np.interp(places, range(len(GHOST_COLORS)), channel) for channel in GHOST_COLORS.T], axis=-1)
    cover = np.clip(ghosts / COVERED, 0, 1)[..., np.newaxis]
    return (grey + cover * (color - grey)).astype(np.float32)


def draw_ghost_legend(language: str) -> str:
    """Draw what the colours of `paint_ghosts` mean, as HTML: from no disagreement on the left to the most."""
    ghosts = np.linspace(0, 1, LEGEND_CELLS, dtype=np.float32)[np.newaxis]
    colors = paint_ghosts(np.full((1, LEGEND_CELLS, 3), 0.5, np.float32), ghosts)[0]
    cells = "".join(f'<i style="background:{css_color(color)}"></i>' for color in colors)
    ends = (say(language, "bracket_compare_agree"), say(language, "bracket_compare_differ"))
    said = "".join(f"<span>{html.escape(end)}</span>" for end in ends)
    title = html.escape(say(language, "bracket_compare_legend"))
    return (
        f'<div class="legend" role="img" aria-label="{title}"><div class="cells">{cells}</div></div>'
        f'<div class="wipe-ends" aria-hidden="true">{said}</div>'
    )
