"""The virtual camera looks where it is told to, and exposes as it is told to."""

import numpy as np
import pytest

from hdr_demo.camera import choose_window, expose_to_clip, tint_scene, view_panorama, view_photograph
from hdr_demo.camera import view as module
from hdr_demo.color import luminance


def compass() -> np.ndarray:
    """A panorama whose red is the longitude's cosine, green its sine, blue the height; all plus 2."""
    rows, columns = np.mgrid[0:256, 0:512]
    longitude, latitude = (columns + 0.5) / 512 * 2 * np.pi - np.pi, np.pi / 2 - (rows + 0.5) / 256 * np.pi
    return np.stack((np.cos(longitude), np.sin(longitude), latitude), axis=-1).astype(np.float32) + 2


def centre(**angles: float) -> np.ndarray:
    view = view_panorama(compass(), height=101, width=101, field_of_view=60, **angles)
    return view[50, 50] - 2


NEAR = 0.02  # one pixel of the panorama


@pytest.mark.parametrize("yaw", [-170, -90, 0, 45, 180])
def test_yaw_turns_to_the_right(yaw: float) -> None:
    assert centre(yaw=yaw)[:2] == pytest.approx((np.cos(np.radians(yaw)), np.sin(np.radians(yaw))), abs=NEAR)


@pytest.mark.parametrize("pitch", [-40, 0, 30])
def test_pitch_looks_up(pitch: float) -> None:
    assert centre(pitch=pitch)[2] == pytest.approx(np.radians(pitch), abs=NEAR)


def test_the_field_of_view_is_what_it_says() -> None:
    view = view_panorama(compass(), height=3, width=1001, field_of_view=90) - 2
    angles = np.degrees(np.arctan2(view[1, :, 1], view[1, :, 0]))
    assert angles[0] == pytest.approx(-45, abs=0.5) and angles[-1] == pytest.approx(45, abs=0.5)


def test_roll_lifts_the_horizon_at_the_right() -> None:
    view = view_panorama(compass(), height=201, width=201, field_of_view=60, roll=20) - 2
    assert view[100, 190, 2] < -0.05 < 0.05 < view[100, 10, 2]


def test_no_seam_where_the_panorama_closes() -> None:
    view = view_panorama(compass(), height=3, width=2001, field_of_view=20, yaw=180)
    assert np.abs(np.diff(view[1, :, 1])).max() < 0.01


