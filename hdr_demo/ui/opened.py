"""A file that is HDR already, as the page opens it: with its own light, and without the network."""

import html
import re
from pathlib import Path

import numpy as np

from hdr_demo.color import brightest_channel
from hdr_demo.expanded import MIDDLE_GREY, SCENE_KINDS, ExpandedPhoto, bring_near_white, open_own_light
from hdr_demo.io import Picture, read_ldr
from hdr_demo.ui.opened_text import KINDS_ZH
from hdr_demo.ui.text import TEXT, say, say_stops

# A photo that brings a gain map is both: an HDR file, and an ordinary photo for the network.
OWN_LIGHT, NETWORK_LIGHT = "own", "network"
LIGHTS = (OWN_LIGHT, NETWORK_LIGHT)
# Where highlights show what they hold, and the rest can still be seen.
FIRST_STOPS = -2.0


def open_given(path: str | Path, max_megapixels: float) -> tuple[Picture, ExpandedPhoto | None]:
    """Read the file that a visitor gave.

    Args:
        path: A photo, or a file that is HDR already.
        max_megapixels: The most pixels to decode, in millions.

    Returns:
        The picture, as the network would be given it.
        That with its own light, for an HDR file; None for a photo, also for one whose gain map cannot be read.

    Raises:
        ImageError: If it is no picture, damaged or too big.
    """
    opened = open_own_light(path, max_megapixels=max_megapixels)
    if opened is None:
        return read_ldr(path, max_megapixels=max_megapixels), None
    shown = bring_near_white(opened)
    return shown.picture, shown


def say_of(photo: ExpandedPhoto, language: str, key: str, **values: object) -> str:
    """Say a text of the table, as it is said of a photo, of a file that was opened or of a bracket that was merged."""
    other = f"{key}_{'merged' if photo.is_merged else 'opened'}"
    return say(language, other if photo.origin and other in TEXT else key, **values)


def draw_opened(opened: ExpandedPhoto, language: str) -> str:
    """Draw in HTML what was opened, how bright it is, and what was found in it."""
    height, width = opened.hdr.shape[:2]
    headroom = measure_headroom(opened.hdr)
    key = "opened" if headroom >= 0.05 else "opened_no_headroom"
    kind = say_kind(opened.origin, language)
    said = html.escape(say_of(opened, language, key, kind=kind, width=width, height=height, stops=say_stops(headroom)))
    notes = []
    if opened.shift:
        direction = "opened_darker" if opened.shift < 0 else "opened_brighter"
        notes.append(say(language, direction, stops=abs(opened.shift)))
    found = [say(language, f"odd_{name}", count=f"{count:,}") for name, count in find_oddities(opened).items() if count]
    if found:
        notes.append(say(language, "opened_oddities", found=say(language, "odd_joint").join(found)))
    hints = "".join(f'<div class="hint">{html.escape(note)}</div>' for note in notes)
    return f'<div class="pass exact" data-state="exact" aria-live="polite"><p>{said}</p>{hints}</div>'


def say_kind(kind: str, language: str) -> str:
    """Say what a file is, as `io.hdr_kind` names it in English, or a bracket, as `expanded.name_merged` does."""
    if language == "en":
        return kind
    bracket = re.fullmatch(r"bracket of (\d+) photos", kind)
    return f"{bracket[1]} 张照片的包围曝光" if bracket else KINDS_ZH.get(kind, kind.replace(" in ", " "))


def choose_stops(hdr: np.ndarray, fitting: float) -> float:
    """Choose the exposure at which the viewer shows a file first.

    Args:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf).
        fitting: The exposure at which next to nothing clips, in stops.

    Returns:
        That, for a dim file; for one with highlights `FIRST_STOPS`, unless its middle would be white then.
    """
    if fitting >= FIRST_STOPS:
        return fitting
    middle = max(float(np.median(brightest_channel(hdr))), MIDDLE_GREY)
    return max(fitting, min(FIRST_STOPS, float(np.log2(MIDDLE_GREY / middle))))


def measure_headroom(hdr: np.ndarray) -> float:
    """Measure by how many stops the brightest channel of an HDR image is above white; 0 where nothing is."""
    return float(np.log2(max(float(brightest_channel(hdr).max()), 1.0)))


def find_oddities(opened: ExpandedPhoto) -> dict[str, int]:
    """Count the pixels that are worth telling of; PQ, HLG and gain maps bring negative values of their own accord."""
    odd = opened.oddities
    negative = odd.negative if opened.origin in SCENE_KINDS else 0
    return {"no_number": odd.no_number, "infinite": odd.infinite, "negative": negative}
