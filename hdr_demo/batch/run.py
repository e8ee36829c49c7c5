"""Running a batch: the network stays here and is kept busy; other processes read ahead and write behind."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import Protocol

from hdr_demo.batch.pool import Pool, WorkerDied, open_pool
from hdr_demo.batch.settings import BatchProgress, BatchSettings, FileReport
from hdr_demo.batch.tasks import Errors, Task, read_source, write_results
from hdr_demo.errors import HdrDemoError, Stopped
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.io import Picture

# Photos that are read, or being read, while the network works on another.
_READ_AHEAD = 2
_LOOK_SECONDS = 1.0  # Windows does not interrupt a longer wait on Ctrl-C
_STOPPED = "The batch was stopped before this photo was done."


class Expand(Protocol):
    """What turns a photo into an HDR image; `PhotoExpander.expand` is one."""

    def __call__(
        self,
        picture: Picture,
        *,
        scale: str,
        draft: bool,
        progress: Callable[[int, int], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> ExpandedPhoto:
        """Turn a photo into an HDR image, as `PhotoExpander.expand` does."""


def run_batch(
    sources: Sequence[Path],
    expand: Expand,
    target: Callable[[Path, str], Path],
    settings: BatchSettings | None = None,
    *,
    workers: int = 2,
    progress: Callable[[BatchProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[FileReport]:
    """Expand many photos; one that fails is reported, and the rest goes on.

    Two photos are read ahead, and as many as there are workers are being written; so memory does not grow with the
    number of photos. Whatever ends the call early, no process and no unfinished file is left.

    Args:
        sources: The files, in the order in which they are worked on.
        expand: What expands one photo, in this process.
        target: Names the file of a source and an ending, which is one of `settings.formats` or the ending of a
            rendition; `number_names` makes such a function. Folders are made as they are needed.
        settings: What becomes of each photo.
        workers: How many processes read and write. With 0 everything is done here, one after the other.
        progress: Called at each step, in the thread that called `run_batch`.
        should_stop: Asked between photos and before each tile. What is expanded by then is still written.

    Returns:
        A report for each source, in their order.
    """
    settings = settings or BatchSettings()
    with open_pool(min(workers, len(sources))) as pool:
        return _Batch([Path(source) for source in sources], expand, settings, pool, progress, should_stop).run(target)


class _Batch:
    """A batch that is running."""

    def __init__(
        self,
        sources: Sequence[Path],
        expand: Expand,
        settings: BatchSettings,
        pool: Pool,
        progress: Callable[[BatchProgress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self._sources, self._settings, self._pool = sources, settings, pool
        self._expand, self._progress, self._should_stop = expand, progress, should_stop
        self._stopped = False
        self._reports: dict[int, FileReport] = {}
        self._left: Iterator[tuple[int, Task]] = iter(())
        self._reading: deque[tuple[int, Task, Future]] = deque()
        self._writing: dict[Future, tuple[int, Task]] = {}

    def run(self, target: Callable[[Path, str], Path]) -> list[FileReport]:
        """Work on all sources, as far as the user wants."""
        self._left = iter(self._plan(target))
        while not self._stopping() and self._read_ahead(at_least=1):
            self._work()
        while self._reading:
            index, task, reading = self._reading.popleft()
            # What is HDR already may have been converted before it could be stopped.
            result = None if reading.cancel() else self._result(reading, task)
            if isinstance(result, FileReport):
                self._finish(index, result)
        while self._writing:
            wait(self._writing, _LOOK_SECONDS, FIRST_COMPLETED)
            self._reap()
        for index, source in enumerate(self._sources):
            if index not in self._reports:
                self._finish(index, FileReport(source, error=_STOPPED, stopped=True))
        return [self._reports[index] for index in range(len(self._sources))]

    def _plan(self, target: Callable[[Path, str], Path]) -> list[tuple[int, Task]]:
        """List what is to be done; a source whose files would replace others is left out."""
        settings = self._settings
        endings = (*settings.formats, *(rendition.ending for rendition in settings.renditions), *settings.figures)
        photos = {_place(source): source for source in self._sources}
        results: dict[str, Path] = {}
        tasks = []
        for index, source in enumerate(self._sources):
            targets = {ending: target(source, ending) for ending in endings}
            refusal = next(filter(None, (_refuse(source, path, photos, results) for path in targets.values())), "")
            if refusal:
                self._finish(index, FileReport(source, error=refusal))
                continue
            results |= {_place(path): source for path in targets.values()}
            if self._settings.skip_existing and all(path.is_file() for path in targets.values()):
                files = tuple(targets.values())
                self._finish(index, FileReport(source, files, notes=("Its files were there already.",)))
                continue
            tasks.append((index, Task(source, targets, self._settings)))
        return tasks

    def _read_ahead(self, at_least: int = 0) -> bool:
        """Have photos read; whether there are any."""
        ahead = max(at_least, _READ_AHEAD if self._pool.count else 0)
        while len(self._reading) < ahead:
            index, task = next(self._left, (0, None))
            if task is None:
                break
            self._tell(index, "reading")
            self._reading.append((index, task, self._pool.submit(task.places, read_source, task)))
        return bool(self._reading)

    def _work(self) -> None:
        """Expand the next photo, while others are read and written, and have it written."""
        index, task, reading = self._reading.popleft()
        self._read_ahead()
        read = self._result(reading, task)
        del reading  # and with it the picture, as soon as the network has it
        if isinstance(read, FileReport):
            self._finish(index, read)
            return
        errors, photo = Errors(task.source), None
        try:
            with errors.noted():
                photo = self._ask(index, read)
        except Stopped:
            self._stopped = True
            return
        del read
        if photo is None:
            self._finish(index, FileReport(task.source, error=errors.text))
            return
        while len(self._writing) >= max(self._pool.count, 1):
            wait(self._writing, _LOOK_SECONDS, FIRST_COMPLETED)
            self._reap()
        self._tell(index, "writing", 1.0)
        self._writing[self._pool.submit(task.places, write_results, task, photo)] = index, task
        self._reap()

    def _ask(self, index: int, picture: Picture) -> ExpandedPhoto:
        def advance(done: int, total: int) -> None:
            self._tell(index, "expanding", done / total)
            self._reap()

        self._tell(index, "expanding")
        settings = self._settings
        return self._expand(
            picture, scale=settings.scale, draft=settings.draft, progress=advance, should_stop=self._should_stop
        )

    def _reap(self) -> None:
        """Tell of the photos that have been written meanwhile."""
        for writing in [writing for writing in self._writing if writing.done()]:
            index, task = self._writing.pop(writing)
            self._finish(index, self._result(writing, task))

    def _result(self, future: Future, task: Task) -> Picture | FileReport:
        while not future.done():
            wait((future, *self._writing), _LOOK_SECONDS, FIRST_COMPLETED)
            self._reap()
        try:
            return future.result()
        except WorkerDied:
            error = (
                f"{task.source} could not be finished, because a process that reads and writes was ended, most often "
                "for want of memory: make it smaller, or use fewer workers."
            )
            return FileReport(task.source, error=error)
        except HdrDemoError as error:
            return FileReport(task.source, error=str(error))

    def _stopping(self) -> bool:
        self._stopped = self._stopped or (self._should_stop is not None and self._should_stop())
        return self._stopped

    def _finish(self, index: int, report: FileReport) -> None:
        self._reports[index] = report
        stage = "stopped" if report.stopped else "failed" if report.error else "done"
        self._tell(index, stage, 1.0, report)

    def _tell(self, index: int, stage: str, share: float = 0.0, report: FileReport | None = None) -> None:
        if self._progress:
            self._progress(BatchProgress(index, stage, share, report))


def _refuse(source: Path, path: Path, photos: Mapping[str, Path], results: Mapping[str, Path]) -> str:
    """Say why a file may not be written; nothing if it may."""
    if _place(path) in photos:
        return f"{source} was left out: {path} would replace a photograph of this batch; choose another folder."
    if _place(path) in results:
        first = results[_place(path)]
        return f"{source} was left out: its result would replace that of {first}; rename one of them."
    return ""


def _place(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))
