"""What Chromium draws of HDR files on an ordinary screen."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from hdr_demo.color import encode_srgb
from hdr_demo.io import HDR_FORMATS, write_hdr

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

STOPS = (-4, 0, 2, 4)
PATCH = 64
# What Chromium 156 makes of PQ on an ordinary screen: tone-mapped from the light level that the file states, so that
# white is no longer white. Light taken for sRGB, or PQ codes drawn as they are, would be far from it.
PQ_CODES = (49, 187, 224, 255)
# The same of a file that states no light level, which OpenImageIO has no way to write: tone-mapped from 10,000 nits.
UNLEVELLED_CODES = (49, 187, 249, 255)


def patches() -> np.ndarray:
    grey = np.repeat(2.0 ** np.array(STOPS, np.float32), PATCH)
    return np.tile(grey[None, :, None], (PATCH, 1, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def page(chromium: str) -> Iterator["Page"]:
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser.new_page(viewport={"width": 400, "height": 200})
        browser.close()


def drawn(page: "Page", path: Path) -> list[int]:
    """The green code in the middle of each patch."""
    html = path.with_suffix(".html")
    html.write_text(f'<body style="margin:0"><img src="{path.name}">', encoding="utf-8")
    page.goto(html.as_uri())
    page.wait_for_function("document.images[0].complete && document.images[0].naturalWidth > 0")
    shot = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    return [int(shot[PATCH // 2, PATCH * place + PATCH // 2, 1]) for place in range(len(STOPS))]


def test_chromium_shows_the_base_image_of_a_gain_map(page: "Page", tmp_path: Path) -> None:
    hdr = patches()
    sdr = encode_srgb(hdr / (1 + hdr))
    wanted = np.rint(sdr[0, PATCH // 2 :: PATCH, 1] * 255)
    assert drawn(page, write_hdr(tmp_path / "a.jpg", hdr, sdr=sdr)) == pytest.approx(wanted, abs=2)


@pytest.mark.parametrize(
    "suffix, codes",
    [
        (".png", PQ_CODES),
        (".avif", PQ_CODES),
        pytest.param(
            ".jxl",
            UNLEVELLED_CODES,
            marks=pytest.mark.skipif(not HDR_FORMATS[".jxl"].available(), reason="OpenImageIO is not installed"),
        ),
    ],
)
def test_chromium_takes_our_pq_for_pq(page: "Page", tmp_path: Path, suffix: str, codes: tuple[int, ...]) -> None:
    assert drawn(page, write_hdr(tmp_path / f"a{suffix}", patches())) == pytest.approx(codes, abs=3)
