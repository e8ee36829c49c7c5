"""A disk that becomes full while a clip is written: one sentence, and nothing left behind."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hdr_demo.errors import OutputError
from hdr_demo.video.outputs import VIDEO_OUTPUTS
from tests.video.clips import make_clip, moving_square
from tests.video.sinks import write_output

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and mounts of Linux")

ROOT = Path(__file__).parents[2]
TARGETS = {name: f"out{Path(row.ending).suffix}" for name, row in VIDEO_OUTPUTS.items()}


def told(path: Path) -> str:
    return f"{path} cannot be written, because the disk is full: make room, or choose another folder."


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "clip.mp4"
    return make_clip(path, moving_square(20), audio="aac", subtitles="mov_text")


# Linux stops a file at this many bytes with EFBIG, as a full disk does with ENOSPC.
LIMITED_RUN = """
import resource, sys
from pathlib import Path
from hdr_demo.errors import OutputError
from tests.video.sinks import write_output

name, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
for limit in map(int, sys.argv[4:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        write_output(name, source, target)
    except OutputError as error:
        print(error, sorted(file.name for file in target.parent.iterdir()), target.read_text())
    else:
        print("no error")
"""


@pytest.mark.parametrize("name", VIDEO_OUTPUTS)
def test_a_file_that_does_not_fit_is_told_and_removed(tmp_path: Path, name: str, source: Path) -> None:
    target = tmp_path / TARGETS[name]
    size = write_output(name, source, target).path.stat().st_size
    target.write_text("old")
    # Nothing fits; the pictures do not; the pictures do, but not the whole.
    limits = 0, size // 8, size // 2, size - 500
    command = [sys.executable, "-c", LIMITED_RUN, name, source, target, *map(str, limits)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.stdout == f"{told(target)} ['{target.name}'] old\n" * len(limits), run.stderr
    assert run.stderr == ""


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 KB; only root may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no right to mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_left_empty(tiny_disk: Path, source: Path) -> None:
    for name, file in {**TARGETS, "exr_sequence": "frames"}.items():
        with pytest.raises(OutputError) as refusal:
            write_output(name, source, tiny_disk / file)
        assert str(refusal.value) == told(tiny_disk / file)
        assert list(tiny_disk.iterdir()) == []
