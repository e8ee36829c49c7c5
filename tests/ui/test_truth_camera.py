"""The virtual camera of the tab Compare with the truth."""

from pathlib import Path

import numpy as np
import pytest

from hdr_demo.camera import RESPONSES
from hdr_demo.color import decode_srgb, luminance
from hdr_demo.errors import ImageError
from hdr_demo.io import write_hdr
from hdr_demo.metrics import clipped_mask
from hdr_demo.photo import EXACT_PREVIEW_PIXELS
from hdr_demo.scenes import Scene
from hdr_demo.ui import truth_camera
from hdr_demo.ui.truth_camera import SHOT_PIXELS, Settings, frame_view, look_at_light, open_scene, take_shot

CODE = 1 / 255


def make_panorama(row: int = 24, column: int = 96) -> Scene:
    """Grey all around, brighter to the right, with a lamp at one place."""
    light = np.full((64, 128, 3), 0.1, np.float32) * np.linspace(1, 3, 128, dtype=np.float32)[None, :, None]
    light[row - 2 : row + 2, column - 2 : column + 2] = 50
    return Scene("lamp", light)


def test_a_photo_that_the_app_takes_needs_no_draft() -> None:
    assert SHOT_PIXELS <= EXACT_PREVIEW_PIXELS


@pytest.mark.parametrize(("row", "column"), [(24, 96), (30, 10), (34, 64)])
def test_the_camera_looks_at_the_brightest_light_first(row: int, column: int) -> None:
    scene = make_panorama(row, column)
    yaw, pitch = look_at_light(scene)
    view = luminance(frame_view(scene, Settings(yaw=yaw, pitch=pitch)))
    height, width = view.shape
    y, x = np.unravel_index(np.argmax(view), view.shape)
    assert abs(x / width - 0.5) < 0.05
    assert abs(y / height - 0.5) < 0.2  # it does not tilt by more than 15 degrees


def test_a_photograph_is_used_as_it_is() -> None:
    scene = Scene("room", np.random.default_rng(0).uniform(0.1, 5, (40, 60, 3)).astype(np.float32))
    assert look_at_light(scene) == (0, 0)
    assert frame_view(scene, Settings(yaw=90, pitch=10)) is scene.light


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3])
def test_the_share_asked_for_is_brighter_than_white(share: float) -> None:
    shot = take_shot(make_panorama(), Settings(yaw=90, clipped=share))
    assert (shot.truth.max(axis=-1) > 1).mean() == pytest.approx(share, abs=0.005)


def test_a_stop_more_doubles_the_light() -> None:
    dark, bright = (take_shot(make_panorama(), Settings(exposure="stops", stops=stops)).truth for stops in (-1.0, 0.0))
    np.testing.assert_allclose(bright, 2 * dark, rtol=1e-6)
    assert np.exp(np.log(luminance(bright)).mean()) == pytest.approx(0.18, rel=1e-3)


def test_what_does_not_clip_is_photographed_as_it_is() -> None:
    shot = take_shot(make_panorama(), Settings(yaw=90, quality=100))
    seen = shot.truth.max(axis=-1) < 0.9
    assert np.median(np.abs(decode_srgb(shot.ldr) - shot.truth)[seen]) < CODE


@pytest.mark.parametrize("response", RESPONSES)
def test_every_response_gives_a_photo_and_its_truth_in_its_unit(response: str) -> None:
    shot = take_shot(make_panorama(), Settings(yaw=90, response=response))
    assert shot.ldr.dtype == shot.truth.dtype == np.float32 and shot.ldr.shape == shot.truth.shape
    assert shot.ldr.min() >= 0 and shot.ldr.max() <= 1
    seen = ~clipped_mask(shot.ldr) & (luminance(decode_srgb(shot.ldr)) > 0.02)
    stops = np.log2(luminance(decode_srgb(shot.ldr[seen])) / luminance(shot.truth[seen]))
    assert abs(np.median(stops)) < 1.5  # a response bends light, it does not lose its unit


def test_the_same_settings_give_the_same_photo_also_with_noise() -> None:
    settings = Settings(yaw=90, noise=True)
    first, second = (take_shot(make_panorama(), settings).ldr for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (first != take_shot(make_panorama(), Settings(yaw=90)).ldr).any()


def test_a_large_scene_is_reduced_and_stays_what_it_is(tmp_path: Path) -> None:
    panorama = open_scene(write_hdr(tmp_path / "round.hdr", np.full((100, 200, 3), 0.5, np.float32)))
    assert panorama.is_panorama and panorama.light.shape == (100, 200, 3)
    photo = open_scene(write_hdr(tmp_path / "flat.hdr", np.full((600, 700, 3), 0.5, np.float32)))
    assert photo.light.shape[0] * photo.light.shape[1] <= SHOT_PIXELS


def test_a_photograph_does_not_become_a_panorama_by_being_reduced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(truth_camera, "SHOT_PIXELS", 459)
    photo = open_scene(write_hdr(tmp_path / "wide.hdr", np.full((153, 300, 3), 0.5, np.float32)))
    assert photo.light.shape == (15, 30, 3) and not photo.is_panorama


def test_numbers_that_are_no_light_are_taken_out(tmp_path: Path) -> None:
    light = np.full((20, 20, 3), 0.5, np.float32)
    light[0] = -1
    scene = open_scene(write_hdr(tmp_path / "odd.exr", light))
    assert scene.light.min() == 0


@pytest.mark.parametrize(
    ("name", "light", "sentence"),
    [
        ("tiny.exr", np.ones((4, 8, 3), np.float32), "tiny.exr is smaller than 16 pixels"),
        ("night.exr", np.zeros((32, 64, 3), np.float32), "night.exr is all black"),
    ],
)
def test_a_scene_that_cannot_be_photographed_gets_a_sentence(
    tmp_path: Path, name: str, light: np.ndarray, sentence: str
) -> None:
    with pytest.raises(ImageError, match=sentence):
        open_scene(write_hdr(tmp_path / name, light))


def test_a_scene_with_too_many_pixels_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="more than the limit"):
        open_scene(write_hdr(tmp_path / "wide.exr", np.ones((64, 128, 3), np.float32)), max_megapixels=0.001)


def test_what_is_no_hdr_image_gets_a_sentence(small_photo: Path, no_photo: Path) -> None:
    for path in (small_photo, no_photo):
        with pytest.raises(ImageError, match=rf"{path.name} is not an HDR picture that can be read"):
            open_scene(path)
