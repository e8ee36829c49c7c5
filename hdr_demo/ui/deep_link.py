"""A link that reopens the page at the same photo, tab and settings."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import gradio as gr

from hdr_demo.calibration import SCALES
from hdr_demo.exposure import DEFAULT_STOPS
from hdr_demo.tonemap import TONE_MAPPERS
from hdr_demo.ui.deep_link_text import DEEP_LINK_TEXT
from hdr_demo.ui.examples import find_examples
from hdr_demo.ui.exposures import CHOICES
from hdr_demo.ui.network import Networks
from hdr_demo.ui.notices import shows_errors
from hdr_demo.ui.operator_choice import DEFAULT_OPERATOR
from hdr_demo.ui.photo_panel import PhotoPanel
from hdr_demo.ui.session import Visitor, Visitors
from hdr_demo.ui.shares import Share
from hdr_demo.ui.text import LANGUAGES, language_of

SCRIPT = Path(__file__).with_name("deep_link.js").read_text(encoding="utf-8")
LONGEST_VALUE = 200
MOST_KEYS = 60
# Beyond these the viewer's own sliders end.
LOWEST_STOPS, HIGHEST_STOPS = -12.0, 8.0
SHOWN_AS = ("picture", "stops")
NO_SPLIT = "off"


@dataclass(frozen=True)
class Linked:
    """What a link asks for; what it does not say, or says wrongly, is None or missing.

    Attributes:
        photo: The name of an example or the key of a visitor's photo; empty for none.
        scale: One of `calibration.SCALES`.
        checkpoint: One that is offered here.
        operator: Of the tab Tone mapping.
        parameters: Its parameters.
        exposures: Those chosen in the tab Exposures.
        viewer: The settings of the viewer that it names.
    """

    photo: str = ""
    scale: str | None = None
    checkpoint: str | None = None
    operator: str | None = None
    parameters: dict[str, float] = field(default_factory=dict)
    exposures: tuple[float, ...] | None = None
    viewer: dict[str, object] = field(default_factory=dict)


def build_link_button(page: gr.Blocks) -> gr.HTML:
    """Lay out the button, inside the header that is open; `connect_link` makes it work."""
    button = gr.HTML(
        html_template='<div class="deep-link"></div>', js_on_load=SCRIPT, apply_default_css=False, elem_id="deep-link"
    )

    def say_texts(request: gr.Request) -> dict:
        column = LANGUAGES.index(language_of(request))
        return {"kind": "texts", "texts": {key: said[column] for key, said in DEEP_LINK_TEXT.items()}}

    page.load(say_texts, None, button, queue=False, show_progress="hidden", api_visibility="private")
    return button


def connect_link(
    button: gr.HTML,
    visitors: Visitors,
    networks: Networks,
    panel: PhotoPanel,
    tone: Sequence[gr.components.Component],
    exposures: gr.CheckboxGroup,
) -> None:
    """Make links when the button is pressed, and open what the page's own address names.

    Args:
        button: What `build_link_button` gave.
        visitors: Everybody who is here.
        networks: The checkpoints that are offered.
        panel: Where photos are opened.
        tone: The choice of the tab Tone mapping: the operator, and the sliders of all of them in their order.
        exposures: The choice of the tab Exposures.
    """
    examples = {each.path.stem: each.path for each in find_examples()}
    operator, *sliders = tone
    places = [(name, each.name) for name, row in TONE_MAPPERS.items() for each in row.parameters]

    def arrive(event: gr.EventData, request: gr.Request) -> dict:
        visitor, linked = visitors.of(request), read_link(getattr(event, "query", {}), networks.names)
        visitor.linked = linked.photo
        said: dict = {button: {"kind": "settings", "viewer": linked.viewer}}
        if linked.scale is not None:
            visitor.scale = said[panel.scale] = linked.scale
        if linked.checkpoint is not None:
            visitor.checkpoint = said[panel.checkpoint] = linked.checkpoint
        if linked.operator is not None:
            said[operator] = linked.operator
            for place, slider in zip(places, sliders, strict=True):
                if place[0] == linked.operator and place[1] in linked.parameters:
                    said[slider] = linked.parameters[place[1]]
        if linked.exposures is not None:
            said[exposures] = list(linked.exposures)
        return said

    def find(visitor: Visitor, language: str) -> Path | Share | str:
        name, visitor.linked = visitor.linked, ""
        gone = DEEP_LINK_TEXT["gone"][LANGUAGES.index(language)] if name else ""
        return examples.get(name) or visitors.shares.find(name) or gone

    def make_link(event: gr.EventData, request: gr.Request) -> dict:
        visitor = visitors.of(request)
        query = write_link(visitor)
        is_own = visitor.shown is not None and not visitor.example
        if is_own:
            query["photo"] = visitors.shares.add(visitor)
        return {"kind": "link", "number": getattr(event, "number", 0), "query": query, "own": is_own}

    quiet = {"show_progress": "hidden", "queue": False, "api_visibility": "private"}
    arrived = button.arrive(
        shows_errors(arrive), None, [button, panel.scale, panel.checkpoint, operator, *sliders, exposures], **quiet
    )
    panel.opens(arrived.success, find)
    button.link(shows_errors(make_link), None, button, **quiet)


def read_link(query: object, checkpoints: Sequence[str]) -> Linked:
    """Read the query of a link. Whatever is no value that the page itself could have written is left out.

    Args:
        query: Keys and values as they stand in the address.
        checkpoints: Those that are offered.
    """
    if not isinstance(query, Mapping) or len(query) > MOST_KEYS:
        return Linked()
    said = {key: value for key, value in query.items() if isinstance(value, str) and len(value) <= LONGEST_VALUE}
    operator = _one_of(said.get("tone"), TONE_MAPPERS)
    return Linked(
        photo=said.get("photo", ""),
        scale=_one_of(said.get("scale"), SCALES),
        checkpoint=_one_of(said.get("checkpoint"), checkpoints),
        operator=operator,
        parameters=_parameters(said, "tone", operator),
        exposures=_exposures(said.get("exposures")),
        viewer=_viewer(said),
    )


def write_link(visitor: Visitor) -> dict[str, str]:
    """Write what the server knows of a visitor's settings; defaults, and a photo of their own, are left out."""
    query = {"photo": visitor.example} if visitor.shown is not None and visitor.example else {}
    if visitor.scale != SCALES[0]:
        query["scale"] = visitor.scale
    if visitor.checkpoint:
        query["checkpoint"] = visitor.checkpoint
    defaults = {each.name: each.default for each in TONE_MAPPERS[visitor.operator].parameters}
    chosen = {name: value for name, value in visitor.parameters.items() if value != defaults[name]}
    if chosen or visitor.operator != DEFAULT_OPERATOR:
        query["tone"] = visitor.operator
        query |= {f"tone.{name}": f"{value:g}" for name, value in chosen.items()}
    if visitor.stops and visitor.stops != tuple(sorted(DEFAULT_STOPS)):
        query["exposures"] = ",".join(f"{stops:g}" for stops in visitor.stops)
    return query


