"""`python app.py`, as a process."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from .conftest import free_port

# Two idle cores take four seconds; a busy machine may take a few times as long.
UP_WITHIN_SECONDS = 30


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *arguments], cwd=root, capture_output=True, text=True, timeout=120, check=False
    )


def test_building_the_page_needs_neither_torch_nor_pyav(root: Path) -> None:
    code = (
        "import sys, hdr_demo.ui.app as app; app.build_app({'none': lambda: None}); "
        "sys.exit('torch' in sys.modules or 'av' in sys.modules)"
    )
    assert run(root, "-c", code).returncode == 0


def test_help_names_every_flag(root: Path) -> None:
    said = run(root, "app.py", "--help").stdout
    for flag in (
        "--host",
        "--port",
        "--share",
        "--device",
        "--weights",
        "--offline",
        "--max-megapixels",
        "--max-clip-seconds",
        "--max-clip-frames",
        "--max-clip-megapixels",
        "--max-batch-photos",
        "--max-upload-megabytes",
        "--no-browser",
    ):
        assert flag in said


def test_weights_that_are_not_there_are_one_line_and_exit_1(root: Path) -> None:
    ended = run(root, "app.py", "--weights", "missing.safetensors", "--port", str(free_port()))
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1 and "missing.safetensors" in ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_the_app_opens_its_page_and_ends_when_interrupted(root: Path, tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    environment.pop("GRADIO_TEMP_DIR", None)
    command = [sys.executable, "app.py", "--offline", "--device", "cpu", "--port", str(port)]
    process = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        page = await_page(f"http://127.0.0.1:{port}/", process)
        assert "hdr_demo" in page
        assert len(list(tmp_path.glob("hdr_demo-*"))) == 1
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert b"Traceback" not in errors
    assert list(tmp_path.glob("hdr_demo-*")) == []  # no photo stays behind
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="a screen is told by DISPLAY on other systems")
@pytest.mark.parametrize(("flags", "opened"), [((), True), (("--no-browser",), False)])
def test_a_browser_opens_where_there_is_a_screen(
    root: Path, tmp_path: Path, flags: tuple[str, ...], opened: bool
) -> None:
    port, told = free_port(), tmp_path / "told"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{told}"\n')
    browser.chmod(0o755)
    environment = {**os.environ, "DISPLAY": ":0", "BROWSER": f"{browser} %s"}
    for name in ("SPACE_ID", "SSH_CONNECTION"):
        environment.pop(name, None)
    command = [sys.executable, "app.py", "--offline", "--device", "cpu", "--port", str(port), *flags]
    process = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        await_page(f"http://127.0.0.1:{port}/", process)
        time.sleep(2)
        assert told.exists() == opened
        if opened:
            assert str(port) in told.read_text()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def await_page(address: str, process: subprocess.Popen) -> str:
    began = time.monotonic()
    while time.monotonic() - began < UP_WITHIN_SECONDS:
        assert process.poll() is None, process.stderr.read().decode()
        try:
            with urllib.request.urlopen(address) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"no page within {UP_WITHIN_SECONDS} seconds")
