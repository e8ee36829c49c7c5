"""Working through an archive: what is done stays done, and what kills a process is tried once more."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from hdr_demo.archive.jobs import ArchiveSettings, Job
from hdr_demo.archive.places import PLACES, Crew
from hdr_demo.archive.records import Record, Records, describe_source

ATTEMPTS = 2


def run_archive(
    jobs: Sequence[Job],
    out: Path,
    settings: ArchiveSettings,
    *,
    on: str = "local",
    workers: int = 1,
    threads: int = 1,
    again: bool = False,
    progress: Callable[[Record], None] | None = None,
) -> list[Record]:
    """Work on all files that are not done yet.

    Args:
        jobs: The files.
        out: The folder of results and records.
        settings: What becomes of each file.
        on: A key of `PLACES`.
        workers: How many files are worked on at once.
        threads: How many cores each process uses.
        again: Try again what failed before.
        progress: Told of each file that is done.

    Returns:
        The records of all files, with those of earlier runs.

    Raises:
        OutputError: If the records cannot be written.
        DataError: If the place is not there.
    """
    from hdr_demo.archive.work import convert  # torch, which the command line's help does without

    out = out.resolve()
    with closing(Records(out)) as records:
        todo = [job for job in jobs if not records.is_done(job, settings, failed_too=not again)]
        attempts = dict.fromkeys(todo, 0)
        waiting = deque(todo)
        crew = Crew(workers, threads, settings.device)
        work = partial(convert, settings=settings, out=out, threads=threads)

        def taken() -> Iterator[Job]:
            while waiting:
                job = waiting.popleft()
                attempts[job] += 1
                yield job

        while waiting:  # once more for what is tried again after the others
            for job, record in PLACES[on](taken(), work, crew):
                if record is None and attempts[job] < ATTEMPTS:
                    waiting.append(job)
                    continue
                if record is None:
                    error = (
                        f"{job.source} could not be finished: {ATTEMPTS} processes that worked on it were ended, most "
                        "often for want of memory; make it smaller, or use fewer --workers."
                    )
                    record = replace(describe_source(job, out, settings), error=error)
                record = replace(record, attempts=attempts[job])
                records.add(record)
                if progress:
                    progress(record)
        return records.of(jobs)
