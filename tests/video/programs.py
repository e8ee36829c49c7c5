"""Independent programs that tests ask for their view of a file."""

import os
import shutil
import subprocess

import pytest


def run_program(name: str, *words: object, input: bytes | None = None) -> bytes:
    """Run ffmpeg or ffprobe and return what it prints; skip the test where it is not installed.

    With HDR_DEMO_REQUIRE_FFMPEG=1 the test fails instead.
    """
    if shutil.which(name) is None:
        sentence = f"{name} is not installed"
        if os.environ.get("HDR_DEMO_REQUIRE_FFMPEG") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    done = subprocess.run([name, *map(str, words)], input=input, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
