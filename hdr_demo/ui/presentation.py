"""The presentation for a lecture hall: a button in the header, and the story in steps on the whole screen."""

from collections.abc import Iterator
from dataclasses import dataclass

import gradio as gr

from hdr_demo.color import encode_srgb
from hdr_demo.ui.drawing import AT_ONCE
from hdr_demo.ui.examples import caption_of, draw_thumbnail
from hdr_demo.ui.exhibition import DRAWINGS, Exhibition, draw, exhibit
from hdr_demo.ui.notices import say_error, shows_errors
from hdr_demo.ui.presentation_text import PRESENTATION_TEXT
from hdr_demo.ui.session import Shown, Visitor, Visitors
from hdr_demo.ui.text import LANGUAGES, language_of
from hdr_demo.ui.viewer_shader import viewer_script

# The name of the photo that the visitor gave, among those of the examples.
OWN = "own"
PRESENTED_AT_ONCE = 2


@dataclass(frozen=True)
class Shelf:
    """What there is to present to one visitor.

    Attributes:
        own: Their own result, which comes first; None where there is none.
        names: All of them, in order.
    """

    own: Shown | None
    names: tuple[str, ...]


def build_presentation(page: gr.Blocks, visitors: Visitors, exhibition: Exhibition) -> None:
    """Lay out the button, inside the header that is open, and connect what it opens.

    Args:
        page: The page that is open.
        visitors: Everybody who is here.
        exhibition: The examples.
    """
    presentation = gr.HTML(
        html_template='<div class="presentation"></div>',
        js_on_load=viewer_script("presentation_painter", "presentation"),
        apply_default_css=False,
        elem_id="presentation",
    )

    def say_texts(request: gr.Request) -> dict:
        column = LANGUAGES.index(language_of(request))
        return {"kind": "texts", "texts": {key: said[column] for key, said in PRESENTATION_TEXT.items()}}

    def show_photo(event: gr.EventData, request: gr.Request) -> Iterator[dict]:
        visitor, language = visitors.of(request), language_of(request)
        wanted = str(getattr(event, "photo", ""))
        shelf = find_shelf(visitors, exhibition, visitor, wanted)
        photo = choose_photo(shelf, wanted)
        number = getattr(event, "number", 0)
        said = {"kind": "photo", "number": number, "photo": photo, "shelf": describe_shelf(shelf, exhibition, language)}
        try:
            if photo == OWN:
                ready = exhibit(shelf.own, visitor.new_folder("presentation"), (language,))
            else:
                ready = exhibition.preview(photo)
                if not ready.exact:
                    yield said | {"exact": False, "origin": ready.origin, "data": ready.data[language]}
                    ready = exhibition.exact(photo)
            yield said | {"exact": ready.exact, "origin": ready.origin, "data": ready.data[language]}
        except Exception as error:
            yield {"kind": "failed", "number": number, "photo": photo, "message": say_error(error, language)}
            raise

    def prepare_next(event: gr.EventData) -> None:
        name = str(getattr(event, "photo", ""))
        if name in exhibition.examples:
            exhibition.preview(name)

    def draw_wanted(event: gr.EventData, request: gr.Request) -> dict:
        visitor = visitors.of(request)
        photo, key = str(getattr(event, "photo", "")), str(getattr(event, "key", ""))
        names = getattr(event, "names", [])
        if not isinstance(names, list) or not set(map(str, names)) <= set(DRAWINGS):
            return gr.skip()
        if photo in exhibition.examples:
            drawn = {name: exhibition.draw(photo, name) for name in names}
        else:
            own = find_shelf(visitors, exhibition, visitor, key).own
            if own is None:
                return gr.skip()
            folder = visitor.new_folder("presented")
            drawn = {name: draw(own.view, name, folder) for name in names}
        return {"kind": "drawings", "photo": photo, "drawings": drawn}

    quiet = {"show_progress": "hidden", "trigger_mode": "multiple", "api_visibility": "private"}
    presentation.photo(shows_errors(show_photo), None, presentation, concurrency_limit=PRESENTED_AT_ONCE, **quiet)
    presentation.next(shows_errors(prepare_next), None, None, concurrency_limit=1, **quiet)
    presentation.draw(shows_errors(draw_wanted), None, presentation, concurrency_limit=AT_ONCE, **quiet)
    page.load(say_texts, None, presentation, queue=False, show_progress="hidden", api_visibility="private")


def find_shelf(visitors: Visitors, exhibition: Exhibition, visitor: Visitor, wanted: str) -> Shelf:
    """Find what a visitor may present: their own photo, or the one that a link names, and the examples.

    An example that stands on their page already comes first, with the result that they look at.

    Args:
        visitors: Everybody who is here.
        exhibition: The examples.
        visitor: Who presents.
        wanted: What is to be presented: the name of an example, `OWN`, the key of a link, or anything.
    """
    share = visitors.shares.find(wanted)
    own = visitor.shown if share is None else share.best()
    return Shelf(own, (*([] if own is None else [OWN]), *exhibition.examples))


def choose_photo(shelf: Shelf, wanted: str) -> str:
    """Choose the photo that is wanted; where there is none of that name, the first."""
    return wanted if wanted in shelf.names else next(iter(shelf.names), "")


def describe_shelf(shelf: Shelf, exhibition: Exhibition, language: str) -> list[dict[str, str]]:
    """Describe what there is to choose from: name, caption and a small picture of each."""
    rows = []
    for name in shelf.names:
        if name == OWN:
            caption = PRESENTATION_TEXT["own"][LANGUAGES.index(language)]
            rows.append((name, caption, draw_thumbnail(encode_srgb(shelf.own.view.photo))))
        else:
            example = exhibition.examples[name]
            rows.append((name, caption_of(example, language), example.thumbnail))
    return [{"photo": name, "caption": caption, "thumbnail": thumbnail} for name, caption, thumbnail in rows]
