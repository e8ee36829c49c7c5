"""The virtual camera obeys geometry and optics."""

import numpy as np
import pytest

from hdr_demo.camera import add_sensor_noise, expose_to_clip, photograph, view_panorama
from hdr_demo.color import decode_srgb


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


@pytest.mark.parametrize("share", [0.003, 0.1, 0.5])
def test_exposure_clips_the_wanted_share(share: float) -> None:
    scene = np.exp2(np.random.default_rng(0).uniform(-8, 8, (100, 100, 3))).astype(np.float32)
    assert np.mean(expose_to_clip(scene, share).max(axis=-1) > 1) == pytest.approx(share, abs=1e-3)


def test_a_photograph_is_the_scene_in_8_bits() -> None:
    hdr = np.random.default_rng(0).random((20, 20, 3), dtype=np.float32) * 1.5
    codes = photograph(hdr)
    assert codes.dtype == np.uint8
    assert np.array_equal(codes[hdr > 1], np.full((hdr > 1).sum(), 255))
    assert np.abs(decode_srgb(codes / 255) - np.minimum(hdr, 1)).max() < 0.005


def test_jpeg_keeps_the_order_of_channels() -> None:
    hdr = np.full((32, 32, 3), (0.8, 0.2, 0.01), np.float32)
    codes = photograph(hdr, quality=95).mean(axis=(0, 1))
    assert np.abs(codes - photograph(hdr)[0, 0]).max() < 3


def test_noise_grows_with_light() -> None:
    dark, bright = (
        add_sensor_noise(np.full((200, 200, 3), light, np.float32), np.random.default_rng(4)).std() for light in (0, 1)
    )
    assert 0 < dark < bright < 0.1
