"""The example photos: a row of buttons."""

import base64
import html
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hdr_demo.io import read_ldr, write_sdr
from hdr_demo.resize import resize_image
from hdr_demo.ui.text import TEXT, say

FOLDER = Path(__file__).resolve().parents[2] / "examples"
THUMBNAIL_HEIGHT = 160


@dataclass(frozen=True)
class Example:
    """A photo of the repository and a small picture of it.

    Attributes:
        path: The photo.
        thumbnail: A `data:` address, so that the page needs no file for it.
    """

    path: Path
    thumbnail: str


def find_examples(folder: Path = FOLDER) -> list[Example]:
    """Find the example photos, in the order of their names; none where the folder is missing."""
    return [Example(path, _shrink(path)) for path in sorted(folder.glob("*.jpg"))]


def draw_examples(examples: list[Example], language: str) -> str:
    """Draw the examples as buttons, in HTML; examples.js reports which one was pressed."""
    if not examples:
        return ""
    buttons = "".join(
        f'<button type="button" data-number="{number}"><img src="{example.thumbnail}" alt="">'
        f"<span>{html.escape(_caption(example, language))}</span></button>"
        for number, example in enumerate(examples)
    )
    return f'<p class="note">{html.escape(say(language, "examples"))}</p><div class="examples">{buttons}</div>'


def _caption(example: Example, language: str) -> str:
    key = f"example_{example.path.stem}"
    return say(language, key) if key in TEXT else example.path.stem.replace("_", " ")


def _shrink(path: Path) -> str:
    ldr = read_ldr(path).ldr
    height, width = ldr.shape[:2]
    factor = THUMBNAIL_HEIGHT / height
    small = resize_image(ldr, THUMBNAIL_HEIGHT, max(1, round(width * factor)))
    with tempfile.TemporaryDirectory() as folder:
        stored = write_sdr(Path(folder) / "small.jpg", small, quality=85).read_bytes()
    return "data:image/jpeg;base64," + base64.b64encode(stored).decode()
