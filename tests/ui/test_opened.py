"""A file that is HDR already, in every tab."""

from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import OpenEXR
import pytest

from hdr_demo.errors import ImageError
from hdr_demo.expanded import Oddities, bring_near_white, open_hdr_photo
from hdr_demo.exposure import expose
from hdr_demo.io import read_ldr, write_hdr, write_sdr
from hdr_demo.tonemap import tone_map
from hdr_demo.ui.compare import build_compare
from hdr_demo.ui.drawing import Drawing
from hdr_demo.ui.exposures import build_exposures
from hdr_demo.ui.measure import build_measure, draw_pixel
from hdr_demo.ui.opened import choose_stops, draw_opened, open_given
from hdr_demo.ui.pictures import make_view
from hdr_demo.ui.session import Shown, Visitors
from hdr_demo.ui.tone_mapping import build_tone_mapping
from hdr_demo.ui.viewer import build_viewer, fit_exposure

from .conftest import make_ldr

REQUEST = SimpleNamespace(session_hash="somebody", headers={})
MEGAPIXELS = 30.0


def write_exr(path: Path, light: np.ndarray) -> Path:
    """Write what our own writer would mend."""
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    with OpenEXR.File(header, {"RGBA" if light.shape[2] == 4 else "RGB": light}) as file:
        file.write(str(path))
    return path


def ramp(height: int, width: int, channels: int = 3) -> np.ndarray:
    light = np.geomspace(0.01, 20, height * width, dtype=np.float32).reshape(height, width, 1)
    return np.repeat(light, channels, axis=-1)


def oddities(kind: float) -> np.ndarray:
    light = ramp(30, 40)
    light[::3] = kind
    return light


SCENES = {
    "ordinary": ramp(40, 60),
    "one pixel": ramp(1, 1),
    "one row": ramp(1, 3000),
    "one column": ramp(900, 1),
    "20 000 wide": ramp(3, 20_000),
    "panorama": ramp(64, 128),
    "black": np.zeros((9, 9, 3), np.float32),
    "nothing but NaN": np.full((9, 9, 3), np.nan, np.float32),
    "nothing but infinity": np.full((9, 9, 3), np.inf, np.float32),
    "NaN": oddities(np.nan),
    "infinity": oddities(np.inf),
    "negative": oddities(-3.0),
    "the largest float": oddities(np.finfo(np.float32).max),
    "a renderer's dark unit": ramp(30, 40) * np.float32(1e-4),
    "nits": ramp(30, 40) * np.float32(1e5),
    "transparent": ramp(30, 40, 4).clip(0, 1),
}


def build_tabs(visitors: Visitors) -> tuple[Drawing, ...]:
    with gr.Blocks(analytics_enabled=False), gr.Tabs() as tabs:
        return (
            build_viewer(visitors, tabs, "exposures"),
            build_compare(visitors),
            build_exposures(visitors),
            *build_tone_mapping(visitors),
            build_measure(visitors),
        )


@pytest.mark.parametrize("scene", SCENES)
def test_every_tab_draws_whatever_an_hdr_file_holds(tmp_path: Path, scene: str) -> None:
    visitors = Visitors(tmp_path / "visitors")
    _, opened = open_given(write_exr(tmp_path / "scene.exr", SCENES[scene]), MEGAPIXELS)
    visitors.of(REQUEST).show(Shown(opened, make_view(opened), exact=True))
    viewer, compare, exposures, tone, sheet, measure = build_tabs(visitors)
    with np.errstate(all="raise", under="ignore"):
        value = viewer.draw(REQUEST)
        assert -24 <= value["initial_stops"] <= 24
        halves, note, _ = compare.draw("exposed", -2.0, REQUEST)
        compare.draw("toned", 0.0, REQUEST)
        _, gallery = exposures.draw([-4.0, 4.0], REQUEST)
        mapped = tone.draw(REQUEST, "reinhard", *(slider.value for slider in tone.inputs[1:]))
        assert len(sheet.draw(REQUEST)) > 5
        measured = measure.draw(REQUEST)
    assert "8-bit" in note and [caption for _, caption in gallery][:2] == ["8 bits −4", "HDR −4"]
    assert "nan" not in measured[0].lower() and "inf" not in measured[0].lower()
    for path in (mapped, *(half["path"] for half in halves.value)):
        assert read_ldr(path).ldr.shape[:2] == make_view(opened).hdr.shape[:2]


