"""Processes that work on tasks, started from nothing and replaced when they die."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue

from hdr_demo.batch.messages import receive, send
from hdr_demo.errors import HdrDemoError
from hdr_demo.io.output import remove_unfinished

# What a process may need to remove its unfinished file when it is asked to end.
_PATIENCE_SECONDS = 2.0
# Not multiprocessing: it would run the caller's script once more in each process.
_PROGRAM = "import sys; sys.path[:] = {path!r}; from hdr_demo.batch.worker import serve; serve({folder!r})"


class WorkerDied(Exception):
    """A process ended in the middle of its task: killed by the system, by somebody, or by a library's fault."""


class Worker:
    """A process, started with its first task, and again after it died."""

    def __init__(self, folder: Path) -> None:
        """Note where arrays travel."""
        self._folder = folder
        self._process: subprocess.Popen | None = None
        self._mark = ""
        self._places: set[Path] = set()
        self._ended = False

    def ask(self, box: list[tuple[Callable, tuple]], places: Iterable[Path]) -> object:
        """Have a task done.

        Args:
            box: A function and its arguments; they are taken out, so that nothing keeps large arrays once they are
                sent.
            places: The folders in which the task writes.

        Raises:
            WorkerDied: If the process ended; nothing of its own is left in `places`.
            HdrDemoError: If the message could not travel.
        """
        if self._ended:
            raise WorkerDied
        if self._process and self._process.poll() is not None:  # it died when it had nothing to do
            self._clear_away()
        self._places = set(places)
        try:
            process = self._process or self._start()
            send(process.stdin, box.pop(), self._folder)
            answer = receive(process.stdout)
        except (EOFError, BrokenPipeError) as error:
            self._clear_away()
            raise WorkerDied from error
        if isinstance(answer, HdrDemoError):
            raise answer
        return answer

    def end(self, *, at_once: bool) -> None:
        """End the process, which has no task, or is not to finish it; it leaves no unfinished file."""
        self._ended = True
        process = self._process
        if process is None:
            return
        if at_once:
            process.terminate()
        else:
            with suppress(OSError):
                process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE_SECONDS)
        if process.poll() is None:
            process.kill()
        self._clear_away()

    def _start(self) -> subprocess.Popen:
        program = _PROGRAM.format(path=sys.path, folder=str(self._folder))
        # Out of reach of the terminal's Ctrl-C, which the process that is asked by people answers.
        apart = (
            {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"start_new_session": True}
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **apart
        )
        if self._ended:  # while it was being started
            self._process.terminate()
        self._mark = receive(self._process.stdout)
        return self._process

    def _clear_away(self) -> None:
        """Forget a process that has ended or is about to, and remove what it left unfinished."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                pipe.close()
        if self._mark:
            remove_unfinished(self._places, self._mark)


class Pool:
    """Several processes, or none."""

    def __init__(self, count: int, folder: Path) -> None:
        """Prepare them; none is started before there is a task for it.

        Args:
            count: How many; with 0 each task is done at once, by whoever submits it.
            folder: For arrays on their way.
        """
        self.count = count
        self._workers = [Worker(folder) for _ in range(count)]
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(max(count, 1), "batch")

    def submit(self, places: Iterable[Path], function: Callable, *arguments: object) -> Future:
        """Have a task done when its turn comes.

        Args:
            places: The folders in which it writes.
            function: Of a module that needs no network.
            *arguments: Its arguments.
        """
        if self.count:
            return self._threads.submit(self._ask, [(function, arguments)], places)
        future: Future = Future()
        try:
            future.set_result(function(*arguments))
        except HdrDemoError as error:
            future.set_exception(error)
        return future

    def _ask(self, box: list[tuple[Callable, tuple]], places: Iterable[Path]) -> object:
        worker = self._idle.get()
        try:
            return worker.ask(box, places)
        finally:
            self._idle.put(worker)

    def end(self, *, at_once: bool) -> None:
        """End all processes; those that have a task finish it first, unless it shall be `at_once`."""
        if at_once:
            for worker in self._workers:
                worker.end(at_once=True)
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.end(at_once=False)


@contextmanager
def open_pool(count: int) -> Iterator[Pool]:
    """Give the body of a `with` a pool; at the end of the body nothing is left of it, whatever happened.

    Args:
        count: How many processes.

    Yields:
        The pool.
    """
    if count == 0:
        yield Pool(0, Path())
        return
    folder = Path(tempfile.mkdtemp(prefix="hdr-demo-"))
    pool = Pool(count, folder)
    at_once = True
    try:
        yield pool
        at_once = False
    finally:
        try:
            pool.end(at_once=at_once)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
