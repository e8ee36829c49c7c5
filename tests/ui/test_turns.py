"""The queue for the device: everybody advances side by side."""

import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from hdr_demo.errors import Stopped
from hdr_demo.ui import turns as turns_module
from hdr_demo.ui.turns import TakesTurns, Turns, handing_on

TILE_SECONDS = 0.01


@pytest.fixture(autouse=True)
def _a_turn_is_a_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "TURN_SECONDS", 0.0)


class Device:
    """Notes who used it, and whether two did at once."""

    def __init__(self) -> None:
        self.used: list[str] = []
        self._busy = threading.Lock()

    def tile(self, who: str) -> None:
        assert self._busy.acquire(blocking=False), "two at once"
        self.used.append(who)
        time.sleep(TILE_SECONDS)
        self._busy.release()


def run_together(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


def longest_wait(used: list[str], who: str) -> int:
    """Count the most tiles of others between two of somebody."""
    places = [place for place, one in enumerate(used) if one == who]
    return max(after - before - 1 for before, after in zip(places, places[1:]))


def photo(turns: Turns, device: Device, who: str, tiles: int) -> Callable[[], None]:
    def work() -> None:
        with turns.line_up() as hand_on:
            for _ in range(tiles):
                hand_on()
                device.tile(who)

    return work


def clip(turns: Turns, device: Device, who: str, frames: int, tiles: int = 2) -> Callable[[], None]:
    def ask(ldr: np.ndarray, should_stop: Callable[[], bool]) -> np.ndarray:
        for _ in range(tiles):
            should_stop()
            device.tile(who)
        return ldr

    expander = TakesTurns(SimpleNamespace(ask=ask), turns)
    return lambda: [expander.ask(np.zeros(1)) for _ in range(frames)]


def test_two_clips_alternate() -> None:
    turns, device = Turns(), Device()
    run_together(clip(turns, device, "a", 10, tiles=1), clip(turns, device, "b", 10, tiles=1))
    assert sorted(device.used) == ["a"] * 10 + ["b"] * 10
    both = device.used[device.used.index("b") - 1 : 16]
    assert longest_wait(both, "a") <= 2 and longest_wait(both, "b") <= 2


def test_a_photo_is_computed_beside_a_clip_and_not_after_it() -> None:
    turns, device = Turns(), Device()
    run_together(clip(turns, device, "clip", 20), photo(turns, device, "photo", 10))
    assert device.used.index("photo") < 5
    last = len(device.used) - 1 - device.used[::-1].index("photo")
    assert last < 30  # of 50; each of its 10 tiles waited for one or two of the clip's
    assert longest_wait(device.used, "photo") <= 2


def test_whoever_works_alone_never_waits() -> None:
    turns, device = Turns(), Device()
    run_together(clip(turns, device, "a", 5))
    assert device.used == ["a"] * 10


def test_a_turn_lasts_so_that_small_tiles_are_no_disadvantage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "TURN_SECONDS", 4.5 * TILE_SECONDS)
    turns, device = Turns(), Device()
    run_together(photo(turns, device, "a", 20), photo(turns, device, "b", 20))
    changes = sum(one != other for one, other in zip(device.used, device.used[1:]))
    assert changes <= 12


def test_who_fails_or_is_stopped_leaves_the_queue() -> None:
    turns, device = Turns(), Device()
    with pytest.raises(Stopped), turns.line_up():
        raise Stopped
    run_together(photo(turns, device, "a", 2))
    assert device.used == ["a", "a"]


def test_the_wish_to_stop_is_passed_on() -> None:
    answers: Iterator[bool] = iter([False, True])
    asks = handing_on(lambda: None, lambda: next(answers))
    assert [asks(), asks()] == [False, True]
    assert handing_on(lambda: None, None)() is False


def test_a_preview_goes_before_a_clip() -> None:
    turns, device = Turns(), Device()
    with turns.first():
        thread = threading.Thread(target=clip(turns, device, "clip", 1))
        thread.start()
        time.sleep(0.1)
        assert device.used == []
    thread.join(5)
    assert device.used == ["clip", "clip"]
