"""Training a network that merges: it learns, resumes to the same weights, and says what is wrong with its data."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from hdr_demo.cli import main
from hdr_demo.errors import DataError
from hdr_demo.io import write_hdr
from hdr_demo.merge.networks import NETWORKS, light_of
from hdr_demo.training import bracket_loop
from hdr_demo.training.bracket_album import make_album
from hdr_demo.training.bracket_loop import BracketTrainer, score
from hdr_demo.training.bracket_samples import Album, read_sample
from hdr_demo.training.plan import BracketPlan
from hdr_demo.weights import read_metadata


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small panoramas with a sun each."""
    folder = tmp_path_factory.mktemp("scenes") / "train"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        light = np.kron(2.0 ** rng.normal(-2, 1.5, (16, 32, 3)), np.ones((8, 8, 1))).astype(np.float32)
        light[20:26, 40:46] = 60
        write_hdr(folder / f"{name}.exr", light)
    return folder


@pytest.fixture(scope="module")
def album(scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("album")
    make_album(folder, scenes, samples=6, seed=3)
    return folder


def plan(album: Path, network: str = "selector", **given: object) -> BracketPlan:
    return BracketPlan(network, album, **({"steps": 8, "batch_size": 4, "crop_size": 32} | given))


@pytest.mark.parametrize("network", NETWORKS)
def test_the_loss_of_a_fixed_batch_falls(album: Path, network: str):
    trainer = BracketTrainer(plan(album, network, steps=40, learning_rate=1e-3))
    trainer.step = 10  # behind the first stage of WIE, and most of the warm-up
    batch = Album(album, batch_size=4, crop_size=32, seed=0).batch(0)
    losses = [trainer.learn(*batch) for _ in range(20)]
    assert losses[-1] < 0.9 * losses[0]


def test_in_its_first_stage_wie_learns_to_repeat_the_photos(album: Path):
    trainer = BracketTrainer(plan(album, "wie", steps=400, learning_rate=1e-3))
    sources, valid, times, truth = Album(album, batch_size=4, crop_size=32, seed=0).batch(0)
    assert trainer.first_stage
    before, after = None, None
    for _ in range(20):
        after = trainer.learn(sources, valid, times, torch.full_like(truth, torch.nan))  # the truth has no part in it
        before = after if before is None else before
    assert after < 0.8 * before
    trainer.step = 100
    assert not trainer.first_stage
    assert not BracketTrainer(plan(album, "we", steps=400)).first_stage


def test_ours_begins_as_a_merge_without_a_network(album: Path):
    network = NETWORKS["selector"]()
    found = score(network, album)
    alone = score(lambda sources, valid, times: light_of(sources, times)[:, 0], album)
    assert np.mean([kind[0] for kind in found.values()]) > np.mean([kind[0] for kind in alone.values()]) + 3


def test_a_resumed_run_ends_with_the_same_weights(album: Path, tmp_path: Path):
    whole = BracketTrainer(plan(album))
    whole.run()
    first = BracketTrainer(plan(album))
    with pytest.raises(bracket_loop.Stopped):
        first.run(save_to=tmp_path, should_stop=lambda: first.step == 3)
    second = BracketTrainer(plan(album))
    second.resume(tmp_path)
    assert second.step == 3
    second.run()
    for one, other in zip(whole.average.parameters(), second.average.parameters(), strict=True):
        assert torch.equal(one, other)


def test_an_album_is_the_same_whatever_the_number_of_processes(album: Path, scenes: Path, tmp_path: Path):
    make_album(tmp_path, scenes, samples=6, seed=3, workers=2)
    for path in Album(album, batch_size=1, crop_size=8, seed=0).files:
        one, other = read_sample(path), read_sample(tmp_path / path.name)
        assert one.kind == other.kind and one.times == other.times
        assert np.array_equal(one.sources, other.sources) and np.array_equal(one.truth, other.truth)


def test_an_album_goes_on_where_it_was_left_and_keeps_its_seed(album: Path, scenes: Path):
    before = {path: path.stat().st_mtime_ns for path in album.glob("*.npz")}
    make_album(album, scenes, samples=6, seed=3)
    assert {path: path.stat().st_mtime_ns for path in album.glob("*.npz")} == before
    with pytest.raises(DataError, match="another seed"):
        make_album(album, scenes, samples=6, seed=4)


def test_brackets_lose_a_photo_now_and_then(album: Path):
    drawn = Album(album, batch_size=400, crop_size=8, seed=0)
    _, valid, _, _ = drawn.batch(0)
    lost = [float((~valid[:, places].flatten(1).any(1)).float().mean()) for places in ([1, 2], [3, 4], [0])]
    assert 0.01 < lost[0] < 0.12 and 0.01 < lost[1] < 0.12 and lost[2] == 0


def test_the_command_leaves_checkpoint_card_tables_and_curves(scenes: Path, tmp_path: Path, capsys):
    words = ["--network", "we", "--samples", "3", "--steps", "3", "--batch_size", "2", "--crop_size", "32"]
    words += ["--val_freq", "3", "--loss_freq", "1", "--save_path", str(tmp_path / "run")]
    val = tmp_path / "val"
    val.mkdir()
    (val / "c.exr").write_bytes((scenes / "a.exr").read_bytes())
    words = ["train-bracket", "-d", str(scenes), "--val_root_path", str(val), "--val_samples", "3", *words]
    assert main(words) == 0
    checkpoint = tmp_path / "run" / "bracket-we.safetensors"
    NETWORKS["we"]().load_state_dict(load_file(checkpoint))
    metadata = read_metadata(checkpoint)
    assert "--network we --steps 3" in metadata["command"] and "3 of 3 steps" in metadata["training"]
    card = (tmp_path / "run" / "bracket-we.md").read_text()
    assert all(text in card for text in metadata.values())
    for name in ("loss.csv", "validation.csv", "curves.png", "training_state.pt"):
        assert (tmp_path / "run" / name).stat().st_size > 0
    assert main(words) == 1
    assert "holds a run of 3 steps" in capsys.readouterr().err
    assert main([*words, "--resume"]) == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--crop_size", "257"], "at most 256"),
        (["--resume"], "is not there; leave --resume out"),
        (["--val_root_path", "nowhere"], "nowhere is not there"),
        (["--paper_root_path", "."], "no scenes in the paper's layout"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(scenes, tmp_path, capsys, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    assert main(["train-bracket", "-d", str(scenes), "--samples", "1", "--steps", "1", *words]) == 1
    assert sentence in capsys.readouterr().err


def test_a_folder_without_scenes_is_said(tmp_path: Path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["train-bracket", "-d", str(tmp_path / "empty"), "-s", str(tmp_path / "run"), "--samples", "1"]) == 1
    assert "empty" in capsys.readouterr().err


def test_a_state_of_another_network_is_refused(album: Path, tmp_path: Path):
    BracketTrainer(plan(album, "we")).save(tmp_path)
    with pytest.raises(DataError, match="--network we"):
        BracketTrainer(plan(album, "direct")).resume(tmp_path)
