"""What the tab Bracket says of a merge, in HTML: how far it is, and what came of it."""

import html

import numpy as np

from hdr_demo.ui.bracket_photos import ESTIMATED
from hdr_demo.ui.bracket_work import Merge, MergeRun
from hdr_demo.ui.job import Progress
from hdr_demo.ui.opened import measure_headroom
from hdr_demo.ui.photo_panel import draw_pass
from hdr_demo.ui.text import say, say_seconds, say_stops

# What makes no light of several exposures, and what is said of it.
NO_LIGHT = {"mertens": "bracket_no_light", "reference": "bracket_alone"}
# Two photos of different scenes.
MOSTLY = 0.5


def draw_merging(run: MergeRun, step: Progress, language: str) -> str:
    """Draw how far a merge is, with the time that is left."""
    if run.job.stopped:
        return draw_pass(say(language, "bracket_stopping"))
    left, name = step.seconds_left, say(language, "bracket_progress")
    if left is None:
        return draw_pass(say(language, "bracket_starting"), step.share or None, name=name)
    said = say(
        language,
        "bracket_running",
        percent=round(100 * step.share),
        left=say_seconds(language, max(1, round(left))),
    )
    return draw_pass(said, step.share, name=name)


def draw_merged(merge: Merge, language: str) -> str:
    """Say that a merge is done."""
    seconds = say_seconds(language, merge.seconds)
    return draw_pass(say(language, "bracket_done", count=len(merge.bracket.photos), seconds=seconds), state="exact")


def draw_summary(merge: Merge, language: str) -> str:
    """Draw the numbers of a merge as cards, and what else is to be said of it."""
    merged, bracket = merge.merged, merge.bracket
    height, width = merged.hdr.shape[:2]
    method = say(language, f"bracket_method_{merged.method}")
    span = float(np.log2(max(bracket.times) / min(bracket.times)))
    cards = {
        "photos": (
            str(len(bracket.photos)),
            {"method": method, "name": bracket.names[bracket.reference]},
        ),
        "range": (
            say(language, "bracket_fact_range_value", stops=f"{span:.1f}".removesuffix(".0")),
            {"headroom": say_stops(measure_headroom(merged.hdr))},
        ),
        "moved": (say(language, "bracket_fact_moved_value", pixels=f"{max(merged.moved):.1f}"), {}),
        "ghosts": (f"{100 * merge.disagreement:.1f}\u00a0%", {}),
        "time": (say_seconds(language, merged.seconds), {"width": width, "height": height}),
    }
    drawn = "".join(
        f'<div data-fact="{key}"><dt>{html.escape(say(language, f"bracket_fact_{key}"))}</dt>'
        f"<dd>{html.escape(value)}</dd>"
        f"<p>{html.escape(say(language, f'bracket_fact_{key}_note', **values))}</p></div>"
        for key, (value, values) in cards.items()
    )
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in _list_notes(merge, language))
    title = html.escape(say(language, "bracket_summary"))
    return f'<h3>{title}</h3><dl class="cards">{drawn}</dl><div class="note">{notes}</div>'


def _list_notes(merge: Merge, language: str) -> list[str]:
    merged, bracket = merge.merged, merge.bracket
    notes = []
    if merged.method in NO_LIGHT:
        notes.append(say(language, NO_LIGHT[merged.method]))
    elif len(merged.used) < len(bracket.photos):
        left_out = [name for number, name in enumerate(bracket.names) if number not in merged.used]
        joint = say(language, "bracket_joint").join(left_out)
        notes.append(say(language, "bracket_left_out", most=len(merged.used), names=joint))
    if merge.disagreement > MOSTLY:
        notes.append(say(language, "bracket_all_differ"))
    moved = [
        say(language, "bracket_moved_one", name=name, pixels=f"{pixels:.1f}")
        for number, (name, pixels) in enumerate(zip(bracket.names, merged.moved, strict=True))
        if number != bracket.reference
    ]
    notes.append(say(language, "bracket_moved_each", moved=say(language, "bracket_joint").join(moved)))
    height, width = merged.hdr.shape[:2]
    if merge.border == "crop":
        notes.append(say(language, "bracket_cropped", width=width, height=height))
    if bracket.times_from == ESTIMATED:
        notes.append(say(language, "bracket_were_estimated"))
    return notes
