"""What the tab Video shows of a clip, of its conversion and of the files, in HTML."""

import html
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_demo.ui.clip_text import PLAYS_ON_ZH
from hdr_demo.ui.job import Progress
from hdr_demo.ui.photo_panel import draw_pass
from hdr_demo.ui.text import say, say_seconds, say_size

if TYPE_CHECKING:
    from hdr_demo.ui.clip_work import ClipRun
    from hdr_demo.video.clip import Clip
    from hdr_demo.video.convert import ConvertedClip

HERE = Path(__file__).parent
PLAYERS_SCRIPT = "\n".join((HERE / name).read_text() for name in ("screen_range.js", "clip_players.js"))

# What browsers play; the others are for other programs.
PLAYED = ("sdr", "hdr10_av1", "hlg_av1", "side_by_side")
FOR_HDR_SCREENS = ("hdr10_av1", "hlg_av1")
SCREENS = ("high", "video", "standard")


def draw_facts(clip: "Clip", language: str) -> str:
    """Say what a clip is."""
    facts = [say(language, "clip_size", width=clip.width, height=clip.height)]
    if clip.seconds is not None:
        facts.append(say_seconds(language, clip.seconds))
    facts.append(say(language, "clip_rate", rate=f"{float(clip.rate):.2f}".rstrip("0").rstrip(".")))
    if clip.bits > 8:
        facts.append(say(language, "clip_bits", bits=clip.bits))
    if clip.audio:
        facts.append(say(language, "clip_sound", codecs=", ".join(clip.audio)))
    else:
        facts.append(say(language, "clip_silent"))
    if clip.subtitles:
        facts.append(say(language, "clip_subtitles", codecs=", ".join(clip.subtitles)))
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in clip.notes)
    return f"<p><b>{html.escape(clip.path.name)}</b></p><p>{html.escape(' · '.join(facts))}</p>{notes}"


def draw_frames(step: Progress, language: str) -> str:
    """Draw how far a conversion is, with frames a second and the time that is left."""
    if step.done == 0:
        return draw_pass(say(language, "clip_starting"))
    rate = f"{step.done / max(step.seconds, 1e-3):.1f}"
    left = step.seconds_left
    if left is None:
        share = step.share if step.total else None
        return draw_pass(
            say(language, "clip_running_on", done=step.done, rate=rate), share, name=say(language, "clip_progress")
        )
    said = say(
        language,
        "clip_running",
        done=step.done,
        total=step.total,
        rate=rate,
        left=say_seconds(language, max(1, round(left))),
    )
    return draw_pass(said, step.share, name=say(language, "clip_progress"))


def draw_end(converted: "ConvertedClip", language: str) -> str:
    """Say how a conversion ended."""
    if converted.stopped:
        return draw_pass(say(language, "clip_stopped", frames=converted.frames), state="stopped")
    seconds = say_seconds(language, converted.seconds)
    return draw_pass(say(language, "clip_done", frames=converted.frames, seconds=seconds), state="exact")


def draw_estimate(frames: int, seconds: float, language: str) -> str:
    """Say how long a conversion will take; nothing where nobody knows how many frames there are."""
    if not frames:
        return ""
    left = say_seconds(language, max(1, round(seconds)))
    return f"<p>{html.escape(say(language, 'clip_estimate', frames=frames, left=left))}</p>"


def draw_players(clip: "Clip", language: str, run: "ClipRun | None" = None) -> str:
    """Draw the clip and what was made of it: players that run in step (clip_players.js), and downloads.

    Args:
        clip: The clip that the visitor gave.
        language: One of `text.LANGUAGES`.
        run: Its conversion, if that has a result.
    """
    part, cards, notes = "", [], []
    if run is not None:
        converted, settings = run.job.result, run.settings
        # Players count from the time stamp 0, at which not every clip begins; a trimmed beginning is moved there.
        opening = float(clip.first_pts * clip.time_base)
        start = opening + converted.first_seconds if settings.start else 0.0
        # The player of the input stops where the others end.
        end = opening + (settings.end or clip.seconds or 0.0)
        part = "" if settings.end is None and not start else f"#t={start:.6f},{end:.6f}"
        cards = [_draw_card(name, path, start, language) for name, path in converted.files.items()]
        notes = list(converted.notes)
        if converted.level is not None:
            level = converted.level
            said = say(language, "clip_light", max_cll=round(level.max_cll), max_fall=round(level.max_fall))
            notes.append(said)
    title = html.escape(say(language, "clip_input"))
    given = (
        f'<figure data-output="input"><figcaption>{title}</figcaption>'
        f"{_draw_player(clip.path, 0.0, language, part, sound=True, title=title)}</figure>"
    )
    step = f'<p class="hint">{html.escape(say(language, "clip_in_step"))}</p>' if cards else ""
    said = "".join(f'<p class="hint">{html.escape(note)}</p>' for note in notes)
    return f'<div class="players">{given}{"".join(cards)}</div>{step}{said}'


def _draw_card(name: str, path: Path, start: float, language: str) -> str:
    from hdr_demo.video.outputs import VIDEO_OUTPUTS

    title = html.escape(say(language, f"output_{name}"))
    player = _draw_player(path, start, language, title=title) if name in PLAYED else ""
    screens = ""
    if name in FOR_HDR_SCREENS:
        screens = "".join(
            f'<p data-screen="{screen}" hidden>{html.escape(say(language, f"screen_{screen}"))}</p>'
            for screen in SCREENS
        )
    plays_on = html.escape(VIDEO_OUTPUTS[name].plays_on if language == "en" else PLAYS_ON_ZH[name])
    save = html.escape(say(language, "clip_save", size=say_size(path.stat().st_size)))
    return (
        f'<figure data-output="{name}"><figcaption>{title}</figcaption>{player}{screens}<p>{plays_on}</p>'
        f'<a href="{address_of(path)}" download="{html.escape(path.name)}">{save}</a></figure>'
    )


def _draw_player(
    path: Path, start: float, language: str, fragment: str = "", *, title: str, sound: bool = False
) -> str:
    return (
        f'<video controls playsinline preload="metadata" src="{address_of(path)}{fragment}" data-start="{start:.6f}" '
        f'aria-label="{title}"{"" if sound else " muted"}></video>'
        f'<p class="no-player" hidden>{html.escape(say(language, "clip_no_player"))}</p>'
    )


def address_of(path: Path) -> str:
    """Say where the page finds a file of a visitor; relative, so that it also holds behind a proxy."""
    return f"gradio_api/file={urllib.parse.quote(str(path))}"
