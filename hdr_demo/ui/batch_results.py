"""What the tab Many photos shows of a batch, in HTML: the list of its photos, the archive and the contact sheet."""

import html
import math
from pathlib import Path

from hdr_demo.batch import BatchProgress, FileReport
from hdr_demo.ui.batch_work import BatchResult, BatchRun, share_done
from hdr_demo.ui.clip_results import address_of
from hdr_demo.ui.job import Progress
from hdr_demo.ui.photo_panel import draw_pass
from hdr_demo.ui.text import say, say_seconds, say_size, say_stops


def draw_all(run: BatchRun, step: Progress, language: str) -> str:
    """Draw how far a whole batch is, with the time that is left."""
    if run.packs:
        return draw_pass(say(language, "batch_packing"))
    if run.job.stopped:
        return draw_pass(say(language, "batch_stopping"))
    counts = {"done": sum(each is not None and each.report is not None for each in run.steps), "total": len(run.steps)}
    left = step.seconds_left
    if left is None:
        said = say(language, "batch_running_on", **counts)
    else:
        said = say(language, "batch_running", **counts, left=say_seconds(language, max(1, round(left))))
    return draw_pass(said, step.share, name=say(language, "batch_progress"))


def draw_batch_end(result: BatchResult, language: str) -> str:
    """Say how a batch ended."""
    total = len(result.reports)
    failed = sum(bool(report.error) and not report.stopped for report in result.reports)
    done = sum(not report.error for report in result.reports)
    if result.stopped:
        return draw_pass(say(language, "batch_stopped", done=done, total=total), state="stopped")
    seconds = say_seconds(language, result.seconds)
    if failed:
        said = say(language, "batch_failed", failed=failed, total=total, seconds=seconds)
        return draw_pass(said, state="failed" if failed == total else "exact")
    return draw_pass(say(language, "batch_done", done=done, total=total, seconds=seconds), state="exact")


def draw_list(run: BatchRun, language: str, result: BatchResult | None = None) -> str:
    """Draw each photo with its name and its progress; at the end with what was made of it.

    Args:
        run: The batch.
        language: One of `text.LANGUAGES`.
        result: What came of it, once it has ended.
    """
    rows = []
    for number, name in enumerate(run.names):
        if result is None:
            state, inside = _draw_step(run.steps[number], name, language)
        else:
            state, inside = _draw_report(result.reports[number], run.folder, language)
        title = f'<span class="batch-name" dir="auto">{html.escape(name)}</span>'
        rows.append(f'<li data-state="{state}">{title}{inside}</li>')
    return f'<ol class="batch-list" aria-label="{html.escape(say(language, "batch_list"))}">{"".join(rows)}</ol>'


def _draw_step(step: BatchProgress | None, name: str, language: str) -> tuple[str, str]:
    stage = "waiting" if step is None else step.stage
    percent = 0 if step is None else round(100 * step.share)
    said = html.escape(say(language, f"batch_stage_{stage}", percent=percent))
    error = _draw_sentence(step.report.error) if step and step.report and stage == "failed" else ""
    done = share_done(step)
    bar = (
        f'<div class="track" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{100 * done:.0f}" '
        f'aria-label="{html.escape(name)}"><i style="width:{100 * done:.1f}%"></i></div>'
    )
    return stage, f'<span class="batch-state">{said}</span>{error or bar}'


def _draw_report(report: FileReport, folder: Path, language: str) -> tuple[str, str]:
    state = "stopped" if report.stopped else "failed" if report.error else "done"
    parts = [f'<span class="batch-state">{html.escape(say(language, f"batch_stage_{state}"))}</span>']
    if report.error and not report.stopped:
        parts.append(_draw_sentence(report.error))
    if report.width:
        facts = [say(language, "batch_size", width=report.width, height=report.height)]
        if math.isfinite(report.stops_gained):
            facts.append(say(language, "batch_gained", stops=say_stops(report.stops_gained)))
        facts.append(say_seconds(language, report.seconds))
        parts.append(f'<p class="batch-facts">{html.escape(" · ".join(facts))}</p>')
    parts += [_draw_sentence(note, "batch-facts") for note in report.notes]
    links = "".join(_draw_link(folder / path, path.name) for path in report.files if (folder / path).is_file())
    if links:
        parts.append(f'<p class="batch-files">{links}</p>')
    return state, "".join(parts)


def draw_made(run: BatchRun, result: BatchResult, language: str) -> str:
    """Draw the archive to download and the contact sheet."""
    parts = []
    if result.archive is not None:
        size = say_size(result.archive.stat().st_size)
        save = html.escape(say(language, "batch_save", size=size))
        kept = html.escape(say(language, "batch_kept"))
        link = f'<a href="{address_of(result.archive)}" download="{result.archive.name}">{save}</a>'
        parts.append(f'<p class="batch-archive">{link}<span>{kept}</span></p>')
    if result.problem:
        said = f"{say(language, 'batch_no_archive')} {result.problem}"
        parts.append(f'<p class="batch-problem" role="alert">{html.escape(said)}</p>')
    pages = "".join(
        f'<a href="{address_of(page)}" target="_blank"><img src="{address_of(page)}" '
        f'alt="{html.escape(say(language, "batch_sheet_alt", page=number))}"></a>'
        for number, page in enumerate(result.pages, 1)
    )
    if pages:
        title = html.escape(say(language, "batch_sheet"))
        parts.append(f"<figure><figcaption>{title}</figcaption>{pages}</figure>")
    return "".join(parts)


def _draw_sentence(sentence: str, kind: str = "") -> str:
    # The sentences of the package are in English.
    return f'<p class="{kind}" lang="en">{html.escape(sentence)}</p>'


def _draw_link(path: Path, name: str) -> str:
    said = html.escape(f"{name} ({say_size(path.stat().st_size)})")
    return f'<a href="{address_of(path)}" download="{html.escape(name)}">{said}</a> '
