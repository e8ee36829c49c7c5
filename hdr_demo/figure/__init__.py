"""A figure of one page, as in a paper: the photo, exposures of it and of its HDR image, and the tone-mapped picture."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.exposure import expose
from hdr_demo.figure.fonts import font_for, writes_chinese
from hdr_demo.figure.layout import arrange
from hdr_demo.figure.page import GREY, PAGE_HEIGHT, PAGE_WIDTH, Box, Line, Page, Placed
from hdr_demo.figure.pdf import encode_page_pdf
from hdr_demo.figure.pictures import FigureSize
from hdr_demo.figure.png import encode_page_png
from hdr_demo.figure.text import LANGUAGES, name_pictures, write_caption
from hdr_demo.io.output import replacing, writer_for
from hdr_demo.tonemap import tone_map

# Photos are darkened to show what their white hides; 0 shows that nothing else was changed.
FIGURE_STOPS = (-4.0, -2.0, 0.0)

FIGURE_FORMATS: dict[str, Callable[[Page], bytes]] = {".pdf": encode_page_pdf, ".png": encode_page_png}

MARGIN = 26.0
TITLE_SIZE, NAME_SIZE, SMALLEST_SIZE, CAPTION_SIZE = 20.0, 10.0, 4.0, 10.0
LEADING = 1.4  # from one line's baseline to the next, in their size
_FINE = 10  # widths are measured in tenths of a point
# A word with the blanks after it, or one Chinese letter with the punctuation that must not begin a line.
_BREAKS = re.compile(
    r"[\u3000-\u9fff\uff00-\uffef][，。；：、）”]*|[^\s\u3000-\u9fff\uff00-\uffef]+\s*[，。；：、）”]*|\s+"
)


def write_figure(
    path: str | os.PathLike[str],
    photo: ExpandedPhoto,
    *,
    operator: str = "reinhard",
    parameters: Mapping[str, float] | None = None,
    stops: Sequence[float] = FIGURE_STOPS,
    title: str | None = None,
    language: str = "en",
) -> Path:
    """Write a figure of a photo: a page of 16:9 for slides and papers.

    The PDF's text is text, in an embedded font; what is written in other than Latin letters is painted, and can be
    searched and copied all the same.

    Args:
        path: The file, `.pdf` or `.png` (3840×2160 pixels). One that exists is replaced; it appears whole or not at
            all.
        photo: The photo and its HDR image.
        operator: The tone mapper, a key of `TONE_MAPPERS`.
        parameters: Its parameters by name; those left out take their defaults.
        stops: The exposures shown; without any, `FIGURE_STOPS`.
        title: Above the pictures; without one, the photo's name.
        language: "en" or "zh"; where no font has Chinese letters, English.

    Returns:
        The file.

    Raises:
        OutputError: If the suffix is another one, or the file cannot be written.
        ValueError: For an unknown operator, parameter or language, or a value out of its range.
    """
    path = Path(path)
    encode = writer_for(path, FIGURE_FORMATS)
    toned = tone_map(photo.hdr, operator, **(parameters or {}))
    title = photo.name if title is None else title
    page = compose(photo, toned, operator, tuple(stops) or FIGURE_STOPS, title, language)
    with replacing(path) as temporary:
        temporary.write_bytes(encode(page))
    return path


def compose(
    photo: ExpandedPhoto, toned: np.ndarray, operator: str, stops: Sequence[float], title: str, language: str
) -> Page:
    """Lay out a figure.

    Args:
        photo: The photo and its HDR image.
        toned: The tone-mapped HDR image, display-encoded sRGB, float32, (H, W, 3), [0, 1].
        operator: What mapped it.
        stops: The exposures shown, at least one.
        title: Above the pictures.
        language: One of `LANGUAGES`.

    Returns:
        The page.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
    if language != "en" and not writes_chinese():
        language = "en"
    width = PAGE_WIDTH - 2 * MARGIN
    lines = []
    top = MARGIN
    if title.strip():
        lines.append(_fit(title, MARGIN, MARGIN + 0.75 * TITLE_SIZE, width, TITLE_SIZE))
        top += 1.3 * TITLE_SIZE
    caption = wrap(write_caption(photo, stops, language), width, CAPTION_SIZE)
    leading = LEADING * CAPTION_SIZE
    bottom = PAGE_HEIGHT - MARGIN - len(caption) * leading
    for number, text in enumerate(caption):
        lines.append(Line(text, MARGIN, bottom + (number + 1) * leading - 0.2 * CAPTION_SIZE, CAPTION_SIZE, GREY))

    height, width_px = photo.hdr.shape[:2]
    area = Box(MARGIN, top, width, bottom - 0.8 * leading - top)
    found = arrange(width_px / height, len(stops), area)
    boxes = [found.photo, found.toned, *(box for pair in found.exposures for box in pair)]
    names = name_pictures(photo, operator, stops, language)
    sizes = [_size_of(names[:2], boxes[0].width), _size_of(names[2:], boxes[2].width)]
    for number, (name, box) in enumerate(zip(names, boxes, strict=True)):
        lines.append(Line(name, box.left, box.top - 4, sizes[min(number // 2, 1)]))

    large, small = FigureSize(photo, boxes[0]), FigureSize(photo, boxes[2])
    pictures = [Placed(large.paint(large.ldr), boxes[0]), Placed(large.paint(large.fit(toned)), boxes[1])]
    for change, (before, after) in zip(stops, found.exposures, strict=True):
        pictures.append(Placed(small.paint(expose(small.light, change)), before))
        pictures.append(Placed(small.paint(expose(small.hdr, change)), after))
    return Page(title, tuple(pictures), tuple(lines))


def wrap(text: str, width: float, size: float) -> list[str]:
    """Break a text into lines that are no wider than something, between words or before a Chinese letter."""
    lines, font = [""], font_for(text, size * _FINE)
    for part in _BREAKS.findall(text):
        if lines[-1] and font.getlength(lines[-1] + part.rstrip()) > width * _FINE:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += part
    return lines


def _fit(text: str, left: float, baseline: float, width: float, size: float) -> Line:
    """Make a line that is no wider than something: shortened with an ellipsis."""
    font = font_for(text, size * _FINE)
    shown = text
    while len(shown) > 1 and font.getlength(shown) > width * _FINE:
        shown = f"{shown[:-2].rstrip()}…"
    return Line(shown, left, baseline, size)


def _size_of(names: Sequence[str], width: float) -> float:
    """Find the largest size, up to the usual one, at which names fit above their pictures."""
    widest = max(font_for(name, NAME_SIZE * _FINE).getlength(name) / _FINE for name in names)
    return max(SMALLEST_SIZE, min(1.0, width / widest) * NAME_SIZE)
