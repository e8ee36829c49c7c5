"""Programs that read pictures independently of this one."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest


def exiftool(path: Path) -> dict[str, object]:
    """Everything that exiftool finds, by group and name, as numbers where it can."""
    if shutil.which("exiftool") is None:
        sentence = "exiftool (Debian: libimage-exiftool-perl) is not installed"
        if os.environ.get("HDR_DEMO_REQUIRE_EXIFTOOL") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    command = ["exiftool", "-json", "-a", "-n", "-G1", str(path)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)[0]
