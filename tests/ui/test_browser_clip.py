"""The tab Video in a real browser: a clip from its upload to files that play, and what others do meanwhile."""

import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from hdr_demo.errors import VideoError
from hdr_demo.tonemap import TONE_MAPPERS, tone_map
from hdr_demo.ui.examples import CLIP
from hdr_demo.video.convert import expand_one
from hdr_demo.video.header import open_clip
from hdr_demo.video.reader import read_frames
from hdr_demo.video.settings import ClipSettings
from tests.video.clips import frame_number, make_clip, moving_square

from .conftest import CLIP_LIMITS, PacedExpander, write_clip

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page, expect

from .browsing import (
    JPEG_ERROR,
    PATIENCE_MS,
    PHONE,
    await_change,
    await_drawn,
    await_pictures,
    await_result,
    await_state,
    open_tab,
    set_number,
    upload,
    visit,
)

pytestmark = pytest.mark.browser

FRAMES, HEIGHT, WIDTH = 15, 72, 128  # of the clip that all tests share
IN_STEP_SECONDS = 0.2
TILE_SECONDS = 0.15

# A screen that a test may change, instead of the one that there is.
SCREEN = """
const screens = {"(dynamic-range: high)": false, "(video-dynamic-range: high)": false};
const queries = [], ask = window.matchMedia.bind(window);
window.matchMedia = (query) => {
  if (!(query in screens)) return ask(query);
  const answer = new EventTarget();
  Object.defineProperty(answer, "matches", {get: () => screens[query]});
  queries.push(answer);
  return answer;
};
window.moveTo = (page, video) => {
  screens["(dynamic-range: high)"] = page;
  screens["(video-dynamic-range: high)"] = video;
  for (const query of queries) query.dispatchEvent(new Event("change"));
};
"""


def come(browser: Browser, url: str, clip: Path | None = None, **options: object) -> Page:
    """Visit the tab, with a clip whose first frame was tried."""
    tab = visit(browser, url, **options)
    tab.locator("#way-video-button").click()
    if clip is not None:
        give(tab, clip)
        await_clip(tab, "exact")
        await_pictures(tab, "#clip-try img")
    return tab


def give(tab: Page, path: Path) -> None:
    tab.set_input_files("#clip input[type=file]", path)


def await_clip(tab: Page, state: str) -> None:
    expect(tab.locator(f"#clip-progress [data-state={state}]")).to_be_visible()


def choose_files(tab: Page, *labels: str) -> None:
    boxes = tab.locator("#clip-files label")
    for number in range(boxes.count()):
        boxes.nth(number).locator("input").set_checked(boxes.nth(number).inner_text().strip() in labels)
    expect(tab.locator("#clip-files label.selected")).to_have_count(len(labels))


def start(tab: Page) -> None:
    tab.locator("#clip-begin").click()


def await_frames(tab: Page) -> None:
    """Wait until some frames are made, and not all."""
    expect(tab.locator("#clip-progress [role=progressbar][aria-valuenow]")).to_be_visible()


def await_files(tab: Page) -> None:
    expect(tab.locator("#clip-players figure").nth(1)).to_be_visible()


def save(tab: Page, output: str, folder: Path) -> Path:
    with tab.expect_download() as download:
        tab.locator(f"[data-output={output}] a").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def numbers(path: Path) -> list[int]:
    return [frame_number(frame.codes) for frame in read_frames(open_clip(path))]


def look(tab: Page, output: str) -> dict:
    """Say what a player does."""
    return tab.locator(f"[data-output={output}] video").evaluate(
        "player => ({time: player.currentTime, width: player.videoWidth, height: player.videoHeight,"
        "paused: player.paused, error: player.error?.message ?? null, length: player.duration})"
    )


def await_time(tab: Page, output: str, seconds: float) -> None:
    tab.wait_for_function(
        "([output, seconds]) => document.querySelector(`[data-output=${output}] video`).currentTime >= seconds",
        arg=[output, seconds],
        timeout=PATIENCE_MS,
    )