def _one_of(value: str | None, names: Sequence[str] | Mapping[str, object]) -> str | None:
    return value if value in names else None


def _number(text: str | None, low: float, high: float) -> float | None:
    """Read a number and bring it into a range; None for what is no number."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return min(max(value, low), high) if math.isfinite(value) else None


def _parameters(said: Mapping[str, str], prefix: str, operator: str | None) -> dict[str, float]:
    rows = TONE_MAPPERS[operator].parameters if operator else ()
    read = {row.name: _number(said.get(f"{prefix}.{row.name}"), row.minimum, row.maximum) for row in rows}
    return {name: value for name, value in read.items() if value is not None}


def _exposures(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    read = {_number(each, CHOICES[0], CHOICES[-1]) for each in text.split(",")}
    return tuple(sorted(read & set(CHOICES))) or None


def _viewer(said: Mapping[str, str]) -> dict[str, object]:
    operator = _one_of(said.get("operator"), TONE_MAPPERS)
    split = said.get("split")
    read = {
        "operator": operator,
        "parameters": _parameters(said, "operator", operator) or None,
        "stops": _number(said.get("stops"), LOWEST_STOPS, HIGHEST_STOPS),
        "split": _number(split, 0.0, 1.0),
        "compare": False if split == NO_SPLIT else None,
        "show": _one_of(said.get("show"), SHOWN_AS),
        "zebra": {"1": True, "0": False}.get(said.get("zebra", "")),
    }
    return {name: value for name, value in read.items() if value is not None}
