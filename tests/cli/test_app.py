"""Which checkpoints the page offers."""

from pathlib import Path

import pytest

from hdr_demo.cli.app import offer_checkpoints
from hdr_demo.errors import WeightsError
from hdr_demo.weights import DEFAULT_WEIGHTS, WEIGHTS


def offer(*asked: str) -> dict:
    return offer_checkpoints(asked, device="cpu", offline=True)


def test_without_a_wish_the_default_comes_first_and_every_known_one_is_there() -> None:
    names = list(offer())
    assert names[0] == DEFAULT_WEIGHTS and set(names) == set(WEIGHTS)


def test_the_first_asked_for_is_the_default_and_a_file_does_not_tell_its_folder(tmp_path: Path) -> None:
    names = list(offer(str(tmp_path / "mine.pth"), "owner/name"))
    assert names == ["mine.pth", "owner/name", *WEIGHTS]


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    names = list(offer(str(tmp_path / "a" / "mine.pth"), str(tmp_path / "b" / "mine.pth")))
    assert names[:2] == ["mine.pth", "mine.pth (2)"]


def test_the_environment_names_one_where_no_flag_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HDR_DEMO_WEIGHTS", "owner/name")
    assert next(iter(offer())) == "owner/name"
    assert next(iter(offer("other/name"))) == "other/name"


def test_only_the_default_may_be_replaced_by_the_bundled_one() -> None:
    loads = offer("owner/first", "owner/second")
    assert loads["owner/first"]().checkpoint.source == "bundled"
    with pytest.raises(WeightsError, match="owner/second"):
        loads["owner/second"]()


def test_the_page_computes_by_the_back_end_that_is_named() -> None:
    load = next(iter(offer_checkpoints((), device="cpu", backend="torch", offline=True).values()))
    assert load().expander.backend == "torch"
