"""The examples, photos and scenes: a row of buttons for each."""

import base64
import functools
import html
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from hdr_demo.io import read_ldr, write_sdr
from hdr_demo.resize import resize_image
from hdr_demo.ui.text import TEXT, say
from hdr_demo.ui.truth_camera import Settings, look_at_light, open_scene, take_shot

FOLDER = Path(__file__).resolve().parents[2] / "examples"
CLIP = FOLDER / "pedestrian_overpass_pan.mp4"
BRACKET_SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
THUMBNAIL_HEIGHT = 160


@dataclass(frozen=True)
class Example:
    """A photo or a scene of the repository and a small picture of it.

    Attributes:
        path: Its file.
        picture: What it is shown by: gives display-encoded sRGB, float32, (H, W, 3), [0, 1].
    """

    path: Path
    picture: Callable[[], np.ndarray]

    @functools.cached_property
    def thumbnail(self) -> str:
        """A `data:` address, so that the page needs no file for it; drawn when it is first shown."""
        return draw_thumbnail(self.picture())


@functools.cache
def find_examples(folder: Path = FOLDER) -> list[Example]:
    """Find the example photos, in the order of their names; none where the folder is missing."""
    return [Example(path, partial(_read, path)) for path in sorted(folder.glob("*.jpg"))]


def find_scenes(folder: Path = FOLDER / "scenes") -> list[Example]:
    """Find the example scenes likewise; the small picture is what the camera sees first."""
    return [Example(path, partial(_look, path)) for path in sorted(folder.glob("*.exr"))]


def find_brackets(folder: Path = FOLDER / "bracket") -> list[Example]:
    """Find the example brackets: the folder, or folders in it, that hold several photos; shown by the middle one."""
    found = [(each, list_photos(each)) for each in (folder, *sorted(folder.glob("*/")))]
    return [Example(each, partial(_read, photos[len(photos) // 2])) for each, photos in found if len(photos) > 1]


def list_photos(folder: Path) -> list[Path]:
    """List the photos of an example bracket, in the order of their names."""
    return sorted(path for path in folder.glob("*") if path.suffix.lower() in BRACKET_SUFFIXES)


def draw_examples(examples: list[Example], title: str, language: str) -> str:
    """Draw examples as buttons, in HTML; examples.js reports which one was pressed.

    Args:
        examples: What `find_examples` or `find_scenes` gave.
        title: The key of the text above them.
        language: One of `text.LANGUAGES`.
    """
    if not examples:
        return ""
    buttons = "".join(
        f'<button type="button" data-number="{number}"><img src="{example.thumbnail}" alt="">'
        f"<span>{html.escape(caption_of(example, language))}</span></button>"
        for number, example in enumerate(examples)
    )
    return f'<p class="note">{html.escape(say(language, title))}</p><div class="examples">{buttons}</div>'


def caption_of(example: Example, language: str) -> str:
    """Name an example; one that is not in the table, by its file."""
    key = f"example_{example.path.stem}"
    return say(language, key) if key in TEXT else example.path.stem.replace("_", " ")


def _read(path: Path) -> np.ndarray:
    return read_ldr(path).ldr


def _look(path: Path) -> np.ndarray:
    scene = open_scene(path)
    yaw, pitch = look_at_light(scene)
    return take_shot(scene, Settings(yaw=yaw, pitch=pitch)).ldr


def draw_thumbnail(ldr: np.ndarray) -> str:
    """Draw a small copy of a picture, display-encoded sRGB, float32, (H, W, 3), [0, 1], as a `data:` address."""
    height, width = ldr.shape[:2]
    factor = THUMBNAIL_HEIGHT / height
    small = resize_image(ldr, THUMBNAIL_HEIGHT, max(1, round(width * factor)))
    with tempfile.TemporaryDirectory() as folder:
        stored = write_sdr(Path(folder) / "small.jpg", small, quality=85).read_bytes()
    return "data:image/jpeg;base64," + base64.b64encode(stored).decode()
