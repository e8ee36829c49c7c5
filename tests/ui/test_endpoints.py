"""The named endpoints, called by the client that programs use."""

from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from hdr_demo.evaluation import draw_error, error_stops, linearize, measure
from hdr_demo.exposure import expose
from hdr_demo.io import Picture, hdr_kind, read_hdr, read_ldr, writable_formats, write_hdr
from hdr_demo.io.names import delivered_name
from hdr_demo.metrics import clipped_mask
from hdr_demo.photo import PhotoExpander
from hdr_demo.tonemap import TONE_MAPPERS, tone_map
from hdr_demo.ui.truth_camera import Settings, open_scene, take_shot

from .conftest import PacedExpander

ENDPOINTS = ("expand_photo", "expand_photos", "tone_map", "merge_bracket", "compare_with_truth", "expand_video")
HALF_FLOAT = 2.0**-11  # the relative error of rounding to half float
RGBE = 2.0**-7  # the error of Radiance's 8-bit mantissas, relative to the brightest channel


@pytest.fixture(scope="module")
def client(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    client = Client(url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))
    yield client
    client.close()


def test_the_named_endpoints_are_these_and_documented(client: Client) -> None:
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == {f"/{name}" for name in ENDPOINTS}
    for endpoint in endpoints.values():
        first, *others = endpoint["parameters"]
        assert not first["parameter_has_default"] and "filepath" in first["python_type"]["type"]
        assert all(each["parameter_has_default"] for each in others)
        assert len(endpoint["description"]) > 20
    names = {path: [each["parameter_name"] for each in endpoint["parameters"]] for path, endpoint in endpoints.items()}
    assert names == {
        "/expand_photo": ["photo", "file_format", "scale", "checkpoint", "light"],
        "/expand_photos": ["photos", "formats", "scale", "operator", "draft", "base", "exif", "checkpoint"],
        "/tone_map": ["file", "operator", "parameters", "light"],
        "/merge_bracket": ["photos", "times", "method", "response", "alignment", "border", "file_format"],
        "/compare_with_truth": [
            "scene",
            "yaw",
            "pitch",
            "field_of_view",
            "clipped",
            "stops",
            "response",
            "noise",
            "quality",
            "scale",
            "checkpoint",
        ],
        "/expand_video": [
            "clip",
            "outputs",
            "operator",
            "parameters",
            "stops",
            "start",
            "end",
            "max_side",
            "draft",
            "scale",
            "peak_nits",
            "checkpoint",
        ],
    }


@pytest.mark.parametrize(("suffix", "tolerance"), [(".exr", HALF_FLOAT), (".hdr", RGBE)])
def test_expand_photo_gives_what_the_library_gives(
    client: Client, expander: PhotoExpander, small_photo: Path, suffix: str, tolerance: float
) -> None:
    path, details = client.predict(handle_file(small_photo), suffix, api_name="/expand_photo")
    truth = expander.expand(read_ldr(small_photo)).hdr
    assert Path(path).name == f"lamp{suffix}"
    assert np.abs(read_hdr(path) - truth).max() <= tolerance * truth.max()
    assert (details["width"], details["height"]) == (120, 90)
    assert details["checkpoint"] == "random-numbers" and details["device"] == "cpu"
    assert 0 < details["clipped"] < 1 and details["hdr_range"] > details["photo_range"]


@pytest.mark.parametrize("suffix", writable_formats())
def test_expand_photo_gives_every_format(client: Client, small_photo: Path, suffix: str) -> None:
    path, _ = client.predict(handle_file(small_photo), suffix, api_name="/expand_photo")
    assert Path(path).name == delivered_name("lamp", suffix) and hdr_kind(path) is not None


def test_expand_photo_needs_nothing_but_the_photo(client: Client, small_photo: Path) -> None:
    path, details = client.predict(handle_file(small_photo), api_name="/expand_photo")
    assert Path(path).suffix == ".exr" and details["scale"] == "calibrated"


def test_tone_map_takes_an_hdr_file(client: Client, small_photo: Path) -> None:
    exr, _ = client.predict(handle_file(small_photo), api_name="/expand_photo")
    picture = client.predict(handle_file(exr), "drago", {"gamma": 1.4}, api_name="/tone_map")
    assert Path(picture).name == "lamp_drago.png"
    assert np.abs(read_ldr(picture).ldr - tone_map(read_hdr(exr), "drago", gamma=1.4)).max() <= 0.5 / 255 + 1e-6


