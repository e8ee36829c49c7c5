"""What is tracked may leave this machine."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LARGEST_FILE = 4 * 2**20

# Paths of a machine, and the places that packages were fetched from. Written in parts, so that this file passes.
FORBIDDEN = {
    "an absolute path of somebody's machine": re.compile(
        r"(?<![\w.~/])/(?:" + "|".join(("work", "home", "root", "Users")) + r")/\w"
    ),
    "a scratch folder": re.compile("/tmp/" + r"\w*(?:job|clone)"),
    "a package registry": re.compile(r"files\.pythonhosted|download\." + r"pytorch|index-" + "url|find-" + "links"),
    "a private key or token": re.compile("BEGIN [A-Z ]*" + r"PRIVATE KEY|\bhf_[A-Za-z0-9]{30,}"),
}


def tracked() -> list[Path]:
    """The files that git tracks."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    """Name and content of every tracked text."""
    found = []
    for path in tracked():
        data = path.read_bytes()
        if b"\0" not in data[:8000]:
            found.append((str(path.relative_to(ROOT)), data.decode("utf-8", errors="replace")))
    return found


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_text_holds(what: str):
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if FORBIDDEN[what].search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "what, line",
    [
        ("an absolute path of somebody's machine", "open('/" + "work/main/a.jpg')"),
        ("an absolute path of somebody's machine", "see /" + "home/me/x"),
        ("a scratch folder", "/tmp/" + "bash_jobs.0/1"),
        ("a package registry", "pip install --index-" + "url x"),
    ],
)
def test_a_line_that_must_not_leave_is_found(what: str, line: str):
    assert FORBIDDEN[what].search(line)


def test_no_tracked_file_is_large():
    assert [f"{path.name}: {path.stat().st_size}" for path in tracked() if path.stat().st_size > LARGEST_FILE] == []


def test_nothing_made_is_tracked():
    made = re.compile(r"(^|/)(__pycache__|\.venv|\.gradio|results|runs)/|\.py[co]$|\.pyi$|_prediction")
    assert [str(path.relative_to(ROOT)) for path in tracked() if made.search(str(path.relative_to(ROOT)))] == []


def test_scripts_are_executable():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
