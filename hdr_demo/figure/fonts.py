"""Which font writes a line: Pillow's own, or one of the system for letters that it does not have."""

import functools
from collections.abc import Iterator

from PIL import ImageFont

# What has Chinese letters on the usual systems, with the number of the font in its file; then, the rest of Europe.
_SYSTEM_FONTS = (
    ("NotoSansCJK-Regular.ttc", 2),
    ("NotoSansSC-Regular.otf", 0),
    ("NotoSansCJKsc-Regular.otf", 0),
    ("SourceHanSansSC-Regular.otf", 0),
    ("wqy-microhei.ttc", 0),
    ("wqy-zenhei.ttc", 0),
    ("PingFang.ttc", 0),
    ("Hiragino Sans GB.ttc", 0),
    ("STHeiti Light.ttc", 0),
    ("msyh.ttc", 0),
    ("simhei.ttf", 0),
    ("DejaVuSans.ttf", 0),
    ("Arial.ttf", 0),
    ("arial.ttf", 0),
)
_CHINESE = "照片曝光色调映射"
_UNKNOWN = "\uffff"  # no letter, in any font


def own_font(size: float) -> ImageFont.FreeTypeFont:
    """Give the font that Pillow brings along, Aileron, which is in the public domain."""
    return ImageFont.load_default(size)


@functools.cache
def own_font_file() -> bytes:
    """Give the file of that font: TrueType."""
    return own_font(10).font_bytes


def is_own(text: str) -> bool:
    """Whether that font has all letters of a text."""
    return all(_has(0, letter) for letter in text)


def writes_chinese() -> bool:
    """Whether there is a font with Chinese letters."""
    return any(all(_has(number, letter) for letter in _CHINESE) for number, _ in _fonts())


def font_for(text: str, size: float) -> ImageFont.FreeTypeFont:
    """Choose the first font that has the most letters of a text, in pixels."""
    most = max(_fonts(), key=lambda font: sum(_has(font[0], letter) for letter in text))[1]
    return most.font_variant(size=size)


@functools.cache
def _fonts() -> tuple[tuple[int, ImageFont.FreeTypeFont], ...]:
    """Load what there is, with its number; the first is Pillow's own."""

    def load() -> Iterator[ImageFont.FreeTypeFont]:
        yield own_font(32)
        for name, index in _SYSTEM_FONTS:
            try:
                yield ImageFont.truetype(name, 32, index=index)
            except OSError:
                continue

    return tuple(enumerate(load()))


@functools.cache
def _has(number: int, letter: str) -> bool:
    font = _fonts()[number][1]
    if letter.isspace():
        return True
    drawn, unknown = font.getmask(letter), font.getmask(_UNKNOWN)
    return drawn.size != unknown.size or bytes(drawn) != bytes(unknown)
