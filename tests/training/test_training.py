"""Training is reproducible, resumable, and learns."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hdr_demo.errors import DataError, OutputError, Stopped
from hdr_demo.io import write_hdr
from hdr_demo.reading import OUR_READING
from hdr_demo.training.data import VIEW_SIZE, PanoramaViews, collate, read_panoramas
from hdr_demo.training.loop import Trainer, schedule
from hdr_demo.training.loss import blend_weight, compare_light
from hdr_demo.training.plan import Plan
from hdr_demo.training.release import release
from hdr_demo.weights.files import load_model, open_checkpoint, read_metadata

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def panoramas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two skies with a sun, as OpenEXR and Radiance files."""
    folder = tmp_path_factory.mktemp("panoramas")
    rows, columns = np.mgrid[0:64, 0:128]
    for number, suffix in enumerate((".exr", ".hdr")):
        sun = np.hypot(rows - 24, columns - 40 - 30 * number) < 5
        sky = 0.1 + 0.2 * np.stack((rows / 64, columns / 128, np.full(rows.shape, 0.5)), axis=-1)
        sky[sun] = (30, 20, 10)
        write_hdr(folder / f"sky{number}{suffix}", sky.astype(np.float32))
    return folder


def plan(folder: Path, **changes: object) -> Plan:
    return Plan(**({"data": folder, "steps": 4, "batch_size": 2, "crops": 2, "crop_size": 32} | changes))


def test_a_sample_is_a_function_of_seed_and_index(panoramas: Path) -> None:
    first, second = (PanoramaViews(panoramas, samples=9, seed=5)[3] for _ in range(2))
    assert torch.equal(first.ldr, second.ldr) and torch.equal(first.hdr, second.hdr)
    assert not torch.equal(first.view, PanoramaViews(panoramas, samples=9, seed=6)[3].view)


def test_a_sample_is_a_photograph_of_its_truth(panoramas: Path) -> None:
    sample = PanoramaViews(panoramas, samples=9, crops=3, crop_size=48)[1]
    assert sample.view.shape == (3, VIEW_SIZE, VIEW_SIZE)
    assert sample.ldr.shape == sample.hdr.shape == (3, 3, 48, 48)
    assert sample.ldr.min() >= 0 and sample.ldr.max() <= 1
    bright, dark = sample.hdr.amin(1) > 1.3, sample.hdr.amax(1) < 0.3
    assert sample.ldr.amin(1)[bright].numel() == 0 or sample.ldr.amin(1)[bright].mean() > 0.9
    assert sample.ldr.amax(1)[dark].numel() == 0 or sample.ldr.amax(1)[dark].mean() < 0.65


def test_a_folder_without_panoramas_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no .exr or .hdr"):
        read_panoramas(tmp_path)
    (tmp_path / "broken.exr").write_bytes(b"no picture")
    with pytest.raises(DataError, match="broken.exr"):
        read_panoramas(tmp_path)


def test_a_sun_brighter_than_half_floats_and_broken_pixels_do_no_harm(tmp_path: Path) -> None:
    sky = np.full((32, 64, 3), 0.2, np.float32)
    sky[8:10, 20:22] = 2e5
    sky[20, 5] = np.nan
    import OpenEXR

    with OpenEXR.File({}, {"RGB": sky}) as file:
        file.write(str(tmp_path / "sky.exr"))
    album = PanoramaViews(tmp_path, samples=20, crop_size=32)
    for index in range(20):
        sample = album[index]
        assert sample.hdr.isfinite().all() and sample.ldr.isfinite().all()


def test_a_loss_that_is_no_number_ends_the_run_and_leaves_the_weights(panoramas: Path) -> None:
    trainer = Trainer(plan(panoramas), CPU)
    batch = collate([PanoramaViews(panoramas, samples=1, crop_size=32)[0]])
    batch.hdr.fill_(float("nan"))
    with pytest.raises(DataError, match="not finite"):
        trainer.learn(batch)
    assert all(parameter.isfinite().all() for parameter in trainer.model.parameters())


def test_the_loss_is_zero_at_the_truth_and_counts_stops_elsewhere() -> None:
    hdr = torch.rand(2, 3, 16, 16) * 4 + 0.05
    ldr = torch.ones_like(hdr)
    raw = (hdr.log2() - OUR_READING.stops_floor) / OUR_READING.stops_range
    right = compare_light(raw, ldr, hdr, OUR_READING)
    assert right.total.item() == pytest.approx(0, abs=1e-4)
    wrong = compare_light(raw + 1 / OUR_READING.stops_range, ldr, hdr, OUR_READING)
    assert wrong.everywhere.item() == pytest.approx(1, abs=1e-3)
    assert wrong.light.item() == pytest.approx(1.5, abs=4e-3)  # one pixel's weight less, which keeps 0/0 away
    assert wrong.energy.item() == pytest.approx(1.5, abs=4e-3)
    assert wrong.color.item() == pytest.approx(0, abs=1e-4)


