"""What one process sends, another receives, and nothing stays on the disk."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.batch.messages import receive, send
from hdr_demo.errors import OutputError


def travel(message: object, folder: Path) -> object:
    pipe = io.BytesIO()
    send(pipe, message, folder)
    pipe.seek(0)
    return receive(pipe)


@pytest.mark.parametrize("shape", [(0, 3), (5, 4, 3), (300, 200, 3)])
def test_arrays_of_any_size_arrive_as_they_were_and_can_be_written_to(
    tmp_path: Path, rng: np.random.Generator, shape: tuple[int, ...]
) -> None:
    given = rng.standard_normal(shape).astype(np.float32)
    name, (arrived, turned) = travel(("name", [given, given.T]), tmp_path)
    assert name == "name" and np.array_equal(arrived, given) and np.array_equal(turned, given.T)
    assert arrived.dtype == np.float32 and type(arrived) is np.ndarray and arrived.flags.writeable
    arrived += 1
    assert list(tmp_path.iterdir()) == [] or sys.platform == "win32"


def test_a_large_array_is_not_in_the_pipe(tmp_path: Path) -> None:
    pipe = io.BytesIO()
    send(pipe, np.zeros((500, 500, 3), np.float32), tmp_path)
    assert len(pipe.getvalue()) < 1000


def test_a_message_that_was_cut_off_is_the_end(tmp_path: Path) -> None:
    pipe = io.BytesIO()
    send(pipe, ["some", "words", np.zeros(100)], tmp_path)
    for length in (0, 5, len(pipe.getvalue()) - 1):
        with pytest.raises(EOFError):
            receive(io.BytesIO(pipe.getvalue()[:length]))


def test_a_folder_without_room_is_explained_and_left_empty(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    pipe = io.BytesIO()
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
        with pytest.raises(OutputError, match="TMPDIR"):
            send(pipe, [np.zeros(30_000, np.float32), np.zeros(300_000, np.float32)], tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == [] and pipe.getvalue() == b""
