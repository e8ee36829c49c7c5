"""A sample is a photograph of its truth, and a function of seed and index."""

from pathlib import Path

import numpy as np
import OpenEXR
import pytest
import torch

from hdr_demo.camera import RESPONSES
from hdr_demo.color import decode_srgb
from hdr_demo.errors import DataError
from hdr_demo.io import write_hdr, write_sdr
from hdr_demo.scenes import Scene
from hdr_demo.training import data
from hdr_demo.training.data import (
    RESPONSE_SHARES,
    VIEW_SIZES,
    Views,
    collate,
    expose_randomly,
    largest_crop,
    look_around,
    take_photograph,
)


def test_a_sample_is_a_function_of_seed_and_index(skies: Path) -> None:
    first, second = (Views(skies, samples=9, seed=5)[3] for _ in range(2))
    assert torch.equal(first.ldr, second.ldr) and torch.equal(first.hdr, second.hdr)
    assert torch.equal(first.view, second.view)
    assert not torch.equal(first.view, Views(skies, samples=9, seed=6)[3].view)


def test_more_samples_leave_the_first_ones_as_they_were(skies: Path) -> None:
    assert torch.equal(Views(skies, samples=9)[3].hdr, Views(skies, samples=900)[3].hdr)


def test_a_sample_has_the_shapes_that_it_says(skies: Path) -> None:
    for index in range(6):  # square and oblong views
        sample = Views(skies, samples=9, crops=5, crop_size=48)[index]
        assert sample.view.shape == (3, 256, 256)
        assert sample.ldr.shape == sample.hdr.shape == (5, 3, 48, 48)
        assert sample.ldr.dtype == sample.hdr.dtype == torch.float32
        assert sample.ldr.min() >= 0 and sample.ldr.max() <= 1 and sample.hdr.min() >= 0


@pytest.mark.parametrize("crops", [1, 2, 3, 4])
def test_every_size_of_a_view_is_learned_from(skies: Path, crops: int, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int] = []

    def note(photo: np.ndarray, size: int, rng: np.random.Generator) -> tuple[slice, slice]:
        used.append(max(photo.shape[:2]))
        return np.s_[:size, :size]

    monkeypatch.setattr(data, "VIEW_SIZES", ((256, 256),))
    monkeypatch.setattr(data, "_choose_window", note)
    album = Views(skies, samples=3, crops=crops, crop_size=16)
    for index in range(3):
        album[index]
    assert [used.count(size) for size in (256, 128, 64)] == [crops] * 3


def test_a_batch_holds_the_crops_of_one_view_side_by_side(skies: Path) -> None:
    album = Views(skies, samples=2, crops=3, crop_size=32)
    batch = collate([album[0], album[1]])
    assert batch.view.shape == (2, 3, 256, 256) and torch.equal(batch.hdr[3:], album[1].hdr)


def test_batches_move_unchanged_and_lie_channels_last(skies: Path) -> None:
    batch = collate([Views(skies, samples=1, crop_size=32)[0]])
    moved = batch.to(torch.device("cpu"))
    assert torch.equal(moved.hdr, batch.hdr) and moved.hdr.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_pinned_batches_reach_a_gpu_unchanged(skies: Path) -> None:
    batch = collate([Views(skies, samples=1, crop_size=32)[0]])
    pinned = batch.pin_memory()
    assert pinned.hdr.is_pinned() and torch.equal(pinned.to(torch.device("cuda")).hdr.cpu(), batch.hdr)


@pytest.mark.parametrize("name", RESPONSE_SHARES)
def test_a_photograph_agrees_with_its_truth_where_nothing_is_lost(
    skies: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "RESPONSE_SHARES", {name: 1.0})
    scene = Views(skies, samples=1).scenes[0]
    for seed in range(3):
        ldr, hdr = take_photograph(scene, np.random.default_rng(seed))
        assert ldr.shape == hdr.shape and ldr.shape[:2] in VIEW_SIZES
        assert ldr.dtype == hdr.dtype == np.float32 and np.isfinite(hdr).all()
        seen, true = decode_srgb(ldr).mean(axis=-1), hdr.mean(axis=-1)
        used = (seen > 0.05) & (seen < 0.7)
        if used.sum() > 100:
            # Noise, JPEG and the response bend single pixels; a wrong unit would move them all.
            assert abs(np.median(np.log2(seen[used] / true[used]))) < 1.2