@pytest.fixture
def tab(browser: Browser, url: str, clip: Path) -> Iterator[Page]:
    """A visitor who gave a clip."""
    tab = come(browser, url, clip)
    yield tab
    tab.context.close()


@pytest.fixture(scope="module")
def done(browser: Browser, url: str, clip: Path) -> Iterator[Page]:
    """A visitor whose clip was converted."""
    tab = come(browser, url, clip, script=SCREEN)
    choose_files(tab, "SDR (H.264)", "HDR10 (AV1)", "HDR10 (HEVC)")
    start(tab)
    await_files(tab)
    yield tab
    tab.context.close()


def test_the_page_says_what_the_clip_is(done: Page) -> None:
    for fact in ("a walk.mp4", f"{WIDTH} × {HEIGHT} px", "1.5 s", "10 frames a second", "sound: aac"):
        expect(done.locator("#clip-facts")).to_contain_text(fact)
    expect(done.locator("#clip-estimate")).to_contain_text(f"{FRAMES} frames")
    expect(done.locator("#clip-progress")).to_contain_text(f"Done: {FRAMES} frames in")


def test_an_operator_is_tried_on_one_frame_without_the_network(tab: Page, clip: Path, expander: PacedExpander) -> None:
    passes = []
    ask = expander.ask
    try:
        expander.ask = lambda *args, **kwargs: passes.append(1) or ask(*args, **kwargs)
        at = float(tab.locator("#clip-at input[type=number]").input_value())
        frame = expand_one(open_clip(clip), expander, ClipSettings(), at)
        passes.clear()
        await_drawn(tab, "#clip-try img", [frame.frame.ldr, frame.sdr], JPEG_ERROR)

        await_change(tab, "#clip-try img", lambda: choose_operator(tab, "drago"))
        await_change(tab, "#clip-try img", lambda: set_number(tab, "#clip-drago-bias", "0.7"))
        await_change(tab, "#clip-try img", lambda: set_number(tab, "#clip-stops", "1"))
        await_drawn(tab, "#clip-try img", [frame.frame.ldr, tone_map(2 * frame.hdr, "drago", bias=0.7)], JPEG_ERROR)
        expect(tab.locator("#clip-try-note")).to_contain_text("Drago")
        assert passes == []

        set_number(tab, "#clip-at", "1.2")
        frame = expand_one(open_clip(clip), expander, ClipSettings(), 1.2)
        await_drawn(tab, "#clip-try img", [frame.frame.ldr, tone_map(2 * frame.hdr, "drago", bias=0.7)], JPEG_ERROR)
    finally:
        del expander.ask
    assert tab.complaints == []


def test_the_last_frame_is_shown_at_the_end_of_the_slider(tab: Page, clip: Path, expander: PacedExpander) -> None:
    end = tab.locator("#clip-at input[type=range]").get_attribute("max")
    last = list(read_frames(open_clip(clip)))[-1].ldr
    set_number(tab, "#clip-at", end)
    frame = expand_one(open_clip(clip), expander, ClipSettings(), float(end))
    await_drawn(tab, "#clip-try img", [last, frame.sdr], JPEG_ERROR)


def test_a_clip_of_one_frame_is_tried_and_converted(browser: Browser, url: str, tmp_path: Path) -> None:
    tab = come(browser, url, make_clip(tmp_path / "one.mp4", moving_square(1)))
    end = tab.locator("#clip-at input[type=range]").get_attribute("max")
    await_change(tab, "#clip-try img", lambda: set_number(tab, "#clip-at", end))
    await_clip(tab, "exact")
    choose_files(tab, "SDR (H.264)")
    start(tab)
    await_files(tab)
    assert numbers(save(tab, "sdr", tmp_path)) == [0]
    tab.context.close()


