"""Publishing, with the real client, to a Hub of our own."""

import argparse
import importlib
import json
import re
from pathlib import Path

import pytest
import yaml
from safetensors.numpy import load_file

from hdr_demo.errors import WeightsError
from hdr_demo.reading import OUR_READING, Reading
from hdr_demo.weights import find_checkpoint, publish

from .conftest import make_checkpoint
from .hub_server import HubServer
from .launcher import Launcher


def test_what_is_published_is_found_again_with_the_same_tensors(
    server: HubServer, launcher: Launcher, bundled: Path
) -> None:
    done = launcher.publish("ours/first", "--private", "--message", "The first", token="hf_writer")
    assert (done.code, done.err) == (0, "")
    repository = server.repositories["ours/first"]
    commit = repository.commits[-1]
    assert f"{server.endpoint}/ours/first at commit {commit}" in done.out
    assert f"HDR_DEMO_WEIGHTS=ours/first@{commit}" in done.out
    assert repository.private
    assert set(repository.files[commit]) == {"model.safetensors", "config.json", "README.md"}

    found = launcher.find(f"ours/first@{commit}", token="hf_writer")
    assert (found.source, found.revision) == ("hub", commit)
    assert Reading(**found.reading) == OUR_READING
    there, here = load_file(found.path), load_file(bundled)
    assert there.keys() == here.keys()
    assert all((there[name] == here[name]).all() for name in here)
    config = json.loads(repository.files[commit]["config.json"])
    assert (config["sha256"], Reading(**config["reading"])) == (found.sha256, OUR_READING)


def test_the_printed_row_makes_it_the_default(server: HubServer, launcher: Launcher) -> None:
    done = launcher.publish("ours/row", token="hf_writer")
    name, sha256, revision = re.search(r'KnownCheckpoint\("(.+)", "(.+)", revision="(.+)"\)', done.out).groups()
    launcher.set_default(name, sha256, revision)
    found = launcher.find()
    assert (found.source, found.name, found.revision) == ("hub", "ours/row", revision)


def test_publishing_again_adds_a_commit_to_the_repository(
    server: HubServer, launcher: Launcher, tmp_path: Path
) -> None:
    launcher.publish("ours/twice", token="hf_writer")
    better = make_checkpoint(tmp_path / "better.safetensors", 3)
    done = launcher.publish("ours/twice", "--weights", str(better), token="hf_writer")
    assert done.code == 0
    second = server.repositories["ours/twice"].commits[1]
    assert f"commit {second}" in done.out
    assert server.repositories["ours/twice"].files[second]["model.safetensors"] == better.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "token", "complaint"),
    [
        (["ours/no-token"], None, "no token was found"),
        (["others/no-permission"], "hf_reader", "the token (`hf auth login`) does not allow this"),
        (["no-owner"], "hf_writer", "write OWNER/NAME"),
        (["ours/missing", "--weights", "missing.safetensors"], "hf_writer", "does not exist"),
    ],
)
def test_a_failed_publication_is_one_sentence(
    arguments: list[str], token: str | None, complaint: str, server: HubServer, launcher: Launcher
) -> None:
    done = launcher.publish(*arguments, token=token)
    assert (done.code, done.out) == (1, "")
    assert complaint in done.err
    assert done.err.count("\n") == 1
    assert arguments[0] not in server.repositories


def test_a_publication_without_network_is_one_sentence(server: HubServer, launcher: Launcher) -> None:
    server.stop()
    done = launcher.publish("ours/unreachable", token="hf_writer")
    assert done.code == 1
    assert re.fullmatch(r"ours/unreachable could not be published: 127\.0\.0\.1:\d+ could not be reached\.\n", done.err)


def test_a_dry_run_writes_the_files_and_asks_the_hub_nothing(
    server: HubServer, launcher: Launcher, bundled: Path, tmp_path: Path
) -> None:
    done = launcher.publish("ours/dry", "--dry-run", str(tmp_path / "release"))
    assert done.code == 0
    assert server.requests == []
    files = {path.name for path in (tmp_path / "release").iterdir()}
    assert files == {"model.safetensors", "config.json", "README.md"}
    assert (tmp_path / "release/model.safetensors").read_bytes() == bundled.read_bytes()


def test_a_model_card_says_what_the_metadata_says(tmp_path: Path) -> None:
    path = make_checkpoint(tmp_path / "x.safetensors", 1, command="python train.py -d a|b", PU21_PSNR="30.25 dB")
    card = publish.model_card(find_checkpoint(str(path)), "ours/model")
    _, front, body = card.split("---\n", 2)
    front = yaml.safe_load(front)
    assert (front["license"], front["pipeline_tag"]) == ("mit", "image-to-image")
    assert "| PU21 PSNR | 30.25 dB |" in body
    assert "| command | python train.py -d a\\|b |" in body
    assert "2^(16·s -10)" in body
    assert 'find_checkpoint("ours/model", strict=True)' in body


@pytest.mark.parametrize("command", ["app", "expand"])
def test_the_commands_of_a_model_card_exist(command: str, tmp_path: Path) -> None:
    card = publish.model_card(find_checkpoint(str(make_checkpoint(tmp_path / "x.safetensors", 1))), "ours/model")
    flags = re.search(rf"^python {command}\.py (.+)$", card, re.MULTILINE)[1]
    parser = argparse.ArgumentParser()
    importlib.import_module(f"hdr_demo.cli.{command}").add_arguments(parser)
    given = parser.parse_args(flags.split())
    assert (given.use_weights if command == "expand" else given.weights[0]) == "ours/model"


@pytest.mark.parametrize("kind", ["absolute", "relative"])
@pytest.mark.parametrize("encoding", ["log2", "linear"])
def test_a_model_card_explains_every_reading(kind: str, encoding: str, tmp_path: Path) -> None:
    path = make_checkpoint(tmp_path / "x.safetensors", 1, **Reading(kind, encoding).to_metadata())
    card = publish.model_card(find_checkpoint(str(path)))
    assert ("up to a scale" in card) == (kind == "relative")
    assert ("2^(" in card) == (encoding == "log2")


def test_a_checkpoint_of_others_is_not_published(published_pth: Path) -> None:
    with pytest.raises(WeightsError, match="was published by others"):
        publish.release_files(find_checkpoint(str(published_pth)), "ours/theirs")
