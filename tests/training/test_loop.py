"""Training is reproducible, resumable, and learns."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from hdr_demo.errors import DataError, DeviceError, OutputError, Stopped
from hdr_demo.training.data import Sample, Views, collate
from hdr_demo.training.loop import STATE_NAME, Trainer, peek, schedule
from hdr_demo.training.plan import Plan

CPU = torch.device("cpu")
Plans = Callable[..., Plan]


def first_batch(plan: Plan) -> Sample:
    album = Views(plan.data, samples=plan.batch_size, crops=plan.crops, crop_size=plan.crop_size)
    return collate([album[index] for index in range(plan.batch_size)])


def weights(trainer: Trainer) -> list[torch.Tensor]:
    return [*trainer.model.state_dict().values(), *trainer.average.state_dict().values()]


def equal(one: Trainer, other: Trainer) -> bool:
    return all(torch.equal(first, second) for first, second in zip(weights(one), weights(other), strict=True))


def test_two_steps_lower_the_loss_on_one_batch(make_plan: Plans) -> None:
    plan = make_plan(steps=100)
    trainer, batch = Trainer(plan, CPU), first_batch(plan)
    before, between, after = (trainer.learn(batch).total.item() for _ in range(3))
    assert after < between < before


def test_the_network_learns(make_plan: Plans) -> None:
    plan = make_plan(steps=25, learning_rate=2e-3)
    trainer, batch = Trainer(plan, CPU), first_batch(plan)
    losses = [trainer.learn(batch).everywhere.item() for _ in range(25)]
    assert losses[-1] < 0.5 * losses[0]


def test_the_same_seed_gives_the_same_weights(make_plan: Plans) -> None:
    one, other, third = (Trainer(make_plan(steps=1, seed=seed), CPU) for seed in (3, 3, 4))
    for trainer in (one, other, third):
        trainer.run(workers=0)
    assert equal(one, other) and not equal(one, third)


class PowerCut(Exception):
    """Ends a run without any warning."""


def cut_at(last: int) -> Callable[[int, object], None]:
    def on_step(step: int, _: object) -> None:
        if step == last:
            raise PowerCut

    return on_step


def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(make_plan: Plans, tmp_path: Path) -> None:
    whole = Trainer(make_plan(), CPU)
    whole.run(workers=0)
    with pytest.raises(PowerCut):
        Trainer(make_plan(), CPU).run(workers=0, on_step=cut_at(3), save_to=tmp_path, save_every=2)
    second = Trainer(make_plan(), CPU)
    second.resume(tmp_path)
    assert second.step == 2
    second.run(workers=0, save_to=tmp_path)
    assert second.step == 4 and equal(whole, second)
    assert whole.optimizer.state_dict()["param_groups"] == second.optimizer.state_dict()["param_groups"]


def test_a_run_can_be_prolonged(make_plan: Plans, tmp_path: Path) -> None:
    Trainer(make_plan(steps=2), CPU).run(workers=0, save_to=tmp_path)
    longer = Trainer(make_plan(steps=3), CPU)
    longer.resume(tmp_path)
    longer.run(workers=0, save_to=tmp_path)
    assert longer.step == 3 and peek(tmp_path) == (3, "float32")
    # The last step follows the new schedule.
    assert longer.optimizer.param_groups[0]["lr"] == pytest.approx(make_plan().learning_rate * schedule(2, 3))


def test_resuming_with_other_samples_is_refused(make_plan: Plans, tmp_path: Path) -> None:
    Trainer(make_plan(), CPU).save(tmp_path)
    with pytest.raises(DataError, match="--batch_size 2 --crops 2 --crop_size 32 --seed 0"):
        Trainer(make_plan(seed=1), CPU).resume(tmp_path)


def test_a_resumed_run_follows_its_own_plan_and_says_what_changed(
    make_plan: Plans, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Trainer(make_plan(), CPU).save(tmp_path)
    Trainer(make_plan(), CPU).resume(tmp_path)
    assert not caplog.records
    other = Trainer(make_plan(steps=9, weight_decay=0.5), CPU)
    other.resume(tmp_path)
    (warning,) = caplog.messages
    assert "began with --steps 4 --weight_decay 0.01; it goes on with --steps 9 --weight_decay 0.5." in warning
    assert {group["weight_decay"] for group in other.optimizer.param_groups} == {0.5}


def test_a_state_of_an_earlier_version_can_be_gone_on_with(
    make_plan: Plans, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Trainer(make_plan(), CPU).save(tmp_path)
    state = torch.load(tmp_path / STATE_NAME, weights_only=True)
    keys = ("plan", "step", "seconds", "model", "average", "optimizer")
    torch.save({key: state[key] for key in keys} | {"step": 2}, tmp_path / STATE_NAME)
    trainer = Trainer(make_plan(weight_decay=0.5, steps=9), CPU)
    trainer.resume(tmp_path)
    assert trainer.step == 2 and peek(tmp_path) == (2, None)
    assert "began with --weight_decay 0.01; it goes on with --weight_decay 0.5." in caplog.text


def test_resuming_from_nothing_is_explained(make_plan: Plans, tmp_path: Path) -> None:
    trainer = Trainer(make_plan(), CPU)
    with pytest.raises(DataError, match="leave --resume out"):
        trainer.resume(tmp_path)
    (tmp_path / STATE_NAME).write_bytes(b"half a file")
    with pytest.raises(DataError, match="begin anew"):
        trainer.resume(tmp_path)
    assert peek(tmp_path) == (0, None)


def test_a_state_that_is_cut_off_leaves_the_one_before(make_plan: Plans, tmp_path: Path, monkeypatch) -> None:
    trainer = Trainer(make_plan(), CPU)
    trainer.save(tmp_path)
    trainer.step = 7

    def full_disk(state: object, path: Path) -> None:
        path.write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OutputError, match="choose another --save_path"):
        trainer.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [STATE_NAME] and peek(tmp_path)[0] == 0
    Trainer(make_plan(), CPU).resume(tmp_path)


def test_a_folder_that_cannot_be_written_is_told_before_the_first_step(make_plan: Plans, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    trainer = Trainer(make_plan(), CPU)
    with pytest.raises(OutputError, match="choose another --save_path"):
        trainer.run(workers=0, save_to=tmp_path / "taken")
    assert trainer.step == 0


def test_an_interrupted_run_is_saved_after_a_whole_step(make_plan: Plans, tmp_path: Path) -> None:
    trainer = Trainer(make_plan(), CPU)
    with pytest.raises(Stopped, match="step 1; go on with --resume"):
        trainer.run(workers=0, save_to=tmp_path, should_stop=lambda: True)
    resumed = Trainer(make_plan(), CPU)
    resumed.resume(tmp_path)
    assert resumed.step == 1


@pytest.mark.parametrize("name", ["hdr", "ldr", "view"])
def test_a_loss_that_is_no_number_names_the_step_and_leaves_the_weights(make_plan: Plans, name: str) -> None:
    plan = make_plan()
    trainer, batch = Trainer(plan, CPU), first_batch(plan)
    trainer.learn(batch)
    before = [tensor.clone() for tensor in weights(trainer)]
    broken = dataclasses.replace(batch, **{name: torch.full_like(getattr(batch, name), float("nan"))})
    with pytest.raises(DataError, match="step 2 is not finite; resume with a lower --learning_rate"):
        trainer.learn(broken)
    assert trainer.step == 1
    assert all(torch.equal(first, second) for first, second in zip(before, weights(trainer), strict=True))


def test_a_gradient_that_is_no_number_leaves_the_weights_too(make_plan: Plans) -> None:
    plan = make_plan()
    trainer, batch = Trainer(plan, CPU), first_batch(plan)
    bias = trainer.model.end_net[1].bias
    bias.register_hook(lambda gradient: gradient * float("inf"))
    with pytest.raises(DataError, match="step 1 is not finite"):
        trainer.learn(batch)
    assert bias.isfinite().all()


def test_half_precision_learns_about_the_same(make_plan: Plans) -> None:
    plan = make_plan(batch_size=1, crops=1, crop_size=16)
    batch = first_batch(plan)
    exact, half = (Trainer(plan, CPU, precision) for precision in (torch.float32, torch.bfloat16))
    losses = [trainer.learn(batch).total.item() for trainer in (exact, half)]
    assert losses[1] == pytest.approx(losses[0], rel=0.05)
    assert all(parameter.dtype == torch.float32 for parameter in half.model.parameters())


def test_a_full_device_is_explained(make_plan: Plans, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(make_plan(), CPU)

    def too_much(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(trainer, "_answer", too_much)
    with pytest.raises(DeviceError, match="lower --batch_size or --crops"):
        trainer.learn(first_batch(make_plan()))


def test_a_compiler_that_is_missing_is_explained(make_plan: Plans, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch._inductor.exc

    trainer = Trainer(make_plan(), CPU)

    def no_compiler(*_: object) -> None:
        raise torch._inductor.exc.InductorError(torch._inductor.exc.InvalidCxxCompiler(), None)

    monkeypatch.setattr(trainer, "_answer", no_compiler)
    with pytest.raises(DeviceError, match="--no-compile"):
        trainer.learn(first_batch(make_plan()))


@pytest.mark.slow
def test_a_compiled_network_learns_the_same(make_plan: Plans) -> None:
    plan = make_plan(batch_size=1)
    plain, compiled = Trainer(plan, CPU), Trainer(plan, CPU, compiled=True)
    batch = first_batch(plan)
    try:
        losses = [[trainer.learn(batch).total.item() for _ in range(2)] for trainer in (plain, compiled)]
    except DeviceError:
        pytest.skip("there is no C++ compiler")
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    assert list(compiled.model.state_dict()) == list(plain.model.state_dict())


def test_the_schedule_warms_up_and_falls() -> None:
    factors = [schedule(step, 1000) for step in range(1000)]
    assert factors.index(max(factors)) in range(90, 110)
    assert 0 < factors[0] < 0.02 and 0 < factors[-1] < 0.02
