"""Files that are HDR already, in the viewer: light of any size, and shapes that no camera makes."""

import re
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from hdr_demo.expanded import ExpandedPhoto, bring_near_white, open_hdr_photo
from hdr_demo.io import write_hdr
from tests.tonemap.scenes import street

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page, expect, sync_playwright

from .viewing import codes, give, launch_chromium, serve_viewer, visit_viewer

pytestmark = pytest.mark.browser

VIEWER = "document.querySelector('.viewer').viewer"


def open_scene(folder: Path, name: str, hdr: np.ndarray, alpha: np.ndarray | None = None) -> ExpandedPhoto:
    path = write_hdr(folder / f"{name}.exr", hdr.astype(np.float32), alpha=alpha, full_float=True)
    return bring_near_white(open_hdr_photo(path))


def odd_scene(height: int, width: int) -> np.ndarray:
    """A street with colours outside BT.709 in a corner, and a sun beyond half floats."""
    scene = street(height, width)
    scene[: height // 4, : width // 8] = [-0.25, 0.5, 0.125]
    scene[height // 2 : height // 2 + height // 8, : width // 8] = 100_000.0
    return scene


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ExpandedPhoto]:
    folder = tmp_path_factory.mktemp("opened")
    ramp = np.linspace(0, 1, 80, dtype=np.float32) * np.ones((60, 1), np.float32)
    return {
        "large": open_scene(folder, "large", odd_scene(500, 700)),
        "small": open_scene(folder, "small", odd_scene(60, 80), ramp),
        "one": open_scene(folder, "one", np.full((1, 1, 3), 3.0)),
        "wide": open_scene(folder, "wide", np.tile(street(40, 1000), (1, 20, 1))),
        "tall": open_scene(folder, "tall", np.tile(street(60, 12), (40, 1, 1))),
        "nits": open_scene(folder, "nits", street(60, 80) * 500),
        "black": open_scene(folder, "black", np.zeros((30, 40, 3))),
    }


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, photos: dict[str, ExpandedPhoto]) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("viewer")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder))
        with serve_viewer(folder / "results", photos) as page:
            assert isinstance(page, gr.Blocks)
            yield page.local_url


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright, launch_chromium(playwright, chromium) as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser, url: str) -> Iterator[Page]:
    tab = visit_viewer(browser, url)
    yield tab
    tab.context.close()
    assert tab.complaints == []


def pin(tab: Page, x: int, y: int) -> str:
    """Pin a pixel, and wait for its numbers."""
    across, down, left, top, wide, high = tab.evaluate(
        f"""([x, y]) => {{
          const {{ stage }} = {VIEWER};
          const box = stage.canvas.getBoundingClientRect();
          const at = [x, y].map((each, axis) => (stage.origin[axis] + each * stage.shownZoom) / stage.density);
          return [...at, box.left, box.top, box.width, box.height];
        }}""",
        [x, y],
    )
    assert 0 <= across <= wide and 0 <= down <= high
    tab.mouse.click(left + across, top + down)
    expect(tab.locator(".viewer-said")).to_contain_text("Pinned")
    return tab.locator(".viewer-pin span").inner_text().replace("−", "-")


@pytest.mark.parametrize(("name", "height", "width"), [("large", 500, 700), ("small", 60, 80)])
def test_numbers_are_those_of_the_file_however_they_travel(tab: Page, name: str, height: int, width: int) -> None:
    give(tab, name)
    said = pin(tab, 2.5, 2.5)
    assert re.search(r"R G B -0\.25 0\.5 0\.125", said) and "8 bits 0 188 99" in said
    tab.get_by_role("button", name="Unpin").click()
    tab.evaluate("document.querySelector('.viewer-said').textContent = ''")
    said = pin(tab, 2.5, height / 2 + 2.5)
    assert "R G B 100000 100000 100000" in said and "(clipped)" in said
    assert ("opacity 3 %" in said) == (name == "small")


@pytest.mark.parametrize("name", ["large", "small"])
def test_a_sun_is_drawn_as_bright_as_it_is(tab: Page, name: str) -> None:
    give(tab, name)
    tab.evaluate(f"{VIEWER}.apply({{ stops: -12, compare: false }})")
    height, width = (500, 700) if name == "large" else (60, 80)
    sun, beside = (tab.evaluate(f"at => {VIEWER}.picture.read(...at).hdr", [2, row]) for row in (height // 2 + 4, 10))
    assert min(sun) >= 65504 * 0.9 and max(beside) < 1
    if name == "large":  # the other one is nearly transparent there
        assert codes(tab)[..., 0].max() == 255


def test_the_sides_are_named_after_what_they_are(tab: Page) -> None:
    give(tab, "large")
    expect(tab.locator(".viewer-side.photo")).to_contain_text("8 bits")
    expect(tab.get_by_role("img", name=re.compile("Left what 8 bits keep"))).to_be_visible()
    expect(tab.locator(".viewer-light")).to_contain_text("8 bits")


def test_numbers_in_other_units_are_told_as_the_file_has_them(tab: Page, photos: dict[str, ExpandedPhoto]) -> None:
    give(tab, "nits")
    said = pin(tab, 20.5, 30.5)
    stored = [float(each) for each in re.search(r"in the file (\S+) (\S+) (\S+)", said).groups()]
    assert stored == pytest.approx((street(60, 80)[30, 20] * 500).tolist(), rel=1e-4)


@pytest.mark.parametrize("name", ["large", "small", "one", "wide", "nits"])
def test_a_file_opens_neither_black_nor_white(tab: Page, name: str) -> None:
    give(tab, name)
    drawn = codes(tab)
    mean = drawn[drawn[..., 3] > 200][:, :3].mean()
    assert 15 < mean < 253


@pytest.mark.parametrize("name", ["one", "wide", "tall", "black"])
def test_every_shape_can_be_seen_and_read(tab: Page, photos: dict[str, ExpandedPhoto], name: str) -> None:
    give(tab, name)
    box = tab.locator(".viewer canvas").first.bounding_box()
    assert box["width"] > 100 and 100 < box["height"] <= 700
    tab.get_by_role("application").press("ArrowRight")
    expect(tab.locator(".viewer-probe").first).to_contain_text("R G B")
    expect(tab.locator(".viewer-probe").first).not_to_contain_text("≈")
    x, y = (int(each) for each in re.match(r"(\d+), (\d+):", tab.locator(".viewer-probe").first.inner_text()).groups())
    height, width = photos[name].hdr.shape[:2]
    assert abs(y - height // 2) <= 40 and width // 2 - 1 <= x < width  # beside the middle
    expect(tab.get_by_role("img", name=re.compile("Light, and what"))).to_be_visible()
    tab.get_by_role("application").press("+")
    assert codes(tab)[..., 3].max() == 255
