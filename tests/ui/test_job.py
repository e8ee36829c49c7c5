"""Work in a thread of its own."""

import threading
import time
from collections.abc import Callable

import pytest

from hdr_demo.errors import DeviceError, Stopped
from hdr_demo.ui.job import Job, Progress


def count_to(total: int, pause: float = 0.0) -> Callable:
    def work(progress: Callable[[int, int], None], should_stop: Callable[[], bool]) -> str:
        for done in range(total):
            if should_stop():
                raise Stopped
            time.sleep(pause)
            progress(done + 1, total)
        return "done"

    return work


def test_a_job_reports_its_progress_and_gives_its_result() -> None:
    job = Job(count_to(20, 0.05))
    shares = [step.share for step in job.follow()]
    assert job.result == "done"
    assert len(shares) >= 2 and shares == sorted(shares) and 0 < shares[-1] < 1


def test_a_stopped_job_ends_after_the_part_it_is_at() -> None:
    job = Job(count_to(1000, 0.05))
    steps, began = job.follow(), time.monotonic()
    next(steps)
    job.stop()
    with pytest.raises(Stopped):
        list(steps)
    assert time.monotonic() - began < 5
    with pytest.raises(RuntimeError):
        _ = job.result


def test_a_job_may_be_stopped_before_it_begins() -> None:
    started = threading.Event()
    job = Job(lambda progress, should_stop: started.set())
    job.stop()
    with pytest.raises(Stopped):
        list(job.follow())
    assert not started.is_set()


def test_an_error_in_the_work_reaches_whoever_follows() -> None:
    def fail(progress: Callable, should_stop: Callable) -> None:
        raise DeviceError("The memory is full.")

    with pytest.raises(DeviceError, match="The memory is full"):
        list(Job(fail).follow())


def test_a_job_ends_when_nobody_follows_it_any_more() -> None:
    ended = threading.Event()

    def work(progress: Callable, should_stop: Callable[[], bool]) -> None:
        while not should_stop():
            time.sleep(0.01)
        ended.set()

    steps = Job(work).follow()
    next(steps)
    steps.close()
    assert ended.wait(5)


def test_a_job_is_followed_once() -> None:
    job = Job(count_to(1))
    assert job.claim()
    assert not job.claim()


def test_the_time_left_follows_the_pace() -> None:
    assert Progress(25, 100, 10.0).seconds_left == pytest.approx(30.0)
    assert Progress(0, 0, 10.0).seconds_left is None
    assert Progress(1, 1000, 0.1).seconds_left is None  # a guess
