"""In the tab Bracket: a merge beside those of other methods, its photos, and the map of where these disagree."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
import numpy as np

from hdr_demo.color import encode_srgb, luminance
from hdr_demo.errors import Stopped
from hdr_demo.tonemap import tone_map
from hdr_demo.ui.bracket_work import BracketWork, Merge
from hdr_demo.ui.notices import shows_errors
from hdr_demo.ui.operator_choice import DEFAULT_OPERATOR
from hdr_demo.ui.photo_panel import draw_pass
from hdr_demo.ui.pictures import write_drawing
from hdr_demo.ui.session import Visitors
from hdr_demo.ui.text import label, language_of, say

if TYPE_CHECKING:
    from hdr_demo.merge.run import MergedBracket

GHOSTS, PHOTO = "ghosts", "photo-"
# Orange of Okabe & Ito's colours, which people with any colour vision tell from grey; display-encoded sRGB.
GHOST_COLOR = np.float32([0.90, 0.62, 0.0])
# Beside the merge, at first.
BESIDE = "debevec"
# Fusions that are made for a screen already.
FOR_DISPLAY = ("mertens",)


@dataclass
class Comparison:
    """The pictures of a comparison.

    Attributes:
        files: By what they show: a method, `GHOSTS`, or `PHOTO` and the number of a photo.
        captions: What to call them.
    """

    files: dict[str, str] = field(default_factory=dict)
    captions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ComparisonParts:
    """The components of a comparison, all hidden until there is one."""

    box: gr.Column
    progress: gr.HTML
    slider: gr.ImageSlider
    left: gr.Dropdown
    right: gr.Dropdown
    gallery: gr.Gallery

    @property
    def outputs(self) -> list[gr.Component]:
        """What `connect_comparison` writes to."""
        return [self.box, self.progress, self.slider, self.left, self.right, self.gallery]


def build_comparison() -> ComparisonParts:
    """Lay out the comparison where a column is open."""
    progress = gr.HTML(apply_default_css=False, elem_id="bracket-compare-progress")
    with gr.Column(visible=False, elem_id="bracket-compare") as box:
        gr.Markdown(label("bracket_compare"), elem_classes="bracket-compare-title")
        slider = gr.ImageSlider(
            type="filepath",
            interactive=False,
            label=label("bracket_compare_slider"),
            show_label=False,
            max_height=600,
            buttons=["fullscreen"],
            elem_id="bracket-compare-slider",
        )
        with gr.Row():
            left, right = (
                gr.Dropdown(
                    [],
                    label=label(f"bracket_compare_{side}"),
                    filterable=False,
                    interactive=True,
                    elem_id=f"bracket-compare-{side}",
                )
                for side in ("left", "right")
            )
        gr.HTML(label("bracket_compare_note"), apply_default_css=False, elem_classes="note")
        gallery = gr.Gallery(
            label=label("bracket_compare_gallery"),
            columns=3,
            object_fit="contain",
            interactive=False,
            elem_id="bracket-compare-gallery",
        )
    return ComparisonParts(box, progress, slider, left, right, gallery)


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
        comparison = draw_comparison(visitor.new_folder("bracket-compare"), merge, job.result, language)
        visitor.compared = comparison
        chosen = [merge.merged.method, BESIDE if merge.merged.method != BESIDE else "reference"]
        choices = [(comparison.captions[key], key) for key in comparison.files]
        yield {
            parts.box: gr.Column(visible=True),
            parts.progress: "",
            parts.slider: tuple(comparison.files[key] for key in reversed(chosen)),
            parts.left: gr.Dropdown(choices, value=chosen[1]),
            parts.right: gr.Dropdown(choices, value=chosen[0]),
            parts.gallery: [(comparison.files[key], caption) for caption, key in choices],
        }

    def choose(left: str, right: str, request: gr.Request) -> tuple[str, str] | dict:
        compared = visitors.of(request).compared
        if compared is None or left not in compared.files or right not in compared.files:
            return gr.skip()
        return compared.files[left], compared.files[right]

    merged.success(
        shows_errors(compare),
        None,
        parts.outputs,
        trigger_mode="multiple",
        concurrency_id="bracket-compare",
        concurrency_limit=1,
        **quiet,
    )
    for side in (parts.left, parts.right):
        side.input(choose, [parts.left, parts.right], parts.slider, queue=False, **quiet)


def draw_comparison(folder: Path, merge: Merge, merged: "dict[str, MergedBracket]", language: str) -> Comparison:
    """Write the pictures of a comparison, all of one size.

    Args:
        folder: An empty one of the visitor's.
        merge: What is compared.
        merged: The results of a screen's size by method, in one frame.
        language: Of the captions.
    """
    drawn = Comparison()

    def add(key: str, caption: str, sdr: np.ndarray) -> None:
        drawn.files[key] = write_drawing(folder, key, sdr)
        drawn.captions[key] = caption

    for method, result in merged.items():
        sdr = (
            encode_srgb(np.clip(result.hdr, 0, 1)) if method in FOR_DISPLAY else tone_map(result.hdr, DEFAULT_OPERATOR)
        )
        add(method, say(language, f"bracket_method_{method}"), sdr)
    own = merged[merge.merged.method]
    largest = np.float32(np.iinfo(own.reference.dtype).max)
    add(GHOSTS, say(language, "bracket_compare_ghosts"), paint_ghosts(own.reference / largest, own.ghosts))
    for number, (photo, name) in enumerate(zip(merge.bracket.photos, merge.bracket.names, strict=True)):
        sdr = photo[own.window] / largest
        add(f"{PHOTO}{number}", say(language, "bracket_compare_photo", name=name), sdr)
    return drawn


def paint_ghosts(reference: np.ndarray, ghosts: np.ndarray) -> np.ndarray:
    """Paint a ghost map over a grey reference.

    Args:
        reference: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        ghosts: As `MergedBracket.ghosts`.

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1].
    """
    grey = (0.15 + 0.7 * luminance(reference))[..., np.newaxis]
    return grey + ghosts[..., np.newaxis] * (GHOST_COLOR - grey)