def test_the_cameras_shares_are_complete() -> None:
    assert set(RESPONSE_SHARES) == set(RESPONSES) and sum(RESPONSE_SHARES.values()) == pytest.approx(1)


def test_exposures_range_from_nothing_clipped_to_half_of_the_frame() -> None:
    scene = np.exp2(np.random.default_rng(1).uniform(-8, 8, (64, 64, 3))).astype(np.float32)
    shares = [
        np.mean(expose_randomly(scene, np.random.default_rng(seed)).max(axis=-1) > 1 + 1e-5) for seed in range(300)
    ]
    assert 0.01 < np.mean(np.array(shares) == 0) < 0.15
    assert max(shares) <= 0.51 and np.mean(np.array(shares) > 0.25) > 0.05
    assert np.median(shares) == pytest.approx((0.003 * 0.5) ** 0.5, rel=0.5)  # log-uniform


@pytest.mark.parametrize("shape", [(64, 128, 3), (64, 90, 3)])
def test_panoramas_and_photographs_give_views_of_the_sizes_wanted(shape: tuple[int, ...]) -> None:
    scene = Scene("scene", np.random.default_rng(0).random(shape, np.float32))
    sizes = {look_around(scene, np.random.default_rng(seed)).shape[:2] for seed in range(20)}
    assert sizes == set(VIEW_SIZES)


def test_photographs_are_looked_at_askew() -> None:
    rows = np.arange(300, dtype=np.float32)[:, None, None].repeat(400, axis=1).repeat(3, axis=2)
    views = [look_around(Scene("slope", rows), np.random.default_rng(seed)) for seed in range(40)]
    slopes = [np.diff(view, axis=1).mean() / np.diff(view, axis=0).mean() for view in views]
    assert np.degrees(np.std(np.arctan(slopes))) == pytest.approx(data.ROLL_DEVIATION, rel=0.4)


def test_measured_pairs_are_samples_besides(skies: Path, tmp_path: Path) -> None:
    for place in ("ldr", "hdr"):
        (tmp_path / place).mkdir()
    # Grey that no sky has, so that a sample tells where it is from.
    write_sdr(tmp_path / "ldr" / "001.png", np.full((300, 300, 3), 0.5, np.float32))
    write_hdr(tmp_path / "hdr" / "001.exr", np.full((300, 300, 3), 70, np.float32))
    pairs = (tmp_path / "ldr", tmp_path / "hdr")

    def from_pair(album: Views, index: int) -> bool:
        return album[index].ldr.std() < 1e-3

    mixed = Views(skies, samples=40, pairs=pairs, crops=1, crop_size=32)
    assert 2 <= sum(from_pair(mixed, index) for index in range(40)) <= 30  # one of three
    alone = Views(None, samples=3, pairs=pairs, crops=2, crop_size=32)
    assert all(from_pair(alone, index) for index in range(3))
    assert alone[0].hdr.mean() == pytest.approx(float(decode_srgb(np.float32(128 / 255))), rel=0.01)


def test_nothing_to_learn_from_is_explained() -> None:
    with pytest.raises(DataError, match="nothing to learn from"):
        Views(None, samples=1)


def test_a_sun_brighter_than_half_floats_and_broken_pixels_do_no_harm(tmp_path: Path) -> None:
    sky = np.full((32, 64, 3), 0.2, np.float32)
    sky[8:10, 20:22] = 2e5
    sky[20, 5] = np.nan
    with OpenEXR.File({}, {"RGB": sky}) as file:
        file.write(str(tmp_path / "sky.exr"))
    album = Views(tmp_path, samples=20, crop_size=32)
    for index in range(20):
        sample = album[index]
        assert sample.hdr.isfinite().all() and sample.ldr.isfinite().all()


@pytest.mark.parametrize("size", [0, largest_crop() + 1])
def test_a_crop_that_does_not_fit_is_refused(skies: Path, size: int) -> None:
    with pytest.raises(ValueError, match="crop_size"):
        Views(skies, samples=1, crop_size=size)
