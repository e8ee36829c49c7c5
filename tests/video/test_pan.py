"""The virtual camera's clips: their light is known, their exposure moves as asked, and they repeat."""

from fractions import Fraction

import numpy as np
import pytest

from hdr_demo.camera import view_panorama
from hdr_demo.color import decode_srgb
from hdr_demo.video.pan import Camera, PanFrame, Shot, pan_frames

QUIET = Camera(height=24, width=36, noise=None)


@pytest.fixture(scope="module")
def light() -> np.ndarray:
    """A panorama with slopes, texture and two suns."""
    rng = np.random.default_rng(3)
    light = rng.uniform(0.1, 0.4, (64, 128, 3)).astype(np.float32)
    light[20:26, 60:66], light[30:34, 10:16] = 50, 20
    return light


def film(light: np.ndarray, frames: int = 6, camera: Camera = QUIET, seed: int = 0, **shot: float) -> list[PanFrame]:
    return list(pan_frames([Shot(light, frames, **shot)], camera, seed=seed))


def test_a_frame_is_the_truth_clipped_in_8_bits(light: np.ndarray) -> None:
    for frame in film(light):
        assert frame.codes.shape == frame.truth.shape == (24, 36, 3) and frame.codes.dtype == np.uint8
        decoded = decode_srgb(frame.codes.astype(np.float32) / 255)
        np.testing.assert_allclose(decoded, np.minimum(frame.truth, 1), atol=0.005)  # half a code near white
        assert np.all(frame.codes[frame.truth > 1] == 255)


def test_the_clip_repeats_and_its_noise_does_not(light: np.ndarray) -> None:
    camera = Camera(height=24, width=36, jitter=0.1)
    one, again, other = (film(light, camera=camera, seed=seed, turn=0) for seed in (1, 1, 2))
    assert all(np.array_equal(a.codes, b.codes) for a, b in zip(one, again, strict=True))
    assert not any(np.array_equal(a.codes, b.codes) for a, b in zip(one, other, strict=True))
    still = film(light, camera=Camera(height=24, width=36), turn=0)
    assert np.array_equal(still[0].truth, still[1].truth) and not np.array_equal(still[0].codes, still[1].codes)


def test_the_camera_turns_at_its_speed(light: np.ndarray) -> None:
    frames = film(light, frames=13, turn=20, yaw=-30, pitch=5, camera=Camera(24, 36, rate=Fraction(12), noise=None))
    lens = {"height": 24, "width": 36, "field_of_view": 70, "pitch": 5}
    first, last = (view_panorama(light, yaw=yaw, **lens) for yaw in (-30, -10))
    gain = frames[0].truth.mean() / first.mean()
    np.testing.assert_allclose(frames[0].truth, first * gain, rtol=1e-4)
    np.testing.assert_allclose(frames[-1].truth, last * gain, rtol=1e-4)


def test_the_exposure_is_set_once_and_clips_the_asked_share(light: np.ndarray) -> None:
    frames = film(light, frames=30, turn=100, camera=Camera(24, 36, clipped=0.05, noise=None))
    shares = [(frame.truth.max(axis=-1) > 1).mean() for frame in frames]
    assert np.mean(shares) == pytest.approx(0.05, abs=0.02)
    assert np.std(shares) > 0.005  # not each by itself


def test_the_exposure_drifts_and_jitters_as_asked_and_the_truth_with_it(light: np.ndarray) -> None:
    def stops(**camera: float) -> np.ndarray:
        frames = film(light, frames=200, turn=0, camera=Camera(6, 9, noise=None, **camera))
        means = np.log2([frame.truth.mean() for frame in frames])
        return means - means[0]

    assert np.abs(stops()).max() == 0
    drifting = stops(drift=2)
    assert drifting.max() - drifting.min() == pytest.approx(2, abs=0.01) and np.abs(np.diff(drifting)).max() < 0.04
    assert stops(jitter=0.1).std() == pytest.approx(0.1, rel=0.15)


def test_a_cut_is_marked_and_jumps(light: np.ndarray) -> None:
    shots = [Shot(light, 5), Shot(light, 4, yaw=180), Shot(7 * light[:, ::-1], 3)]
    frames = list(pan_frames(shots, QUIET))
    assert [number for number, frame in enumerate(frames) if frame.is_cut] == [5, 9]
    assert np.abs(frames[5].truth - frames[4].truth).mean() > 3 * np.abs(frames[4].truth - frames[3].truth).mean()


def test_shots_of_one_panorama_are_exposed_alike_and_another_one_by_itself(light: np.ndarray) -> None:
    pair = list(pan_frames([Shot(light, 1), Shot(light, 1, yaw=180)], QUIET))
    views = [view_panorama(light, height=24, width=36, field_of_view=70, yaw=yaw) for yaw in (0, 180)]
    gains = [frame.truth.mean() / view.mean() for frame, view in zip(pair, views, strict=True)]
    assert gains[0] == pytest.approx(gains[1], rel=1e-5)
    alone, brighter = pan_frames([Shot(light, 1), Shot(100 * light, 1)], QUIET)
    np.testing.assert_allclose(alone.truth, brighter.truth, rtol=1e-4)


def test_frames_are_made_when_they_are_asked_for(light: np.ndarray) -> None:
    frames = pan_frames([Shot(light, 10**7)], QUIET)
    assert next(frames).codes.shape == (24, 36, 3)
