"""What travels to the viewer is small, and holds the photo and its light."""

import gzip
import string
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.color import decode_srgb, encode_srgb, luminance
from hdr_demo.io import read_hdr, read_ldr
from hdr_demo.tonemap import TONE_MAPPERS, tone_map
from hdr_demo.ui.pictures import View, make_view
from hdr_demo.ui.session import Shown, Visitor
from hdr_demo.ui.viewer import (
    LONGEST_SIDE,
    describe_operators,
    fit_exposure,
    link,
    prepare_viewer,
    render,
    view_for_screen,
)
from hdr_demo.ui.viewer_source import MOST_BYTES, encode_exact, write_gain_map, write_source
from hdr_demo.ui.viewer_text import VIEWER_TEXT
from tests.tonemap.scenes import street

from .scenes import expanded


def view_of(hdr: np.ndarray, alpha: np.ndarray | None = None) -> View:
    return View(np.clip(hdr, 0, 1), hdr, alpha)


def test_half_floats_hold_light_opacity_and_photo() -> None:
    hdr = np.float32([[[0.25, 0.5, 3.0], [1e9, np.nan, -1.0]]])
    photo, alpha = np.float32([[[0.25, 0.5, 1.0], [1.0, 0.0, 0.0]]]), np.float32([[1.0, 0.5]])
    numbers = np.frombuffer(gzip.decompress(encode_exact(photo, hdr, alpha)), "<f2")
    assert numbers[:8].tolist() == [0.25, 0.5, 3.0, 1.0, 65504.0, 0.0, 0.0, 0.5]
    assert np.array_equal(numbers[8:].reshape(photo.shape), photo)


def test_a_small_picture_travels_as_it_is(tmp_path: Path) -> None:
    written = write_source(tmp_path, view_of(street(90, 120)))
    assert written.exact and written.path.stat().st_size <= MOST_BYTES
    assert written.gain_map_jpeg.stat().st_size <= MOST_BYTES


@pytest.fixture(scope="module")
def textured(root: Path) -> np.ndarray:
    """Two megapixels as sharp as photographs are, with light behind white: an example beside itself."""
    photo = decode_srgb(np.tile(read_ldr(root / "examples" / "mountain.jpg").ldr, (2, 2, 1))[:1225, :1633])
    return photo * (1 + 6 * np.clip(photo - 0.7, 0, 1))


def test_two_megapixels_travel_in_one_megabyte_and_keep_their_light(tmp_path: Path, textured: np.ndarray) -> None:
    written = write_source(tmp_path, view_of(textured))
    assert not written.exact and written.path.stat().st_size <= MOST_BYTES
    got = read_hdr(written.path)
    assert got.shape == textured.shape
    error = np.abs(np.log2(np.maximum(luminance(got), 1e-3) / np.maximum(luminance(textured), 1e-3)))
    assert np.median(error) < 0.03 and np.percentile(error, 99) < 0.25
    # Pulled down by four stops, next to nothing of 8 bits is lost: less than half a code, root mean square.
    dark = [encode_srgb(light / 16) for light in (got, textured)]
    assert np.sqrt(np.mean((dark[0] - dark[1]) ** 2)) < 0.5 / 255


def test_a_sun_travels_to_the_viewer_and_is_rolled_off_for_screens(tmp_path: Path) -> None:
    hdr = street(500, 600)
    hdr[:20, :20] = 30_000
    written = write_source(tmp_path, view_of(hdr))
    assert not written.exact and written.path != written.gain_map_jpeg
    assert read_hdr(written.path)[:16, :16].min() > 27_000
    assert read_hdr(written.gain_map_jpeg).max() < 55  # the peak of PQ
    beside = read_hdr(written.path)[30:], hdr[30:]
    assert np.percentile(np.abs(np.log2((beside[0] + 0.01) / (beside[1] + 0.01))), 99) < 0.15


def test_light_within_the_range_of_displays_travels_in_one_file(tmp_path: Path) -> None:
    written = write_source(tmp_path, view_of(np.minimum(street(500, 600), 40)))
    assert written.path == written.gain_map_jpeg