def test_a_photo_without_clipping_has_no_highlight_loss() -> None:
    hdr = torch.full((1, 3, 8, 8), 0.2)
    loss = compare_light(torch.rand(1, 3, 8, 8), torch.full((1, 3, 8, 8), 0.5), hdr, OUR_READING)
    assert loss.light.item() == loss.color.item() == loss.energy.item() == 0 < loss.everywhere.item()


def test_training_and_calibration_agree_on_where_the_network_counts() -> None:
    from hdr_demo.calibration import blend_weight as calibration_weight

    ldr = torch.rand(1, 3, 20, 20)
    brightest = ldr.amax(1, keepdim=True)
    assert torch.allclose(blend_weight(ldr), torch.from_numpy(calibration_weight(brightest.numpy())), atol=1e-5)


def test_a_resumed_run_equals_an_uninterrupted_one(panoramas: Path, tmp_path: Path) -> None:
    whole = Trainer(plan(panoramas), CPU)
    whole.run(workers=0)

    class PowerCut(Exception):
        pass

    def cut(step: int, _: object) -> None:
        if step == 3:
            raise PowerCut

    first = Trainer(plan(panoramas), CPU)
    with pytest.raises(PowerCut):
        first.run(workers=0, on_step=cut, save_to=tmp_path, save_every=2)
    second = Trainer(plan(panoramas), CPU)
    second.resume(tmp_path)
    assert second.step == 2
    second.run(workers=0, save_to=tmp_path)
    assert second.step == 4
    for one, other in zip(whole.average.parameters(), second.average.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_resuming_with_other_samples_is_refused(panoramas: Path, tmp_path: Path) -> None:
    Trainer(plan(panoramas), CPU).save(tmp_path)
    with pytest.raises(DataError, match="--batch_size 2 --crops 2 --crop_size 32 --seed 0"):
        Trainer(plan(panoramas, seed=1), CPU).resume(tmp_path)


def test_a_folder_that_cannot_be_written_is_told_before_the_first_step(panoramas: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    trainer = Trainer(plan(panoramas), CPU)
    with pytest.raises(OutputError, match="choose another --save_path"):
        trainer.run(workers=0, save_to=tmp_path / "taken")
    assert trainer.step == 0


def test_an_interrupted_run_is_saved_after_a_whole_step(panoramas: Path, tmp_path: Path) -> None:
    trainer = Trainer(plan(panoramas), CPU)
    with pytest.raises(Stopped, match="step 1; go on with --resume"):
        trainer.run(workers=0, save_to=tmp_path, should_stop=lambda: True)
    resumed = Trainer(plan(panoramas), CPU)
    resumed.resume(tmp_path)
    assert resumed.step == 1


def test_resuming_from_nothing_is_explained(panoramas: Path, tmp_path: Path) -> None:
    trainer = Trainer(plan(panoramas), CPU)
    with pytest.raises(DataError, match="leave --resume out"):
        trainer.resume(tmp_path)
    (tmp_path / "training_state.pt").write_bytes(b"half a file")
    with pytest.raises(DataError, match="begin anew"):
        trainer.resume(tmp_path)


def test_the_network_learns(panoramas: Path) -> None:
    trainer = Trainer(plan(panoramas, steps=25, learning_rate=2e-3), CPU)
    album = PanoramaViews(panoramas, samples=4, crops=2, crop_size=32)
    batch = collate([album[index] for index in range(4)])
    losses = [trainer.learn(batch).total.item() for _ in range(25)]
    assert losses[-1] < 0.4 * losses[0]


def test_the_schedule_warms_up_and_falls() -> None:
    factors = [schedule(step, 1000) for step in range(1000)]
    assert factors.index(max(factors)) in range(90, 110)
    assert 0 < factors[0] < 0.02 and 0 < factors[-1] < 0.02


def test_a_release_says_what_it_is(panoramas: Path, tmp_path: Path) -> None:
    trainer = Trainer(plan(panoramas, steps=1), CPU)
    trainer.run(workers=0)
    path, card = release(trainer, tmp_path, facts={"command": "python train.py -d skies"}, held_out=panoramas)
    checkpoint = open_checkpoint(path)
    assert checkpoint.reading == OUR_READING
    for name, tensor in load_model(checkpoint).state_dict().items():
        assert torch.equal(tensor, trainer.average.state_dict()[name])
    facts, text = read_metadata(path), card.read_text(encoding="utf-8")
    assert facts["command"] == "python train.py -d skies"
    assert "16 views" in facts["held_out_this_checkpoint"] and facts["held_out_this_checkpoint"] in text
