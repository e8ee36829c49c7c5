"""The tab Many photos in a real browser: from the drop to the archive, and what goes wrong on the way."""

import time
import zipfile
from pathlib import Path

import gradio as gr
import pytest

from hdr_demo.io import hdr_kind, write_sdr

from .conftest import MAX_BATCH_PHOTOS, PacedExpander, make_ldr

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Locator, Page, expect

from .browsing import PHONE, visit

pytestmark = pytest.mark.browser

NAMES = ("beach.png", "a long name of a photo, as cameras and people give them <b>.png", "夜景.png")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("many")
    return [write_sdr(folder / name, make_ldr(96, 128)) for name in NAMES]


def come(browser: Browser, url: str, photos: list[Path] = (), **options: object) -> Page:
    tab = visit(browser, url, **options)
    tab.locator("#ways > .tab-wrapper [role=tab]:visible").filter(has_text="Many photos").or_(
        tab.locator("#ways > .tab-wrapper [role=tab]:visible").filter(has_text="多张照片")
    ).first.click()
    if photos:
        give(tab, photos)
    return tab


def give(tab: Page, photos: list[Path]) -> None:
    tab.set_input_files("#batch input[type=file]", photos)
    expect(tab.locator("#batch-count p")).to_contain_text(str(len(photos)))


def start(tab: Page) -> None:
    tab.locator("#batch-begin").click()


def await_end(tab: Page, state: str) -> None:
    expect(tab.locator(f"#batch-progress [data-state={state}]")).to_be_visible()


def rows(tab: Page) -> Locator:
    return tab.locator("#batch-list li")


def download_all(tab: Page, folder: Path) -> list[str]:
    with tab.expect_download() as waiting:
        tab.locator(".batch-archive a").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
        return archive.namelist()


def test_photos_and_a_text_go_in_and_an_archive_comes_out(
    browser: Browser, url: str, photos: list[Path], no_photo: Path, expander: PacedExpander, tmp_path: Path
) -> None:
    tab = come(browser, url)
    # As a hand drops them.
    names = [path.name for path in (*photos, no_photo)]
    drop_files(tab, [*photos, no_photo])
    expect(tab.locator("#batch-count p")).to_have_text(f"4 of at most {MAX_BATCH_PHOTOS} photos.")
    tab.get_by_label("OpenEXR .exr").check()
    expander.seconds_a_tile = 0.15
    start(tab)
    expect(rows(tab)).to_have_count(4)
    expect(tab.locator("#batch-begin")).to_be_hidden()
    expect(tab.locator("#batch-list [data-state=expanding] [role=progressbar]").first).to_be_visible()
    await_end(tab, "exact")
    expect(tab.locator("#batch-progress")).to_contain_text("1 of 4 photos failed")
    assert [row.get_attribute("data-state") for row in rows(tab).all()] == ["done"] * 3 + ["failed"]
    assert "notes.jpg is not a picture" in rows(tab).nth(3).inner_text()
    shown = [name.inner_text() for name in tab.locator(".batch-name").all()]
    assert shown[0] == names[0] and shown[2] == names[2] and shown[3] == names[3]
    assert tab.locator("#batch-list b").count() == 0
    made = download_all(tab, tmp_path)
    assert len(made) == 3 * 2 + 2 and {"beach_hdr.jpg", "夜景.exr", "report.csv", "contact-sheet.jpg"} <= set(made)
    assert hdr_kind(tmp_path / "beach_hdr.jpg")
    sheet = tab.locator("#batch-made img")
    assert sheet.evaluate("image => image.decode().then(() => image.naturalWidth)") > 400
    expect(tab.locator("#batch-begin")).to_be_visible()
    with tab.expect_download() as waiting:
        rows(tab).nth(0).locator("a").first.click()
    assert hdr_kind(waiting.value.path().rename(tmp_path / "one.jpg"))
    assert not tab.complaints


def drop_files(tab: Page, paths: list[Path]) -> None:
    import base64

    files = [(path.name, base64.b64encode(path.read_bytes()).decode()) for path in paths]
    data = tab.evaluate_handle(
        """files => {
            const data = new DataTransfer();
            for (const [name, text] of files)
                data.items.add(new File([Uint8Array.from(atob(text), sign => sign.charCodeAt(0))], name));
            return data;
        }""",
        files,
    )
    tab.locator("#batch button").first.dispatch_event("drop", {"dataTransfer": data})


