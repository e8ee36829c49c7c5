"""The presentation in a real browser: its steps by keys, fingers and buttons, on every kind of screen."""

from collections.abc import Callable, Iterator
from functools import partial

import gradio as gr
import numpy as np
import pytest

from hdr_demo.io import write_sdr
from hdr_demo.ui.app import STYLES
from hdr_demo.ui.examples import Example
from hdr_demo.ui.exhibition import Exhibition
from hdr_demo.ui.network import Networks
from hdr_demo.ui.presentation import build_presentation
from hdr_demo.ui.presentation_text import PRESENTATION_TEXT
from hdr_demo.ui.session import Visitors

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from .browsing import PATIENCE_MS, PHONE
from .conftest import PacedExpander, launched, make_ldr
from .viewing import HDR_SCREEN, launch_chromium

pytestmark = pytest.mark.browser

SCREEN = {"width": 1024, "height": 768}
STEPS = ("photo", "grey", "network", "true", "tone")
# Small ones, and one that gets a preview first.
PHOTOS = {"beach": (540, 720), "door": (120, 90), "lamp": (90, 120)}
EXAMPLE = "lamp"
WITHOUT_WEBGL = """
  const getContext = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...others) {
    return kind === "webgl2" ? null : getContext.call(this, kind, ...others);
  };
"""


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    with launch_chromium(playwright, chromium) as browser:
        yield browser


