"""The real client against a Hub of our own: whatever the Hub does, the program starts within seconds."""

import hashlib
from pathlib import Path

import pytest

from hdr_demo.weights import hub

from .hub_server import HubServer
from .launcher import FETCH_SECONDS, Launcher

# Of these, a second is for looking and loading, and two for a busy machine.
SECONDS = FETCH_SECONDS + 3.0

FAILURES = {
    "refused": "could not be reached",
    "hang": "did not answer in time",
    "hang_download": "took longer than 3 s",
    "trickle": "took longer than 3 s",
    "drop": "took longer than 3 s",
    "401": "no such repository",
    "403": "refuses",
    "404": "no such repository",
    "no_file": "has no model.safetensors",
    "gated": "asks for consent",
    "500": "error 500",
    "wrong_bytes": "sent other bytes",
    "no_hub": "does not answer like a Hub",
}


def test_the_app_waits_for_the_hub_a_few_seconds_at_most() -> None:
    assert hub.FETCH_SECONDS <= 5


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failing_hub_leaves_the_bundled_checkpoint_and_the_next_launch_recovers(
    failure: str, server: HubServer, launcher: Launcher, published: bytes
) -> None:
    commit = server.add("someone/" + failure, model_safetensors=published)
    spec = f"someone/{failure}@{commit}"
    if failure == "refused":
        server.stop()
    else:
        server.mode = failure
    first = launcher.find(spec)
    assert first.source == "bundled"
    assert first.seconds < SECONDS
    assert FAILURES[failure] in first.note
    assert first.note.startswith("someone/" + failure)
    assert first.note.endswith("The bundled checkpoint is used instead.")
    assert "\n" not in first.note

    server.recover()
    second = launcher.find(spec)
    assert (second.source, second.note, second.revision) == ("hub", None, commit)
    assert second.sha256 == hashlib.sha256(published).hexdigest()


def test_the_second_launch_of_a_pinned_checkpoint_makes_no_request(
    server: HubServer, launcher: Launcher, home: Path, bundled: Path, published: bytes
) -> None:
    spec = "someone/pinned@" + server.add("someone/pinned", model_safetensors=published)
    launcher.find(spec)
    assert [request.method for request in server.requests] == ["HEAD", "HEAD", "GET"]
    server.requests.clear()
    again = Launcher(server.endpoint, home, bundled)
    assert again.find(spec).source == "hub"
    again.close()
    assert server.requests == []


def test_a_branch_is_followed_and_its_last_copy_serves_when_the_hub_fails(
    server: HubServer, launcher: Launcher, bundled: Path, published: bytes
) -> None:
    server.add("someone/branch", model_safetensors=published)
    launcher.find("someone/branch")
    newest = server.add("someone/branch", model_safetensors=bundled.read_bytes())
    online = launcher.find("someone/branch")
    assert (online.source, online.revision) == ("hub", newest)
    assert f"someone/branch@{newest}" in online.note
    server.mode = "500"
    served = launcher.find("someone/branch", strict=True)
    assert (served.source, served.revision, served.sha256) == ("hub", newest, online.sha256)
    assert "error 500" in served.note
    server.requests.clear()
    offline = launcher.find("someone/branch", offline=True)
    assert (offline.source, offline.revision) == ("hub", newest)
    assert server.requests == []


def test_offline_makes_no_request(server: HubServer, launcher: Launcher, published: bytes) -> None:
    server.add("someone/offline", model_safetensors=published)
    found = launcher.find("someone/offline", offline=True)
    assert (found.source, server.requests) == ("bundled", [])
    assert "requests are turned off" in found.note


def test_hf_hub_offline_makes_no_request(server: HubServer, home: Path, bundled: Path, published: bytes) -> None:
    server.add("someone/offline", model_safetensors=published)
    offline = Launcher(server.endpoint, home, bundled, HF_HUB_OFFLINE="1", HDR_DEMO_WEIGHTS="someone/offline")
    found = offline.find()
    offline.close()
    assert (found.source, server.requests) == ("bundled", [])
    assert "requests are turned off" in found.note


def test_a_copy_damaged_in_the_cache_is_fetched_again(
    server: HubServer, launcher: Launcher, home: Path, published: bytes
) -> None:
    spec = "someone/damaged@" + server.add("someone/damaged", model_safetensors=published)
    path = Path(launcher.find(spec).path)
    path.resolve().write_bytes(published[:-1] + b"\0")
    found = launcher.find(spec)
    assert (found.source, found.sha256) == ("hub", hashlib.sha256(published).hexdigest())


def test_the_default_is_fetched_without_a_token_and_a_chosen_repository_with_it(
    server: HubServer, launcher: Launcher, published: bytes
) -> None:
    commit = server.add("ours/default", model_safetensors=published)
    launcher.set_default("ours/default", hashlib.sha256(published).hexdigest(), commit)
    found = launcher.find(None, token="hf_secret")
    assert (found.source, found.name, found.revision, found.note) == ("hub", "ours/default", commit, None)
    assert {request.token for request in server.requests} == {None}

    server.add("someone/private", model_safetensors=published)
    server.repositories["someone/private"].private = True
    assert launcher.find("someone/private").source == "bundled"
    server.requests.clear()
    assert launcher.find("someone/private", token="hf_secret").source == "hub"
    tokens = {(request.host.split(":")[0], request.token) for request in server.requests}
    assert tokens == {("127.0.0.1", "hf_secret"), ("localhost", None)}


def test_a_request_tells_the_program_and_nothing_about_the_machine(
    server: HubServer, launcher: Launcher, published: bytes
) -> None:
    server.add("someone/quiet", model_safetensors=published)
    launcher.find("someone/quiet")
    assert all("/resolve/" in request.path or "/cdn/" in request.path for request in server.requests)
    agents = {request.agent.split("/")[0] for request in server.requests}
    assert agents == {"hdr_demo"}
    assert not any("torch" in request.agent for request in server.requests)


def test_a_file_other_than_the_pinned_one_is_not_even_fetched(
    server: HubServer, launcher: Launcher, published: bytes
) -> None:
    commit = server.add("ours/replaced", model_safetensors=published)
    launcher.set_default("ours/replaced", "0" * 64, commit)
    found = launcher.find()
    assert found.source == "bundled"
    assert "has another model.safetensors than expected" in found.note
    assert {request.method for request in server.requests} == {"HEAD"}


def test_a_repository_of_another_network_leaves_the_bundled_checkpoint(server: HubServer, launcher: Launcher) -> None:
    header = b'{"other":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  '
    server.add("someone/other", model_safetensors=len(header).to_bytes(8, "little") + header + bytes(4))
    found = launcher.find("someone/other")
    assert found.source == "bundled"
    assert "model.safetensors of someone/other is not a checkpoint of ExpandNet: it lacks" in found.note


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("someone/missing", "no such repository"),
        ("someone/present@v9", "no such revision"),
        ("some--one/x", "--"),
    ],
)
def test_strictness_refuses_another_checkpoint(
    spec: str, complaint: str, server: HubServer, launcher: Launcher, published: bytes
) -> None:
    server.add("someone/present", model_safetensors=published)
    found = launcher.find(spec, strict=True)
    assert complaint in found.error
    assert "\n" not in found.error
