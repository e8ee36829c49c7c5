"""The comparison of merges in a real browser: any two under the divider, by mouse, touch and keys."""

import base64
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hdr_demo.io import read_ldr, write_sdr
from hdr_demo.ui.bracket_compare import GHOST_COLORS, GHOSTS

from .brackets import write_bracket

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Locator, Page, expect

from .browsing import PHONE, visit

pytestmark = pytest.mark.browser

SHOWN = 5 + 1 + 3  # methods, the map, photos
BLUE = (0.1, 0.2, 0.5)
# A name with a character that HTML gives a meaning.
CHANGED = "changed &amp; moved.png"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """In the longest exposure something stands that is in no other."""
    paths = write_bracket(tmp_path_factory.mktemp("moving"))
    changed = read_ldr(paths[2]).ldr
    changed[60:90, 10:50] = BLUE
    return [*paths[:2], write_sdr(paths[2].with_name(CHANGED), changed)]


def come(browser: Browser, url: str) -> Page:
    tab = visit(browser, url, viewport=PHONE, has_touch=True)
    tab.set_default_timeout(15_000)
    tab.locator("#way-bracket-button").click()
    return tab


def merge(tab: Page, photos: list[Path]) -> None:
    tab.set_input_files("#bracket input[type=file]", photos)
    expect(tab.locator(".bracket-photos tbody tr")).to_have_count(len(photos))
    tab.locator("#bracket-method input").click()
    tab.locator("#bracket-method [role=option]").get_by_text("triangle weights").click()
    tab.locator("#bracket-begin").click()


@pytest.fixture(scope="module")
def merged(browser: Browser, url: str, photos: list[Path]) -> Iterator[Page]:
    """A visitor who has merged them without a network."""
    tab = come(browser, url)
    merge(tab, photos)
    yield tab
    assert tab.complaints == []
    tab.context.close()


@pytest.fixture
def tab(merged: Page) -> Page:
    """The same, with Debevec on the left, ours on the right and the divider in the middle."""
    expect(merged.locator(".wipe[data-drawn]")).to_be_visible()
    choose(merged, "left", "debevec")
    choose(merged, "right", "triangle")
    merged.locator(".wipe-fit").click()
    divider(merged).press("Home")
    for _ in range(5):
        divider(merged).press("PageUp")
    return merged


def divider(tab: Page) -> Locator:
    return tab.get_by_role("slider", name="Divider between the two results")


def box(tab: Page, side: str) -> Locator:
    return tab.get_by_role("combobox", name=side.capitalize(), exact=True)


def choose(tab: Page, side: str, key: str) -> None:
    box(tab, side).select_option(key)
    at = 0 if side == "left" else 1
    tab.wait_for_function(
        "([at, key]) => document.querySelector('.wipe').dataset.drawn?.split(' ')[at] === key", arg=[at, key]
    )


def look(tab: Page) -> np.ndarray:
    """Read what the canvas shows, float32, (H, W, 3), [0, 1]."""
    tab.evaluate("() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
    address = tab.evaluate("document.querySelector('.wipe canvas').toDataURL()")
    picture = Image.open(BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB")
    return np.asarray(picture, np.float32) / 255


def at(drawn: np.ndarray, row: int, column: int) -> np.ndarray:
    """Give the colour at a place of the pictures, which are 128×96."""
    return drawn[round((row + 0.5) * drawn.shape[0] / 96), round((column + 0.5) * drawn.shape[1] / 128)]


def test_any_two_results_lie_under_the_divider(tab: Page) -> None:
    expect(tab.locator("#bracket-compare-gallery .thumbnail-item")).to_have_count(SHOWN)
    expect(box(tab, "left").locator("option")).to_have_count(SHOWN)
    expect(tab.locator(".wipe-legend")).to_be_hidden()
    choose(tab, "left", GHOSTS)
    choose(tab, "right", "photo-2")
    expect(tab.locator(".wipe-legend [role=img]")).to_be_visible()
    drawn = look(tab)
    assert np.abs(at(drawn, 75, 30) - GHOST_COLORS[-1]).max() < 0.1  # something else stands there
    assert np.ptp(at(drawn, 20, 20)) < 0.05  # grey
    assert np.abs(at(drawn, 20, 100) - at(drawn, 20, 20)).max() > 0.1
    expect(tab.locator(".wipe canvas")).to_have_attribute(
        "aria-label", f"Left: Where the exposures disagree. Right: Photo: {CHANGED}."
    )
    tab.get_by_role("button", name="Swap left and right").click()
    tab.wait_for_function("document.querySelector('.wipe').dataset.drawn === 'photo-2 ghosts'")
    assert np.abs(at(look(tab), 75, 30) - BLUE).max() < 0.1
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_keys_move_the_divider_and_say_where_it_is(tab: Page) -> None:
    expect(divider(tab)).to_have_attribute("aria-valuenow", "50")
    divider(tab).press("ArrowLeft")
    expect(divider(tab)).to_have_attribute("aria-valuenow", "48")
    expect(divider(tab)).to_have_attribute(
        "aria-valuetext", "left 48 %: Debevec & Malik 1997 (OpenCV); the rest: triangle weights"
    )
    choose(tab, "right", GHOSTS)
    divider(tab).press("Home")
    assert np.ptp(at(look(tab), 20, 20)) < 0.05
    divider(tab).press("End")
    expect(divider(tab)).to_have_attribute("aria-valuenow", "100")
    assert np.abs(at(look(tab), 75, 120) - at(look(tab), 75, 30)).max() > 0.1


def test_mouse_and_finger_move_the_divider(tab: Page) -> None:
    stage = tab.locator(".wipe .viewer-stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    across, down = lambda share: box["x"] + share * box["width"], box["y"] + box["height"] / 2
    tab.mouse.move(across(0.5), down)
    tab.mouse.down()
    tab.mouse.move(across(0.3), down, steps=4)
    tab.mouse.up()
    expect(divider(tab)).to_have_attribute("aria-valuenow", "30")
    fingers = tab.context.new_cdp_session(tab)
    for kind, share in (("touchStart", 0.3), ("touchMove", 0.5), ("touchMove", 0.8), ("touchEnd", None)):
        points = [] if share is None else [{"x": across(share), "y": down}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(divider(tab)).to_have_attribute("aria-valuenow", "80")


def test_keys_zoom_and_move_the_picture(tab: Page) -> None:
    whole = look(tab)
    stage = tab.locator(".wipe .viewer-stage")
    stage.press("+")
    larger = look(tab)
    assert np.abs(larger - whole).mean() > 0.01
    stage.press("ArrowRight")
    assert np.abs(look(tab) - larger).mean() > 0.003
    stage.press("0")
    assert np.array_equal(look(tab), whole)


def test_a_picture_that_is_gone_gets_a_sentence_when_it_is_chosen(
    browser: Browser, url: str, photos: list[Path]
) -> None:
    tab = come(browser, url)
    tab.route("**/mertens.jpg", lambda route: route.fulfill(status=404))
    merge(tab, photos[:2])
    expect(tab.locator(".wipe[data-drawn='debevec triangle']")).to_be_visible()
    box(tab, "left").select_option("mertens")
    expect(tab.locator(".wipe [role=status]")).to_contain_text("no longer here; merge the photos again")
    choose(tab, "left", "reference")
    expect(tab.locator(".wipe [role=status]")).to_be_empty()
    assert tab.complaints == []
    tab.context.close()
