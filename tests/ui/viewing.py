"""What tests of the viewer share: a page with nothing else on it, and a visitor of it."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr
import numpy as np
from playwright.sync_api import Browser, Page, Playwright, expect

from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.ui.pictures import make_view
from hdr_demo.ui.session import Shown, Visitors
from hdr_demo.ui.viewer import build_viewer

from .browsing import CHROMIUM_ARGUMENTS, DESKTOP, PATIENCE_MS
from .conftest import launched

# As if the screen were an HDR one; what is drawn stays as it is.
HDR_SCREEN = "--force-color-profile=scrgb-linear"
# WebGPU, computed by the processor.
WEBGPU = (
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
    "--use-vulkan=swiftshader",
)


@contextmanager
def launch_chromium(playwright: Playwright, path: str, *others: str) -> Iterator[Browser]:
    """Start Chromium."""
    browser = playwright.chromium.launch(executable_path=path, args=[*CHROMIUM_ARGUMENTS, *others])
    yield browser
    browser.close()


@contextmanager
def serve_viewer(folder: Path, photos: dict[str, ExpandedPhoto]) -> Iterator[gr.Blocks]:
    """Serve a page with the viewer and a button for each photo."""
    visitors = Visitors(folder)
    with gr.Blocks(analytics_enabled=False, title="viewer") as page:
        version = gr.State(0)
        with gr.Row():
            buttons = {name: gr.Button(name) for name in photos}
        with gr.Tabs() as tabs:
            drawing = build_viewer(visitors, tabs, "exposures")
            with gr.Tab("Instead", id="exposures"):
                gr.Markdown("One by one")
        for name, button in buttons.items():

            def give(request: gr.Request, name: str = name) -> int:
                visitor = visitors.of(request)
                visitor.show(Shown(photos[name], make_view(photos[name]), exact=True))
                return visitor.version

            button.click(give, None, version)
        drawing.connect(version.change)
    with launched(page, "style.css", "viewer.css"):
        yield page


def visit_viewer(browser: Browser, url: str, *, viewport: dict = DESKTOP, script: str = "", **options: object) -> Page:
    """Come to the page as somebody new; `script` runs before those of the page."""
    context = browser.new_context(viewport=viewport, **options)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(script)
    tab = context.new_page()
    tab.requested, tab.complaints = [], []
    tab.on("request", lambda request: tab.requested.append(request.url))
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.goto(url)
    expect(tab.get_by_role("button", name="large", exact=True)).to_be_visible()
    return tab


def give(tab: Page, name: str) -> None:
    """Give the viewer a photo, and wait until it is drawn."""
    before = tab.locator(".viewer").get_attribute("data-drawn")
    tab.get_by_role("button", name=name, exact=True).click()
    expect(tab.locator(".viewer[data-drawn]")).to_be_attached()
    tab.wait_for_function(
        "before => document.querySelector('.viewer').dataset.drawn !== before", arg=before, timeout=60_000
    )


def codes(tab: Page) -> np.ndarray:
    """Read what the canvas shows, uint8, (H, W, 4)."""
    height, width, data = tab.evaluate(
        """() => {
          const { picture, drawNow } = document.querySelector(".viewer").viewer;
          drawNow();
          let text = "";
          for (const row of picture.readCanvas()) text += String.fromCharCode(...row);
          return [picture.canvas.height, picture.canvas.width, btoa(text)];
        }"""
    )
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)
