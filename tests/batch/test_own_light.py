"""Batches of files that have light of their own: renders, gain maps whole and broken, numbers of any unit."""

from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from doubling import DOUBLED, HALF, JPEG, Network, slope

from hdr_demo.batch import BatchSettings, number_names, run_batch
from hdr_demo.color import decode_srgb
from hdr_demo.io import read_hdr, read_hdr_picture, read_ldr, write_hdr, write_sdr
from hdr_demo.tonemap import tone_map

pytestmark = pytest.mark.usefixtures("temporary")


@pytest.mark.parametrize("workers", [0, 2])
def test_what_is_hdr_already_is_converted_without_the_network(tmp_path: Path, workers: int) -> None:
    hdr = slope(20, 30) * 4
    source = write_hdr(tmp_path / "render.exr", hdr)
    network = Network()
    settings = BatchSettings((".hdr", ".png"))
    report = run_batch([source], network.expand, number_names([source], tmp_path / "out"), settings, workers=workers)[0]
    assert network.asked == [] and "HDR already (OpenEXR)" in report.notes[0]
    assert np.abs(read_hdr(tmp_path / "out" / "render_pq.png") - hdr).max() < 4e-3


@pytest.mark.parametrize("own_light", [True, False])
def test_a_photograph_with_a_gain_map_keeps_its_light_or_asks_the_network(tmp_path: Path, own_light: bool) -> None:
    hdr, sdr = slope(32, 32) * 3 + np.float32(0.1), slope(32, 32)
    source = write_hdr(tmp_path / "phone.jpg", hdr, sdr=sdr)
    network = Network()
    settings = BatchSettings((".exr",), own_light=own_light)
    report = run_batch([source], network.expand, number_names([source], tmp_path / "out"), settings, workers=0)[0]
    assert report.error == ""
    written = read_hdr(tmp_path / "out" / "phone.exr")
    expected = read_hdr(source) if own_light else decode_srgb(read_ldr(source).ldr) * DOUBLED
    assert network.asked == ([] if own_light else ["phone"])
    assert np.allclose(written, expected, rtol=2 * HALF, atol=1e-5)


def test_the_base_image_of_a_render_is_its_rendition(tmp_path: Path) -> None:
    source = write_hdr(tmp_path / "render.exr", slope(40, 60) * 6)
    run_batch([source], Network().expand, number_names([source], tmp_path / "out"), workers=0)
    written = read_hdr_picture(tmp_path / "out" / "render_hdr.jpg")
    assert np.abs(written.sdr - tone_map(read_hdr(source), "reinhard")).mean() < JPEG


def test_odd_photos_become_files(tmp_path: Path) -> None:
    shapes = [(1, 1), (1, 300), (300, 1), (33, 17)]
    sources = [write_sdr(tmp_path / f"{height}x{width}.png", slope(height, width)) for height, width in shapes]
    odd = slope(8, 8) * 5
    odd[0, 0], odd[1, 1], odd[2, 2] = np.nan, np.inf, -1
    sources.append(tmp_path / "odd.exr")
    with OpenEXR.File({"type": OpenEXR.scanlineimage}, {"RGB": odd}) as file:  # `write_hdr` would mend it
        file.write(str(sources[-1]))
    settings = BatchSettings((".jpg", ".exr", ".hdr", ".png", ".tif"))
    reports = run_batch(sources, Network().expand, number_names(sources, tmp_path / "out"), settings, workers=0)
    assert [report.error for report in reports] == [""] * 5
    assert all(report.thumbnails is not None for report in reports)
    assert np.isfinite([report.stops_gained for report in reports]).all()
    assert "no number (NaN) in a channel, which became 0: 1." in " ".join(reports[-1].notes)
    assert "as bright as the brightest: 1." in " ".join(reports[-1].notes)
    stored = read_hdr(reports[-1].files[-1])
    assert stored[0, 0].max() == 0 and stored[1, 1] == pytest.approx(odd[np.isfinite(odd)].max())
    assert np.array_equal(stored[3:], odd[3:])


def test_a_gain_map_that_cannot_be_read_leaves_an_ordinary_photo(tmp_path: Path) -> None:
    """Editors and messengers leave the promise of a map whose picture they have cut off."""
    whole = write_hdr(tmp_path / "whole.jpg", slope(32, 32) * 3, sdr=slope(32, 32)).read_bytes()
    source = tmp_path / "cut.jpg"
    source.write_bytes(whole[: whole.index(b"\xff\xd9\xff\xd8") + 2])
    network = Network()
    settings = BatchSettings((".exr",))
    report = run_batch([source], network.expand, number_names([source], tmp_path / "out"), settings, workers=0)[0]
    assert network.asked == ["cut"] and report.error == ""
    assert report.notes == ("The gain map of cut.jpg cannot be read, so the network estimated the light.",)
    expected = decode_srgb(read_ldr(source).ldr) * DOUBLED
    assert np.allclose(read_hdr(report.files[0]), expected, rtol=2 * HALF, atol=1e-5)


def test_numbers_of_another_unit_are_brought_near_white_for_screens_alone(tmp_path: Path) -> None:
    light = (slope(48, 64) + np.float32(0.1)) * 256
    source = write_hdr(tmp_path / "nits.exr", light)
    settings = BatchSettings((".exr", ".png", ".jpg"))
    report = run_batch([source], Network().expand, number_names([source], tmp_path / "out"), settings, workers=0)[0]
    exr, png, jpg = map(read_hdr, report.files)
    assert np.allclose(exr, light, rtol=2 * HALF)
    ratio = np.median(png / light)
    assert np.log2(ratio) == pytest.approx(round(np.log2(ratio)), abs=1e-2) and 0.1 < np.median(png.max(-1)) < 0.4
    assert np.median(jpg / png) == pytest.approx(1, rel=0.05)
    assert f"made for screens is {-round(np.log2(ratio))} stops darker." in report.notes[1]


def test_a_photo_behind_another_name_of_its_folder_is_not_replaced(tmp_path: Path) -> None:
    folder, other = tmp_path / "renders", tmp_path / "link"
    folder.mkdir()
    source = write_hdr(folder / "render.exr", slope(20, 30))
    try:
        other.symlink_to(folder, target_is_directory=True)
    except OSError:
        pytest.skip("no right to make links")
    before = source.read_bytes()
    settings = BatchSettings((".exr",))
    report = run_batch([source], Network().expand, number_names([source], other), settings, workers=0)[0]
    assert "would replace a photograph" in report.error and source.read_bytes() == before
