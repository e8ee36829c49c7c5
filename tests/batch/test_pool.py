"""Processes that work on tasks: light, replaced when they die, and gone in the end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.batch.pool import WorkerDied, open_pool
from hdr_demo.batch.settings import BatchSettings, FileReport
from hdr_demo.batch.tasks import Task, read_source
from hdr_demo.io.output import replacing

HEAVY = "[name for name in ('torch', 'gradio', 'huggingface_hub') if name in __import__('sys').modules]"

pytestmark = pytest.mark.usefixtures("temporary")


def begin_a_file_and(end: str, path: Path) -> None:
    """A task that never finishes: the process dies, or waits for ever."""
    with replacing(path) as unfinished:
        unfinished.write_bytes(b"half of it")
        path.with_suffix(".pid").write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL) if end == "die" else time.sleep(1000)


def wait_for(path: Path) -> Path:
    until = time.monotonic() + 60
    while not path.exists() or not path.read_text():
        assert time.monotonic() < until
        time.sleep(0.02)
    return path


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not (state.exists() and ") Z " in state.read_text())


def ends(process: int) -> bool:
    until = time.monotonic() + 30
    while lives(process) and time.monotonic() < until:
        time.sleep(0.02)
    return not lives(process)


def test_a_task_is_done_elsewhere_and_without_the_network(temporary: Path) -> None:
    task = Task(temporary / "missing.jpg", {}, BatchSettings())
    given = np.arange(90_000, dtype=np.float32).reshape(300, 300)
    with open_pool(1) as pool:
        assert pool.submit((), os.getpid).result() != os.getpid()
        assert np.array_equal(pool.submit((), np.add, given, 1).result(), given + 1)
        assert isinstance(pool.submit((), read_source, task).result(), FileReport)
        assert pool.submit((), eval, HEAVY).result() == []
        process = pool.submit((), os.getpid).result()
    assert ends(process) and list(temporary.iterdir()) == []


def test_without_processes_tasks_are_done_at_once() -> None:
    with open_pool(0) as pool:
        assert pool.submit((), os.getpid).result() == os.getpid()


def test_what_a_library_prints_is_no_answer() -> None:
    with open_pool(1) as pool:
        assert pool.submit((), eval, "__import__('os').write(1, b'noise')").result() == 5
        assert pool.submit((), int, "7").result() == 7


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_process_that_dies_fails_its_task_alone_and_leaves_no_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with open_pool(2) as pool:
        tasks = [pool.submit((), time.sleep, 0.1), pool.submit({out}, begin_a_file_and, "die", out / "a.exr")]
        assert tasks[0].result() is None
        with pytest.raises(WorkerDied):
            tasks[1].result()
        assert {path.name for path in out.iterdir()} == {"a.pid"}
        assert [pool.submit((), int, str(number)).result() for number in range(4)] == [0, 1, 2, 3]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_process_that_died_idle_costs_nothing() -> None:
    with open_pool(1) as pool:
        process = pool.submit((), os.getpid).result()
        os.kill(process, signal.SIGKILL)
        os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
        assert pool.submit((), int, "3").result() == 3


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_error_ends_what_is_being_done_at_once(tmp_path: Path, temporary: Path, error: type[BaseException]) -> None:
    out = tmp_path / "out"
    out.mkdir()

    def raise_while_a_file_is_written() -> None:
        with open_pool(2) as pool:
            pool.submit({out}, begin_a_file_and, "wait", out / "a.exr")
            wait_for(out / "a.pid")
            assert len(list(out.iterdir())) == 2
            raise error

    began = time.monotonic()
    with pytest.raises(error):
        raise_while_a_file_is_written()
    assert time.monotonic() - began < 30  # the task would wait 1000 s
    assert ends(int((out / "a.pid").read_text()))
    assert {path.name for path in out.iterdir()} == {"a.pid"}
    assert list(temporary.iterdir()) == []


PARENT = """
import sys, tempfile
from pathlib import Path
tempfile.tempdir = sys.argv[1]
from hdr_demo.batch.pool import open_pool
with open_pool(1) as pool:
    import os, time
    pid = pool.submit((), os.getpid).result()
    print(pid, flush=True)
    time.sleep(1000)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_no_process_and_no_file_outlives_a_parent_that_is_killed(temporary: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, temporary], stdout=subprocess.PIPE, text=True) as parent:
        process = int(parent.stdout.readline())
        assert lives(process) and len(list(temporary.iterdir())) == 1
        parent.kill()
    assert ends(process)
    assert list(temporary.iterdir()) == []
