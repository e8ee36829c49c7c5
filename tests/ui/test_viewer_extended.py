"""The viewer's own light beyond white: what WebGPU draws is the light at its exposure, encoded."""

from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from hdr_demo.color import decode_srgb
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.exposure import expose
from hdr_demo.io import read_hdr

from .scenes import expanded

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page, expect, sync_playwright

from .browsing import path_of
from .viewing import HDR_SCREEN, WEBGPU, codes, give, launch_chromium, serve_viewer, visit_viewer

pytestmark = pytest.mark.browser

LARGE, SMALL = (800, 1200), (60, 80)
HALF_ERROR = 2.0**-10
VIEWER = "document.querySelector('.viewer').viewer"
DRAWN_BEYOND = """
async () => {
  const { drawNow, extended } = document.querySelector(".viewer").viewer;
  drawNow();
  const rows = await extended.readCanvas();
  return [rows.length, rows[0].length / 4, rows.flatMap((row) => [...row])];
}
"""


@pytest.fixture(scope="module")
def photos() -> dict[str, ExpandedPhoto]:
    return {"large": expanded(*LARGE), "small": expanded(*SMALL), "paper": expanded(*SMALL, scale="paper")}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, photos: dict[str, ExpandedPhoto]) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("extended")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder))
        with serve_viewer(folder / "results", photos) as page:
            assert isinstance(page, gr.Blocks)
            yield page.local_url


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright, launch_chromium(playwright, chromium, HDR_SCREEN, *WEBGPU) as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser, url: str) -> Iterator[Page]:
    tab = visit_viewer(browser, url, viewport={"width": 700, "height": 800})
    yield tab
    tab.context.close()
    assert tab.complaints == []


def open_beyond(tab: Page, name: str, stops: float = 0.0) -> None:
    give(tab, name)
    tab.wait_for_function(f"{VIEWER}.extended")
    tab.evaluate(f"stops => {VIEWER}.setStops(stops)", stops)
    expect(tab.locator(".viewer-beyond")).to_be_visible()


def beyond(tab: Page) -> np.ndarray:
    """Read what the WebGPU canvas shows, encoded, float32, (H, W, 4)."""
    height, width, halves = tab.evaluate(DRAWN_BEYOND)
    return np.array(halves, np.uint16).view(np.float16).astype(np.float32).reshape(height, width, 4)


def drawn_file(tab: Page) -> Path:
    return path_of("/" + tab.evaluate("document.querySelector('.viewer').dataset.drawn"))


def decode_extended(encoded: np.ndarray) -> np.ndarray:
    """Invert sRGB above white too, where the reference ends: its power law, written out."""
    above = ((np.maximum(encoded, 1) + 0.055) / 1.055) ** 2.4
    return np.where(encoded > 1, above, decode_srgb(np.clip(encoded, 0, 1)))


def test_light_above_white_is_drawn_as_light(tab: Page, photos: dict[str, ExpandedPhoto]) -> None:
    for stops in (0.0, -1.5):
        open_beyond(tab, "small", stops)
        tab.evaluate(f"{VIEWER}.set({{ compare: false }})")
        tab.evaluate(f"{VIEWER}.stage.zoomTo(null)")
        drawn = beyond(tab)
        zoom = tab.evaluate(f"{VIEWER}.stage.shownZoom")
        rows, columns = (((np.arange(side) + 0.5) / zoom).astype(int) for side in drawn.shape[:2])
        light = photos["small"].hdr[np.minimum(rows, SMALL[0] - 1)][:, np.minimum(columns, SMALL[1] - 1)] * 2.0**stops
        assert drawn[..., :3].max() > 1.2
        right = np.isclose(decode_extended(drawn[..., :3]), light, rtol=8 * HALF_ERROR, atol=1e-3).all(axis=-1)
        assert right.mean() > 0.98  # at the borders of enlarged pixels, rounding may choose the neighbour
        assert (drawn[..., 3] == 1).all()


def test_below_white_both_canvases_agree(tab: Page) -> None:
    open_beyond(tab, "large", -4.0)
    tab.evaluate(f"{VIEWER}.stage.zoomTo(1)")
    tab.evaluate(f"{VIEWER}.stage.split = 0.3")
    ordinary, drawn = codes(tab) / 255, beyond(tab)
    assert np.abs(ordinary[..., :3] - np.clip(drawn[..., :3], 0, 1)).max() <= 1.6 / 255