@pytest.mark.parametrize("width", [512, 1024, 2048])
def test_a_sun_keeps_its_energy_however_the_camera_is_turned(width: int) -> None:
    """A sun of half a degree, in a panorama two to ten times as fine as the view."""
    rows, columns = np.mgrid[0 : width // 2, 0:width]
    away = np.hypot(columns - width / 2, rows - width / 4) * 360 / width
    sky = np.where(away < max(0.25, 180 / width), 1000, 1).astype(np.float32)[..., None].repeat(3, axis=2)
    energies = [
        (view_panorama(sky, height=48, width=48, field_of_view=70, yaw=yaw, pitch=1.3 * yaw) - 1).sum()
        for yaw in np.arange(0, 3, 0.23)
    ]
    # A lens enlarges towards its edges, three degrees from the middle by less than a hundredth; the rest is linear
    # interpolation, where the sun is one pixel.
    assert max(energies) < 1.25 * min(energies)


@pytest.mark.parametrize("width, height", [(256, 256), (384, 256), (256, 384)])
@pytest.mark.parametrize("field_of_view", [35, 105])
def test_a_panorama_of_training_size_is_looked_at_as_it_is(
    width: int, height: int, field_of_view: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.cv2, "resize", None)  # nothing is reduced
    view_panorama(np.ones((512, 1024, 3), np.float32), height=height, width=width, field_of_view=field_of_view)


def test_a_fine_panorama_shows_what_a_coarse_one_shows() -> None:
    fine = compass().repeat(8, axis=0).repeat(8, axis=1)
    lens = {"height": 40, "width": 60, "field_of_view": 80, "yaw": 170, "pitch": 20, "roll": 10}
    assert np.abs(view_panorama(fine, **lens) - view_panorama(compass(), **lens)).max() < 2 * NEAR


@pytest.mark.parametrize("share", [0.003, 0.1, 0.5])
def test_exposure_clips_the_wanted_share(share: float) -> None:
    scene = np.exp2(np.random.default_rng(0).uniform(-8, 8, (100, 100, 3))).astype(np.float32)
    assert np.mean(expose_to_clip(scene, share).max(axis=-1) > 1) == pytest.approx(share, abs=1e-3)


def test_an_exposure_without_clipping_puts_the_brightest_pixel_at_white() -> None:
    scene = np.random.default_rng(0).random((30, 40, 3), np.float32) * 9
    assert expose_to_clip(scene, 0.0).max() == pytest.approx(1, rel=1e-6)


def test_exposure_changes_nothing_but_the_scale() -> None:
    scene = np.random.default_rng(0).random((30, 40, 3), np.float32) * 9 + 0.1
    ratio = expose_to_clip(scene, 0.2) / scene
    assert np.ptp(ratio) < 1e-6 * ratio.max()
    assert np.allclose(expose_to_clip(scene * 16, 0.2), expose_to_clip(scene, 0.2), rtol=1e-5)


def test_a_black_scene_stays_black() -> None:
    assert not expose_to_clip(np.zeros((8, 8, 3), np.float32), 0.1).any()


@pytest.mark.parametrize("unit", [1e-30, 1e-8, 1.0, 1e4])
def test_exposure_does_not_depend_on_the_scenes_unit(unit: float) -> None:
    scene = np.random.default_rng(0).uniform(0.1, 9, (30, 40, 3)).astype(np.float32)
    assert np.allclose(expose_to_clip(scene * np.float32(unit), 0.1), expose_to_clip(scene, 0.1), rtol=1e-5)


def test_where_most_is_black_all_that_is_not_clips() -> None:
    scene = np.zeros((20, 20, 3), np.float32)
    scene[0, :5, 0] = 2, 3, 4, 5, 6
    assert expose_to_clip(scene, 0.1).max() == pytest.approx(3)
    assert np.count_nonzero(expose_to_clip(scene, 0.1).max(axis=-1) >= 1) == 5


def test_the_sun_of_the_darkest_scene_stays_finite() -> None:
    scene = np.zeros((8, 8, 3), np.float32)
    scene[0, 0], scene[0, 1] = 1e-45, 6e4
    assert np.isfinite(expose_to_clip(scene, 0.5)).all()


def test_one_direction_looks_the_same_through_any_lens() -> None:
    views = [view_panorama(compass(), height=51, width=51, field_of_view=angle, yaw=30) for angle in (40, 60, 90)]
    assert all(view[25, 25] == pytest.approx(views[0][25, 25], abs=NEAR) for view in views)


@pytest.mark.parametrize("height, width", [(32, 32), (20, 60), (60, 20)])
def test_a_window_has_the_aspect_wanted_and_at_least_half_of_the_frame(height: int, width: int) -> None:
    for seed in range(20):
        rows, columns = choose_window(120, 160, height, width, np.random.default_rng(seed))
        tall, wide = rows.stop - rows.start, columns.stop - columns.start
        assert rows.start >= 0 and rows.stop <= 120 and columns.start >= 0 and columns.stop <= 160
        assert abs(tall / wide / (height / width) - 1) < 0.1
        assert max(tall / 120, wide / 160) >= 0.49


def test_a_view_of_a_photograph_is_a_part_of_it() -> None:
    rows, columns = np.mgrid[0:120, 0:160]
    light = np.stack((rows, columns, rows * 0 + 7), axis=-1).astype(np.float32)
    view = view_photograph(light, height=32, width=32, rng=np.random.default_rng(3))
    assert view.shape == (32, 32, 3) and view[..., 2] == pytest.approx(7)
    # Right is right, down is down, and both by the same factor.
    down, across = np.diff(view[..., 0], axis=0)[2:-2], np.diff(view[..., 1], axis=1)[:, 2:-2]
    assert down.mean() > 1 and across.mean() == pytest.approx(down.mean(), rel=0.05)


def test_a_camera_is_held_a_little_askew_and_never_beside_the_frame() -> None:
    rows, columns = np.mgrid[0:120, 0:160]
    light = np.stack((rows, columns, rows * 0 + 7), axis=-1).astype(np.float32)
    rolls = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        view = view_photograph(light, height=24, width=36, rng=rng, roll_deviation=4.0)
        assert view.shape == (24, 36, 3) and view[..., 2] == pytest.approx(7)
        # A slope stays a slope: from edge to edge, as steep in both directions, and turned.
        by_row, by_column = (np.diff(view[..., 0], axis=axis)[2:-2, 2:-2] for axis in (0, 1))
        assert np.ptp(by_row) < 0.1 * by_row.mean() and np.ptp(by_column) < 0.1 * by_row.mean()
        rolls.append(np.degrees(np.arctan2(by_column.mean(), by_row.mean())))
    assert np.std(rolls) == pytest.approx(4, rel=0.2) and abs(np.mean(rolls)) < 1


def test_another_light_keeps_grey_nearly_grey_and_never_goes_below_black() -> None:
    scene = np.random.default_rng(0).random((20, 20, 3), np.float32)
    for seed in range(10):
        tinted = tint_scene(scene, np.random.default_rng(seed))
        assert tinted.min() >= 0 and tinted.dtype == np.float32
        assert abs(np.log2(luminance(tinted).mean() / luminance(scene).mean())) < 0.5
