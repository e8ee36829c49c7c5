"""The tab Bracket in a real browser: from the drop to the tabs of a photo, and what goes wrong on the way."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from hdr_demo.bracket import open_bracket
from hdr_demo.io import read_hdr_picture
from hdr_demo.merge.methods import METHODS
from hdr_demo.ui import bracket_work

from .brackets import make_light, write_bracket

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Locator, Page, expect

from .browsing import PHONE, download, open_tab, upload, visit

pytestmark = pytest.mark.browser

NAMES = ("IMG_3.jpg", "a long name of a photo, as cameras and people give them.jpg", "夜景.jpg")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """From the shortest exposure to the longest."""
    return write_bracket(tmp_path_factory.mktemp("bracket"), names=NAMES)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """While it is not set, merges wait."""
    opened = threading.Event()

    def wait_and_open(*args: object, **others: object) -> object:
        opened.wait(20)
        return open_bracket(*args, **others)

    monkeypatch.setattr(bracket_work, "open_bracket", wait_and_open)
    yield opened
    opened.set()


def come(browser: Browser, url: str, photos: list[Path] = (), **options: object) -> Page:
    tab = visit(browser, url, **options)
    tab.locator("#way-bracket-button").click()
    if photos:
        give(tab, photos)
        expect(rows(tab)).to_have_count(len(photos))
    return tab


def give(tab: Page, photos: list[Path]) -> None:
    tab.set_input_files("#bracket input[type=file]", photos)


def rows(tab: Page) -> Locator:
    return tab.locator(".bracket-photos tbody tr")


def names(tab: Page) -> list[str]:
    return tab.locator(".bracket-photos tbody th").all_inner_texts()


def times(tab: Page) -> list[str]:
    return [box.input_value() for box in tab.locator(".bracket-photos input[type=text]").all()]


def choose_method(tab: Page, name: str) -> None:
    tab.locator("#bracket-method input").click()
    tab.locator("#bracket-method [role=option]").nth(list(METHODS).index(name)).click()


def merge(tab: Page, method: str = "triangle") -> None:
    choose_method(tab, method)
    tab.locator("#bracket-begin").click()


def await_end(tab: Page, state: str) -> None:
    expect(tab.locator(f"#bracket-progress [data-state={state}]")).to_be_visible()


def fact(tab: Page, key: str) -> str:
    return tab.locator(f"#bracket-summary [data-fact={key}] dd").inner_text().replace("\u00a0", " ")


def test_photos_are_sorted_and_merged_and_open_in_the_tabs_of_a_photo(
    browser: Browser, url: str, photos: list[Path]
) -> None:
    tab = come(browser, url, photos[::-1])
    assert names(tab) == list(NAMES) and times(tab) == ["1/240", "1/60", "1/15"]
    assert tab.locator(".bracket-stops").all_inner_texts() == ["−2", "0", "+2"]
    assert tab.get_by_label(f"{NAMES[1]} is the reference").is_checked()
    merge(tab)
    await_end(tab, "exact")
    assert (fact(tab, "photos"), fact(tab, "range"), fact(tab, "ghosts")) == ("3", "4 stops", "0.0 %")
    tab.locator("#bracket-open").click()
    expect(tab.locator("#progress")).to_contain_text("Merged a bracket of 3 photos, 128 × 96 px. Headroom +1.6 stops.")
    read = read_hdr_picture(download(tab, "exr")).hdr
    assert np.median(np.abs(read - make_light())) < 0.01
    assert read[32, 64].min() == pytest.approx(make_light().max(), rel=0.03)
    open_tab(tab, "Exposures")
    expect(tab.locator("#exposures-note")).to_contain_text("what the other exposures measured")
    assert not tab.complaints


def test_times_may_be_typed_and_whoever_types_keeps_their_place(browser: Browser, url: str, photos: list[Path]) -> None:
    tab = come(browser, url, photos)
    box = tab.get_by_label(f"Exposure time of {NAMES[2]}")
    box.fill("1/1000")
    box.press("Shift+Tab")
    tab.keyboard.press("Shift+Tab")  # past the choice of the reference, to the time of the photo before
    tab.keyboard.type("1/9")
    expect(tab.locator(".bracket-photos tbody th").first).to_contain_text(NAMES[2])
    tab.keyboard.type("0")
    expect(tab.get_by_label(f"Exposure time of {NAMES[1]}")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator(".bracket-photos tbody tr[data-source=typed]")).to_have_count(2)
    assert times(tab) == ["1/1000", "1/240", "1/90"]
    box.fill("fast")
    box.press("Enter")
    expect(tab.locator("#bracket-progress")).to_contain_text("“fast” is no exposure time")
    expect(box).to_have_value("1/1000")
    tab.locator("#bracket-exif").click()
    expect(tab.locator(".bracket-photos tbody tr[data-source=exif]")).to_have_count(3)
    assert times(tab) == ["1/240", "1/60", "1/15"]
    tab.locator("#bracket-estimate").click()
    expect(tab.locator(".bracket-photos tbody tr[data-source=estimated]")).to_have_count(3)
    assert [float(eval_fraction(text)) for text in times(tab)] == pytest.approx([1 / 4, 1, 4], rel=0.1)
    assert not tab.complaints


def eval_fraction(text: str) -> float:
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


def test_the_reference_that_is_chosen_is_what_the_tabs_show(browser: Browser, url: str, photos: list[Path]) -> None:
    tab = come(browser, url, photos)
    tab.get_by_label(f"{NAMES[0]} is the reference").check()
    expect(tab.locator(".bracket-stops").first).to_have_text("0")
    tab.get_by_label("Crop to what all share").check()
    merge(tab)
    await_end(tab, "exact")
    expect(tab.locator("#bracket-summary [data-fact=photos]")).to_contain_text(f"reference {NAMES[0]}")
    expect(tab.locator("#bracket-summary .note")).to_contain_text("Cropped to the")
    tab.locator("#bracket-open").click()
    assert download(tab, "exr").name == "IMG_3.exr"


def test_what_cannot_be_merged_gets_a_sentence(
    browser: Browser, url: str, photos: list[Path], no_photo: Path, small_photo: Path
) -> None:
    tab = come(browser, url)
    expect(tab.locator("#bracket-begin")).to_be_disabled()
    sentences: list[tuple[list[Path], str]] = [
        ([*photos, no_photo], "notes.jpg is not a picture"),
        (photos[:1], "add at least one more"),
        (photos[:1] * 10, "a bracket has at most 9"),
        ([photos[0], small_photo], "a bracket has photos of one size"),
    ]
    for given, sentence in sentences:
        give(tab, given)
        expect(tab.locator("#bracket-progress")).to_contain_text(sentence)
        expect(tab.locator("#bracket-begin")).to_be_disabled()
        tab.get_by_label("Clear").first.click()
        expect(tab.locator("#bracket-progress .pass")).to_have_count(0)
        expect(rows(tab)).to_have_count(0)
    give(tab, [photos[0], photos[0]])
    expect(rows(tab)).to_have_count(2)
    merge(tab)
    await_end(tab, "failed")
    expect(tab.locator("#bracket-progress")).to_contain_text("have the same exposure")
    expect(tab.locator("#bracket-begin")).to_be_visible()


def test_a_merge_can_be_stopped_and_begun_again(
    browser: Browser, url: str, photos: list[Path], gate: threading.Event
) -> None:
    tab = come(browser, url, photos)
    merge(tab)
    expect(tab.locator("#bracket-begin")).to_be_hidden()
    tab.locator("#bracket-stop").click()
    gate.set()
    await_end(tab, "stopped")
    expect(tab.locator("#bracket-summary dl")).to_have_count(0)
    tab.locator("#bracket-begin").click()
    await_end(tab, "exact")


def test_two_visitors_get_their_own_merges(browser: Browser, url: str, photos: list[Path], tmp_path: Path) -> None:
    others = write_bracket(tmp_path, names=("one.jpg", "two.jpg"), side=(60, 90))
    tabs = [come(browser, url, photos), come(browser, url, others)]
    for tab in tabs:
        merge(tab)
    for tab, count, size in zip(tabs, ("3", "2"), ("128 × 96", "90 × 60"), strict=True):
        await_end(tab, "exact")
        assert fact(tab, "photos") == count
        expect(tab.locator("#bracket-summary [data-fact=time]")).to_contain_text(size)


def test_a_photo_that_was_opened_meanwhile_stays_until_the_merge_is_asked_for(
    browser: Browser, url: str, photos: list[Path], small_photo: Path, gate: threading.Event
) -> None:
    tab = come(browser, url, photos)
    merge(tab)
    open_tab(tab, "Your photo")
    upload(tab, small_photo)
    expect(tab.locator("#progress [data-state=exact]")).to_contain_text("120 × 90")
    gate.set()
    tab.locator("#way-bracket-button").click()
    await_end(tab, "exact")
    open_tab(tab, "Your photo")
    expect(tab.locator("#progress [data-state=exact]")).to_contain_text("120 × 90")
    tab.locator("#way-bracket-button").click()
    tab.locator("#bracket-open").click()
    expect(tab.locator("#progress")).to_contain_text("Merged a bracket of 3 photos")


def test_a_tab_that_is_closed_stops_its_merge_and_leaves_no_file(
    browser: Browser, page: gr.Blocks, url: str, photos: list[Path], gate: threading.Event
) -> None:
    tab = come(browser, url, photos)
    merge(tab)
    expect(tab.locator("#bracket-stop")).to_be_visible()
    visitor = max((one for one in page.visitors._visitors.values() if one.merging), key=lambda one: one.seen)
    run = visitor.merging
    tab.context.close()
    await_that(lambda: run.job.stopped)
    visitor.forget()
    gate.set()
    await_that(run.job._ended.is_set)
    assert not run.job.done and not visitor.folder.exists()


def await_that(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    assert holds()


@pytest.mark.parametrize("options", [{}, {"locale": "zh-CN"}], ids=["english", "chinese"])
def test_a_phone_holds_the_table_and_the_summary(browser: Browser, url: str, photos: list[Path], options: dict) -> None:
    tab = come(browser, url, photos, viewport=PHONE, **options)
    merge(tab)
    await_end(tab, "exact")
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    table, choices, summary = (
        tab.locator(selector).bounding_box()["y"]
        for selector in ("#bracket-table", "#bracket-method", "#bracket-summary")
    )
    assert table < choices < summary
    if options:
        expect(tab.locator("#bracket-progress")).to_contain_text("已合成 3 张照片")
        tab.locator("#bracket-open").click()
        expect(tab.locator("#progress")).to_contain_text("已合成3 张照片的包围曝光")