def test_the_example_clip_is_offered_with_its_credit_and_can_be_taken_away(browser: Browser, url: str) -> None:
    tab = come(browser, url)
    expect(tab.locator("#clip-example-credit")).to_contain_text("Poly Haven (CC0)")
    expect(tab.locator("#clip-begin")).to_be_hidden()
    expect(tab.locator("#clip-operator")).to_be_hidden()
    tab.get_by_role("button", name="Try the example clip").click()
    await_clip(tab, "exact")
    await_pictures(tab, "#clip-try img")
    for fact in (CLIP.name, "640 × 360 px", "6.0 s", "24 frames a second"):
        expect(tab.locator("#clip-facts")).to_contain_text(fact)
    expect(tab.locator("#clip-begin")).to_be_visible()
    take_away(tab)
    expect(tab.locator("#clip-example")).to_be_visible()
    assert tab.complaints == []
    tab.context.close()


def choose_operator(tab: Page, name: str) -> None:
    tab.locator("#clip-operator input").click()
    tab.get_by_role("option", name=TONE_MAPPERS[name].label, exact=True).click()


def test_the_files_play_in_this_browser_and_in_step(done: Page) -> None:
    outputs = ("input", "sdr", "hdr10_av1")
    for output in outputs:
        done.wait_for_function(
            "output => document.querySelector(`[data-output=${output}] video`).readyState >= 2", arg=output
        )
        seen = look(done, output)
        assert (seen["width"], seen["height"], seen["error"]) == (WIDTH, HEIGHT, None)
        assert seen["length"] == pytest.approx(FRAMES / 10, abs=0.15)
    expect(done.locator("[data-output=hdr10_hevc] video")).to_have_count(0)

    done.locator("[data-output=input] video").evaluate("player => { player.playbackRate = 0.5; player.play(); }")
    for output in outputs:
        await_time(done, output, 0.2)
    times = done.evaluate("[...document.querySelectorAll('#clip-players video')].map(player => player.currentTime)")
    assert max(times) - min(times) < IN_STEP_SECONDS

    done.locator("[data-output=input] video").evaluate("player => player.pause()")
    done.wait_for_function("[...document.querySelectorAll('#clip-players video')].every(player => player.paused)")
    done.locator("[data-output=input] video").evaluate("player => { player.currentTime = 1.0; }")
    done.wait_for_function(
        "[...document.querySelectorAll('#clip-players video')].every(player => Math.abs(player.currentTime - 1) < 0.01)"
    )
    # Whichever was touched last leads.
    done.locator("[data-output=hdr10_av1] video").evaluate(
        "player => { player.dispatchEvent(new Event('pointerdown', {bubbles: true})); player.currentTime = 0.4; }"
    )
    done.wait_for_function(
        "[...document.querySelectorAll('#clip-players video')].every(p => Math.abs(p.currentTime - 0.4) < 0.01)"
    )
    assert done.complaints == []


def test_every_file_can_be_saved(done: Page, tmp_path: Path) -> None:
    names = {"sdr": "a walk_reinhard.mp4", "hdr10_av1": "a walk_hdr10_av1.mp4", "hdr10_hevc": "a walk_hdr10_hevc.mp4"}
    for output, name in names.items():
        path = save(done, output, tmp_path)
        assert path.name == name and path.stat().st_size > 1000
    assert numbers(tmp_path / names["sdr"]) == list(range(FRAMES))
    for output in ("hdr10_av1", "hdr10_hevc"):
        with pytest.raises(VideoError, match="already HDR"):
            open_clip(tmp_path / names[output])


def test_the_page_says_what_the_screen_can_show_wherever_the_window_is(done: Page) -> None:
    shown = done.locator("[data-output=hdr10_av1] [data-screen]:visible")
    expect(shown).to_have_attribute("data-screen", "standard")
    done.evaluate("moveTo(true, true)")
    expect(shown).to_have_attribute("data-screen", "high")
    done.evaluate("moveTo(false, true)")
    expect(shown).to_have_attribute("data-screen", "video")
    done.evaluate("moveTo(false, false)")
    expect(shown).to_have_attribute("data-screen", "standard")
    expect(shown).to_contain_text("no HDR")


