"""Training a network that merges: it learns, resumes to the same weights, and says what it cannot go on with."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from hdr_demo.errors import DataError, OutputError, Stopped
from hdr_demo.merge.networks import NETWORKS, light_of
from hdr_demo.training.bracket_loop import BracketTrainer, score
from hdr_demo.training.bracket_samples import Album
from hdr_demo.training.loop import STATE_NAME, Trainer, peek
from hdr_demo.training.plan import BracketPlan, Plan

Plans = Callable[..., BracketPlan]


def weights(trainer: BracketTrainer) -> list[torch.Tensor]:
    return [*trainer.model.state_dict().values(), *trainer.average.state_dict().values()]


def equal(one: BracketTrainer, other: BracketTrainer) -> bool:
    return all(torch.equal(first, second) for first, second in zip(weights(one), weights(other), strict=True))


def first_batch(album: Path, size: int = 4) -> list[torch.Tensor]:
    return Album(album, batch_size=size, crop_size=32, seed=0).batch(0)


@pytest.mark.parametrize("network", NETWORKS)
def test_the_loss_of_a_fixed_batch_falls(album: Path, plan_bracket: Plans, network: str) -> None:
    trainer = BracketTrainer(plan_bracket(network, steps=40, learning_rate=1e-3))
    trainer.step = 10  # behind the first stage of WIE, and most of the warm-up
    batch = first_batch(album)
    losses = [trainer.learn(*batch) for _ in range(20)]
    assert losses[-1] < 0.9 * losses[0]


def test_in_its_first_stage_wie_learns_to_repeat_the_photos(album: Path, plan_bracket: Plans) -> None:
    trainer = BracketTrainer(plan_bracket("wie", steps=400, learning_rate=1e-3))
    sources, valid, times, truth = first_batch(album)
    assert trainer.first_stage
    nothing = torch.full_like(truth, torch.nan)  # the truth has no part in it
    losses = [trainer.learn(sources, valid, times, nothing) for _ in range(20)]
    assert losses[-1] < 0.8 * losses[0]
    trainer.step = 100
    assert not trainer.first_stage
    assert not BracketTrainer(plan_bracket("we", steps=400)).first_stage


def test_ours_begins_as_a_merge_without_a_network(album: Path) -> None:
    found = score(NETWORKS["selector"](), album)
    alone = score(lambda sources, valid, times: light_of(sources, times)[:, 0], album)
    assert np.mean([kind[0] for kind in found.values()]) > np.mean([kind[0] for kind in alone.values()]) + 3


@pytest.mark.parametrize("network", NETWORKS)
def test_a_photo_that_is_lost_has_no_part_in_the_loss(album: Path, plan_bracket: Plans, network: str) -> None:
    trainer = BracketTrainer(plan_bracket(network))
    trainer.step = 4
    sources, valid, times, truth = first_batch(album)
    valid[:2, 1:3], valid[2:, 3:5] = False, False
    others = sources.clone()
    others[:2, 1:3], others[2:, 3:5] = 0.25, 0.75
    one, other = (trainer.judge(each, valid, times, truth).item() for each in (sources, others))
    # The selector's U-Net is shown what a lost photo holds, of which it makes nothing before it has learned.
    assert one == pytest.approx(other, rel=1e-5)


@pytest.mark.parametrize("network", ["selector", "wie"])
def test_a_resumed_run_ends_with_the_same_weights(plan_bracket: Plans, tmp_path: Path, network: str) -> None:
    whole = BracketTrainer(plan_bracket(network))
    whole.run()
    first = BracketTrainer(plan_bracket(network))
    with pytest.raises(Stopped, match="step 3; go on with --resume"):
        first.run(save_to=tmp_path, should_stop=lambda: first.step == 3)
    second = BracketTrainer(plan_bracket(network))
    second.resume(tmp_path)
    assert second.step == 3
    second.run()
    assert equal(whole, second)


def test_a_saved_run_is_reopened_with_its_own_plan(plan_bracket: Plans, tmp_path: Path) -> None:
    trainer = BracketTrainer(plan_bracket("we", steps=1, seed=5, learning_rate=2e-3), torch.bfloat16)
    trainer.run(save_to=tmp_path)
    again = BracketTrainer.reopen(tmp_path)
    assert again.plan == trainer.plan and again.precision == torch.bfloat16 and equal(trainer, again)
    assert (again.step, again.seconds) == (1, trainer.seconds) and peek(tmp_path) == (1, "bfloat16")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"network": "direct"}, "belongs to --network we"),
        ({"seed": 1}, "with --batch_size 4 --crop_size 32 --seed 0; resume it with these"),
        ({"crop_size": 16}, "with --batch_size 4 --crop_size 32 --seed 0; resume it with these"),
        ({"steps": 1}, "has done 2 steps already; give more by --steps"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(plan_bracket: Plans, tmp_path: Path, changes, sentence) -> None:
    trainer = BracketTrainer(plan_bracket("we"))
    trainer.step = 2
    trainer.save(tmp_path)
    with pytest.raises(DataError, match=sentence):
        BracketTrainer(plan_bracket(**({"network": "we"} | changes))).resume(tmp_path)


def test_a_resumed_run_says_what_changed(plan_bracket: Plans, tmp_path: Path, caplog) -> None:
    BracketTrainer(plan_bracket("we")).save(tmp_path)
    BracketTrainer(plan_bracket("we")).resume(tmp_path)
    assert not caplog.records
    other = BracketTrainer(plan_bracket("we", steps=9, weight_decay=0.5))
    other.resume(tmp_path)
    (warning,) = caplog.messages
    assert "began with --steps 8 --weight_decay 0.0001; it goes on with --steps 9 --weight_decay 0.5." in warning
    assert {group["weight_decay"] for group in other.optimizer.param_groups} == {0.5}


def test_what_is_no_state_of_such_a_run_is_said(
    plan_bracket: Plans, make_plan: Callable[..., Plan], tmp_path: Path
) -> None:
    trainer = BracketTrainer(plan_bracket("we"))
    with pytest.raises(DataError, match="is not there; leave --resume out"):
        trainer.resume(tmp_path)
    (tmp_path / STATE_NAME).write_bytes(b"half a file")
    with pytest.raises(DataError, match="cannot be read as a training state"):
        trainer.resume(tmp_path)
    Trainer(make_plan(), torch.device("cpu")).save(tmp_path)
    with pytest.raises(DataError, match="is of another kind of training; choose another --save_path"):
        trainer.resume(tmp_path)


def test_a_full_disk_leaves_the_state_before(plan_bracket: Plans, tmp_path: Path, monkeypatch) -> None:
    trainer = BracketTrainer(plan_bracket("we"))
    trainer.save(tmp_path)

    def full_disk(state: object, path: Path) -> None:
        path.write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OutputError, match="choose another --save_path"):
        trainer.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [STATE_NAME]
    with pytest.raises(OutputError):  # said before anything is learned that could be lost
        trainer.run(save_to=tmp_path / "other")
    assert trainer.step == 0
    BracketTrainer(plan_bracket("we")).resume(tmp_path)


def test_a_loss_that_is_no_number_leaves_the_weights(album: Path, plan_bracket: Plans) -> None:
    trainer = BracketTrainer(plan_bracket("we"))
    before = [tensor.clone() for tensor in weights(trainer)]
    sources, valid, times, truth = first_batch(album)
    with pytest.raises(DataError, match="step 1 is not finite; resume with a lower --learning_rate"):
        trainer.learn(sources, valid, times, torch.full_like(truth, torch.nan))
    assert all(torch.equal(one, other) for one, other in zip(before, weights(trainer), strict=True))


def test_bfloat16_learns_about_the_same(album: Path, plan_bracket: Plans) -> None:
    batch = first_batch(album)
    losses = [BracketTrainer(plan_bracket(), precision).learn(*batch) for precision in (torch.float32, torch.bfloat16)]
    assert losses[1] == pytest.approx(losses[0], rel=0.05)
