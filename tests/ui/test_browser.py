"""The page in a real browser: one photo from its upload through every tab to its files."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.color import REFERENCE_WHITE_NITS, decode_srgb, luminance
from hdr_demo.evaluation import MEASURES, Shot, draw_error, error_stops, linearize, measure
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.exposure import DEFAULT_STOPS, extract_bracket
from hdr_demo.io import Picture, read_hdr, read_ldr
from hdr_demo.metrics import clipped_mask
from hdr_demo.tonemap import TONE_MAPPERS, tone_map
from hdr_demo.ui.compare import DEFAULT_STOPS as COMPARED_STOPS
from hdr_demo.ui.examples import find_scenes
from hdr_demo.ui.false_color import COLORS
from hdr_demo.ui.truth_camera import Settings, look_at_light, open_scene, take_shot

from .conftest import LARGE, NOTE, PacedExpander

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page, expect

from .browsing import (
    JPEG_ERROR,
    PATIENCE_MS,
    PHONE,
    await_change,
    await_drawn,
    await_pictures,
    await_progress,
    await_result,
    await_state,
    download,
    open_tab,
    path_of,
    set_number,
    sources,
    upload,
    visit,
)

pytestmark = pytest.mark.browser

CODE = 0.5 / 255 + 1e-6


@pytest.fixture
def tab(browser: Browser, url: str) -> Iterator[Page]:
    """A visitor who just came."""
    tab = visit(browser, url)
    yield tab
    tab.context.close()


@pytest.fixture(scope="module")
def passes_before(expander: PacedExpander) -> int:
    return len(expander.passes)


@pytest.fixture(scope="module")
def done(browser: Browser, url: str, passes_before: int, large_photo: Path) -> Iterator[Page]:
    """A visitor whose photo is through its full-size pass."""
    tab = visit(browser, url)
    upload(tab, large_photo)
    expect(tab.locator("#progress")).to_contain_text("Preview")
    await_state(tab, "exact")
    await_result(tab)
    yield tab
    tab.context.close()


@pytest.fixture(scope="module")
def truth(expander: PacedExpander, large_photo: Path, done: Page) -> ExpandedPhoto:
    """What the library makes of the photo of `done`."""
    expanded = expander.expand(read_ldr(large_photo))
    expander.passes.pop()
    return expanded


def test_the_panel_says_what_was_done_and_by_what(done: Page) -> None:
    expect(done.locator("#progress")).to_contain_text(f"Full size: {LARGE[1]} × {LARGE[0]} px, exact")
    expect(done.locator("#status")).to_contain_text("random-numbers (bundled) on cpu")
    expect(done.locator("#status")).to_contain_text("preview in")
    expect(done.locator("#status")).to_contain_text("full size in")
    expect(done.locator("#status")).to_contain_text(NOTE)


def test_the_viewer_comes_first_and_draws_the_exact_result(done: Page, truth: ExpandedPhoto) -> None:
    tabs = done.locator("#results [role=tab]:visible")
    expect(tabs.first).to_have_text("View")
    tabs.first.click()
    expect(done.locator(".viewer[data-drawn]:not([aria-busy])")).to_be_visible()
    done.wait_for_function(
        "([width, height]) => { const { source } = document.querySelector('.viewer').viewer.picture;"
        "return source?.width === width && source.height === height; }",
        arg=[LARGE[1], LARGE[0]],
    )
    expect(done.get_by_role("slider", name="Divider between photo and HDR image")).to_be_visible()
    column, row = LARGE[1] // 2, LARGE[0] // 3  # in the clipped disc
    hdr, photo = done.evaluate(
        "([column, row]) => { const read = document.querySelector('.viewer').viewer.picture.read(column, row);"
        "return [read.hdr, read.photo]; }",
        [column, row],
    )
    assert np.abs(np.log2(np.array(hdr) / truth.hdr[row, column])).max() < 0.1
    assert min(photo) > 0.97


def test_compare_shows_both_at_the_same_exposure(done: Page, truth: ExpandedPhoto) -> None:
    open_tab(done, "Compare")
    photo, hdr = (read_ldr(path_of(source)).ldr for source in await_pictures(done, "#compare img"))
    assert photo.shape[:2] == LARGE
    assert np.abs(hdr - extract_bracket(truth.hdr, [COMPARED_STOPS])[0]).mean() < JPEG_ERROR
    clipped = clipped_mask(truth.ldr)
    assert hdr[clipped].mean() > photo[clipped].mean() + 0.1
    assert np.abs(hdr - photo)[truth.ldr.max(axis=-1) < 0.8].mean() < 2 * JPEG_ERROR


def test_compare_follows_its_controls(done: Page, truth: ExpandedPhoto) -> None:
    open_tab(done, "Compare")
    changed = await_change(done, "#compare img", lambda: set_number(done, "#compare-stops", "-4"))
    assert np.abs(read_ldr(path_of(changed[1])).ldr - extract_bracket(truth.hdr, [-4])[0]).mean() < JPEG_ERROR
    expect(done.locator("#compare-note")).to_contain_text("−4 stops")
    changed = await_change(done, "#compare img", lambda: done.get_by_label("Tone-mapped", exact=True).check())
    assert np.abs(read_ldr(path_of(changed[0])).ldr - truth.ldr).mean() < JPEG_ERROR
    expect(done.locator("#compare-note")).to_contain_text("Reinhard")
    await_change(done, "#compare img", lambda: done.get_by_label("Same exposure", exact=True).check())


def test_every_exposure_stands_beside_the_same_exposure_of_the_photo(done: Page, truth: ExpandedPhoto) -> None:
    open_tab(done, "Exposures")
    pictures = await_pictures(done, "#exposures-gallery img")
    captions = done.locator("#exposures-gallery .caption-label").all_inner_texts()
    signed = [f"{stops:+g}".replace("+0", "0").replace("-", "−") for stops in DEFAULT_STOPS]
    assert captions == [f"{kind} {stops}" for stops in signed for kind in ("Photo", "HDR")]
    photo, hdr = (read_ldr(path_of(source)).ldr for source in pictures[:2])
    assert np.abs(hdr - extract_bracket(truth.hdr, [-4])[0]).mean() < JPEG_ERROR
    assert photo.max() < hdr.max()


def test_exposures_follow_the_chosen_stops(done: Page) -> None:
    open_tab(done, "Exposures")
    await_pictures(done, "#exposures-gallery img")
    await_change(done, "#exposures-gallery img", lambda: done.get_by_label("+4", exact=True).uncheck())
    expect(done.locator("#exposures-gallery .caption-label")).to_have_count(8)


def test_an_operator_comes_with_its_own_sliders(done: Page, truth: ExpandedPhoto) -> None:
    open_tab(done, "Tone mapping")
    await_pictures(done, "#tone-picture img")
    expect(done.locator("#sliders-reinhard")).to_be_visible()

    def choose_drago() -> None:
        done.locator("#operator input").click()
        done.get_by_role("option", name="Drago").click()

    await_change(done, "#tone-picture img", choose_drago)
    expect(done.locator("#sliders-drago input[type=range]")).to_have_count(len(TONE_MAPPERS["drago"].parameters))
    expect(done.locator("#sliders-reinhard")).not_to_be_visible()
    expect(done.locator("#tone-source")).to_contain_text("Adaptive Logarithmic Mapping")
    (source,) = await_change(done, "#tone-picture img", lambda: set_number(done, "#drago-bias", "0.7"))
    assert np.abs(read_ldr(path_of(source)).ldr - tone_map(truth.hdr, "drago", bias=0.7)).mean() < JPEG_ERROR


def test_the_defaults_of_an_operator_come_back(done: Page, truth: ExpandedPhoto) -> None:
    open_tab(done, "Tone mapping")
    await_change(done, "#tone-picture img", lambda: set_number(done, "#drago-gamma", "2"))
    (source,) = await_change(done, "#tone-picture img", lambda: done.locator("#tone-reset").click())
    expect(done.locator("#drago-gamma input[type=number]")).to_have_value("1")
    assert np.abs(read_ldr(path_of(source)).ldr - tone_map(truth.hdr, "drago")).mean() < JPEG_ERROR


def test_the_contact_sheet_shows_every_operator_and_chooses_one(done: Page) -> None:
    open_tab(done, "Tone mapping")
    await_pictures(done, "#tone-sheet img")
    captions = done.locator("#tone-sheet .caption-label").all_inner_texts()
    assert captions == [row.label for row in TONE_MAPPERS.values()]
    chosen = list(TONE_MAPPERS).index("hable")
    await_change(done, "#tone-picture img", lambda: done.locator("#tone-sheet .thumbnail-item").nth(chosen).click())
    expect(done.locator("#sliders-hable")).to_be_visible()


def test_measure_shows_numbers_histogram_and_false_colours(done: Page, truth: ExpandedPhoto) -> None:
    open_tab(done, "Measure")
    clipped = f"{100 * clipped_mask(truth.ldr).mean():.1f} %"
    expect(done.locator("[data-measure=clipped] dd")).to_have_text(clipped)
    for name in ("range", "recovered", "brightest"):
        expect(done.locator(f"[data-measure={name}] dd")).to_contain_text(".")
    expect(done.locator("#measure-histogram path")).to_have_count(2)
    expect(done.locator("#measure-histogram")).to_contain_text("the photo clips here")
    (source,) = await_pictures(done, "#measure-colors img")
    painted = np.unique(np.round(read_ldr(path_of(source)).ldr * 255).reshape(-1, 3), axis=0)
    assert {tuple(row) for row in painted} <= {tuple(row) for row in np.round(COLORS * 255)}
    expect(done.locator("#measure-legend .cells i")).to_have_count(len(COLORS))


@pytest.mark.parametrize(("across", "down"), [(0.5, 0.33), (0.1, 0.9), (0.83, 0.61)])
def test_a_clicked_pixel_says_its_numbers(done: Page, truth: ExpandedPhoto, across: float, down: float) -> None:
    open_tab(done, "Measure")
    await_pictures(done, "#measure-colors img")
    picture = done.locator("#measure-colors img")
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] * across, "y": box["height"] * down})
    # The browser rounds to its own pixels, which are some of the picture's.
    pixel = done.locator("#measure-pixel .pixel")
    expected_x, expected_y = across * LARGE[1], down * LARGE[0]
    done.wait_for_function(
        "([x, y]) => { const pixel = document.querySelector('#measure-pixel .pixel');"
        "return pixel && Math.abs(pixel.dataset.x - x) < 4 && Math.abs(pixel.dataset.y - y) < 4; }",
        arg=[expected_x, expected_y],
        timeout=PATIENCE_MS,
    )
    x, y = int(pixel.get_attribute("data-x")), int(pixel.get_attribute("data-y"))
    said = dict(pixel.locator("[data-pixel]").evaluate_all("all => all.map(one => [one.dataset.pixel, one.innerText])"))
    assert [float(value) for value in said["pixel_linear"].split()] == pytest.approx(truth.hdr[y, x].tolist(), rel=1e-3)
    nits = float(said["pixel_stops"].split(", ")[1].split()[0].replace(",", ""))
    assert nits == pytest.approx(float(luminance(truth.hdr[y, x])) * REFERENCE_WHITE_NITS, rel=1e-3)
    codes = " ".join(str(round(255 * float(value))) for value in truth.ldr[y, x])
    assert said["pixel_code"].startswith(codes)


@pytest.mark.parametrize(("name", "tolerance"), [("exr", 2.0**-11), ("hdr", 2.0**-7)])
def test_the_downloaded_light_is_that_of_the_library(
    done: Page, truth: ExpandedPhoto, name: str, tolerance: float
) -> None:
    path = download(done, name)
    assert path.name == f"beach day.{name}"
    brightest = truth.hdr.max(axis=-1, keepdims=True)
    assert (np.abs(read_hdr(path) - truth.hdr) <= tolerance * brightest + 1e-6).all()


def test_the_downloaded_picture_is_tone_mapped_as_set(done: Page, truth: ExpandedPhoto) -> None:
    path = download(done, "toned")
    assert path.name == "beach day_hable.png"
    assert np.abs(read_ldr(path).ldr - tone_map(truth.hdr, "hable")).max() <= CODE


def test_the_downloaded_exposures_are_those_chosen(done: Page, truth: ExpandedPhoto, tmp_path: Path) -> None:
    with zipfile.ZipFile(download(done, "exposures")) as archive:
        assert archive.namelist() == [*(f"beach day_{stops}.png" for stops in ("-4", "-2", "+0", "+2")), "meta.json"]
        archive.extract("beach day_-2.png", tmp_path)
    picture = read_ldr(tmp_path / "beach day_-2.png").ldr
    assert np.abs(picture - extract_bracket(truth.hdr, [-2])[0]).max() <= CODE


def test_a_made_file_has_a_link_too(done: Page) -> None:
    open_tab(done, "Download")
    expect(done.locator("#download-made a").first).to_have_attribute("href", path_link("beach day"))


def path_link(name: str):
    import re

    return re.compile(re.escape(name.replace(" ", "%20")))


def test_no_slider_ran_the_network(done: Page, expander: PacedExpander, passes_before: int) -> None:
    """The last of the tests on `done`: all its controls were moved by now."""
    sizes = expander.passes[passes_before:]
    assert len(sizes) == 2 and sizes[1] == LARGE
    assert sizes[0][0] * sizes[0][1] <= 500_000


def test_the_page_asked_nobody_else(done: Page, url: str) -> None:
    assert done.requested
    foreign = [each for each in done.requested if not each.startswith((url, "data:", "blob:"))]
    assert foreign == []
    assert done.complaints == []


def test_changing_the_meaning_of_the_numbers_runs_the_network_again(
    tab: Page, expander: PacedExpander, small_photo: Path
) -> None:
    upload(tab, small_photo)
    await_state(tab, "exact")
    before = len(expander.passes)
    tab.locator("#settings button").first.click()
    tab.get_by_label("Paper", exact=True).check()
    open_tab(tab, "Measure")
    expect(tab.locator("[data-measure=brightest]")).to_contain_text("no unit")
    assert len(expander.passes) == before + 1


def test_an_example_shows_its_result_in_one_click(tab: Page) -> None:
    tab.locator(".examples button", has_text="Chapel").click()
    await_result(tab)
    assert path_of(await_pictures(tab, "#photo img")[0]).name == "chapel.jpg"
    await_state(tab, "exact")


def test_a_photo_that_browsers_cannot_draw_is_drawn(tab: Page, small_photo: Path, tmp_path: Path) -> None:
    from hdr_demo.io import write_sdr

    upload(tab, write_sdr(tmp_path / "scan.tif", read_ldr(small_photo).ldr))
    await_state(tab, "exact")
    assert path_of(await_pictures(tab, "#photo img")[0]).name == "scan.jpg"


def test_a_photo_can_be_pasted(browser: Browser, url: str) -> None:
    tab = visit(browser, url, permissions=["clipboard-read", "clipboard-write"])
    tab.evaluate(
        """async () => {
            const canvas = Object.assign(document.createElement("canvas"), {width: 60, height: 40});
            canvas.getContext("2d").fillRect(0, 0, 30, 40);
            const blob = await new Promise(resolve => canvas.toBlob(resolve, "image/png"));
            await navigator.clipboard.write([new ClipboardItem({"image/png": blob})]);
        }"""
    )
    tab.get_by_label("Paste from clipboard").click()
    await_state(tab, "exact")
    expect(tab.locator("#progress")).to_contain_text("60 × 40")
    tab.context.close()


def test_the_camera_takes_a_photo(browser: Browser, url: str) -> None:
    tab = visit(browser, url, permissions=["camera"])
    tab.get_by_label("Capture from camera").click()
    tab.get_by_text("Click to Access Webcam").click()
    tab.wait_for_function("document.querySelector('#photo video')?.currentTime > 0.2", timeout=PATIENCE_MS)
    tab.get_by_label("capture photo").click()
    await_result(tab)
    tab.context.close()


def test_a_file_that_is_no_photo_gets_its_sentence(tab: Page, no_photo: Path, small_photo: Path) -> None:
    upload(tab, no_photo)
    sentence = "notes.jpg is not a picture"
    expect(tab.locator(".toast-body")).to_contain_text(sentence)
    expect(tab.locator("#progress [data-state=failed]")).to_contain_text(sentence)
    upload(tab, small_photo)  # and the visitor goes on
    await_state(tab, "exact")


def test_stop_stops_and_full_size_goes_on(tab: Page, expander: PacedExpander, large_photo: Path) -> None:
    expander.seconds_a_tile = 0.3
    upload(tab, large_photo)
    await_progress(tab)
    open_tab(tab, "Download")
    expect(tab.locator("#download-note")).to_contain_text("ready when its pass ends")
    expect(tab.locator("#download-exr")).to_be_disabled()
    tab.locator("#stop").click()
    await_state(tab, "stopped")
    asked = expander.tiles_asked
    tab.wait_for_timeout(1000)
    assert expander.tiles_asked == asked
    expect(tab.locator("#download-note")).to_contain_text("Press Full size")
    expect(tab.locator("#download-exr")).to_be_disabled()
    open_tab(tab, "Compare")  # the preview stays, and works
    await_change(tab, "#compare img", lambda: set_number(tab, "#compare-stops", "-3"))
    expander.seconds_a_tile = 0.0
    tab.locator("#resume").click()
    await_state(tab, "exact")
    open_tab(tab, "Download")
    expect(tab.locator("#download-exr")).to_be_enabled()


def test_another_photo_takes_the_place_of_the_running_one(
    tab: Page, expander: PacedExpander, large_photo: Path, small_photo: Path
) -> None:
    expander.seconds_a_tile = 0.3
    upload(tab, large_photo)
    await_progress(tab)
    upload(tab, small_photo)
    expect(tab.locator("#progress [data-state=exact]")).to_contain_text("120 × 90")
    asked = expander.tiles_asked
    tab.wait_for_timeout(1000)
    assert expander.tiles_asked == asked
    expect(tab.locator("#progress [data-state=exact]")).to_contain_text("120 × 90")


def test_a_closed_tab_stops_its_job(browser: Browser, url: str, expander: PacedExpander, large_photo: Path) -> None:
    expander.seconds_a_tile = 0.3
    leaving, staying = visit(browser, url), visit(browser, url)
    upload(leaving, large_photo)
    await_progress(leaving)
    leaving.context.close()
    staying.wait_for_timeout(1500)
    asked = expander.tiles_asked
    staying.wait_for_timeout(1000)
    assert expander.tiles_asked == asked
    staying.context.close()


def test_a_long_job_of_one_visitor_does_not_lock_the_others_out(
    browser: Browser, url: str, expander: PacedExpander, large_photo: Path, small_photo: Path
) -> None:
    expander.seconds_a_tile = 0.4
    busy = [visit(browser, url) for _ in range(3)]  # one more than there are passes at a time
    for tab in busy:
        upload(tab, large_photo)
        await_result(tab)
    await_progress(busy[0])
    guest = visit(browser, url)
    upload(guest, small_photo)
    await_state(guest, "exact")
    expect(busy[0].locator("#progress [data-state=running]")).to_be_visible()
    # Each sees their own photo.
    shown = [path_of(await_result(tab)[0]) for tab in (*busy, guest)]
    assert len({path.parents[1] for path in shown}) == 4
    assert read_ldr(shown[-1]).ldr.shape != read_ldr(shown[0]).ldr.shape
    expander.seconds_a_tile = 0.0
    for tab in busy:
        await_state(tab, "exact")
    for tab in (*busy, guest):
        tab.context.close()


def choose(tab: Page, selector: str, name: str) -> None:
    """Choose from a dropdown."""
    tab.locator(f"{selector} input").click()
    tab.get_by_role("option", name=name, exact=True).click()


def test_two_visitors_with_two_checkpoints_see_each_their_own(
    browser: Browser, url: str, expander: PacedExpander, other: PacedExpander, small_photo: Path
) -> None:
    first, second = visit(browser, url), visit(browser, url)
    for tab in (first, second):
        upload(tab, small_photo)
        await_state(tab, "exact")
        await_result(tab)
    second.locator("#settings button").first.click()
    await_change(second, "#compare img", lambda: choose(second, "#checkpoint", "other-numbers"))
    expect(second.locator("#status")).to_contain_text("other-numbers")
    expect(first.locator("#status")).to_contain_text("random-numbers")
    picture = read_ldr(small_photo)
    for tab, used in ((first, expander), (second, other)):
        bracket = [
            extract_bracket(linear, [COMPARED_STOPS])[0]
            for linear in (decode_srgb(picture.ldr), used.expand(picture).hdr)
        ]
        await_drawn(tab, "#compare img", bracket, JPEG_ERROR)
        used.passes.pop()
    # One that cannot be loaded says so, and the visitor keeps what they had.
    choose(second, "#checkpoint", "missing")
    expect(second.locator(".toast-body")).to_contain_text("missing could not be fetched")
    expect(second.locator("#checkpoint input")).to_have_value("other-numbers")
    expect(second.locator("#status")).to_contain_text("other-numbers")
    for tab in (first, second):
        tab.context.close()


def test_a_scene_is_photographed_and_compared_with_the_truth(
    tab: Page, expander: PacedExpander, other: PacedExpander, scene: Path, small_photo: Path
) -> None:
    open_tab(tab, "Compare with the truth")
    expect(tab.locator("#scenes button")).to_have_count(len(find_scenes()))
    tab.locator("#take").click()
    expect(tab.locator(".toast-body")).to_contain_text("Choose a scene first")
    upload_scene(tab, small_photo)
    expect(tab.locator("#lesson-progress [data-state=failed]")).to_contain_text("lamp.png is not an HDR picture")

    before = len(expander.passes)
    upload_scene(tab, scene)
    expect(tab.locator("#lesson-progress [data-state=exact]")).to_be_visible()
    yaw, pitch = look_at_light(open_scene(scene))
    expect(tab.locator("#yaw input[type=number]")).to_have_value(str(yaw))
    check_lesson(tab, expander, take_shot(open_scene(scene), Settings(yaw=yaw, pitch=pitch)))

    # The finder follows the camera; the network waits for the next photo.
    await_change(tab, "#finder img", lambda: set_number(tab, "#share", "20"))
    choose(tab, "#response", "Gamma")
    expect(tab.locator("#lesson-progress [data-state=stopped]")).to_contain_text("take the photo")
    await_change(tab, "#truth-slider img", lambda: set_number(tab, "#truth-stops", "-4"))
    await_change(tab, "#truth-error img", lambda: tab.get_by_label("Linearised photo", exact=True).check())
    tab.get_by_label("Network", exact=True).check()
    assert len(expander.passes) == before + 1
    await_change(tab, "#truth-photo img", lambda: tab.locator("#take").click())
    shot = take_shot(open_scene(scene), Settings(yaw=yaw, pitch=pitch, clipped=0.2, response="gamma"))
    check_lesson(tab, expander, shot, stops=-4)
    assert len(expander.passes) == before + 2

    # Another checkpoint looks at the same photo.
    tab.locator("#lesson-settings button").first.click()
    choose(tab, "#lesson-checkpoint", "other-numbers")
    expect(tab.locator("#lesson-status")).to_contain_text("other-numbers")
    check_lesson(tab, other, shot, stops=-4)
    assert len(expander.passes) == before + 2
    assert tab.complaints == []


def upload_scene(tab: Page, path: Path) -> None:
    with tab.expect_file_chooser() as chooser:
        tab.locator("#truth-upload").click()
    chooser.value.set_files(path)


def check_lesson(tab: Page, used: PacedExpander, shot: Shot, stops: float = COMPARED_STOPS) -> None:
    """Compare what the tab shows with what the library says of a photo."""
    hdr = used.expand(Picture(shot.ldr, None, "shot", 8)).hdr
    used.passes.pop()
    for method, image in (("network", hdr), ("linearized", linearize(shot.ldr))):
        for name, value in measure(image, shot.truth, shot.ldr).items():
            said = "–" if np.isnan(value) else f"{value:.{MEASURES[name].digits}f}".replace("-", "−")
            expect(tab.locator(f"[data-score={name}][data-method={method}]")).to_have_text(said)
    truth_and_result = extract_bracket(shot.truth, [stops])[0], extract_bracket(hdr, [stops])[0]
    painted = draw_error(error_stops(hdr, shot.truth))
    await_drawn(tab, "#truth-slider img", truth_and_result, JPEG_ERROR)
    await_drawn(tab, "#truth-photo img", [shot.ldr], CODE)
    await_drawn(tab, "#truth-error img", [painted], CODE)


@pytest.mark.parametrize("locale", ["zh-CN", "zh-TW", "zh-HK", "zh"])
def test_a_chinese_browser_reads_chinese(browser: Browser, url: str, locale: str) -> None:
    tab = visit(browser, url, locale=locale)
    expect(tab.locator("#welcome")).to_contain_text("您会得到")
    expect(tab.locator("#status")).to_contain_text("模型")
    expect(tab.locator(".examples")).to_contain_text("日落")
    if locale == "zh-CN":
        tab.locator(".examples button", has_text="礼拜堂").click()
        await_result(tab, "对比")
        expect(tab.locator("#compare-note")).to_contain_text("左：")
        expect(tab.locator("#progress [data-state=exact]")).to_contain_text("原尺寸")
        for name in ("曝光", "色调映射", "测量", "下载"):
            open_tab(tab, name)
        expect(tab.locator("#download-note")).to_contain_text("就绪")
        open_tab(tab, "与真值比较")
        expect(tab.locator("#lesson-welcome")).to_contain_text("猜得有多准")
        expect(tab.locator("#scenes")).to_contain_text("黎明")
    tab.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_within_its_width(browser: Browser, url: str, scheme: str) -> None:
    tab = visit(browser, url, viewport=PHONE, color_scheme=scheme, has_touch=True)
    tab.locator(".examples button").first.tap()
    await_result(tab)
    tabs = tab.locator("#results [role=tab]:visible")
    expect(tabs).to_have_count(6)
    for number in range(6):
        tabs.nth(number).tap()
        tab.wait_for_timeout(150)
        assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        box = tabs.nth(number).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    open_tab(tab, "Compare with the truth")
    tab.locator("#scenes button").first.tap()
    await_pictures(tab, "#truth-error img")
    tab.wait_for_function("document.querySelector('#lesson-results').getBoundingClientRect().top < 300")
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for way in tab.locator("#ways > .tab-wrapper [role=tab]:visible").all():
        box = way.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(int(value) for value in background.strip("rgb()").split(",")[:3]) < 128) == (scheme == "dark")
    tab.context.close()


def test_every_picture_and_control_has_a_name(done: Page) -> None:
    for name in ("View", "Compare", "Exposures", "Tone mapping", "Measure", "Download"):
        open_tab(done, name)
        done.wait_for_timeout(100)
        nameless = done.locator("#main button:visible").evaluate_all(
            "all => all.filter(one => !(one.innerText.trim() || one.ariaLabel || one.title"
            " || one.querySelector('img[alt]:not([alt=\"\"])'))).map(one => one.outerHTML.slice(0, 120))"
        )
        assert nameless == []
    assert sources(done, "#photo img")