def test_a_part_is_converted_and_plays_in_step_with_its_place_in_the_clip(tab: Page, tmp_path: Path) -> None:
    set_number(tab, "#clip-start", "0.55")  # while the frame from 0.5 s on is shown
    set_number(tab, "#clip-end", "1")
    expect(tab.locator("#clip-estimate")).to_contain_text("5 frames")
    choose_files(tab, "SDR (H.264)")
    tab.get_by_label("A reduced copy (draft)").check()
    start(tab)
    await_files(tab)
    assert numbers(save(tab, "sdr", tmp_path)) == [5, 6, 7, 8, 9]
    tab.locator("[data-output=input] video").evaluate("player => { player.currentTime = 0.8; }")
    tab.wait_for_function(
        "Math.abs(document.querySelector('[data-output=sdr] video').currentTime - 0.3) < 0.01", timeout=PATIENCE_MS
    )


def test_a_part_of_a_clip_that_begins_late_plays_in_step_too(browser: Browser, url: str, tmp_path: Path) -> None:
    stamps = {"pts": range(5, 5 + FRAMES), "time_base": Fraction(1, 10)}
    tab = come(browser, url, make_clip(tmp_path / "late.mp4", moving_square(FRAMES), rate=10, **stamps))
    set_number(tab, "#clip-start", "0.55")
    choose_files(tab, "SDR (H.264)")
    start(tab)
    await_files(tab)
    tab.locator("[data-output=input] video").evaluate("player => { player.currentTime = 0.5 + 0.8; }")
    tab.wait_for_function(
        "Math.abs(document.querySelector('[data-output=sdr] video').currentTime - 0.3) < 0.01", timeout=PATIENCE_MS
    )
    tab.context.close()


def test_stop_keeps_what_is_finished_as_a_file_that_plays(tab: Page, expander: PacedExpander, tmp_path: Path) -> None:
    choose_files(tab, "SDR (H.264)", "HDR10 (AV1)")
    expander.seconds_a_tile = TILE_SECONDS
    start(tab)
    await_frames(tab)
    expect(tab.locator("#clip-progress")).to_contain_text("a second")
    tab.locator("#clip-stop").click()
    asked = expander.tiles_asked
    await_files(tab)
    assert expander.tiles_asked <= asked + 2  # within one frame
    await_clip(tab, "stopped")
    expect(tab.locator("#clip-progress")).to_contain_text("Stopped after")
    for output in ("sdr", "hdr10_av1"):
        tab.wait_for_function(
            "output => document.querySelector(`[data-output=${output}] video`).readyState >= 2", arg=output
        )
        assert look(tab, output)["error"] is None
    finished = numbers(save(tab, "sdr", tmp_path))
    assert finished == list(range(len(finished))) and 0 < len(finished) < FRAMES
    expect(tab.locator("#clip-begin")).to_be_visible()


def test_photos_are_expanded_while_a_clip_runs(
    browser: Browser, url: str, tab: Page, expander: PacedExpander, large_photo: Path, tmp_path: Path
) -> None:
    choose_files(tab, "SDR (H.264)")
    expander.seconds_a_tile = TILE_SECONDS
    start(tab)
    await_frames(tab)
    expander.seconds_a_tile = 0.02
    expander.tiles.clear()
    open_tab(tab, "Your photo")
    upload(tab, large_photo)
    await_result(tab)
    await_state(tab, "exact")
    assert expander.tiles_asked > 20
    open_tab(tab, "Video")
    await_files(tab)
    expect(tab.locator("#clip-progress")).to_contain_text(f"Done: {FRAMES} frames")