def test_tone_map_takes_a_photo(client: Client, expander: PhotoExpander, small_photo: Path) -> None:
    picture = client.predict(handle_file(small_photo), api_name="/tone_map")
    truth = tone_map(expander.expand(read_ldr(small_photo)).hdr)
    assert np.abs(read_ldr(picture).ldr - truth).max() <= 0.5 / 255 + 1e-6


@pytest.fixture(scope="module")
def gain_map_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A JPEG whose gain map says that its right half is eight times as bright as white."""
    hdr = np.full((40, 64, 3), 0.25, np.float32)
    hdr[:, 32:] = 8.0
    return write_hdr(tmp_path_factory.mktemp("photos") / "phone.jpg", hdr, sdr=expose(hdr))


def test_an_hdr_file_keeps_its_light_in_another_format(client: Client, expander: PacedExpander, scene: Path) -> None:
    asked = len(expander.passes)
    path, details = client.predict(handle_file(scene), ".tif", api_name="/expand_photo")
    assert Path(path).name == "room.tif" and np.array_equal(read_hdr(path), read_hdr(scene))
    assert details["origin"] == "OpenEXR" and details["checkpoint"] is None
    assert details["brightest_stops"] == pytest.approx(np.log2(40), abs=0.01)
    assert len(expander.passes) == asked


def test_numbers_of_another_unit_are_kept_by_scene_formats_and_fit_those_for_displays(
    client: Client, tmp_path: Path
) -> None:
    light = np.geomspace(1e4, 1e6, 48 * 48 * 3, dtype=np.float32).reshape(48, 48, 3)
    exr = write_hdr(tmp_path / "nits.exr", light, full_float=True)
    kept, details = client.predict(handle_file(exr), ".tif", api_name="/expand_photo")
    assert np.array_equal(read_hdr(kept), light) and details["shift"] == 0
    fitted, details = client.predict(handle_file(exr), ".png", api_name="/expand_photo")
    assert details["shift"] == -19
    assert np.abs(np.log2(read_hdr(fitted) / light) + 19).max() < 0.01


def test_a_photo_with_a_gain_map_has_its_own_light_unless_the_network_is_asked(
    client: Client, expander: PacedExpander, gain_map_photo: Path
) -> None:
    own, details = client.predict(handle_file(gain_map_photo), api_name="/expand_photo")
    assert details["origin"] == "JPEG with a gain map"
    assert np.abs(np.log2(read_hdr(own)[:, 34:] / 8)).max() < 0.1
    estimated, details = client.predict(handle_file(gain_map_photo), light="network", api_name="/expand_photo")
    truth = expander.expand(read_ldr(gain_map_photo)).hdr
    assert details["origin"] == "network" and details["checkpoint"] == "random-numbers"
    assert np.abs(read_hdr(estimated) - truth).max() <= HALF_FLOAT * truth.max()


def test_tone_map_applies_a_gain_map_unless_the_network_is_asked(
    client: Client, expander: PacedExpander, gain_map_photo: Path
) -> None:
    lights = {"own": read_hdr(gain_map_photo), "network": expander.expand(read_ldr(gain_map_photo)).hdr}
    for light, hdr in lights.items():
        picture = client.predict(handle_file(gain_map_photo), "drago", light=light, api_name="/tone_map")
        assert np.abs(read_ldr(picture).ldr - tone_map(hdr, "drago")).max() <= 0.5 / 255 + 1e-6


def test_the_network_cannot_be_asked_about_light(client: Client, scene: Path) -> None:
    for endpoint in ("/expand_photo", "/tone_map"):
        with pytest.raises(AppError, match=r"room\.exr \(OpenEXR\) holds its own light"):
            client.predict(handle_file(scene), light="network", api_name=endpoint)


def test_no_file_gets_its_sentence(client: Client) -> None:
    for endpoint in ENDPOINTS:
        with pytest.raises(AppError, match="upload"):
            client.predict(None, api_name=f"/{endpoint}")


def test_a_file_that_is_no_photo_gets_its_sentence(client: Client, no_photo: Path) -> None:
    for endpoint in ("/expand_photo", "/tone_map"):
        with pytest.raises(AppError, match=r"notes\.jpg is not a picture"):
            client.predict(handle_file(no_photo), api_name=endpoint)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("drago", {"bias": 7}), "bias of drago must be from"),
        (("drago", {"glow": 1}), "drago has no parameter"),
        (("drago", {"bias": "much"}), "much"),
        (("sepia", {}), "sepia"),
    ],
)
def test_a_wrong_parameter_gets_a_sentence(client: Client, small_photo: Path, arguments: tuple, sentence: str) -> None:
    with pytest.raises(AppError, match=sentence):
        client.predict(handle_file(small_photo), *arguments, api_name="/tone_map")


def test_the_checkpoint_can_be_chosen(client: Client, other: PhotoExpander, small_photo: Path) -> None:
    path, details = client.predict(handle_file(small_photo), checkpoint="other-numbers", api_name="/expand_photo")
    truth = other.expand(read_ldr(small_photo)).hdr
    assert details["checkpoint"] == "other-numbers"
    assert np.abs(read_hdr(path) - truth).max() <= HALF_FLOAT * truth.max()


def test_a_checkpoint_that_cannot_be_loaded_gets_its_sentence(client: Client, small_photo: Path) -> None:
    for _ in range(2):
        with pytest.raises(AppError, match="missing could not be fetched"):
            client.predict(handle_file(small_photo), checkpoint="missing", api_name="/expand_photo")


@pytest.mark.parametrize(
    ("given", "settings"),
    [
        ({}, Settings()),
        ({"yaw": 90, "stops": -2, "response": "drago"}, Settings(yaw=90, exposure="stops", stops=-2, response="drago")),
    ],
)
def test_compare_with_truth_gives_what_the_library_gives(
    client: Client, expander: PhotoExpander, scene: Path, given: dict, settings: Settings
) -> None:
    photo, truth, result, error, scores = client.predict(handle_file(scene), **given, api_name="/compare_with_truth")
    shot = take_shot(open_scene(scene), settings)
    hdr = expander.expand(Picture(shot.ldr, None, "lamp", 8)).hdr
    assert np.abs(read_ldr(photo).ldr - shot.ldr).max() < 1e-6
    assert np.abs(read_hdr(truth) - shot.truth).max() <= HALF_FLOAT * shot.truth.max()
    assert np.abs(read_hdr(result) - hdr).max() <= HALF_FLOAT * hdr.max()
    painted = draw_error(error_stops(hdr, shot.truth))
    assert np.abs(read_ldr(error).ldr - painted).max() <= 0.5 / 255 + 1e-6
    assert scores["clipped"] == pytest.approx(clipped_mask(shot.ldr).mean(), abs=1e-4)
    for method, image in (("network", hdr), ("linearized", linearize(shot.ldr))):
        expected = {name: value for name, value in measure(image, shot.truth, shot.ldr).items() if np.isfinite(value)}
        assert {name: value for name, value in scores[method].items() if value is not None} == pytest.approx(
            expected, abs=1e-4
        )


def test_a_photo_is_no_scene(client: Client, small_photo: Path) -> None:
    with pytest.raises(AppError, match=r"lamp\.png is not an HDR picture"):
        client.predict(handle_file(small_photo), api_name="/compare_with_truth")


@pytest.mark.parametrize("given", [{"clipped": 0.9}, {"field_of_view": 200}, {"response": "film"}, {"scale": "nits"}])
def test_a_setting_that_the_camera_does_not_have_is_refused(client: Client, scene: Path, given: dict) -> None:
    with pytest.raises(AppError):
        client.predict(handle_file(scene), **given, api_name="/compare_with_truth")


def test_no_other_endpoint_can_be_called(page: gr.Blocks) -> None:
    for function in page.fns.values():
        expected = "public" if function.api_name in ENDPOINTS else "private"
        assert function.api_visibility == expected, function


def test_every_operator_can_be_asked_for(client: Client) -> None:
    parameters = client.view_api(return_format="dict", print_info=False)["named_endpoints"]["/tone_map"]["parameters"]
    assert parameters[1]["type"]["enum"] == list(TONE_MAPPERS)
