"""Time the start: until the page is served, until a browser shows it, until the network is warm; and the imports."""

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from hdr_demo.cli.bench_machine import describe_machine

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120.0
# Lines of the table of imports.
HEAVIEST = 8
_LOAD = """
import time
began = time.perf_counter()
import numpy
from hdr_demo.photo import load_photo_expander
imported = time.perf_counter()
expander = load_photo_expander(offline=True, device="cpu").expander
loaded = time.perf_counter()
expander.expand(numpy.full((256, 256, 3), 0.5, numpy.float32))
warm = time.perf_counter()
print(imported - began, loaded - imported, warm - loaded)
"""


def time_startup(repeats: int) -> int:
    """Print what a person waits for, and the heaviest imports before the page.

    Args:
        repeats: How often each is timed; the median counts.

    Returns:
        The exit code.
    """
    print(describe_machine("cpu"))
    print("| from the start of the process until | seconds |")
    print("|---|---|")
    print(f"| the page is served | {_median(time_until_served, repeats):.2f} |", flush=True)
    if _chromium() and importlib.util.find_spec("playwright"):
        print(f"| Chromium shows it | {_median(time_until_visible, repeats):.2f} |", flush=True)
    steps = [_load_network() for _ in range(repeats)]
    for name, values in zip(("PyTorch is imported", "the checkpoint is loaded", "the network is warm"), zip(*steps)):
        print(f"| in the background: {name} | {statistics.median(values):.2f} |", flush=True)
    print("| import, before the page | seconds |")
    print("|---|---|")
    for name, seconds in heaviest_imports():
        print(f"| {name} | {seconds:.2f} |")
    return 0


def _median(measure: Callable[[], float], repeats: int) -> float:
    return statistics.median(measure() for _ in range(repeats))


def time_until_served() -> float:
    """Start the app and ask for its page until it comes, in seconds."""
    with _app() as (url, began):
        _await(url)
        return time.perf_counter() - began


def time_until_visible() -> float:
    """Start the app and wait until a browser that runs already shows where photos are dropped, in seconds."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        tab = browser.new_page()
        with _app() as (url, began):
            _await(url)
            tab.goto(url)
            tab.locator("#photo input[type=file]").first.wait_for(state="attached")
            seconds = time.perf_counter() - began
        browser.close()
    return seconds


@contextlib.contextmanager
def _app() -> Iterator[tuple[str, float]]:
    """Run the app; yields its address and when it was started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "hdr_demo", "app", "--no-browser", "--offline", "--port", str(port)]
    began = time.perf_counter()
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}/", began
    finally:
        process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=PATIENCE_SECONDS).close()
            return
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _load_network() -> tuple[float, ...]:
    done = subprocess.run([sys.executable, "-c", _LOAD], cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(float(word) for word in done.stdout.split())


def heaviest_imports() -> list[tuple[str, float]]:
    """List the packages that the page's import spends its time on, with all they import, in seconds."""
    words = [sys.executable, "-X", "importtime", "-c", "import hdr_demo.cli.app"]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stderr
    found = re.findall(r"import time:\s+\d+ \|\s+(\d+) \| +(\S+)", told)
    packages = {name: int(micros) / 1e6 for micros, name in found if "." not in name}
    return sorted(packages.items(), key=lambda item: -item[1])[:HEAVIEST]


def _chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
