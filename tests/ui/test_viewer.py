"""The viewer in a real browser: what a hand, a finger, a key and a screen reader find."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.exposure import expose
from hdr_demo.io import read_hdr
from hdr_demo.tonemap import TONE_MAPPERS, tone_map

from .scenes import expanded

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from .browsing import DESKTOP, PATIENCE_MS, PHONE, path_of
from .viewing import HDR_SCREEN, codes, give, launch_chromium, serve_viewer, visit_viewer

pytestmark = pytest.mark.browser

LARGE = (800, 1200)
SMALL = (60, 80)
JPEG_STOPS = 0.06
STEPS, SECONDS = 40, 1.0


@pytest.fixture(scope="module")
def photos() -> dict[str, ExpandedPhoto]:
    return {"large": expanded(*LARGE), "small": expanded(*SMALL), "paper": expanded(*SMALL, scale="paper")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("viewer")


@pytest.fixture(scope="module")
def url(folder: Path, photos: dict[str, ExpandedPhoto]) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder))
        with serve_viewer(folder / "results", photos) as page:
            assert isinstance(page, gr.Blocks)
            yield page.local_url


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    with launch_chromium(playwright, chromium) as browser:
        yield browser


@pytest.fixture
def come(browser: Browser, url: str) -> Iterator[Callable[..., Page]]:
    """Come to the page as somebody new, and give it a photo; no error may be left in the console."""
    tabs = []

    def visit(name: str = "large", **options: object) -> Page:
        tab = visit_viewer(browser, url, **options)
        tabs.append(tab)
        if name:
            give(tab, name)
        return tab

    yield visit
    for tab in tabs:
        tab.context.close()
        assert tab.complaints == []


def shown_stops(tab: Page) -> float:
    return float(tab.locator("#viewer-exposure").input_value())


def box_of(tab: Page) -> dict[str, float]:
    return tab.locator(".viewer canvas").bounding_box()


def enlarge(sdr: np.ndarray, height: int, width: int) -> np.ndarray:
    """Take the nearest pixels."""
    rows = ((np.arange(height) + 0.5) * sdr.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * sdr.shape[1] / width).astype(int)
    return sdr[rows][:, columns]


def test_photo_and_light_stand_side_by_side_at_the_same_exposure(
    come: Callable[..., Page], photos: dict[str, ExpandedPhoto]
) -> None:
    tab = come("large")
    photo = np.clip(photos["large"].hdr, 0, 1)
    for stops in (shown_stops(tab), -3.0):
        tab.evaluate("stops => document.querySelector('.viewer').viewer.setStops(stops)", stops)
        drawn = codes(tab)[..., :3] / 255
        height, width, _ = drawn.shape
        left, right = (enlarge(expose(light, stops), height, width) for light in (photo, photos["large"].hdr))
        expected = np.where(np.arange(width)[:, None] < width / 2, left, right)
        assert np.abs(drawn - expected).mean() < 3 / 255
    # Three stops down, the photo's clipped sky is one grey and the light keeps its shape.
    sky = drawn[: drawn.shape[0] // 6]
    middle = drawn.shape[1] // 2
    assert np.ptp(sky[:, : middle - 4].mean(axis=(1, 2))) < 2 / 255
    assert np.ptp(sky[:, middle + 4 :, 0].mean(axis=1)) > 8 / 255


def test_a_drag_over_forty_steps_asks_the_server_nothing(come: Callable[..., Page]) -> None:
    tab = come("large", viewport=PHONE)  # the processor of a test machine draws as many pixels in time
    tab.wait_for_timeout(300)
    tab.requested.clear()
    seconds, frames = tab.evaluate(
        """async (steps) => {
          const slider = document.querySelector("#viewer-exposure");
          const { picture } = document.querySelector(".viewer").viewer;
          let frames = 0;
          const draw = picture.draw;
          picture.draw = (...view) => { frames += 1; draw.apply(picture, view); };
          const began = performance.now();
          for (let step = 0; step < steps; step += 1) {
            slider.value = -6 + step / 5;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            await new Promise((resume) => setTimeout(resume, 5));
          }
          await new Promise(requestAnimationFrame);
          return [(performance.now() - began) / 1000, frames];
        }""",
        STEPS,
    )
    assert frames >= 4  # while it was dragged, as often as the machine could
    assert seconds < SECONDS
    assert shown_stops(tab) == pytest.approx(1.8)
    assert tab.requested == []


@pytest.mark.parametrize("operator", ["agx", "reinhard", "photographic"])
def test_an_operator_is_drawn_without_the_server(
    come: Callable[..., Page], photos: dict[str, ExpandedPhoto], operator: str
) -> None:
    tab = come("small")
    tab.requested.clear()
    tab.get_by_label("Shown by").select_option(operator)
    tab.get_by_label("Split with the photo").uncheck()
    tab.evaluate("document.querySelector('.viewer').viewer.setStops(0)")
    tab.evaluate("document.querySelector('.viewer').viewer.drawNow()")
    drawn = codes(tab)[..., :3] / 255
    sdr = tone_map(photos["small"].hdr, operator)
    # At the borders of enlarged pixels, rounding may choose the neighbour.
    assert (np.abs(drawn - enlarge(sdr, *drawn.shape[:2])).max(axis=-1) <= 2 / 255).mean() > 0.98
    assert tab.requested == []


def test_an_operators_settings_change_the_picture(come: Callable[..., Page]) -> None:
    tab = come("small")
    tab.get_by_label("Shown by").select_option("agx")
    tab.get_by_text("Operator settings").click()
    expect(tab.locator(".viewer-parameters input[type=range]")).to_have_count(len(TONE_MAPPERS["agx"].parameters))
    before = codes(tab)
    contrast = tab.locator("#viewer-agx-contrast")
    contrast.focus()
    contrast.press("End")
    changed = codes(tab)
    assert np.abs(changed.astype(int) - before).max() > 10
    tab.get_by_role("button", name="Defaults").click()
    assert np.array_equal(codes(tab), before)


def test_an_operator_that_needs_the_surroundings_is_drawn_by_the_server(
    come: Callable[..., Page], photos: dict[str, ExpandedPhoto]
) -> None:
    tab = come("small")
    tab.get_by_label("Split with the photo").uncheck()
    tab.get_by_label("Shown by").select_option("durand")
    expect(tab.locator(".viewer-note")).to_contain_text("the server drew this picture")
    stops = shown_stops(tab)
    drawn = codes(tab)[..., :3].mean() / 255
    sdr = tone_map(photos["small"].hdr * np.float32(2.0**stops), "durand")
    assert abs(drawn - sdr.mean()) < 3 / 255
    tab.get_by_label("Shown by").select_option("exposure")
    expect(tab.locator(".viewer-note")).to_be_hidden()


def test_another_photo_gets_a_rendition_of_its_own(come: Callable[..., Page]) -> None:
    tab = come("small")
    tab.get_by_label("Shown by").select_option("durand")
    drawn = "document.querySelector('.viewer').viewer.picture.rendition?.width"
    tab.wait_for_function(f"{drawn} === {SMALL[1]}")
    give(tab, "large")
    tab.wait_for_function(f"{drawn} === {LARGE[1]}")
    expect(tab.locator(".viewer-note")).to_contain_text("the server drew this picture")


def test_the_pixel_under_the_pointer_tells_its_light(
    come: Callable[..., Page], photos: dict[str, ExpandedPhoto]
) -> None:
    tab = come("small")
    box = box_of(tab)
    tab.mouse.move(box["x"] + box["width"] * 20.5 / SMALL[1], box["y"] + box["height"] * 5.5 / SMALL[0])
    probe = tab.locator(".viewer-probe").first
    expect(probe).to_contain_text("20, 5:")
    text = probe.inner_text().replace("−", "-")
    red, green, blue = (float(each) for each in re.search(r"R G B (\S+) (\S+) (\S+)", text).groups())
    light = photos["small"].hdr[5, 20].astype(np.float16)
    assert [red, green, blue] == pytest.approx(light.tolist(), rel=6e-3)
    assert "≈" not in text and "nits" in text
    assert float(re.search(r"([-+]?[\d.]+) stops", text)[1]) == pytest.approx(
        np.log2(light @ np.float32([0.2126, 0.7152, 0.0722])), abs=0.051
    )


def point_at(tab: Page, x: int, y: int, size: tuple[int, int]) -> None:
    box = box_of(tab)
    tab.mouse.move(box["x"] + box["width"] * (x + 0.5) / size[1], box["y"] + box["height"] * (y + 0.5) / size[0])


def numbers_of(said: str) -> list[float]:
    return [float(each) for each in re.search(r"R G B (\S+) (\S+) (\S+)", said.replace("−", "-")).groups()]


def test_a_pointer_that_rests_gets_the_exact_numbers(
    come: Callable[..., Page], photos: dict[str, ExpandedPhoto]
) -> None:
    tab = come("large")
    probe = tab.locator(".viewer-probe").first
    for x, y in ((300, 30), (701, 640)):
        point_at(tab, x, y, LARGE)
        expect(probe).not_to_contain_text("≈")
        said = probe.inner_text()
        at = [int(each) for each in re.match(r"(\d+), (\d+):", said).groups()]
        assert np.abs(np.subtract(at, (x, y))).max() <= 1  # a pixel of the screen holds more than one
        photo = photos["large"]
        assert numbers_of(said) == pytest.approx(photo.hdr[at[1], at[0]].tolist(), rel=1e-4)
        codes = " ".join(str(code) for code in np.rint(255 * photo.ldr[at[1], at[0]]).astype(int))
        assert f"photo {codes}" in said
        assert ("(clipped)" in said) == (photo.ldr[at[1], at[0]].max() >= 250 / 255)


def test_numbers_of_a_pixel_are_asked_for_once_and_by_no_slider(come: Callable[..., Page]) -> None:
    tab = come("large")
    probe = tab.locator(".viewer-probe").first
    point_at(tab, 300, 200, LARGE)
    expect(probe).not_to_contain_text("≈")
    tab.requested.clear()
    tab.keyboard.down("Shift")
    for _ in range(6):
        tab.mouse.wheel(0, 100)
    tab.keyboard.up("Shift")
    tab.locator("#viewer-exposure").press("ArrowRight")
    tab.wait_for_timeout(700)
    assert tab.requested == []
    expect(probe).not_to_contain_text("≈")


def test_a_pinned_pixel_stays_and_can_be_let_go(come: Callable[..., Page], photos: dict[str, ExpandedPhoto]) -> None:
    tab = come("large")
    pin, mark = tab.locator(".viewer-pin"), tab.locator(".viewer-mark")
    expect(pin).to_be_hidden()
    point_at(tab, 900, 60, LARGE)
    tab.mouse.down()
    tab.mouse.up()
    point_at(tab, 800, 160, LARGE)  # at once, before there can be an answer
    expect(pin).to_contain_text("Pinned")
    expect(pin).not_to_contain_text("≈")
    expect(tab.locator(".viewer-probe").first).not_to_contain_text("≈")
    expect(tab.locator(".viewer-said")).to_contain_text("Pinned")
    at = [int(each) for each in re.search(r"(\d+), (\d+):", pin.inner_text()).groups()]
    assert numbers_of(pin.inner_text()) == pytest.approx(photos["large"].hdr[at[1], at[0]].tolist(), rel=1e-4)
    point_at(tab, 100, 700, LARGE)
    expect(mark).to_be_visible()
    ring, box = mark.bounding_box(), box_of(tab)
    middle = ring["x"] + ring["width"] / 2 - box["x"], ring["y"] + ring["height"] / 2 - box["y"]
    assert np.abs(np.subtract(middle, (900.5 * box["width"] / LARGE[1], 60.5 * box["height"] / LARGE[0]))).max() < 2
    tab.get_by_role("button", name="Unpin").click()
    expect(pin).to_be_hidden()
    expect(mark).to_be_hidden()
    stage = tab.get_by_role("application")
    stage.press("ArrowRight")
    stage.press("p")
    expect(pin).to_contain_text("R G B")
    give(tab, "small")
    expect(pin).to_be_hidden()  # the numbers were the other photo's


def test_nobody_reads_pixels_of_somebody_else(come: Callable[..., Page]) -> None:
    one, other = come("large"), come("large")
    theirs, own = (tab.evaluate("document.querySelector('.viewer').dataset.drawn") for tab in (one, other))
    assert theirs != own
    other.route(
        "**/queue/join*",
        lambda route: route.continue_(post_data=route.request.post_data.replace(own, theirs)),
    )
    with other.expect_response("**/queue/join*") as asked:
        point_at(other, 300, 30, LARGE)
    assert theirs in asked.value.request.post_data
    other.wait_for_timeout(700)
    expect(other.locator(".viewer-probe").first).to_contain_text("≈")


def test_numbers_without_unit_have_no_nits(come: Callable[..., Page]) -> None:
    tab = come("paper")
    box = box_of(tab)
    tab.mouse.move(box["x"] + 30, box["y"] + 30)
    expect(tab.locator(".viewer-probe").first).to_contain_text("stops")
    expect(tab.locator(".viewer-probe").first).not_to_contain_text("nits")


def test_a_gain_map_is_applied_as_the_library_applies_it(come: Callable[..., Page], folder: Path) -> None:
    tab = come("large")
    url, read = tab.evaluate(
        """() => {
          const place = document.querySelector(".viewer");
          const at = [...Array(60).keys()].map((index) => [17 * index + 3, 13 * index + 2]);
          return [place.dataset.drawn, at.map((pixel) => [...pixel, ...place.viewer.picture.read(...pixel).hdr])];
        }"""
    )
    decoded = read_hdr(path_of("/" + url))
    for column, row, *light in read:
        expected = decoded[row, column]
        assert np.abs(np.log2((np.array(light) + 0.01) / (np.maximum(expected, 0) + 0.01))).max() < JPEG_STOPS


def test_auto_brings_the_brightest_light_below_white(come: Callable[..., Page]) -> None:
    tab = come("large")
    tab.get_by_role("button", name="Auto").click()
    stops = shown_stops(tab)
    expect(tab.locator(".viewer-said")).to_have_text(re.compile(r"stops$"))
    tab.get_by_label("Split with the photo").uncheck()
    clipped = (codes(tab)[..., :3] == 255).any(axis=-1).mean()
    assert stops < -1 and clipped < 0.02
    tab.evaluate("stops => document.querySelector('.viewer').viewer.setStops(stops)", stops + 0.2)
    assert (codes(tab)[..., :3] == 255).any(axis=-1).mean() > clipped


def test_the_histogram_marks_what_the_display_shows(come: Callable[..., Page]) -> None:
    tab = come("large")
    said = tab.locator(".viewer-range")
    expect(said).to_contain_text("to +2 stops")
    tab.get_by_label("Exposure (stops)").first.press("End")
    expect(said).to_contain_text("to −8 stops")
    expect(tab.get_by_role("img", name=re.compile("Light, and what"))).to_be_visible()


def test_stripes_and_colours(come: Callable[..., Page]) -> None:
    tab = come("large")
    plain = codes(tab)
    tab.get_by_label("Stripes where clipped").check()
    striped = codes(tab)
    red = (striped[..., 0] == 255) & (striped[..., 1] == 0)
    assert 0.02 < red.mean() < 0.6 and not np.array_equal(plain, striped)
    tab.get_by_label("Stops as colours").check()
    expect(tab.locator(".viewer-legend")).to_be_visible()
    assert len(np.unique(codes(tab)[::7, ::7].reshape(-1, 4), axis=0)) < 40


def test_the_divider_follows_mouse_and_keys(come: Callable[..., Page]) -> None:
    tab = come("large")
    box = box_of(tab)
    middle = box["y"] + box["height"] / 2
    divider = tab.get_by_role("slider", name="Divider between photo and HDR image")
    tab.mouse.move(box["x"] + box["width"] / 2, middle)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] / 4, middle, steps=5)
    tab.mouse.up()
    expect(divider).to_have_attribute("aria-valuenow", "25")
    expect(divider).to_have_attribute("aria-valuetext", "photo on the left 25 %")
    # Beside its handle too.
    tab.mouse.move(box["x"] + box["width"] * 0.6, middle + 80)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * 0.75, middle + 80, steps=5)
    tab.mouse.up()
    expect(divider).to_have_attribute("aria-valuenow", "75")
    divider.press("ArrowLeft")
    expect(divider).to_have_attribute("aria-valuenow", "73")
    divider.press("End")
    expect(divider).to_have_attribute("aria-valuenow", "100")


def test_keys_do_what_the_mouse_does(come: Callable[..., Page]) -> None:
    tab = come("large")
    stage = tab.get_by_role("application")
    said = tab.locator(".viewer-said[role=status]")
    before = shown_stops(tab)
    stage.press("[")
    assert shown_stops(tab) == before - 0.5
    expect(said).to_have_text("−2.5 stops")
    stage.press("r")
    assert shown_stops(tab) == 0
    for key, name in (("z", "Stripes where clipped"), ("c", "Stops as colours")):
        stage.press(key)
        expect(tab.get_by_label(name)).to_be_checked()
    stage.press("s")
    expect(tab.get_by_label("Split with the photo")).not_to_be_checked()
    stage.press("ArrowRight")
    expect(said).to_contain_text("R G B")
    zoom = "document.querySelector('.viewer').viewer.stage.zoom"
    stage.press("1")
    assert tab.evaluate(zoom) == 1
    center = tab.evaluate("document.querySelector('.viewer').viewer.stage.center[0]")
    stage.press("+")
    stage.press("Shift+ArrowRight")
    assert tab.evaluate(zoom) == 1.5
    assert tab.evaluate("document.querySelector('.viewer').viewer.stage.center[0]") > center
    stage.press("0")
    assert tab.evaluate(zoom) is None


def test_the_wheel_exposes_and_zooms_with_a_key_and_scrolls_without(come: Callable[..., Page]) -> None:
    tab = come("large", viewport={"width": 1280, "height": 500})
    box = box_of(tab)
    tab.mouse.move(box["x"] + 200, box["y"] + 100)
    zoom = "document.querySelector('.viewer').viewer.stage.zoom"
    tab.keyboard.down("Shift")
    before = shown_stops(tab)
    tab.mouse.wheel(0, -100)
    tab.wait_for_function("before => Number(document.querySelector('#viewer-exposure').value) > before", arg=before)
    tab.keyboard.up("Shift")
    tab.keyboard.down("Control")
    pixel = "([x, y]) => { const { stage } = document.querySelector('.viewer').viewer; const c = stage.canvas"
    pixel += ".getBoundingClientRect(); return stage.pointAt([(x) * stage.density, (y) * stage.density]); }"
    at = tab.evaluate(pixel, [200, 100])
    tab.mouse.wheel(0, -100)
    tab.wait_for_function(f"{zoom} !== null")
    tab.keyboard.up("Control")
    after = tab.evaluate(pixel, [200, 100])
    assert np.abs(np.subtract(at, after)).max() <= 2  # what lies under the pointer stays there
    tab.mouse.wheel(0, 200)
    tab.wait_for_function("scrollY > 0 || document.scrollingElement.scrollTop > 0")


def touch(tab: Page, kind: str, finger: int, x: float, y: float) -> None:
    tab.locator(".viewer canvas").dispatch_event(
        f"pointer{kind}",
        {
            "pointerId": finger,
            "pointerType": "touch",
            "clientX": x,
            "clientY": y,
            "bubbles": True,
            "isPrimary": finger == 1,
        },
    )


def test_two_fingers_zoom_and_one_moves(come: Callable[..., Page]) -> None:
    tab = come("large", viewport=PHONE, has_touch=True)
    tab.evaluate("Element.prototype.setPointerCapture = () => {}")  # there is no finger behind these events
    box = box_of(tab)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    stage = "document.querySelector('.viewer').viewer.stage"
    fit = tab.evaluate(f"{stage}.shownZoom")
    touch(tab, "down", 1, x - 20, y)
    touch(tab, "down", 2, x + 20, y)
    touch(tab, "move", 2, x + 100, y)
    assert tab.evaluate(f"{stage}.shownZoom") == pytest.approx(3 * fit, rel=0.05)
    touch(tab, "up", 2, x + 100, y)
    before = tab.evaluate(f"{stage}.center[0]")
    touch(tab, "move", 1, x - 80, y)
    touch(tab, "up", 1, x - 80, y)
    assert tab.evaluate(f"{stage}.center[0]") > before
    assert tab.evaluate(f"{stage}.canvas.style.touchAction") == "none"


def test_a_finger_moves_the_divider(come: Callable[..., Page]) -> None:
    tab = come("large", viewport=PHONE, has_touch=True)
    box = box_of(tab)
    client = tab.context.new_cdp_session(tab)
    y = box["y"] + box["height"] * 0.75

    def send(kind: str, share: float | None) -> None:
        points = [] if share is None else [{"x": box["x"] + share * box["width"], "y": y}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", 0.5)
    for share in (0.45, 0.4, 0.3, 0.2):
        send("touchMove", share)
    send("touchEnd", None)
    divider = tab.get_by_role("slider", name="Divider between photo and HDR image")
    expect(divider).to_have_attribute("aria-valuenow", "20")


NO_FULL_SCREEN = "delete Element.prototype.requestFullscreen;"


@pytest.mark.parametrize("script", ["", NO_FULL_SCREEN], ids=["screen", "window"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_viewer_fills_the_screen_and_leaves_it(come: Callable[..., Page], viewport: dict, script: str) -> None:
    tab = come("large", viewport=viewport, script=script)
    before = box_of(tab)
    if viewport is PHONE:
        tab.get_by_role("button", name="Full screen").click()
    else:
        tab.get_by_role("application").press("f")
    leave = tab.get_by_role("button", name="Leave full screen")
    expect(leave).to_have_attribute("aria-pressed", "true")
    tab.wait_for_function(
        "([width, height]) => { const { right, bottom, height: tall } = document.querySelector('.viewer')"
        ".getBoundingClientRect(); return right === innerWidth && bottom === innerHeight && tall === innerHeight; }",
        arg=[viewport["width"], viewport["height"]],
    )
    assert bool(tab.evaluate("document.fullscreenElement")) == (script == "")
    box = box_of(tab)
    assert box["width"] * box["height"] > before["width"] * before["height"]
    # Everything that changes the picture is there, and where a finger finds it.
    for each in (tab.get_by_label("Shown by"), tab.locator("#viewer-exposure"), leave, tab.locator(".viewer-auto")):
        found = each.bounding_box()
        assert found["y"] + found["height"] <= tab.evaluate("innerHeight")
        assert found["x"] + found["width"] <= tab.evaluate("innerWidth")
    stops = shown_stops(tab)
    tab.locator("#viewer-exposure").press("ArrowRight")
    assert shown_stops(tab) > stops
    tab.get_by_role("application").focus()
    if script:
        tab.keyboard.press("Escape")
    else:  # a key that is typed by a program does not reach the browser's own way out
        tab.evaluate("document.exitFullscreen()")
    expect(tab.get_by_role("button", name="Full screen", exact=True)).to_have_attribute("aria-pressed", "false")
    assert box_of(tab)["height"] == pytest.approx(before["height"], abs=1)
    tab.get_by_role("application").press("f")
    expect(leave).to_be_visible()
    leave.click()
    expect(leave).to_be_hidden()
    tab.wait_for_function("!document.fullscreenElement")


def test_a_lost_context_comes_back_with_the_picture(come: Callable[..., Page]) -> None:
    tab = come("large")
    before = codes(tab)
    tab.evaluate(
        """() => {
          const { gl } = document.querySelector(".viewer").viewer.picture;
          window.lose = gl.getExtension("WEBGL_lose_context");
          window.lose.loseContext();
        }"""
    )
    expect(tab.locator(".viewer-note")).to_contain_text("taken away")
    tab.locator("#viewer-exposure").press("ArrowRight")  # nothing breaks meanwhile
    tab.locator("#viewer-exposure").press("ArrowLeft")
    tab.evaluate("window.lose.restoreContext()")
    expect(tab.locator(".viewer-note")).to_be_hidden()
    assert np.array_equal(codes(tab), before)


def test_without_webgl_the_exposures_open(come: Callable[..., Page]) -> None:
    hide = """
      const getContext = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...others) {
        return /webgl/.test(kind) ? null : getContext.call(this, kind, ...others);
      };"""
    tab = come("", script=hide)
    tab.get_by_role("button", name="large", exact=True).click()
    expect(tab.get_by_role("tab", name="Instead")).to_have_attribute("aria-selected", "true")
    expect(tab.get_by_text("One by one")).to_be_visible()
    tab.get_by_role("tab", name="View").click()
    expect(tab.locator(".viewer-note")).to_contain_text("no WebGL 2")
    expect(tab.locator(".viewer canvas")).to_be_hidden()


def test_a_file_that_does_not_arrive_is_told_of(come: Callable[..., Page]) -> None:
    tab = come("")
    tab.route("**/light.*", lambda route: route.abort())
    tab.get_by_role("button", name="small", exact=True).click()
    expect(tab.locator(".viewer-note")).to_contain_text("did not arrive")
    tab.unroute("**/light.*")
    give(tab, "large")
    expect(tab.locator(".viewer-note")).to_be_hidden()


def test_another_photo_keeps_the_settings(come: Callable[..., Page]) -> None:
    tab = come("small")
    tab.get_by_label("Shown by").select_option("aces")
    tab.evaluate("document.querySelector('.viewer').viewer.setStops(1.5)")
    give(tab, "large")
    expect(tab.get_by_label("Shown by")).to_have_value("aces")
    assert shown_stops(tab) == 1.5


CHOSEN = {
    "operator": "agx",
    "parameters": {"stops": 0, "contrast": 1.2, "saturation": 0.9, "gamma": 1},
    "stops": -1.5,
    "show": "stops",
    "zebra": True,
    "compare": False,
    "split": 0.25,
}
SETTINGS = "document.querySelector('.viewer').viewer.settings()"
APPLY = "given => document.querySelector('.viewer').viewer.apply(given)"


def test_settings_can_be_kept_and_set_again(come: Callable[..., Page]) -> None:
    tab = come("small")
    before = tab.evaluate(SETTINGS)
    assert set(before) == set(CHOSEN)
    tab.evaluate(APPLY, CHOSEN)
    assert tab.evaluate(SETTINGS) == CHOSEN
    expect(tab.get_by_label("Shown by")).to_have_value("agx")
    expect(tab.get_by_label("Stripes where clipped")).to_be_checked()
    expect(tab.locator("#viewer-agx-contrast")).to_have_value("1.2")
    assert shown_stops(tab) == -1.5
    tab.evaluate(APPLY, {"operator": "hable", "stops": 2})
    assert tab.evaluate(SETTINGS)["split"] == 0.25  # what is not named stays


def test_settings_that_come_before_the_photo_wait_for_it(come: Callable[..., Page]) -> None:
    tab = come("")
    tab.wait_for_function("document.querySelector('.viewer')?.viewer")
    tab.evaluate(APPLY, CHOSEN)
    give(tab, "small")
    assert tab.evaluate(SETTINGS) == CHOSEN


@pytest.mark.parametrize(
    "nonsense",
    [
        {"operator": "nosuch", "stops": "3", "split": None, "show": "all", "zebra": 1, "compare": "yes"},
        {"operator": "__proto__", "parameters": {"stops": "NaN", "nosuch": 3}},
        {"parameters": None, "stops": None},
        {},
    ],
)
def test_settings_of_no_sense_change_nothing(come: Callable[..., Page], nonsense: dict) -> None:
    tab = come("small")
    before = tab.evaluate(SETTINGS)
    tab.evaluate(APPLY, nonsense)
    assert tab.evaluate(SETTINGS) == before


def test_settings_beyond_their_range_end_at_it(come: Callable[..., Page]) -> None:
    tab = come("small")
    tab.evaluate(APPLY, {"stops": 1e9, "split": -4, "operator": "agx", "parameters": {"contrast": 1e9}})
    now = tab.evaluate(SETTINGS)
    contrast = next(each for each in TONE_MAPPERS["agx"].parameters if each.name == "contrast")
    assert (now["stops"], now["split"], now["parameters"]["contrast"]) == (8, 0, contrast.maximum)


def test_the_page_hears_of_settings_that_came_to_rest(come: Callable[..., Page]) -> None:
    tab = come("small")
    tab.evaluate(
        "window.heard = []; document.addEventListener('viewer-changed', (event) => heard.push(event.detail.stops))"
    )
    tab.wait_for_timeout(600)  # what the first picture brought is no change
    assert tab.evaluate("heard") == []
    for _ in range(5):
        tab.get_by_role("application").press("]")
    tab.wait_for_function("heard.length")
    assert tab.evaluate("heard") == [shown_stops(tab)]


def test_it_speaks_chinese(come: Callable[..., Page]) -> None:
    tab = come("small", locale="zh-CN")
    expect(tab.get_by_label("与照片分屏")).to_be_checked()
    expect(tab.get_by_role("slider", name="照片与 HDR 图像的分隔线")).to_be_visible()


def test_everything_has_a_name_and_can_be_reached(come: Callable[..., Page]) -> None:
    tab = come("small")
    nameless = tab.evaluate(
        """() => [...document.querySelectorAll(".viewer :is(button, select, input, canvas, svg[role], [role=slider])")]
          .filter((each) => !(each.getAttribute("aria-label") || each.textContent.trim() || each.labels?.length))
          .map((each) => each.outerHTML)"""
    )
    assert nameless == []
    expect(tab.locator(".viewer-said[role=status]")).to_be_attached()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_is_wider_than_the_page(come: Callable[..., Page], viewport: dict) -> None:
    tab = come("large", viewport=viewport)
    assert tab.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
    box = box_of(tab)
    assert box["width"] / box["height"] == pytest.approx(LARGE[1] / LARGE[0], rel=0.02)


def test_an_ordinary_screen_says_so_and_fetches_no_hdr_picture(come: Callable[..., Page]) -> None:
    tab = come("small")
    expect(tab.locator(".viewer-badge")).to_contain_text("Standard screen")
    expect(tab.locator(".viewer-hdr")).to_be_hidden()
    assert not [url for url in tab.requested if url.endswith("light.jpg")]


def test_an_hdr_screen_shows_the_picture_in_hdr_and_may_switch_it_off(
    playwright: Playwright, chromium: str, url: str
) -> None:
    with launch_chromium(playwright, chromium, HDR_SCREEN) as browser:
        tab = visit_viewer(browser, url)
        assert tab.evaluate("matchMedia('(dynamic-range: high)').matches")
        give(tab, "large")
        expect(tab.locator(".viewer-badge")).to_contain_text("HDR screen")
        image = tab.locator(".viewer-hdr img")
        expect(image).to_be_visible()
        tab.wait_for_function("document.querySelector('.viewer-hdr img').naturalWidth > 0", timeout=PATIENCE_MS)
        limit = "getComputedStyle(document.querySelector('.viewer-hdr img')).getPropertyValue('dynamic-range-limit')"
        flip = tab.get_by_role("switch", name="HDR")
        assert tab.evaluate(limit) == "no-limit"
        flip.press("Space")
        expect(flip).to_have_attribute("aria-checked", "false")
        assert tab.evaluate(limit) == "standard"
        flip.click()
        assert tab.evaluate(limit) == "no-limit"
        assert tab.complaints == []


FAKE_SCREEN = """
  window.screenLights = { "(dynamic-range: high)": false, "(video-dynamic-range: high)": true };
  const real = window.matchMedia.bind(window);
  const listeners = [];
  window.matchMedia = (query) => query in window.screenLights
    ? { get matches() { return window.screenLights[query]; }, addEventListener: (_, act) => listeners.push(act) }
    : real(query);
  window.moveToScreen = (lights) => { Object.assign(window.screenLights, lights); listeners.forEach((act) => act()); };
"""


def test_the_badge_follows_a_window_to_another_screen(come: Callable[..., Page]) -> None:
    tab = come("small", script=FAKE_SCREEN)
    badge = tab.locator(".viewer-badge")
    expect(badge).to_contain_text("in videos, but not in pictures")
    tab.evaluate("moveToScreen({ '(dynamic-range: high)': true })")
    expect(badge).to_contain_text("HDR screen")
    expect(tab.locator(".viewer-hdr")).to_be_visible()
    tab.evaluate("moveToScreen({ '(dynamic-range: high)': false, '(video-dynamic-range: high)': false })")
    expect(badge).to_contain_text("Standard screen")
