"""A page as pixels."""

import io

import numpy as np
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from hdr_demo.figure.fonts import font_for
from hdr_demo.figure.page import FRAME, FRAME_WIDTH, PAGE_HEIGHT, PAGE_WIDTH, PIXELS_PER_POINT, Line, Page

_TITLE_KEY = "Title"  # W3C Portable Network Graphics, third edition, section 11.3.3.1


def encode_page_png(page: Page) -> bytes:
    """Draw a page as a PNG of 3840×2160 pixels.

    Args:
        page: Its pictures have the size of their boxes in pixels already.

    Returns:
        The file.
    """
    canvas = Image.new("RGB", (round(PAGE_WIDTH * PIXELS_PER_POINT), round(PAGE_HEIGHT * PIXELS_PER_POINT)), "white")
    draw = ImageDraw.Draw(canvas)
    for placed in page.pictures:
        left, top = round(placed.box.left * PIXELS_PER_POINT), round(placed.box.top * PIXELS_PER_POINT)
        height, width, _ = placed.codes.shape
        rim = round(FRAME_WIDTH * PIXELS_PER_POINT)
        draw.rectangle((left - rim, top - rim, left + width + rim - 1, top + height + rim - 1), _grey(FRAME))
        canvas.paste(Image.fromarray(placed.codes), (left, top))
    for line in page.lines:
        draw_line(draw, line, line.left * PIXELS_PER_POINT, line.baseline * PIXELS_PER_POINT, PIXELS_PER_POINT)
    tags, file = PngInfo(), io.BytesIO()
    tags.add(b"sRGB", b"\0")
    tags.add_itxt(_TITLE_KEY, page.title)
    tags.add(b"pHYs", (round(PIXELS_PER_POINT * 72 / 0.0254)).to_bytes(4, "big") * 2 + b"\1")
    canvas.save(file, "PNG", pnginfo=tags)
    return file.getvalue()


def draw_line(draw: ImageDraw.ImageDraw, line: Line, left: float, baseline: float, scale: float) -> None:
    """Draw a line of text.

    Args:
        draw: On what.
        line: The line; where it lies on its page is not looked at.
        left: Where it begins, in pixels.
        baseline: What it stands on, in pixels.
        scale: Pixels for each point.
    """
    draw.text((left, baseline), line.text, _grey(line.ink), font_for(line.text, line.size * scale), anchor="ls")


def paint_line(line: Line, scale: float) -> np.ndarray:
    """Paint a line of text alone, as a printer without its font needs it.

    Args:
        line: The line.
        scale: Pixels for each point.

    Returns:
        How much ink, 0 to 255, uint8, (H, W); the baseline is a quarter of `H` from below.
    """
    font = font_for(line.text, line.size * scale)
    height, width = round(1.6 * line.size * scale), max(1, round(font.getlength(line.text)))
    canvas = Image.new("L", (width, height))
    ImageDraw.Draw(canvas).text((0, round(0.75 * height)), line.text, 255, font, anchor="ls")
    return np.asarray(canvas)


def _grey(level: float) -> tuple[int, int, int]:
    return (round(255 * level),) * 3
