"""Visitors, their results and their files."""

import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hdr_demo.io import Picture
from hdr_demo.ui import session
from hdr_demo.ui.job import Job
from hdr_demo.ui.session import KEEP_CLOSED_SECONDS, KEEP_SECONDS, KEPT_FOLDERS, Visitor, Visitors


def ask(key: str | None) -> SimpleNamespace:
    return SimpleNamespace(session_hash=key)


@pytest.fixture
def visitors(tmp_path: Path) -> Visitors:
    return Visitors(tmp_path)


def picture(pixels: int) -> Picture:
    return Picture(np.zeros((1, pixels, 3), np.float32), None, "row", 8)


def test_a_visitor_is_found_again_and_is_nobody_else(visitors: Visitors) -> None:
    first, second = visitors.of(ask("a")), visitors.of(ask("b"))
    assert visitors.of(ask("a")) is first
    assert first is not second and first.folder != second.folder


def test_calls_without_a_key_share_nothing(visitors: Visitors) -> None:
    assert visitors.of(ask(None)) is not visitors.of(ask(None))


def test_the_name_of_a_folder_tells_nothing_of_its_visitor(visitors: Visitors) -> None:
    name = visitors.of(ask("known")).folder.name
    assert "known" not in name and len(name) >= 32


def test_a_closed_tab_stops_its_job_and_no_other(visitors: Visitors) -> None:
    for key in "ab":
        visitors.of(ask(key)).job = Job(lambda progress, should_stop: None)
    visitors.leave(ask("a"))
    assert visitors.of(ask("a")).job.stopped
    assert not visitors.of(ask("b")).job.stopped


def test_somebody_unknown_may_leave(visitors: Visitors) -> None:
    visitors.leave(ask("never seen"))


def test_of_each_kind_the_last_drawings_are_kept(visitors: Visitors) -> None:
    visitor = visitors.of(ask("a"))
    made = [visitor.new_folder("compare") for _ in range(KEPT_FOLDERS + 3)]
    other = visitor.new_folder("tone")
    assert [path.exists() for path in made] == [False] * 3 + [True] * KEPT_FOLDERS
    assert other.exists()


def test_results_are_deleted_after_an_hour_without_a_step(visitors: Visitors) -> None:
    path = visitors.of(ask("a")).new_folder("file")
    now = time.monotonic()
    visitors.sweep(now + KEEP_SECONDS - 60)
    assert path.exists()
    visitors.sweep(now + KEEP_SECONDS + 60)
    assert not path.exists()
    assert visitors.of(ask("a")).picture is None


def test_results_are_deleted_after_an_hour_even_of_a_visitor_who_stays(visitors: Visitors) -> None:
    visitor = visitors.of(ask("a"))
    old = visitor.new_folder("file")
    later = time.monotonic() + KEEP_SECONDS + 60
    visitor.seen = later
    visitors.sweep(later)
    assert not old.exists()
    assert visitors.of(ask("a")) is visitor


def test_results_of_a_closed_tab_are_deleted_soon(visitors: Visitors) -> None:
    path = visitors.of(ask("a")).new_folder("file")
    visitors.leave(ask("a"))
    now = time.monotonic()
    visitors.sweep(now + KEEP_CLOSED_SECONDS - 5)
    assert path.exists()
    visitors.sweep(now + KEEP_CLOSED_SECONDS + 5)
    assert not path.exists()


def test_a_phone_that_wakes_up_finds_its_results(visitors: Visitors) -> None:
    visitor = visitors.of(ask("a"))
    visitors.leave(ask("a"))
    assert visitors.of(ask("a")) is visitor
    visitors.sweep(time.monotonic() + KEEP_CLOSED_SECONDS + 5)
    assert visitors.of(ask("a")) is visitor


def test_the_photos_of_all_visitors_together_are_bounded(visitors: Visitors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "KEPT_PIXELS", 250)
    everybody = {key: visitors.of(ask(key)) for key in "abc"}
    for age, visitor in enumerate(everybody.values()):
        visitor.picture, visitor.seen = picture(100), time.monotonic() - 100 + age
    visitors.make_room(everybody["c"])
    assert [visitor.pixels for visitor in everybody.values()] == [0, 100, 100]


def test_only_what_was_begun_last_is_current(visitors: Visitors) -> None:
    visitor = visitors.of(ask("a"))
    first, second = visitor.begin(), visitor.begin()
    assert not visitor.is_current(first)
    assert visitor.is_current(second)


def test_nobody_is_left_at_the_end(visitors: Visitors, tmp_path: Path) -> None:
    visitors.of(ask("a")).new_folder("file")
    visitors.forget_all()
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_was_replaced_is_stopped_and_no_longer_the_visitors(tmp_path: Path) -> None:
    visitor = Visitor(tmp_path)
    visitor.drop_job()
    job = visitor.job = Job(lambda note, stop: None)
    visitor.drop_job()
    # Whoever follows it sees at once that it is not theirs any more, and leaves the page to the new photo.
    assert job.stopped and visitor.job is None
