"""The handlers of the tab Compare with the truth, when a visitor does the next thing before the last one is done."""

from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from hdr_demo.errors import DeviceError
from hdr_demo.photo import PhotoExpander
from hdr_demo.scenes import Scene
from hdr_demo.ui import truth
from hdr_demo.ui.network import Networks
from hdr_demo.ui.session import Visitor, Visitors
from hdr_demo.ui.truth_camera import Settings, take_shot

REQUEST = gr.Request(session_hash="somebody", headers={})
CAMERA = (0, 0, 90, "share", 5, 0, "srgb", False, 92)
NETWORK = ("random-numbers", "calibrated")


@pytest.fixture
def visitors(tmp_path: Path) -> Visitors:
    visitors = Visitors(tmp_path)
    visitors.of(REQUEST).scene = Scene("room", np.random.default_rng(0).random((40, 60, 3), np.float32))
    return visitors


@pytest.fixture
def visitor(visitors: Visitors) -> Visitor:
    return visitors.of(REQUEST)


@pytest.fixture
def handlers(visitors: Visitors, expander: PhotoExpander) -> dict[str, Callable]:
    with gr.Blocks() as page:
        truth.build_truth(page, visitors, Networks({NETWORK[0]: lambda: expander}), max_megapixels=5.0)
    return {function.fn.__name__: function.fn for function in page.fns.values() if function.fn}


def said(steps: Iterator[dict]) -> set[str]:
    """The ids of the components that were given something new."""
    skipped = gr.skip()
    return {part.elem_id for step in steps for part, value in step.items() if value != skipped}


def meanwhile(do: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let something happen while the camera takes its picture."""

    def take_and_do(scene: Scene, settings: Settings) -> object:
        shot = take_shot(scene, settings)
        do()
        return shot

    monkeypatch.setattr(truth, "take_shot", take_and_do)


def test_a_photo_is_taken_drawn_and_expanded(handlers: dict, visitor: Visitor) -> None:
    assert {"finder", "finder-note", "lesson-progress"} <= said(handlers["take_photo"](REQUEST, *CAMERA, *NETWORK))
    assert visitor.lesson is not None


def test_a_photo_that_is_no_longer_wanted_draws_nothing(
    handlers: dict, visitor: Visitor, expander: PhotoExpander, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(lambda: visitor.begin("lesson"), monkeypatch)
    passes = len(expander.passes)
    assert not said(handlers["take_photo"](REQUEST, *CAMERA, *NETWORK))
    assert visitor.lesson is None and len(expander.passes) == passes


def test_a_failure_of_what_is_no_longer_wanted_is_not_drawn(
    handlers: dict, visitor: Visitor, expander: PhotoExpander, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        visitor.begin("lesson")
        raise DeviceError("There is too little memory.")

    monkeypatch.setattr(expander, "expand", fail)
    drawn = []
    with pytest.raises(gr.Error):
        drawn.extend(handlers["take_photo"](REQUEST, *CAMERA, *NETWORK))
    assert len(drawn) == 2  # the finder, and that the photo is being taken


def test_a_scene_that_is_dropped_meanwhile_does_no_harm(
    handlers: dict, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = visitor.scene
    monkeypatch.setattr(truth, "open_scene", lambda path, **_: scene)
    steps = handlers["take_example"](gr.EventData(None, {"number": 0}), REQUEST, *CAMERA, *NETWORK)
    for _ in steps:
        visitor.scene = None  # as `make_room` does for another visitor
    assert visitor.lesson is not None


def test_the_finder_shows_no_scene_that_was_replaced(
    handlers: dict, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "finder" in said([handlers["draw_finder"](REQUEST, *CAMERA)])
    meanwhile(lambda: setattr(visitor, "scene", None), monkeypatch)
    assert not said([handlers["draw_finder"](REQUEST, *CAMERA)])
