"""One page of pictures: each photo, what was clipped, the truth and every method at three exposures, and the errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hdr_demo.evaluation.error_map import LARGEST_STOPS, draw_error, error_stops
from hdr_demo.evaluation.shots import Shot
from hdr_demo.exposure import expose
from hdr_demo.metrics import clipped_mask, fit_gain
from hdr_demo.resize import fit_size, resize_image

EXPOSURES = (0.0, -2.0, -4.0)
THUMBNAIL_PIXELS = 240 * 160
GAP, LINE = 6, 18
PAPER, INK, CLIPPED = 255, 30, (0.85, 0.1, 0.55)
FONT, FONT_SIZE = cv2.FONT_HERSHEY_SIMPLEX, 0.4


@dataclass(frozen=True)
class Pictured:
    """A shot to be shown.

    Attributes:
        shot: The photo and the truth.
        results: Every method's `hdr`, linear RGB, float32, (H, W, 3), [0, inf), by its name.
        captions: What is written under a method's pictures, by its name; may be empty.
    """

    shot: Shot
    results: Mapping[str, np.ndarray]
    captions: Mapping[str, str]


def draw_page(
    chapters: Mapping[str, Sequence[Pictured]], *, exposures: Sequence[float] = EXPOSURES, fit: bool = True
) -> np.ndarray:
    """Lay out a page.

    Args:
        chapters: By heading, the shots.
        exposures: At which light is shown, in stops.
        fit: Whether each method's light has the gain that suits the truth.

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1].
    """
    strips = []
    for heading, shots in chapters.items():
        strips += [_text(heading.upper(), 400), *(_draw_shot(shot, exposures, fit) for shot in shots)]
    return _stack(strips)


def _draw_shot(pictured: Pictured, exposures: Sequence[float], fit: bool) -> np.ndarray:
    """Draw a column for the photo, one for the truth and one for each method."""
    shot = pictured.shot
    height, width = fit_size(*shot.ldr.shape[:2], THUMBNAIL_PIXELS)
    lost = clipped_mask(shot.ldr)
    marked = np.where(lost[..., np.newaxis], np.float32(CLIPPED), shot.ldr)
    photo = [resize_image(picture, height, width) for picture in (shot.ldr, marked)]
    columns = [
        _stack(
            [
                _text(shot.name, width),
                photo[0],
                _text(f"clipped: {lost.mean():.1%}", width),
                photo[1],
                _legend(width, exposures),
            ]
        )
    ]
    for name, hdr in {"truth": shot.truth, **pictured.results}.items():
        light = hdr * np.float32(fit_gain(hdr, shot.truth)) if fit else hdr
        shown = [resize_image(expose(light, stops), height, width) for stops in exposures]
        if name != "truth":
            shown.append(resize_image(draw_error(error_stops(hdr, shot.truth, fit=fit)), height, width))
        caption = _text(pictured.captions.get(name, ""), width)
        columns.append(_stack([_text(name, width), *shown, caption]))
    return _stack(columns, across=True)


def _legend(width: int, exposures: Sequence[float]) -> np.ndarray:
    """Draw what the colours of the error maps mean."""
    scale = np.broadcast_to(np.linspace(-LARGEST_STOPS, LARGEST_STOPS, width, dtype=np.float32), (LINE, width))
    ends = f"-{LARGEST_STOPS:g} stops, too dark", f"too bright, +{LARGEST_STOPS:g}"
    rows = [f"rows: {', '.join(f'{stops:+g}' if stops else '0' for stops in exposures)} stops; error"]
    return _stack([*(_text(row, width) for row in rows), draw_error(scale), _text(ends[0], width, right=ends[1])])


def _text(text: str, width: int, *, right: str = "") -> np.ndarray:
    """Write a line, cut where it is too long: sRGB, float32, (18, width, 3)."""
    line = np.full((LINE, width, 3), PAPER, np.uint8)  # OpenCV writes on 8 bits alone
    # OpenCV's font has the characters of ASCII alone.
    text, right = (part.encode("ascii", "replace").decode() for part in (text, right))
    while text and _width_of(text) > width:
        text = text[:-1]
    for part, left in ((text, 0), (right, width - _width_of(right))):
        if part:
            line = cv2.putText(line, part, (left, LINE - 5), FONT, FONT_SIZE, (INK,) * 3, 1, cv2.LINE_AA)
    return line.astype(np.float32) / 255


def _width_of(text: str) -> int:
    return cv2.getTextSize(text, FONT, FONT_SIZE, 1)[0][0] if text else 0


def _stack(pictures: Sequence[np.ndarray], *, across: bool = False) -> np.ndarray:
    """Set pictures under one another, or beside one another, with gaps, on paper."""
    axis = 1 if across else 0
    other = max(picture.shape[1 - axis] for picture in pictures)
    parts = []
    for picture in pictures:
        room = [(0, GAP), (0, GAP), (0, 0)]
        room[1 - axis] = (0, other - picture.shape[1 - axis])
        parts.append(np.pad(picture, room, constant_values=1))
    return np.concatenate(parts, axis=axis)