@pytest.fixture(scope="module")
def url(expander: PacedExpander, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page with nothing but the presentation."""
    folder = tmp_path_factory.mktemp("presentation")
    examples = []
    for name, size in PHOTOS.items():
        ldr = make_ldr(*size)
        examples.append(Example(write_sdr(folder / f"{name}.png", ldr), partial(np.array, ldr)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "served"))
        networks, visitors = Networks({"random": lambda: expander}), Visitors(folder / "served" / "results")
        with gr.Blocks(analytics_enabled=False, title="presentation") as page:
            build_presentation(page, visitors, Exhibition(networks, folder / "served" / "exhibition", examples))
            gr.Textbox(label="Words")
        with launched(page, *STYLES) as address:
            yield address


@pytest.fixture
def come(browser: Browser, url: str) -> Iterator[Callable[..., Page]]:
    """Come to a step of the presentation as somebody new; no error may be left in the console."""
    tabs = []

    def visit_step(
        step: object = 1, photo: str = EXAMPLE, *, drawn: bool = True, script: str = "", **options: object
    ) -> Page:
        settings = {"viewport": SCREEN, "reduced_motion": "reduce", **options}
        context = settings.pop("browser", browser).new_context(**settings)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(script)
        tab = context.new_page()
        tab.requested, tab.complaints = [], []
        tab.on("request", lambda request: tab.requested.append(request.url))
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tabs.append(tab)
        tab.goto(f"{url}?present={step}&photo={photo}")
        expect(tab.locator(".presentation > button")).to_be_attached()
        if drawn:
            expect(tab.locator("dialog.lecture[data-drawn$=exact]")).to_be_visible()
        return tab

    yield visit_step
    for tab in tabs:
        tab.context.close()
        assert tab.complaints == []


def step_of(tab: Page) -> str:
    return tab.locator("dialog.lecture").get_attribute("data-step")


def said(tab: Page) -> str:
    return tab.locator(".lecture [role=status]").inner_text()


def read_half(tab: Page, left: float, right: float) -> np.ndarray:
    """Read what the canvas shows between two shares of its width, uint8, (H, w, 3)."""
    rows = tab.evaluate(
        """([left, right]) => {
          const { painter } = document.querySelector(".presentation").presentation;
          const paint = painter.picture.draw;
          let rows = [];
          painter.picture.draw = (...view) => {
            paint.apply(painter.picture, view);
            rows = painter.picture.readCanvas();
          };
          painter.stage.changed();
          painter.picture.draw = paint;
          const width = painter.picture.canvas.width;
          return rows.filter((_, index) => index % 8 === 0)
            .map((row) => [...row.subarray(4 * Math.round(left * width), 4 * Math.round(right * width))]);
        }""",
        [left, right],
    )
    return np.array(rows, np.uint8).reshape(len(rows), -1, 4)[..., :3]


def test_keys_and_clicks_lead_through_the_story(come: Callable[..., Page]) -> None:
    tab = come()
    assert step_of(tab) == "photo" and said(tab).startswith("Step 1 of 5: the photo.")
    for key, step in zip(("ArrowRight", " ", "PageDown", "Enter"), STEPS[1:], strict=True):
        tab.keyboard.press(key)
        assert step_of(tab) == step
    assert "Step 5 of 5: tone mapping" in said(tab) and "Reinhard" in said(tab)
    tab.keyboard.press("ArrowRight")  # there is nothing after the end
    assert step_of(tab) == "tone"
    for key, step in (
        ("ArrowLeft", "true"),
        ("PageUp", "network"),
        ("Backspace", "grey"),
        ("Home", "photo"),
        ("End", "tone"),
    ):
        tab.keyboard.press(key)
        assert step_of(tab) == step
    tab.keyboard.press("Home")
    tab.locator(".lecture-frame canvas").click()
    assert step_of(tab) == "grey"
    tab.get_by_role("button", name="Step 4 of 5").click()
    assert step_of(tab) == "true"
    tab.keyboard.press(" ")  # the clicked button does not take the key
    assert step_of(tab) == "tone"


def test_darkened_the_photo_is_flat_grey_and_the_light_keeps_its_shape(come: Callable[..., Page]) -> None:
    tab = come(2)
    expect(tab.locator(".lecture-sentence")).to_contain_text("−4 stops")
    grey = read_half(tab, 0, 1)
    assert grey.max() == pytest.approx(137 / 2, abs=3)  # sRGB of white, four stops down
    tab.keyboard.press("ArrowRight")
    expect(tab.locator(".lecture .viewer-side:visible")).to_have_count(2)
    left, right = read_half(tab, 0, 0.49), read_half(tab, 0.51, 1)
    assert len(np.unique(right)) > len(np.unique(left)) and right.max() > left.max() + 10


def test_a_drag_of_exposure_and_divider_asks_the_server_nothing(come: Callable[..., Page]) -> None:
    tab = come(3)
    tab.wait_for_timeout(300)
    tab.requested.clear()
    before = read_half(tab, 0.6, 1)
    slider = tab.locator(".lecture").get_by_role("slider", name="Exposure (stops)")
    box = slider.bounding_box()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2, steps=10)
    tab.mouse.up()
    assert float(slider.input_value()) > -1
    assert read_half(tab, 0.6, 1).mean() > before.mean()
    frame = tab.locator(".lecture-frame").bounding_box()
    middle = frame["y"] + frame["height"] / 2
    tab.mouse.move(frame["x"] + frame["width"] / 2, middle)
    tab.mouse.down()
    tab.mouse.move(frame["x"] + frame["width"] / 4, middle, steps=8)
    tab.mouse.up()
    divider = tab.locator(".lecture").get_by_role("slider", name="Divider between photo and HDR image")
    expect(divider).to_have_attribute("aria-valuenow", "25")
    tab.keyboard.press("]")
    assert "stops" in said(tab)
    assert step_of(tab) == "network" and not [each for each in tab.requested if "queue" in each]
    tab.keyboard.press("ArrowRight")  # what was dragged does not keep the keys
    assert step_of(tab) == "true"


def test_keys_on_a_slider_move_it_and_not_the_story(come: Callable[..., Page]) -> None:
    tab = come(3)
    slider = tab.locator(".lecture").get_by_role("slider", name="Exposure (stops)")
    before = float(slider.input_value())
    slider.press("ArrowRight")
    assert float(slider.input_value()) == pytest.approx(before + 0.1) and step_of(tab) == "network"
    tab.locator(".lecture").get_by_role("slider", name="Divider between photo and HDR image").press("ArrowLeft")
    assert step_of(tab) == "network"


def swipe(tab: Page, across: float, down: float = 0.0) -> None:
    client = tab.context.new_cdp_session(tab)
    box = tab.locator(".lecture-stage").bounding_box()
    x, y = box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.8

    def send(kind: str, share: float | None) -> None:
        points = [] if share is None else [{"x": x + share * across, "y": y + share * down}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", 0.0)
    for share in (0.25, 0.5, 0.75, 1.0):
        send("touchMove", share)
    send("touchEnd", None)


def test_a_finger_swipes_through_the_story_and_to_another_picture(come: Callable[..., Page]) -> None:
    tab = come(1, viewport=PHONE, has_touch=True)
    for step in STEPS[1:4]:
        swipe(tab, -150)
        assert step_of(tab) == step
    swipe(tab, 150)
    assert step_of(tab) == "network"
    swipe(tab, 0, -200)
    expect(tab.locator("dialog.lecture[data-drawn^=beach]")).to_be_visible()
    assert step_of(tab) == "network"
    overflow = tab.evaluate(
        "[...document.querySelectorAll('.lecture-bar button:not([data-operator])')]"
        ".filter(each => each.offsetParent && each.getBoundingClientRect().right > innerWidth).length"
    )
    assert overflow == 0


def test_another_picture_is_chosen_by_number_by_arrow_and_from_the_strip(come: Callable[..., Page]) -> None:
    tab = come(2)
    dialog = tab.locator("dialog.lecture")
    tab.get_by_role("button", name="Pictures").click()
    strip = tab.locator(".lecture-strip")
    expect(strip.get_by_role("button", name="lamp")).to_have_attribute("aria-pressed", "true")
    strip.get_by_role("button", name="door").click()
    expect(dialog).to_have_attribute("data-drawn", "door exact")
    expect(strip).to_be_hidden()
    tab.keyboard.press("3")
    expect(dialog).to_have_attribute("data-drawn", "lamp exact")
    tab.keyboard.press("ArrowUp")
    expect(dialog).to_have_attribute("data-drawn", "door exact")
    tab.keyboard.press("9")  # there are three
    assert step_of(tab) == "grey"


def test_an_example_is_computed_once_for_all_visitors(come: Callable[..., Page], expander: PacedExpander) -> None:
    come(1, "door")
    passes = len(expander.passes)
    come(2, "door")
    assert PHOTOS["door"] not in expander.passes[passes:]


def test_a_preview_comes_first_and_the_exact_picture_takes_its_place(
    come: Callable[..., Page], expander: PacedExpander, url: str
) -> None:
    expander.seconds_a_tile = 0.02
    tab = come(3, "beach", drawn=False)
    drawn = "document.querySelector('dialog.lecture')?.dataset.drawn"
    tab.wait_for_function(f"{drawn} === 'beach preview' || {drawn} === 'beach exact'")
    expect(tab.locator("dialog.lecture[data-drawn='beach exact']")).to_be_visible()
    expect(tab.locator(".lecture-note")).to_be_hidden()
    assert step_of(tab) == "network"
    source = "document.querySelector('.presentation').presentation.painter.picture.source"
    assert tab.evaluate(f"[{source}.height, {source}.width]") == list(PHOTOS["beach"])


@pytest.mark.parametrize("photo", ["own", "%3Cscript%3Ealert(1)%3C/script%3E"])
def test_a_photo_that_is_none_gives_way_to_the_first(come: Callable[..., Page], photo: str) -> None:
    tab = come(1, photo)
    expect(tab.locator("dialog.lecture")).to_have_attribute("data-drawn", "beach exact")


def test_operators_are_drawn_here_or_by_the_server(come: Callable[..., Page]) -> None:
    tab = come(5)
    drawn = {}
    for name in ("exposure", "agx", "durand"):
        tab.locator(f".lecture-operators [data-operator={name}]").click()
        if name == "durand":
            tab.wait_for_function("document.querySelector('.presentation').presentation.painter.rendition")
        drawn[name] = read_half(tab, 0.6, 1).astype(int)
        expect(tab.locator(f"[data-operator={name}]")).to_have_attribute("aria-pressed", "true")
    for one, other in (("exposure", "agx"), ("agx", "durand")):
        assert np.abs(drawn[one] - drawn[other]).mean() > 2


def test_an_ordinary_screen_is_told_so_and_sees_colours(come: Callable[..., Page]) -> None:
    tab = come(4)
    expect(tab.locator(".lecture-sentence")).to_have_text(PRESENTATION_TEXT["step_true_standard"][0])
    expect(tab.locator(".lecture-legend .cells")).to_be_visible()
    expect(tab.locator(".lecture").get_by_role("switch")).to_have_count(0)
    assert tab.locator(".lecture-hdr").get_attribute("src") is None


def test_an_hdr_screen_shows_the_picture_in_hdr_and_switches_it_off(
    playwright: Playwright, chromium: str, come: Callable[..., Page]
) -> None:
    with launch_chromium(playwright, chromium, HDR_SCREEN) as browser:
        tab = come(4, browser=browser)
        picture = tab.locator(".lecture-hdr")
        tab.wait_for_function("document.querySelector('.lecture-hdr').naturalWidth === 120")
        assert picture.evaluate("image => getComputedStyle(image).dynamicRangeLimit") == "no-limit"
        expect(tab.locator(".lecture-sentence")).to_have_text(PRESENTATION_TEXT["step_true_high"][0])
        flip = tab.locator(".lecture").get_by_role("switch", name="HDR")
        flip.click()
        expect(flip).to_have_attribute("aria-checked", "false")
        assert picture.evaluate("image => getComputedStyle(image).dynamicRangeLimit") == "standard"
        expect(tab.locator(".lecture-sentence")).to_have_text(PRESENTATION_TEXT["step_true_off"][0])
        tab.keyboard.press("h")
        expect(flip).to_have_attribute("aria-checked", "true")
        tab.keyboard.press("ArrowRight")
        expect(picture).to_be_hidden()
        tab.context.close()


def test_without_webgl_the_server_draws_every_step(come: Callable[..., Page]) -> None:
    tab = come(1, script=WITHOUT_WEBGL)
    names = [
        ("photo%2B0", None),
        ("photo-4", None),
        ("photo-", "hdr-"),
        ("photo-colors", "hdr-colors"),
        ("photo%2B0", "tone-"),
    ]
    for left, right in names:
        for side, name in (("photo", left), ("hdr", right)):
            if name:
                expect(tab.locator(f".lecture-drawn.{side}[src*='{name}']")).to_be_visible()
        tab.wait_for_function(
            "[...document.querySelectorAll('.lecture-drawn[src]')].every(image => image.naturalWidth)"
        )
        tab.keyboard.press("ArrowRight")
    box = tab.locator(".lecture-frame").bounding_box()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2, steps=4)
    tab.mouse.up()
    assert "75%" in tab.locator(".lecture-drawn.photo").evaluate("image => image.style.clipPath")


def test_a_chinese_audience_reads_chinese(come: Callable[..., Page]) -> None:
    tab = come(1, locale="zh-CN")
    expect(tab.locator(".lecture-sentence")).to_have_text(PRESENTATION_TEXT["step_photo"][1])
    assert "第 1 步" in said(tab)
    expect(tab.locator(".presentation > button")).to_have_text("演示")


def test_the_focus_stays_inside_and_returns(come: Callable[..., Page]) -> None:
    tab = come(1, drawn=False)
    tab.keyboard.press("Escape")
    expect(tab.locator("dialog.lecture")).to_be_hidden()
    tab.get_by_label("Words").press("p")  # a letter that somebody types is no command
    expect(tab.locator("dialog.lecture")).to_be_hidden()
    button = tab.get_by_role("button", name="Present", exact=True)
    button.focus()
    tab.keyboard.press("p")
    expect(tab.locator("dialog.lecture")).to_be_visible()
    tab.wait_for_function("document.fullscreenElement?.className === 'lecture-hall'")
    inside = "document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'))"
    for _ in range(25):
        tab.keyboard.press("Tab")
        assert tab.evaluate(inside)
    tab.get_by_role("button", name="Leave").click()
    expect(button).to_be_focused()
    assert not tab.evaluate("Boolean(document.fullscreenElement)")


def test_a_page_that_may_not_fill_the_screen_fills_its_window(come: Callable[..., Page]) -> None:
    tab = come(1, script="Element.prototype.requestFullscreen = () => Promise.reject(new TypeError('no'))")
    assert tab.locator("dialog.lecture").bounding_box() == {"x": 0, "y": 0, **SCREEN}
    tab.keyboard.press("ArrowRight")
    assert step_of(tab) == "grey"
    tab.keyboard.press("Escape")
    expect(tab.locator("dialog.lecture")).to_be_hidden()


@pytest.mark.parametrize("step", ["0", "2.5", "x"])
def test_a_step_that_is_none_opens_nothing(come: Callable[..., Page], step: str) -> None:
    tab = come(step, drawn=False)
    expect(tab.get_by_role("button", name="Present", exact=True)).to_be_visible()
    expect(tab.locator("dialog.lecture")).to_have_count(0)


def test_motion_rests_at_two_and_four_stops(come: Callable[..., Page]) -> None:
    tab = come(viewport=PHONE, reduced_motion="no-preference")
    tab.keyboard.press("ArrowRight")
    seen = tab.evaluate(
        """async () => {
          const { now } = document.querySelector(".presentation").presentation;
          const counts = {};
          const began = performance.now();
          while (performance.now() - began < 7000 && !(now.stops === -4)) {
            const stops = now.stops.toFixed(2);
            counts[stops] = (counts[stops] ?? 0) + 1;
            await new Promise((resume) => setTimeout(resume, 30));
          }
          return [counts, now.stops];
        }"""
    )
    counts, last = seen
    assert last == -4 and counts["-2.00"] > 5 and len(counts) > 6
