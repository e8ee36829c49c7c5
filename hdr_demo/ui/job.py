"""One long piece of work in a thread of its own, which somebody watches and anybody may stop."""

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from hdr_demo.errors import Stopped

Result = TypeVar("Result")
Work = Callable[[Callable[[int, int], None], Callable[[], bool]], Result]

LOOK_EVERY_SECONDS = 0.2
# The pace is taken from when this share is done: what comes before it is set up, and its small parts are slower. It is
# known when as much again is done, in no less than so many seconds.
SET_UP_SHARE = 0.01
PACE_SECONDS = 1.0


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes:
        done: Parts of the work that are finished.
        total: All its parts; 0 before the first report.
        seconds: Since it began.
        paced_from: The parts that were finished when it had got going, and the seconds then; None before that.
    """

    done: int
    total: int
    seconds: float
    paced_from: tuple[int, float] | None = None

    @property
    def share(self) -> float:
        """What is finished, in [0, 1]."""
        return self.done / self.total if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the pace since it had got going; None while it would be a guess."""
        if self.paced_from is None:
            return None
        done, seconds = self.done - self.paced_from[0], self.seconds - self.paced_from[1]
        if done < SET_UP_SHARE * self.total or done <= 0 or seconds < PACE_SECONDS:
            return None
        return (self.total - self.done) * seconds / done


class Job(Generic[Result]):
    """Work that reports its progress and asks now and then whether it should stop.

    It may be stopped before it begins, and is followed once: the thread runs while somebody iterates over `follow`,
    and stops when that somebody goes away.
    """

    def __init__(self, work: Work[Result]) -> None:
        """Note the work; it is called with `progress(done, total)` and `should_stop()`, and gives the result."""
        self._work = work
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._claim = threading.Lock()
        self._began = 0.0
        self._report: tuple[int, int] = (0, 0)
        self._paced_from: tuple[int, float] | None = None
        self._result: Result | None = None
        self._error: BaseException | None = None

    def stop(self) -> None:
        """Ask the work to stop at its next part."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stop.is_set()

    def claim(self) -> bool:
        """Become the one who follows this job; False if there is one already."""
        return self._claim.acquire(blocking=False)

    def follow(self) -> Iterator[Progress]:
        """Do the work and watch it.

        Yields:
            Its progress, a few times a second.

        Raises:
            Stopped: If it was stopped.
            Exception: Whatever the work raised.
        """
        self._began = time.monotonic()
        # The context carries whose request this is, which ZeroGPU asks for.
        threading.Thread(target=contextvars.copy_context().run, args=(self._run,), daemon=True).start()
        try:
            while not self._ended.wait(LOOK_EVERY_SECONDS):
                yield Progress(*self._report, time.monotonic() - self._began, self._paced_from)
        finally:
            self.stop()
        if self._error is not None:
            raise self._error

    @property
    def done(self) -> bool:
        """Whether there is a result."""
        return self._ended.is_set() and self._error is None

    @property
    def result(self) -> Result:
        """What the work gave, once `follow` has ended without an error."""
        if not self.done:
            raise RuntimeError("this job has no result")
        return self._result

    def _run(self) -> None:
        try:
            if self.stopped:
                raise Stopped
            self._result = self._work(self._note, self._stop.is_set)
        except BaseException as error:  # noqa: BLE001 - handed to whoever follows
            self._error = error
        finally:
            self._ended.set()

    def _note(self, done: int, total: int) -> None:
        self._report = (done, total)
        if self._paced_from is None and done > 0 and done >= SET_UP_SHARE * total:
            self._paced_from = (done, time.monotonic() - self._began)