@pytest.mark.parametrize("gain", [1e-5, 1e-3, 0.05, 1.0, 20.0, 1e5])
def test_the_viewer_begins_with_a_picture_that_is_neither_black_nor_white(tmp_path: Path, gain: float) -> None:
    light = ramp(40, 60) * np.float32(gain)
    _, opened = open_given(write_exr(tmp_path / "scene.exr", light), MEGAPIXELS)
    hdr = make_view(opened).hdr
    shown = expose(hdr, choose_stops(hdr, fit_exposure(hdr)))
    assert 0.1 < np.median(shown) < 0.95
    assert np.mean(shown >= 1) < 0.3 and np.mean(shown < 1 / 255) < 0.3


def test_a_photo_is_no_opened_file(tmp_path: Path) -> None:
    path = write_sdr(tmp_path / "photo.png", make_ldr(20, 30))
    picture, opened = open_given(path, MEGAPIXELS)
    assert opened is None and np.array_equal(picture.ldr, read_ldr(path).ldr)


def test_a_photo_with_a_gain_map_is_both(tmp_path: Path) -> None:
    light = ramp(20, 30)
    base = tone_map(light)
    picture, opened = open_given(write_hdr(tmp_path / "phone.jpg", light, sdr=base), MEGAPIXELS)
    assert opened.origin == "JPEG with a gain map" and opened.picture is picture
    assert np.abs(picture.ldr - base).mean() < 0.02 and opened.hdr.max() > 10


def test_a_photo_whose_gain_map_is_broken_is_a_photo(tmp_path: Path) -> None:
    light = ramp(48, 64)
    path = write_hdr(tmp_path / "phone.jpg", light, sdr=tone_map(light))
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rfind(b"\xff\xd8\xff") + 40])
    picture, opened = open_given(path, MEGAPIXELS)
    assert opened is None and picture.ldr.shape == light.shape


def test_a_damaged_exr_is_not_taken_for_a_photo(tmp_path: Path) -> None:
    path = write_exr(tmp_path / "scene.exr", ramp(30, 40))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ImageError, match=r"scene\.exr"):
        open_given(path, MEGAPIXELS)


def test_too_many_megapixels_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"scene\.exr"):
        open_given(write_exr(tmp_path / "scene.exr", ramp(30, 40)), 0.001)


def test_the_panel_says_what_was_opened_and_what_was_found(tmp_path: Path) -> None:
    light = ramp(30, 40)
    light[0, 0], light[0, 1], light[0, 2] = np.nan, np.inf, -1
    opened = open_hdr_photo(write_exr(tmp_path / "scene.exr", light))
    assert opened.oddities == Oddities(1, 1, 1)
    said = draw_opened(opened, "en")
    assert "Opened OpenEXR, 40 × 30 px: its own light, no network. Headroom +4.3 stops." in said
    assert "1 no number (NaN), now black; 1 infinite, now as bright as the brightest other; 1 negative" in said
    assert "已打开 OpenEXR" in draw_opened(opened, "zh") and "NaN" in draw_opened(opened, "zh")


def test_a_pixel_is_read_in_the_numbers_of_the_file_too(tmp_path: Path) -> None:
    opened = bring_near_white(open_hdr_photo(write_exr(tmp_path / "scene.exr", np.full((2, 2, 3), 4096, np.float32))))
    said = draw_pixel(opened, 1, 1, "en")
    assert opened.shift < 0 and "In the file" in said and "4096 4096 4096" in said
