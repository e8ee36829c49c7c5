"""The network that visitors share."""

import sys
import threading
import time
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from hdr_demo.errors import WeightsError
from hdr_demo.io import Picture
from hdr_demo.ui import turns as turns_module
from hdr_demo.ui.network import Network, Networks
from hdr_demo.ui.turns import Turns

from .conftest import PacedExpander, make_ldr

PICTURE = Picture(make_ldr(200, 300), None, "ramp", 8)


def test_nothing_is_loaded_before_it_is_needed_and_then_once(expander: PacedExpander) -> None:
    loads = []

    def load() -> PacedExpander:
        loads.append(threading.current_thread())
        return expander

    network = Network(load)
    assert not network.ready and not loads
    assert network.expander() is network.expander() is expander
    assert len(loads) == 1 and loads[0] is not threading.current_thread()
    assert network.ready


def test_a_wish_ends_the_page_s_head_start(expander: PacedExpander) -> None:
    network = Network(lambda: expander)
    network.await_wish(0.01)
    assert not network.ready  # waiting is no wish
    waiting = threading.Thread(target=network.await_wish, args=(600,))
    waiting.start()
    network.start()
    waiting.join(60)
    assert not waiting.is_alive()


def test_everybody_learns_why_the_network_cannot_be_loaded() -> None:
    def load() -> PacedExpander:
        raise WeightsError("random.pth does not exist.")

    network = Network(load)
    for _ in range(2):
        with pytest.raises(WeightsError, match="does not exist"):
            network.expander()


def test_the_full_size_pass_gives_what_the_library_gives(expander: PacedExpander) -> None:
    network = Network(lambda: expander)
    assert np.array_equal(network.expand(PICTURE, "calibrated").hdr, expander.expand(PICTURE).hdr)


def test_a_full_size_pass_waits_while_a_preview_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    order, previewing, may_end = [], threading.Event(), threading.Event()

    def preview(picture: Picture, scale: str) -> None:
        previewing.set()
        may_end.wait(5)
        order.append("preview")

    def expand(picture: Picture, scale: str, progress: object, should_stop: object) -> None:
        should_stop()
        order.append("tile")

    fake = SimpleNamespace(preview=preview, expand=expand, expander=SimpleNamespace(expand=lambda ldr: ldr))
    network = Network(lambda: fake)
    first = threading.Thread(target=network.preview, args=(PICTURE, "calibrated"))
    second = threading.Thread(target=network.expand, args=(PICTURE, "calibrated"))
    first.start()
    assert previewing.wait(5)
    second.start()
    time.sleep(0.2)
    assert order == []
    may_end.set()
    first.join(5)
    second.join(5)
    assert order == ["preview", "tile"]


def test_a_full_size_pass_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "PATIENCE_SECONDS", 0.05)
    fake = SimpleNamespace(
        expand=lambda picture, scale, progress, should_stop: should_stop(),
        expander=SimpleNamespace(expand=lambda ldr: ldr),
    )
    turns = Turns()
    network = Network(lambda: fake, turns)
    with turns.first():
        assert network.expand(PICTURE, "calibrated", should_stop=lambda: True) is True


def test_each_checkpoint_is_loaded_when_somebody_wants_it_and_then_stays(expander: PacedExpander) -> None:
    loads = []

    def load_as(name: str) -> PacedExpander:
        loads.append(name)
        return expander

    networks = Networks({"first": lambda: load_as("first"), "second": lambda: load_as("second")})
    assert networks.names == ["first", "second"] and not loads
    assert networks.of() is networks.of("first") is not networks.of("second")
    networks.of("second").expander()
    networks.of("second").expander()
    assert loads == ["second"]


def test_a_checkpoint_that_could_not_be_loaded_is_tried_again(expander: PacedExpander) -> None:
    answers = iter([WeightsError("The Hub does not answer."), expander])

    def load() -> PacedExpander:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    networks = Networks({"on the Hub": load})
    with pytest.raises(WeightsError, match="does not answer"):
        networks.of("on the Hub").expander()
    assert networks.of("on the Hub").expander() is expander


def test_a_checkpoint_that_is_not_offered_gets_a_sentence() -> None:
    with pytest.raises(WeightsError, match="secret is not offered here; choose one of first"):
        Networks({"first": lambda: None}).of("secret")


def test_where_spaces_is_present_the_network_is_called_through_it(
    monkeypatch: pytest.MonkeyPatch, expander: PacedExpander
) -> None:
    calls = []

    def gpu(function):
        def call(*args, **kwargs):
            calls.append((args, kwargs))
            return function(*args, **kwargs)

        return call

    spaces = ModuleType("spaces")
    spaces.GPU = gpu
    spaces.__spec__ = SimpleNamespace(name="spaces")
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    network = Network(lambda: expander)
    network.preview(PICTURE, "calibrated")
    network.expand(PICTURE, "calibrated", progress=lambda done, total: None, should_stop=lambda: False)
    # ZeroGPU sends the arguments to another process: only what can be pickled may be among them.
    assert [(args[0], kwargs) for args, kwargs in calls] == [("preview", {}), ("expand", {})]