def test_the_clips_of_two_visitors_advance_side_by_side(
    browser: Browser, url: str, tab: Page, expander: PacedExpander, tmp_path: Path
) -> None:
    other = come(browser, url, write_clip(tmp_path / "other.mp4", height=80, width=128))
    choose_files(tab, "SDR (H.264)")
    choose_files(other, "SDR (H.264)")
    expander.seconds_a_tile = 0.3  # longer than a turn
    start(tab)
    start(other)
    expander.tiles.clear()
    await_frames(tab)
    await_frames(other)
    used = list(expander.tiles)
    first, second = (used.count((height, WIDTH)) for height in (HEIGHT, 80))
    assert min(first, second) > 0.4 * max(first, second)
    expander.seconds_a_tile = 0.0
    for page in (tab, other):
        await_files(page)
    # Neither sees the other's files.
    assert "other" not in tab.locator("#clip-players").inner_html()
    assert "walk" not in other.locator("#clip-players").inner_html()
    other.context.close()


def test_leaving_the_page_stops_the_clip(
    browser: Browser, url: str, page: gr.Blocks, expander: PacedExpander, clip: Path
) -> None:
    before = set(page.visitors._visitors)
    tab = come(browser, url, clip)
    expander.seconds_a_tile = TILE_SECONDS
    start(tab)
    await_frames(tab)
    running = [one for key, one in page.visitors._visitors.items() if key not in before and one.run]
    (visitor,), run = running, running[0].run
    tab.context.close()
    until = time.monotonic() + 20
    while not run.job.stopped and time.monotonic() < until:
        time.sleep(0.1)
    assert run.job.stopped
    visitor.forget()
    assert not visitor.folder.exists()


@pytest.mark.parametrize(("name", "sentence"), [("notes.mp4", "notes.mp4"), ("large.mp4", "megapixels")])
def test_what_is_no_clip_gets_its_sentence_and_leaves_nothing(
    browser: Browser, url: str, tmp_path: Path, name: str, sentence: str
) -> None:
    tab, path = come(browser, url), tmp_path / name
    if name == "notes.mp4":
        path.write_text("milk, eggs")
    else:
        make_clip(path, [np.zeros((720, 960, 3), np.uint8)] * 2)
    give(tab, path)
    await_clip(tab, "failed")
    expect(tab.locator("#clip-progress")).to_contain_text(sentence)
    expect(tab.get_by_text(sentence).first).to_be_visible()
    expect(tab.locator("#clip-welcome")).to_be_visible()
    expect(tab.locator("#clip-begin")).to_be_hidden()
    tab.context.close()


def test_a_long_clip_is_offered_in_a_part_that_keeps_the_limit(browser: Browser, url: str, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "long.mp4", moving_square(50), rate=10)
    tab = come(browser, url, path)
    expect(tab.locator("#clip-end input[type=number]")).to_have_value(f"{CLIP_LIMITS.seconds:g}")
    set_number(tab, "#clip-end", "5")
    start(tab)
    expect(tab.get_by_text("more than the limit of 4").first).to_be_visible()
    tab.context.close()


def test_without_a_kind_of_file_there_is_nothing_to_start(tab: Page) -> None:
    choose_files(tab)
    start(tab)
    expect(tab.get_by_text("Choose at least one file").first).to_be_visible()


def test_a_clip_that_is_taken_away_is_gone(tab: Page) -> None:
    take_away(tab)
    expect(tab.locator("#clip-welcome")).to_be_visible()
    expect(tab.locator("#clip-facts")).not_to_contain_text("walk")


def take_away(tab: Page) -> None:
    tab.locator("#clip button[aria-label=Clear], #clip button[title=Clear]").first.click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_tab_within_its_width(browser: Browser, url: str, clip: Path, scheme: str) -> None:
    tab = come(browser, url, clip, viewport=PHONE, color_scheme=scheme, has_touch=True, locale="zh-CN")
    choose_files(tab, "SDR（H.264）", "HDR10（AV1）")
    tab.locator("#clip-begin").tap()
    await_files(tab)
    expect(tab.locator("#clip-progress")).to_contain_text("完成")
    expect(tab.locator("[data-output=hdr10_av1]")).to_contain_text("下载")
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for way in tab.locator("#ways > .tab-wrapper [role=tab]:visible").all():
        box = way.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    tab.context.close()
