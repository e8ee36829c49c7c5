"""What a person does with the page, for tests that drive Chromium."""

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Download, Page, expect

from hdr_demo.io import read_ldr

# Headless, and silent: a browser of its own accord asks its maker for this and that.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    # The processor plays the GPU.
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
PATIENCE_MS = 60_000
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
JPEG_ERROR = 3 / 255  # the mean over a smooth picture at the quality of drawings

expect.set_options(timeout=PATIENCE_MS)


def visit(browser: Browser, url: str, *, viewport: dict = DESKTOP, script: str = "", **options: object) -> Page:
    """Come to the page as somebody new; `script` runs before those of the page."""
    context = browser.new_context(viewport=viewport, **options)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(script)
    tab = context.new_page()
    tab.requested = []
    tab.complaints = []
    tab.on("request", lambda request: tab.requested.append(request.url))
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.goto(url)
    expect(tab.locator("#photo input[type=file]")).to_be_attached()
    return tab


def upload(page: Page, path: Path) -> None:
    page.set_input_files("#photo input[type=file]", path)


def await_state(page: Page, state: str) -> None:
    """Wait until the panel says "running", "exact", "stopped" or "failed"."""
    expect(page.locator(f"#progress [data-state={state}]")).to_be_visible()


def await_progress(page: Page) -> None:
    """Wait until a full-size pass has got somewhere."""
    expect(page.locator("#progress [role=progressbar][aria-valuenow]")).to_be_visible()


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def sources(page: Page, selector: str) -> list[str]:
    return page.locator(selector).evaluate_all("images => images.map(image => image.src)")


def await_change(page: Page, selector: str, act: Callable[[], object]) -> list[str]:
    """Do something and wait until the pictures of a selector are others, and are drawn."""
    before = sources(page, selector)
    act()
    page.wait_for_function(
        """([selector, before]) => {
            const images = [...document.querySelectorAll(selector)];
            return images.length && images.every(image => image.naturalWidth)
                && JSON.stringify(images.map(image => image.src)) !== JSON.stringify(before);
        }""",
        arg=[selector, before],
        timeout=PATIENCE_MS,
    )
    return sources(page, selector)


def await_pictures(page: Page, selector: str) -> list[str]:
    """Wait until there are pictures and all are drawn."""
    page.wait_for_function(
        "selector => { const all = [...document.querySelectorAll(selector)];"
        "all.forEach(image => image.scrollIntoView({block: 'nearest'}));"
        "return all.length && all.every(image => image.naturalWidth); }",
        arg=selector,
        timeout=PATIENCE_MS,
    )
    return sources(page, selector)


def path_of(source: str) -> Path:
    """Find the file behind the address of a picture."""
    from urllib.parse import unquote

    return Path(unquote(re.search(r"/gradio_api/file=(.*)", source)[1]))


def await_result(page: Page, name: str = "Compare") -> list[str]:
    """Wait for a photo's result, and open the tab Compare, whose pictures it gives."""
    open_tab(page, name)
    return await_pictures(page, "#compare img")


def download(page: Page, name: str) -> Path:
    """Ask the tab Download for a file, and give it under its own name."""
    open_tab(page, "Download")
    expect(page.locator(f"#download-{name}")).to_be_enabled()
    with page.expect_download() as waiting:
        page.locator(f"#download-{name}").click()
    saved: Download = waiting.value
    return saved.path().rename(saved.path().with_name(saved.suggested_filename))


def set_number(page: Page, selector: str, value: str) -> None:
    """Type a value into the box of a slider."""
    box = page.locator(f"{selector} input[type=number]")
    box.fill(value)
    box.press("Enter")


def await_drawn(tab: Page, selector: str, pictures: Sequence[np.ndarray], tolerance: float) -> None:
    """Wait until a selector shows these pictures, within a mean difference."""
    until = time.monotonic() + PATIENCE_MS / 1000
    differences = [np.inf]
    while max(differences) > tolerance and time.monotonic() < until:
        shown = [read_ldr(path_of(source)).ldr for source in await_pictures(tab, selector)]
        differences = [
            np.abs(one - other).mean() if one.shape == other.shape else np.inf
            for one, other in zip(shown, pictures, strict=True)
        ]
        tab.wait_for_timeout(100)
    assert max(differences) <= tolerance
