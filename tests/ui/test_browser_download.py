"""The tab Download in a real browser: each file saved, and read back by a program of others where there is one."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gradio as gr
import imagecodecs
import numpy as np
import pytest

from hdr_demo.io import HDR_FORMATS, read_hdr, read_ldr
from hdr_demo.tonemap import tone_map
from hdr_demo.ui import download as download_module
from hdr_demo.ui.download import build_download
from hdr_demo.ui.download_files import FILE_KINDS, FileKind
from hdr_demo.ui.pictures import make_view
from hdr_demo.ui.session import Shown, Visitors
from hdr_demo.ui.text import TRANSLATIONS

from .conftest import launched
from .test_download_files import photo

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page, expect

from .browsing import DESKTOP, PATIENCE_MS, PHONE, download

pytestmark = pytest.mark.browser

PHOTOS = {
    "street": photo(),
    "render": replace(photo(), origin="OpenEXR", picture=replace(photo().picture, exif=None, name="render")),
    "round": replace(photo("radiometric"), picture=replace(photo().picture, panorama=True)),
    "paper": replace(photo("paper"), hdr=photo().hdr / 40),
    "preview": photo(),
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page with the tab, and a button for each photo."""
    visitors = Visitors(tmp_path_factory.mktemp("visitors"))
    with gr.Blocks(analytics_enabled=False) as page:
        version = gr.State(0)
        with gr.Row():
            buttons = {name: gr.Button(name) for name in PHOTOS}
            drop = gr.Button("drop")
        with gr.Tabs():
            drawing = build_download(visitors)
        for name, button in buttons.items():

            def give(request: gr.Request, name: str = name) -> int:
                visitor = visitors.of(request)
                visitor.show(Shown(PHOTOS[name], make_view(PHOTOS[name]), exact=name != "preview"))
                return visitor.version

            button.click(give, None, version)

        def make_room(request: gr.Request) -> None:
            visitors.of(request).drop_pictures()

        drop.click(make_room, None, None)
        drawing.connect(version.change)
    others = {"i18n": TRANSLATIONS, "allowed_paths": [str(tmp_path_factory.getbasetemp())]}
    with launched(page, "style.css", "download.css", **others) as address:
        yield address


def come(browser: Browser, url: str, name: str, **options: object) -> Page:
    context = browser.new_context(**{"viewport": DESKTOP, **options})
    context.set_default_timeout(PATIENCE_MS)
    tab = context.new_page()
    tab.goto(url)
    give(tab, name)
    return tab


def give(tab: Page, name: str) -> None:
    tab.get_by_role("button", name=name, exact=True).click()
    expect(tab.locator("#download-note p").first).to_be_visible()


@pytest.fixture(scope="module")
def tab(browser: Browser, url: str) -> Iterator[Page]:
    """A visitor with a photo, who has opened the choices."""
    tab = come(browser, url, "street")
    expect(tab.locator("#download-exr")).to_be_enabled()
    tab.locator("#download-choices button").first.click()
    yield tab
    tab.context.close()


def exif_of(path: Path) -> dict:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    command = ["exiftool", "-json", "-G1", str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)[0]


def bright(hdr: np.ndarray, light: np.ndarray) -> float:
    """Give the median of the brightest channel where a photo's lamps are."""
    return float(np.median(hdr.max(axis=-1)[light.max(axis=-1) == 40]))


@pytest.mark.parametrize("kind", [each for each in FILE_KINDS if not each.for_panoramas], ids=lambda each: each.key)
def test_every_file_is_saved_and_is_told(tab: Page, kind: FileKind) -> None:
    path = download(tab, kind.key)
    expect(tab.locator("#download-said")).to_contain_text(path.name)
    expect(tab.locator("#download-made a").first).to_have_attribute("download", path.name)
    if kind.suffix:
        lamps, row = PHOTOS["street"].hdr, HDR_FORMATS[kind.suffix]
        assert bright(read_hdr(path), lamps) == pytest.approx(1000 / 203 if row.for_display else 40, rel=0.25)
        assert ("rolled off" in tab.locator("#download-said").inner_text()) == row.for_display
        expect(tab.locator("#download-said")).to_contain_text("2.3 stops" if row.for_display else "5.3 stops")
    else:
        assert path.read_bytes()[:4] in (b"PK\3\4", b"\x89PNG", b"%PDF")


def test_libultrahdr_finds_the_light_and_exiftool_the_camera(tab: Page) -> None:
    path = download(tab, "jpg")
    light = imagecodecs.ultrahdr_decode(path.read_bytes()).astype(np.float32)
    assert bright(light[..., :3], PHOTOS["street"].hdr) == pytest.approx(1000 / 203, rel=0.15)
    found = exif_of(path)
    assert found["IFD0:Make"] == "A camera"
    assert "sRGB" in found["ICC_Profile:ProfileDescription"]
    assert np.abs(read_ldr(path).ldr - PHOTOS["street"].ldr).mean() < 3 / 255  # the photo itself is its base


def test_another_decoder_finds_the_picture_in_the_avif(tab: Page, tmp_path: Path) -> None:
    if shutil.which("avifdec") is None:
        pytest.skip("avifdec is not installed")
    decoded = tmp_path / "decoded.png"
    subprocess.run(["avifdec", str(download(tab, "avif")), str(decoded)], check=True, capture_output=True)
    assert imagecodecs.png_decode(decoded.read_bytes()).shape == (48, 64, 3)


