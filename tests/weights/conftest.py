"""Checkpoints with random numbers, a Hub of our own, and processes that talk to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from hdr_demo.model import ExpandNet
from hdr_demo.reading import OUR_READING
from hdr_demo.weights import save_checkpoint

from .hub_server import HubServer
from .launcher import Launcher


def make_checkpoint(path: Path, seed: int, **facts: str) -> Path:
    """Save a network of random numbers."""
    torch.manual_seed(seed)
    return save_checkpoint(path, ExpandNet().state_dict(), {**OUR_READING.to_metadata(), **facts})


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stand-in for the bundled checkpoint."""
    return make_checkpoint(tmp_path_factory.mktemp("bundled") / "bundled.safetensors", 1, steps="12", license="mit")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A checkpoint that lies on the Hub."""
    return make_checkpoint(tmp_path_factory.mktemp("published") / "model.safetensors", 2).read_bytes()


@pytest.fixture(scope="module")
def _server() -> Iterator[HubServer]:
    server = HubServer()
    yield server
    server.stop()


@pytest.fixture
def server(_server: HubServer) -> HubServer:
    """A Hub in good health that was asked nothing yet."""
    _server.recover()
    _server.requests.clear()
    return _server


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the Hub's cache."""
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def launcher(_server: HubServer, home: Path, bundled: Path) -> Iterator[Launcher]:
    """A process of the program; every test asks it for a repository of its own."""
    launcher = Launcher(_server.endpoint, home, bundled)
    yield launcher
    launcher.close()


@pytest.fixture
def published_pth(shared: Path) -> Path:
    """The checkpoint of the authors of ExpandNet, which is no part of the repository."""
    return shared / "published" / "weights.pth"
