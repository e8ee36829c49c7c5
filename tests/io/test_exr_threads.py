"""OpenEXR compresses in threads: the bytes are those of one, and a process that forks does not wait for lost ones."""

import multiprocessing
import sys
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.io import exr, read_hdr, write_hdr

HDR = np.random.default_rng(5).random((200, 300, 3), np.float32) * 4


def test_bytes_do_not_depend_on_the_number_of_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = []
    for cores in (1, 2, 5):
        monkeypatch.setattr(exr, "usable_cores", lambda cores=cores: cores)
        files.append(write_hdr(tmp_path / f"{cores}.exr", HDR).read_bytes())
    assert files[0] == files[1] == files[2]


@pytest.mark.skipif(sys.platform != "linux", reason="only there training forks processes that read its data")
def test_a_forked_process_reads_and_writes_after_its_parent_did(tmp_path: Path) -> None:
    path = write_hdr(tmp_path / "parent.exr", HDR)
    child = multiprocessing.get_context("fork").Process(target=_copy, args=(path, tmp_path / "child.exr"))
    child.start()
    child.join(60)
    hung = child.exitcode is None
    if hung:
        child.kill()
    assert not hung and child.exitcode == 0
    np.testing.assert_array_equal(read_hdr(tmp_path / "child.exr"), read_hdr(path))
    write_hdr(path, HDR)  # and so does the parent, again


def _copy(source: Path, target: Path) -> None:
    write_hdr(target, read_hdr(source))
