"""A link from one browser to another: photo, tab and settings arrive, and an edited link breaks nothing."""

from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest

from hdr_demo.ui.deep_link_text import DEEP_LINK_TEXT

from .conftest import LARGE, PacedExpander

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page, expect

from .browsing import PHONE, await_state, open_tab, set_number, upload, visit

pytestmark = pytest.mark.browser

EXAMPLE = "portrait"  # the smallest, whose preview is exact
SETTINGS = "document.querySelector('.viewer').viewer.settings()"


@pytest.fixture
def tabs() -> Iterator[list[Page]]:
    """Whose visitors go when the test ends; no error may be left in the console."""
    tabs: list[Page] = []
    yield tabs
    for tab in tabs:
        tab.context.close()
        assert tab.complaints == []


def come(tabs: list[Page], browser: Browser, address: str, **options: object) -> Page:
    tabs.append(visit(browser, address, permissions=["clipboard-read", "clipboard-write"], **options))
    return tabs[-1]


def copy_link(tab: Page) -> str:
    tab.get_by_role("button", name="Copy link").click()
    expect(tab.locator(".link-panel [role=status]")).to_have_text(DEEP_LINK_TEXT["copied"][0])
    return tab.locator(".link-panel input").input_value()


def chosen_scale(tab: Page) -> str | None:
    tab.locator("#settings > button").click()
    return tab.locator("#scale input:checked").get_attribute("value")


def test_an_example_opens_elsewhere_at_the_same_tab_and_settings(tabs: list[Page], browser: Browser, url: str) -> None:
    asked = (
        f"?photo={EXAMPLE}&scale=radiometric&tone=agx&tone.contrast=1.5&exposures=-6,0&tab=tone"
        "&operator=hable&operator.white=9&stops=-3&split=0.3&zebra=1&secret=7&__sign=token"
    )
    first = come(tabs, browser, url + asked)
    expect(first.locator("#sliders-agx")).to_be_visible()
    set_number(first, "#agx-contrast", "1.2")
    await_state(first, "exact")
    expect(first.locator(".viewer[data-drawn]:not([aria-busy])")).to_be_attached()
    first.wait_for_function(f"{SETTINGS}.operator === 'hable'")
    link = copy_link(first)
    assert first.evaluate("navigator.clipboard.readText()") == link
    assert "secret" not in link and "__sign" not in link and "%3C" not in link
    expect(first.locator(".link-panel .note")).to_be_hidden()
    second = come(tabs, browser, link)
    expect(second.locator("#sliders-agx")).to_be_visible()
    expect(second.locator("#agx-contrast input[type=number]")).to_have_value("1.2")
    expect(second.locator(".viewer[data-drawn]")).to_be_attached()
    second.wait_for_function(f"{SETTINGS}.operator === 'hable'")
    settings = second.evaluate(SETTINGS)
    assert settings == first.evaluate(SETTINGS)
    assert (settings["stops"], settings["split"], settings["zebra"]) == (-3, 0.3, True)
    assert settings["parameters"]["white"] == 9
    await_state(second, "exact")
    assert copy_link(second) == link and "scale=radiometric" in link and "exposures=-6%2C0" in link
    open_tab(second, "Exposures")
    expect(second.locator("#exposures-stops input:checked")).to_have_count(2)
    assert chosen_scale(second) == "radiometric"


def test_ones_own_photo_opens_elsewhere_without_another_pass(
    tabs: list[Page], browser: Browser, page: gr.Blocks, url: str, large_photo: Path, expander: PacedExpander
) -> None:
    first = come(tabs, browser, url)
    upload(first, large_photo)
    await_state(first, "exact")
    expect(first.locator(".viewer[data-drawn]:not([aria-busy])")).to_be_visible()
    open_tab(first, "Measure")
    link = copy_link(first)
    expect(first.locator(".link-panel .note")).to_contain_text("an hour")
    assert copy_link(first) == link
    first.keyboard.press("Escape")
    expect(first.locator(".link-panel")).to_be_hidden()
    passes, sizes = len(expander.passes), set(expander.passes[-2:])
    second = come(tabs, browser, link, viewport=PHONE)
    await_state(second, "exact")
    expect(second.locator("#photo img")).to_be_visible()
    expect(second.locator("#tab-measure-button")).to_have_attribute("aria-selected", "true")
    expect(second.locator("[data-measure=range] dd")).to_have_text(
        first.locator("[data-measure=range] dd").inner_text()
    )
    presented = come(tabs, browser, f"{link}&present=3", reduced_motion="reduce")
    expect(presented.locator("dialog.lecture[data-step=network][data-drawn='own exact']")).to_be_visible()
    presented.locator(".lecture").get_by_role("button", name="Step 5").click()
    presented.locator("[data-operator=durand]").click()
    presented.wait_for_function("document.querySelector('.presentation').presentation.painter.rendition")
    expect(presented.locator("#progress [data-state]")).to_have_count(0)
    presented.keyboard.press("Escape")
    await_state(presented, "exact")
    assert LARGE in sizes and not sizes & set(expander.passes[passes:])
    # After an hour.
    page.visitors.shares.drop_old(float("inf"))
    late = come(tabs, browser, f"{link}&scale=paper")
    expect(late.locator("#progress")).to_contain_text(DEEP_LINK_TEXT["gone"][0])
    assert chosen_scale(late) == "paper"


@pytest.mark.parametrize(
    "query",
    [
        "?photo=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&tab=%27%5D%3Balert(1)&operator=__proto__&stops=NaN&split=x",
        "?scale=9&checkpoint=..%2F..%2Fx&tone=constructor&tone.gamma=1e999&exposures=%00&zebra=maybe&show=all&present=99",
        "?operator.constructor=1&operator=agx&operator.__proto__=2&tone=&photo=" + "a" * 3000,
    ],
)
def test_an_edited_link_breaks_nothing(
    tabs: list[Page], browser: Browser, url: str, query: str, small_photo: Path
) -> None:
    tab = come(tabs, browser, url + query, locale="zh-CN")
    tab.on("dialog", lambda dialog: pytest.fail(dialog.message))
    expect(tab.locator(".deep-link button").first).to_have_text("复制链接")
    upload(tab, small_photo)
    await_state(tab, "exact")
    expect(tab.locator(".viewer[data-drawn]")).to_be_attached()
    assert chosen_scale(tab) == "calibrated"
    expect(tab.locator("dialog.lecture")).to_have_count(0)


def test_a_link_that_cannot_be_copied_is_shown(tabs: list[Page], browser: Browser, url: str) -> None:
    script = "Object.defineProperty(navigator, 'clipboard', {}); document.execCommand = () => false;"
    tab = come(tabs, browser, url, script=script)
    tab.get_by_role("button", name="Copy link").click()
    expect(tab.locator(".link-panel [role=status]")).to_have_text(DEEP_LINK_TEXT["copy_it"][0])
    assert tab.locator(".link-panel input").input_value() == url
