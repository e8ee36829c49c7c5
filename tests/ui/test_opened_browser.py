"""HDR files in a real browser: dropped, chosen and pasted, and read in the viewer."""

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.color import encode_srgb
from hdr_demo.exposure import expose
from hdr_demo.io import HDR_FORMATS, read_ldr, write_hdr, write_sdr

from .conftest import PacedExpander, make_ldr

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page, TimeoutError, expect

from .browsing import PATIENCE_MS, PHONE, await_pictures, await_state, open_tab, path_of, upload, visit

pytestmark = pytest.mark.browser

HEIGHT = 60
WIDTHS = {".exr": 90, ".jpg": 92, ".png": 94, ".hdr": 96, "photo": 98}  # by which a test sees whose picture is drawn
LIGHT = (6.0, 3.0, 1.5)  # of the right half; the left half is a quarter of white


def make_halves(width: int) -> np.ndarray:
    hdr = np.full((HEIGHT, width, 3), 0.25, np.float32)
    hdr[:, width // 2 :] = LIGHT
    return hdr


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder, paths = tmp_path_factory.mktemp("hdr files"), {}
    for suffix in (".exr", ".jpg", ".png"):
        hdr = make_halves(WIDTHS[suffix])
        paths[suffix] = write_hdr(folder / f"two halves{suffix}", hdr, sdr=expose(hdr))
    paths[".hdr"] = write_hdr(folder / "in nits.hdr", make_halves(WIDTHS[".hdr"]) * np.float32(2.0**15))
    paths["photo"] = write_sdr(folder / "photo.png", make_ldr(HEIGHT, WIDTHS["photo"]))
    return paths


@pytest.fixture(scope="module")
def tab(browser: Browser, url: str) -> Iterator[Page]:
    """A visitor who gives one file after the other."""
    tab = visit(browser, url)
    yield tab
    assert tab.complaints == []
    tab.context.close()


def drop(tab: Page, path: Path) -> None:
    """Drop a file as the desktop does, not as a script could; again if the page was just being drawn anew."""
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    session = tab.context.new_cdp_session(tab)
    for attempt in range(5):
        box = tab.locator("#photo").bounding_box()
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        try:
            with tab.expect_request("**/upload*", timeout=5000 if attempt < 4 else PATIENCE_MS):
                for kind in ("dragEnter", "dragOver", "drop"):
                    session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
            return
        except TimeoutError:
            if attempt == 4:
                raise


def await_compared(tab: Page, accept: Callable[[np.ndarray], bool]) -> np.ndarray:
    """Wait until the right picture of the tab Compare is one that is accepted, and give it."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while not accept(ldr := read_ldr(path_of(await_pictures(tab, "#compare img")[1])).ldr):
        assert time.monotonic() < until
        tab.wait_for_timeout(200)
    return ldr


def await_opened(tab: Page, said: str) -> None:
    expect(tab.locator("#progress")).to_contain_text(said)
    await_state(tab, "exact")


def read(tab: Page, kind: str, x: float, y: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Read light and photo in the viewer at a place of the picture, once it draws that file."""
    open_tab(tab, "View")
    tab.wait_for_function(
        "width => { const viewer = document.querySelector('.viewer[data-drawn]:not([aria-busy])')?.viewer;"
        "return viewer?.picture?.source?.width === width; }",
        arg=WIDTHS[kind],
    )
    shown = tab.evaluate(
        "([x, y]) => { const read = document.querySelector('.viewer').viewer.picture.read(x, y);"
        "return [read.hdr, read.photo]; }",
        [round(x * WIDTHS[kind]), round(y * HEIGHT)],
    )
    return np.array(shown[0]), np.array(shown[1])


@pytest.mark.parametrize(
    ("suffix", "kind", "tolerance"),
    [(".exr", "OpenEXR", 0.01), (".jpg", "JPEG with a gain map", 0.1), (".png", "PNG in PQ", 0.01)],
)
def test_a_dropped_hdr_file_shows_its_own_light_and_asks_no_network(
    tab: Page, expander: PacedExpander, files: dict[str, Path], suffix: str, kind: str, tolerance: float
) -> None:
    asked = len(expander.passes)
    drop(tab, files[suffix])
    size = f"{WIDTHS[suffix]} × {HEIGHT} px"
    await_opened(tab, f"Opened {kind}, {size}: its own light, no network. Headroom +2.6 stops.")
    expect(tab.locator("#light")).to_be_visible(visible=suffix == ".jpg")
    hdr, photo = read(tab, suffix, 0.75)
    assert np.abs(np.log2(hdr / LIGHT)).max() < tolerance
    assert photo.min() > 0.97
    left, _ = read(tab, suffix, 0.25)
    assert np.abs(np.log2(left / 0.25)).max() < tolerance
    assert len(expander.passes) == asked
    thumbnail = read_ldr(path_of(await_pictures(tab, "#photo img")[0])).ldr
    assert np.abs(thumbnail[:, -9:] - encode_srgb(np.clip(LIGHT, 0, 1).astype(np.float32))).max() < 0.05


def test_settings_of_the_network_rest_while_it_has_nothing_to_say(tab: Page, files: dict[str, Path]) -> None:
    drop(tab, files[".exr"])
    await_opened(tab, "Opened OpenEXR")
    tab.get_by_role("button", name="Settings").click()
    expect(tab.locator("#settings-note")).to_contain_text("this light is the file's own")
    expect(tab.locator("#scale input").first).to_be_disabled()
    drop(tab, files["photo"])
    await_opened(tab, "Full size")
    expect(tab.locator("#scale input").first).to_be_enabled()
    expect(tab.locator("#settings-note")).to_be_hidden()


def test_the_visitor_chooses_between_a_gain_map_and_the_network(
    tab: Page, expander: PacedExpander, files: dict[str, Path]
) -> None:
    drop(tab, files[".jpg"])
    await_opened(tab, "Opened JPEG with a gain map")
    open_tab(tab, "Compare")
    own = await_compared(tab, lambda ldr: ldr.shape[1] == WIDTHS[".jpg"])
    asked = len(expander.passes)
    tab.get_by_label("The network's estimate").check()
    await_opened(tab, "Full size")
    assert len(expander.passes) == asked + 1
    expect(tab.locator("#compare-note")).to_contain_text("the network estimated it")
    await_compared(tab, lambda ldr: np.abs(ldr - own).max() > 0.05)
    tab.get_by_label("Its own gain map").check()
    await_opened(tab, "Opened JPEG with a gain map")
    await_compared(tab, lambda ldr: np.abs(ldr - own).max() < 0.01)
    expect(tab.locator("#compare-note")).to_contain_text("8-bit picture")


def test_a_file_takes_the_place_of_another_by_dropping(tab: Page, files: dict[str, Path]) -> None:
    for kind, said in ((".png", "Opened PNG in PQ"), (".hdr", "Opened Radiance"), ("photo", "Full size")):
        drop(tab, files[kind])
        await_opened(tab, said)
        expect(tab.locator("#photo img")).to_have_count(1)


def test_numbers_in_nits_are_visible_at_once_and_said(tab: Page, files: dict[str, Path]) -> None:
    drop(tab, files[".hdr"])
    await_opened(tab, "stops darker than it is stored")
    hdr, _ = read(tab, ".hdr", 0.75)
    assert 0.1 < hdr[1] < 64
    stops = tab.evaluate("document.querySelector('.viewer').viewer.state.stops")
    assert 0.05 < hdr[1] * 2**stops < 1.1
    drop(tab, files["photo"])
    await_opened(tab, "Full size")
    tab.wait_for_function("document.querySelector('.viewer').viewer.state.stops === -2")


def test_the_file_picker_offers_and_takes_hdr_files(tab: Page, files: dict[str, Path]) -> None:
    if tab.locator("#photo img").count():
        tab.get_by_label("Remove Image").click()
    with tab.expect_file_chooser() as choosing:
        tab.locator("#photo .upload-container").last.click()
    chooser = choosing.value
    offered = chooser.element.get_attribute("accept").split(",")
    assert {"image/*", *HDR_FORMATS} <= set(offered)
    chooser.set_files(files[".hdr"])
    await_opened(tab, "Opened Radiance")


def test_a_copied_file_can_be_pasted(tab: Page, files: dict[str, Path]) -> None:
    for kind, said in ((".exr", "Opened OpenEXR"), (".jpg", "Opened JPEG with a gain map")):
        tab.evaluate(
            """([name, data]) => {
                const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
                const clipboardData = new DataTransfer();
                clipboardData.items.add(new File([bytes], name));
                document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
            }""",
            [files[kind].name, base64.b64encode(files[kind].read_bytes()).decode()],
        )
        await_opened(tab, said)


def test_a_damaged_hdr_file_gets_its_sentence_and_the_next_one_opens(
    tab: Page, files: dict[str, Path], tmp_path: Path
) -> None:
    damaged = tmp_path / "cut off.exr"
    damaged.write_bytes(files[".exr"].read_bytes()[:300])
    drop(tab, damaged)
    await_state(tab, "failed")
    expect(tab.locator("#progress")).to_contain_text("cut off.exr is damaged")
    drop(tab, files[".exr"])
    await_opened(tab, "Opened OpenEXR")


def test_a_phone_shows_the_choice_above_the_result(browser: Browser, url: str, files: dict[str, Path]) -> None:
    tab = visit(browser, url, viewport=PHONE, locale="zh-CN", color_scheme="dark")
    upload(tab, files[".jpg"])
    await_opened(tab, "已打开 带增益图的 JPEG")
    light, results = tab.locator("#light").bounding_box(), tab.locator("#results").bounding_box()
    assert light["y"] + light["height"] <= results["y"]
    assert light["x"] >= 0 and light["x"] + light["width"] <= PHONE["width"]
    expect(tab.get_by_label("网络的估计")).to_be_visible()
    tab.context.close()
