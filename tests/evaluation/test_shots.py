"""Shots: the same views whatever the camera, with known light."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.camera import RESPONSES, UNKNOWN_RESPONSES, choose_response
from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.evaluation import BASELINE, CAMERAS, evaluate, linearize, pair_shots, shots, summarize, take_shots
from hdr_demo.io import write_hdr, write_sdr
from hdr_demo.metrics import clipped_mask
from hdr_demo.scenes import Pairs, Scene, Scenes


def panorama(seed: int = 0) -> Scene:
    sky = np.random.default_rng(seed).uniform(0.1, 0.3, (32, 64, 3)).astype(np.float32)
    sky[8:14, 20:30] = 20
    return Scene(f"sky {seed}", sky)


@pytest.mark.parametrize("camera", CAMERAS)
def test_every_camera_takes_its_shots_twice_the_same(camera: str) -> None:
    first, second = (next(take_shots([panorama()], camera, views=1)) for _ in range(2))
    assert np.array_equal(first.ldr, second.ldr) and np.array_equal(first.truth, second.truth)
    assert first.ldr.shape == first.truth.shape == (256, 384, 3)
    assert first.ldr.dtype == first.truth.dtype == np.float32
    assert first.scene == "sky 0" and first.name == "sky 0 0"


def test_cameras_look_at_the_same_light() -> None:
    known, unknown = (list(take_shots([panorama()], camera)) for camera in ("srgb", "unknown"))
    assert len(known) == len(unknown) == 8
    for one, other in zip(known, unknown):
        # Up to the one factor that anchors the truth to a tone-mapped picture.
        ratio = one.truth[one.truth > 1e-3] / other.truth[one.truth > 1e-3]
        np.testing.assert_allclose(ratio, ratio.mean(), rtol=1e-3)
        assert not np.array_equal(one.ldr, other.ldr)


def test_the_share_that_clips_is_the_one_asked_for() -> None:
    rng = np.random.default_rng(0)
    noise = Scene("noise", np.exp2(rng.normal(0, 2, (256, 512, 3))).astype(np.float32))
    shares = [float((shot.truth.max(axis=-1) > 1).mean()) for shot in take_shots([noise], views=4)]
    assert shares == pytest.approx([0.01, 0.03, 0.1, 0.25], abs=2e-3)


def test_an_unclipped_pixel_tells_its_light() -> None:
    for shot in take_shots([panorama()], views=4):
        seen = ~clipped_mask(shot.ldr) & (shot.truth.min(axis=-1) > 0.1)
        error = np.abs(np.log2(decode_srgb(shot.ldr[seen]) / shot.truth[seen]))
        assert np.median(error) < 0.1  # noise and JPEG


def test_every_unknown_family_meets_every_exposure(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[str] = []
    monkeypatch.setattr(shots, "choose_response", lambda name: (chosen.append(name), choose_response(name))[1])
    list(take_shots([panorama()], "unknown", views=8))
    met = {(family, shots.CLIPPED_SHARES[index % 4]) for index, family in enumerate(chosen)}
    assert met == set(itertools.product(UNKNOWN_RESPONSES, shots.CLIPPED_SHARES))


def test_a_photograph_is_cut_into_different_windows(rng: np.random.Generator) -> None:
    photo = Scene("photo", np.exp2(rng.normal(0, 2, (300, 400, 3))).astype(np.float32))
    first, second = take_shots([photo], views=2)
    assert first.ldr.shape == (256, 384, 3) and not np.array_equal(first.ldr, second.ldr)


def test_an_unheard_of_camera_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="camera must be one of srgb, unknown"):
        next(take_shots([panorama()], "polaroid"))
    assert set(CAMERAS) == {*RESPONSES, "unknown"}


def test_pairs_are_reduced_to_a_megapixel(tmp_path: Path, rng: np.random.Generator) -> None:
    light = rng.uniform(0, 4, (1100, 1300, 3)).astype(np.float32)
    for kind in ("ldr", "hdr"):
        (tmp_path / kind).mkdir()
    write_hdr(tmp_path / "hdr" / "wall.hdr", light)
    write_sdr(tmp_path / "ldr" / "wall.jpg", np.clip(light / 2, 0, 1))
    (shot,) = pair_shots(Pairs(tmp_path / "ldr", tmp_path / "hdr"))
    assert shot.scene == shot.name == "wall"
    assert shot.ldr.shape == shot.truth.shape and 0.95e6 < shot.ldr[..., 0].size <= 1e6


def test_a_reduced_pair_still_agrees_with_its_truth(tmp_path: Path) -> None:
    # Stripes of one pixel: means of their display codes would be two thirds of the light.
    light = np.where(np.arange(2000) % 2, 0.9, 0.05)[:, np.newaxis, np.newaxis].repeat(2000, axis=1)
    light = light.repeat(3, axis=2).astype(np.float32)
    for kind in ("ldr", "hdr"):
        (tmp_path / kind).mkdir()
    write_hdr(tmp_path / "hdr" / "stripes.hdr", light)
    write_sdr(tmp_path / "ldr" / "stripes.png", encode_srgb(light))
    (shot,) = pair_shots(Pairs(tmp_path / "ldr", tmp_path / "hdr"))
    assert shot.ldr.shape == (1000, 1000, 3) and shot.ldr.dtype == np.float32
    np.testing.assert_allclose(decode_srgb(shot.ldr), shot.truth, rtol=0.02)


def test_the_numbers_of_the_readme_come_out(shared: Path) -> None:
    scores = summarize(evaluate({BASELINE: linearize}, take_shots(Scenes(shared / "hdr" / "val"))))[BASELINE]
    assert scores["pu21_psnr"].mean == pytest.approx(25.25, abs=0.01)
    assert scores["hi"].mean == pytest.approx(0.784, abs=0.001)
