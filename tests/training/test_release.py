"""What a run leaves can be loaded, and says what it is."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from hdr_demo.errors import DataError
from hdr_demo.evaluation import take_shots
from hdr_demo.reading import OUR_READING
from hdr_demo.training import release as module
from hdr_demo.training.loop import Trainer
from hdr_demo.training.plan import Plan
from hdr_demo.training.release import release, say_use
from hdr_demo.weights import save_checkpoint
from hdr_demo.weights.files import load_model, open_checkpoint, read_metadata

CPU = torch.device("cpu")


@pytest.fixture
def trainer(make_plan: Callable[..., Plan]) -> Trainer:
    trainer = Trainer(make_plan(steps=1), CPU)
    trainer.run(workers=0)
    return trainer


def test_a_release_says_what_it_is(
    trainer: Trainer, skies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "take_shots", partial(take_shots, views=1))
    path, card = release(trainer, tmp_path, facts={"command": "python train.py -d skies"}, held_out=skies)
    checkpoint = open_checkpoint(path)
    assert checkpoint.reading == OUR_READING
    for name, tensor in load_model(checkpoint).state_dict().items():
        assert torch.equal(tensor, trainer.average.state_dict()[name])
    facts, text = read_metadata(path), card.read_text(encoding="utf-8")
    assert facts["command"] == "python train.py -d skies" and "1 of 1 steps" in facts["training"]
    assert facts["held_out_scenes"] == "nothing was learned from them"
    for camera in ("srgb_calibrated", "srgb_photo_linearised", "unknown_radiometric", "unknown_photo_linearised"):
        said = facts[f"held_out_{camera}"]
        assert "dB PU21-PSNR" in said and "2 views" in said and said in text


def test_the_best_weights_can_be_released_instead_of_the_last(trainer: Trainer, tmp_path: Path) -> None:
    tensors = {name: tensor + 1 for name, tensor in trainer.average.state_dict().items()}
    best = save_checkpoint(tmp_path / "best.safetensors", tensors, OUR_READING.to_metadata() | {"step": "700"})
    path, _ = release(trainer, tmp_path, facts={}, held_out=None, best=best)
    for name, tensor in load_model(open_checkpoint(path)).state_dict().items():
        assert torch.equal(tensor, tensors[name])
    assert read_metadata(path)["training"].endswith("averaged weights of step 700")


def test_a_card_says_what_else_the_held_out_scenes_decided() -> None:
    assert say_use(chosen=False, above_white=1.0) == "nothing was learned from them"
    assert "but they chose the step: the scores" in say_use(chosen=True, above_white=1.0)
    assert "they chose the step and the factor 1.5 above white" in say_use(chosen=True, above_white=1.5)


def test_a_folder_without_held_out_scenes_is_named(trainer: Trainer, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no HDR scene"):
        release(trainer, tmp_path, facts={}, held_out=tmp_path)