def test_what_cannot_be_compressed_is_reduced(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(0, 4, (1200, 1600, 3)).astype(np.float32)
    path = write_gain_map(tmp_path / "noise.jpg", view_of(noise))
    assert path.stat().st_size <= MOST_BYTES
    height, width, _ = read_ldr(path).ldr.shape
    assert width < 1600 and height / width == pytest.approx(0.75, abs=0.01)


def test_the_base_image_is_the_photo(tmp_path: Path) -> None:
    hdr = street(400, 600)
    path = write_gain_map(tmp_path / "street.jpg", view_of(hdr))
    assert np.abs(read_ldr(path).ldr - encode_srgb(hdr)).mean() < 3 / 255


def test_opacity_travels_beside_a_gain_map(tmp_path: Path) -> None:
    alpha = np.linspace(0, 1, 400 * 600, dtype=np.float32).reshape(400, 600)
    noise = np.random.default_rng(0).uniform(0, 2, (400, 600, 3)).astype(np.float32)
    written = write_source(tmp_path, view_of(noise, alpha))
    assert np.abs(read_ldr(written.opacity).ldr[..., 0] - alpha).max() <= 0.6 / 255


@pytest.mark.parametrize("size", [(40, 9000), (9000, 40), (1200, 1600), (1, 1), (30, 40)])
def test_every_graphics_processor_holds_the_view(size: tuple[int, int]) -> None:
    photo = expanded(*size)
    height, width, _ = view_for_screen(Shown(photo, make_view(photo), exact=True)).hdr.shape
    assert max(height, width) <= LONGEST_SIDE
    assert (height, width) == size or max(size) > LONGEST_SIDE


def test_the_viewer_is_told_of_the_whole_table() -> None:
    for language in ("en", "zh"):
        told = {each["name"]: each for each in describe_operators(language)}
        assert list(told) == list(TONE_MAPPERS)
        for name, row in TONE_MAPPERS.items():
            assert [each["name"] for each in told[name]["parameters"]] == [each.name for each in row.parameters]


def test_what_the_viewer_is_given_can_be_sent(tmp_path: Path) -> None:
    import json

    photo = expanded(60, 80)
    given = json.loads(json.dumps(prepare_viewer(Shown(photo, make_view(photo), exact=True), tmp_path, "zh")))
    assert given["exact"] and given["texts"]["exposure"] == VIEWER_TEXT["exposure"][1]
    assert set(given["statistics"]) == {"reinhard", "mantiuk", "drago", "photographic"}
    assert sum(given["histogram"]["hdr"]) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("light", "stops"), [(1.0, 0.0), (4.0, -2.0), (0.25, 2.0), (0.0, 8.0)])
def test_the_fitting_exposure_brings_light_to_white(light: float, stops: float) -> None:
    hdr = np.full((20, 20, 3), light, np.float32)
    hdr[0, :2] = 1e5  # a lamp
    assert fit_exposure(hdr) == pytest.approx(stops)


def test_numbers_without_unit_are_no_hdr_picture(tmp_path: Path) -> None:
    photo = expanded(60, 80, scale="paper")
    given = prepare_viewer(Shown(photo, make_view(photo), exact=True), tmp_path, "en")
    assert given["image"] is None and not given["has_unit"]


def test_the_server_draws_what_was_asked_for(tmp_path: Path) -> None:
    photo = expanded(60, 80)
    wanted = {"operator": "durand", "parameters": {"contrast": 5.0}, "stops": -1}
    rendition = render(Visitor(tmp_path), Shown(photo, make_view(photo), exact=True), wanted)
    assert rendition["of"] == wanted
    (path,) = tmp_path.rglob("durand.jpg")
    assert rendition["url"] == link(path)
    assert np.abs(read_ldr(path).ldr - tone_map(photo.hdr / 2, "durand", contrast=5.0)).mean() < 3 / 255


def test_photo_and_light_of_a_view_are_linear(tmp_path: Path) -> None:
    photo = expanded(60, 80)
    view = view_for_screen(Shown(photo, make_view(photo), exact=True))
    assert np.array_equal(view.photo, decode_srgb(photo.ldr))


@pytest.mark.parametrize("key", VIEWER_TEXT)
def test_both_languages_of_the_viewer_have_the_same_blanks(key: str) -> None:
    english, chinese = VIEWER_TEXT[key]
    blanks = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (english, chinese)]
    assert english and chinese and blanks[0] == blanks[1]


def test_every_text_of_the_viewer_is_used_and_every_used_one_exists() -> None:
    import re

    from hdr_demo.ui import viewer

    folder = Path(viewer.__file__).parent
    script = "".join(path.read_text() for path in folder.glob("viewer*.js"))
    asked = set(re.findall(r"\btexts\.(\w+)", script))
    prefixes = set(re.findall(r"texts\[`(\w+_)\$", script))
    named = set(re.findall(r"(?:button|tick|tell)\(\"(\w+)\"", script))
    known = set(VIEWER_TEXT)
    assert asked | named <= known
    told = {word for word in known if re.search(rf'"{word}"', script)}
    assert (
        known - asked - named - told - {word for word in known for prefix in prefixes if word.startswith(prefix)}
        == set()
    )