def test_the_choices_count(tab: Page) -> None:
    import OpenEXR

    tab.get_by_label("The tone-mapped picture", exact=True).check()
    tab.get_by_label("Keep the photo's EXIF").uncheck()
    tab.get_by_label("OpenEXR with 32 bits").check()
    tab.locator("#download-peak input").click()
    tab.get_by_role("option", name="4,000", exact=True).click()
    white = tab.locator("#download-white input[type=number]")
    white.fill("100")
    white.press("Enter")
    path = download(tab, "jpg")
    expect(tab.locator("#download-said")).to_contain_text("headroom 5.3 stops")  # 40 times white: all of it
    assert "IFD0:Make" not in exif_of(path)
    assert np.abs(read_ldr(path).ldr - tone_map(PHOTOS["street"].hdr, "reinhard")).mean() < 3 / 255
    light = read_hdr(download(tab, "png")) * 203
    assert bright(light, PHOTOS["street"].hdr) == pytest.approx(40 * 100, rel=0.02)
    with OpenEXR.File(str(download(tab, "exr"))) as file:
        assert file.channels()["RGB"].pixels.dtype == np.float32
        assert file.header()["whiteLuminance"] == pytest.approx(100)


def test_a_file_without_exif_asks_nothing_and_cut_off_light_is_no_base(browser: Browser, url: str) -> None:
    tab = come(browser, url, "street")
    expect(tab.get_by_label("Your photo, unchanged")).to_be_checked()
    give(tab, "render")
    expect(tab.get_by_label("The tone-mapped picture")).to_be_checked()
    expect(tab.get_by_label("The light up to white")).to_be_visible()
    tab.locator("#download-choices button").first.click()
    expect(tab.locator("#download-white")).to_be_visible()
    expect(tab.locator("#download-exif")).to_have_count(0)
    tab.get_by_label("The light up to white").check()  # and what a person chose stays
    give(tab, "render")
    tab.wait_for_timeout(500)
    expect(tab.get_by_label("The light up to white")).to_be_checked()
    tab.context.close()


def test_without_a_unit_the_tab_says_what_white_means(browser: Browser, url: str) -> None:
    tab = come(browser, url, "paper")
    expect(tab.locator("#download-note")).to_contain_text("1.0 is the brightest light of the picture")
    tab.context.close()


def test_a_panorama_has_a_card_of_its_own(browser: Browser, url: str) -> None:
    tab = come(browser, url, "street")
    expect(tab.locator("#download-exr")).to_be_enabled()
    expect(tab.locator("#download-hdri")).to_be_hidden()
    give(tab, "round")
    expect(tab.locator("#download-note")).to_contain_text("lux")
    path = download(tab, "hdri")
    assert path.name == "street_hdri.exr"
    assert read_hdr(path).max() == 40
    give(tab, "street")
    expect(tab.locator("#download-hdri")).to_be_hidden()
    tab.context.close()


def test_a_preview_makes_no_files(browser: Browser, url: str) -> None:
    tab = come(browser, url, "street")
    tab.get_by_role("button", name="preview", exact=True).click()
    expect(tab.locator("#download-note")).to_contain_text("ready when its pass ends")
    expect(tab.locator("#download-jpg")).to_be_disabled()
    tab.context.close()


def test_two_visitors_get_their_own_and_who_goes_on_is_told(
    browser: Browser, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, make_file = threading.Event(), download_module.make_file

    def wait_and_make(kind: FileKind, *others: object) -> object:
        if kind.key == "exr":
            assert go_on.wait(30)
        return make_file(kind, *others)

    monkeypatch.setattr(download_module, "make_file", wait_and_make)
    one, other = come(browser, url, "street"), come(browser, url, "render")
    with one.expect_download() as waiting:
        one.locator("#download-exr").click()
        expect(one.locator("#download-said [data-state=running]")).to_contain_text("Making OpenEXR .exr")
        assert download(other, "hdr").name == "render.hdr"
        give(one, "paper")
        expect(one.locator("#download-note")).to_contain_text("no unit")
        go_on.set()
    assert waiting.value.suggested_filename == "street.exr"
    assert read_hdr(waiting.value.path()).max() == pytest.approx(40, rel=0.01)
    expect(one.locator("#download-said")).to_contain_text("shown when you asked")
    one.context.close()
    other.context.close()


def test_a_photo_that_had_to_make_room_is_asked_for_again(browser: Browser, url: str) -> None:
    tab = come(browser, url, "street")
    expect(tab.locator("#download-exr")).to_be_enabled()
    tab.get_by_role("button", name="drop", exact=True).click()
    tab.wait_for_timeout(500)
    tab.locator("#download-exr").click()
    expect(tab.locator(".toast-body")).to_contain_text("The photo is no longer here; give it again.")
    tab.context.close()


def test_a_full_disk_is_one_sentence(browser: Browser, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    def fail(*others: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    tab = come(browser, url, "street")
    monkeypatch.setattr("hdr_demo.io.output.os.replace", fail)
    tab.locator("#download-hdr").click()
    sentence = "Radiance .hdr could not be made, because the disk of the computer that runs this page is full."
    expect(tab.locator("#download-said [data-state=failed]")).to_contain_text(sentence)
    expect(tab.locator(".toast-body")).to_contain_text(sentence)
    monkeypatch.undo()
    assert download(tab, "hdr").name == "street.hdr"
    tab.context.close()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_tab_within_its_width(browser: Browser, url: str, scheme: str, locale: str) -> None:
    tab = come(browser, url, "street", viewport=PHONE, color_scheme=scheme, locale=locale, has_touch=True)
    tab.locator("#download-choices button").first.tap()
    expect(tab.locator("#download-exif")).to_be_visible()
    with tab.expect_download():
        tab.locator("#download-jpg").tap()
    said = tab.locator("#download-said")
    expect(said).to_contain_text("street_hdr.jpg")
    expect(said).to_be_in_viewport()  # though the list of cards is longer than the screen
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for card in tab.locator(".file-card button").all():
        box = card.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] and box["height"] >= 32
    tab.context.close()
