"""What a process does with one file: the same functions as the page and `expand.py`."""

import functools
import time
from dataclasses import replace
from pathlib import Path

from hdr_demo.archive.jobs import ArchiveSettings, Job
from hdr_demo.archive.records import Record, describe_source, hash_source
from hdr_demo.batch.settings import BatchSettings, FileReport
from hdr_demo.batch.tasks import Errors, Task, read_source, write_results
from hdr_demo.device import use_threads
from hdr_demo.io.names import delivered_name
from hdr_demo.io.output import make_folder
from hdr_demo.photo import PhotoExpander, load_photo_expander
from hdr_demo.video.convert import convert_clip
from hdr_demo.video.header import open_clip
from hdr_demo.video.outputs import VIDEO_OUTPUTS
from hdr_demo.video.settings import ClipSettings


def convert(job: Job, settings: ArchiveSettings, out: Path, threads: int) -> Record:
    """Turn one photo or clip into its files.

    Args:
        job: The file.
        settings: What becomes of it.
        out: The folder of results, absolute.
        threads: How many of the computer's cores are this process's.

    Returns:
        Its record; a failure is a record too.
    """
    record = replace(describe_source(job, out, settings), sha256=hash_source(job))
    began, errors = time.perf_counter(), Errors(job.source)
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    with errors.noted():
        expander = _load(settings.weights, settings.device, settings.backend, settings.offline, threads)
        files, notes, error = (_convert_clip if job.moves else _convert_photo)(job, settings, expander)
        if error:
            record = replace(record, error=error)
    names = tuple(path.relative_to(out).as_posix() for path in files)
    seconds = round(time.perf_counter() - began, 3)
    return replace(record, files=names, notes=notes, seconds=seconds, error=record.error or errors.text)


Result = tuple[tuple[Path, ...], tuple[str, ...], str]


def _convert_photo(job: Job, settings: ArchiveSettings, expander: PhotoExpander) -> Result:
    chosen = BatchSettings(
        formats=settings.formats,
        scale=settings.scale,
        operator=settings.operator,
        draft=settings.draft,
        thumbnails=False,
    )
    targets = {suffix: job.stem.with_name(delivered_name(job.stem.name, suffix)) for suffix in settings.formats}
    task = Task(job.source, targets, chosen)
    report = read_source(task)
    if not isinstance(report, FileReport):
        report = write_results(task, expander.expand(report, scale=settings.scale, draft=settings.draft))
    return report.files, report.notes, report.error


def _convert_clip(job: Job, settings: ArchiveSettings, expander: PhotoExpander) -> Result:
    chosen = ClipSettings(scale=settings.scale, operator=settings.operator, draft=settings.draft)
    clip = open_clip(job.source)
    targets = {
        name: job.stem.with_name(job.stem.name + VIDEO_OUTPUTS[name].ending.format(operator=settings.operator))
        for name in settings.outputs
    }
    make_folder(job.stem.parent)
    converted = convert_clip(clip, expander, targets, chosen)
    return tuple(converted.files.values()), (*clip.notes, *converted.notes), ""


@functools.cache
def _load(weights: str | None, device: str, backend: str, offline: bool, threads: int) -> PhotoExpander:
    """Load the network once in each process, and leave the others their cores."""
    use_threads(threads)
    return load_photo_expander(weights, device=device, backend=backend, offline=offline, strict=True)
