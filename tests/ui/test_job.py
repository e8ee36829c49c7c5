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


@pytest.mark.parametrize("set_up", [0.0, 7.0])
def test_the_time_left_is_right_at_an_even_pace_whatever_the_set_up_took(set_up: float) -> None:
    for done in (30, 50, 99):
        step = Progress(done, 100, set_up + done * 0.1, paced_from=(1, set_up + 0.1))
        assert step.seconds_left == pytest.approx((100 - done) * 0.1)


@pytest.mark.parametrize(
    "step",
    [
        Progress(0, 0, 10.0),
        Progress(9, 1000, 60.0),  # still setting up
        Progress(10, 1000, 60.0, paced_from=(10, 60.0)),
        Progress(19, 1000, 62.0, paced_from=(10, 60.0)),  # too little done
        Progress(400, 1000, 60.5, paced_from=(10, 60.0)),  # too short
    ],
)
def test_no_time_left_is_told_while_it_would_be_a_guess(step: Progress) -> None:
    assert step.seconds_left is None


def test_the_pace_is_taken_from_when_a_hundredth_is_done() -> None:
    def work(progress: Callable, should_stop: Callable[[], bool]) -> None:
        for done in (3, 9, 12, 500):
            time.sleep(0.05)
            progress(done, 1000)
        while not should_stop():
            time.sleep(0.01)

    steps = Job(work).follow()
    step = next(each for each in steps if each.done == 500)
    steps.close()
    assert step.paced_from[0] == 12
    assert 0.15 <= step.paced_from[1] < step.seconds