def test_a_gain_map_leads_to_the_light_that_the_library_reads(tab: Page) -> None:
    open_beyond(tab, "large")
    tab.evaluate(f"{VIEWER}.set({{ compare: false }})")
    tab.evaluate(f"{VIEWER}.stage.zoomTo(1)")
    drawn = beyond(tab)
    left, top = (round(each) for each in tab.evaluate(f"{VIEWER}.stage.origin"))
    seen = np.maximum(read_hdr(drawn_file(tab)), 0)[-top : drawn.shape[0] - top, -left : drawn.shape[1] - left]
    error = np.log2((decode_extended(drawn[..., :3]) + 0.01) / (seen + 0.01))
    assert seen.max() > 2 and np.abs(error).max() < 0.06


def test_left_of_the_divider_the_photo_ends_at_white(tab: Page, photos: dict[str, ExpandedPhoto]) -> None:
    open_beyond(tab, "small", 3.0)
    drawn = beyond(tab)[..., :3]
    width = drawn.shape[1]
    assert drawn[:, : width // 2 - 1].max() == 1 and drawn[:, width // 2 + 1 :].max() > 2
    photo = expose(np.clip(photos["small"].hdr, 0, 1), 3.0)
    assert abs(drawn[:, : width // 2].mean() - photo[:, : SMALL[1] // 2].mean()) < 0.02


def test_a_reduced_picture_keeps_its_mean_light(tab: Page) -> None:
    open_beyond(tab, "large")
    tab.evaluate(f"{VIEWER}.set({{ compare: false }})")
    assert tab.evaluate(f"{VIEWER}.stage.shownZoom") < 0.7
    seen = decode_extended(beyond(tab)[..., :3])
    light = np.maximum(read_hdr(drawn_file(tab)), 0)
    assert seen.mean() == pytest.approx(light.mean(), rel=0.02)
    # And not every second pixel alone.
    assert np.std(seen) < 0.99 * np.std(light)


def test_one_switch_is_for_picture_and_viewer(tab: Page) -> None:
    open_beyond(tab, "small")
    expect(tab.locator(".viewer-also")).to_contain_text("The viewer above")
    side = tab.locator(".viewer-side.hdr")
    expect(side).to_contain_text("true light")
    expect(tab.locator(".viewer-range")).to_contain_text("as far as it can")
    flip = tab.get_by_role("switch", name="HDR")
    flip.click()
    expect(tab.locator(".viewer-beyond")).to_be_hidden()
    expect(side).not_to_contain_text("true light")
    limit = "getComputedStyle(document.querySelector('.viewer-hdr img')).getPropertyValue('dynamic-range-limit')"
    assert tab.evaluate(limit) == "standard"
    flip.click()
    expect(tab.locator(".viewer-beyond")).to_be_visible()


def test_what_is_made_for_ordinary_displays_is_drawn_for_them(tab: Page) -> None:
    open_beyond(tab, "small")
    for change, back in (
        (f"{VIEWER}.setOperator('agx')", f"{VIEWER}.setOperator('exposure')"),
        (f"{VIEWER}.set({{ zebra: true }})", f"{VIEWER}.set({{ zebra: false }})"),
        (f"{VIEWER}.set({{ show: 'stops' }})", f"{VIEWER}.set({{ show: 'picture' }})"),
    ):
        tab.evaluate(change)
        expect(tab.locator(".viewer-beyond")).to_be_hidden()
        tab.evaluate(back)
        expect(tab.locator(".viewer-beyond")).to_be_visible()
    give(tab, "paper")  # its numbers have no unit
    expect(tab.locator(".viewer-beyond")).to_be_hidden()
    expect(tab.get_by_role("switch", name="HDR")).to_be_hidden()


def test_a_lost_device_leaves_the_ordinary_viewer(tab: Page) -> None:
    open_beyond(tab, "small")
    tab.evaluate(f"{VIEWER}.extended.device.destroy()")
    expect(tab.locator(".viewer-side.hdr")).to_be_visible()
    tab.wait_for_function(f"{VIEWER}.picture.source !== null")
    assert codes(tab)[..., 3].min() == 255