def test_stop_keeps_what_is_finished(
    browser: Browser, url: str, photos: list[Path], expander: PacedExpander, tmp_path: Path
) -> None:
    tab = come(browser, url, photos)
    expander.seconds_a_tile = 0.5
    start(tab)
    expect(tab.locator("#batch-list [data-state=done]").first).to_be_visible()
    tab.locator("#batch-stop").click()
    await_end(tab, "stopped")
    expect(tab.locator("#batch-list [data-state=stopped]").last).to_be_visible()
    assert "beach_hdr.jpg" in download_all(tab, tmp_path)
    expander.seconds_a_tile = 0.0
    start(tab)  # again, without another upload
    await_end(tab, "exact")
    expect(tab.locator("#batch-list [data-state=done]")).to_have_count(3)


def test_what_cannot_begin_gets_a_sentence(browser: Browser, url: str, small_photo: Path) -> None:
    tab = come(browser, url)
    start(tab)
    expect(tab.get_by_text("Choose at least one photo first.")).to_be_visible()
    give(tab, [small_photo] * (MAX_BATCH_PHOTOS + 1))
    expect(tab.locator("#batch-count .too-many")).to_be_visible()
    start(tab)
    expect(tab.get_by_text(f"and {MAX_BATCH_PHOTOS} are taken at once").last).to_be_visible()
    assert rows(tab).count() == 0


def test_starting_twice_goes_on_with_the_first(
    browser: Browser, url: str, photos: list[Path], expander: PacedExpander
) -> None:
    tab = come(browser, url, photos)
    expander.seconds_a_tile = 0.1
    tab.locator("#batch-begin").evaluate("button => { button.click(); button.click(); }")
    await_end(tab, "exact")
    expect(tab.locator("#batch-list [data-state=done]")).to_have_count(3)


def test_two_visitors_get_their_own_files(
    browser: Browser, url: str, photos: list[Path], expander: PacedExpander, tmp_path: Path
) -> None:
    expander.seconds_a_tile = 0.05
    tabs = [come(browser, url, chosen) for chosen in (photos[:1], photos[2:])]
    for tab in tabs:
        start(tab)
    for tab, name in zip(tabs, ("beach_hdr.jpg", "夜景_hdr.jpg"), strict=True):
        await_end(tab, "exact")
        assert set(download_all(tab, tmp_path)) == {name, "report.csv", "contact-sheet.jpg"}


def test_a_tab_that_is_closed_stops_its_batch(
    browser: Browser, page: gr.Blocks, url: str, photos: list[Path], expander: PacedExpander
) -> None:
    tab = come(browser, url, photos)
    expander.seconds_a_tile = 0.3
    start(tab)
    expect(tab.locator("#batch-list [data-state=expanding]").first).to_be_visible()
    visitor = max((one for one in page.visitors._visitors.values() if one.batch), key=lambda one: one.seen)
    run = visitor.batch
    tab.context.close()
    until = time.monotonic() + 20
    while visitor.batch is not None and time.monotonic() < until:
        time.sleep(0.1)
    assert visitor.batch is None and run.job.stopped
    visitor.forget()
    while not run.job._ended.wait(0.1) and time.monotonic() < until:
        pass
    assert not visitor.folder.exists()


@pytest.mark.parametrize("options", [{}, {"locale": "zh-CN"}], ids=["english", "chinese"])
def test_a_phone_shows_the_list_before_the_choices(
    browser: Browser, url: str, photos: list[Path], no_photo: Path, options: dict
) -> None:
    tab = come(browser, url, [*photos, no_photo], viewport=PHONE, **options)
    start(tab)
    await_end(tab, "exact")
    assert rows(tab).first.bounding_box()["y"] < tab.locator("#batch-formats").bounding_box()["y"]
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    if options:
        expect(tab.locator(".batch-archive a")).to_contain_text("下载全部")
        expect(rows(tab).first.locator(".batch-state")).to_have_text("完成")
