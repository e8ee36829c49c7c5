"""What every test gets: no network, no error in the log, and the way to the data and the browser that may be there."""

import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Before anything imports Gradio or huggingface_hub, which read these when they are imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ.pop("HDR_DEMO_WEIGHTS", None)
# What the program remembers between runs; the processes that tests start see it too.
os.environ["HDR_DEMO_CACHE"] = (_cache := tempfile.TemporaryDirectory(prefix="hdr_demo-cache-")).name

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of panoramas and published weights, which is no part of the repository."""
    folder = Path(os.environ.get("HDR_DEMO_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}; name the folder in HDR_DEMO_SHARED")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium, from CHROMIUM or the PATH."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        sentence = "Chromium is not installed; install it or name it in CHROMIUM"
        if os.environ.get("HDR_DEMO_REQUIRE_BROWSER") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return path


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers, the same in every run."""
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _nothing_logged_at_error(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test during which anything was logged at ERROR, unless it is marked `logs_errors`."""
    yield
    if "logs_errors" in request.keywords:
        return
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    errors = [f"{record.name}: {record.getMessage()}" for record in records if record.levelno >= logging.ERROR]
    if errors:
        pytest.fail("logged at ERROR:\n" + "\n".join(errors), pytrace=False)


@pytest.fixture(scope="session", autouse=True)
def refused_connections() -> Iterator[list[str]]:
    """Refuse every connection of this process that leaves the machine, and remember it."""
    attempts: list[str] = []
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
            attempts.append(f"{address[0]}:{address[1]}")
            raise ConnectionRefusedError(f"the tests are offline; refused {address[0]}:{address[1]}")
        return connect(self, address)

    socket.socket.connect = connect_here
    yield attempts
    socket.socket.connect = connect


@pytest.fixture(autouse=True)
def _nothing_left_the_machine(refused_connections: list[str]) -> Iterator[None]:
    """Fail a test during which something tried to reach another machine, even if it took the refusal well."""
    refused_connections.clear()
    yield
    if refused_connections:
        pytest.fail(f"tried to reach {', '.join(refused_connections)}", pytrace=False)


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1", "0.0.0.0") or host.startswith("127.")
