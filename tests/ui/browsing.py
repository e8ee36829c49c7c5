"""What a person does with the page, for tests that drive Chromium."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

# Headless, and silent: a browser of its own accord asks its maker for this and that.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
PATIENCE_MS = 60_000

expect.set_options(timeout=PATIENCE_MS)


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


def set_number(page: Page, selector: str, value: str) -> None:
    """Type a value into the box of a slider."""
    box = page.locator(f"{selector} input[type=number]")
    box.fill(value)
    box.press("Enter")
