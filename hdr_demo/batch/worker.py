"""What runs in a process that reads and writes: it has no network, and asks for nothing but its next task."""

import os
import shutil
import signal
import sys
from pathlib import Path

from hdr_demo.batch.messages import receive, send
from hdr_demo.errors import OutputError
from hdr_demo.io.output import MARK


def serve(name: str) -> None:
    """Work on one task after the other, until there are no more or the process that gives them has ended.

    Args:
        name: Of the folder for arrays on their way. It is removed in the end: the other process may have been killed.
    """
    folder = Path(name)
    tasks, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
    # A terminal sends Ctrl-C to every process of a run; the one that gives the tasks answers it, with SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    send(answers, MARK, folder)
    try:
        while True:
            function, arguments = receive(tasks)
            answer = function(*arguments)
            del arguments
            try:
                send(answers, answer, folder)
            except OutputError as error:
                send(answers, error, folder)
            del answer
    except (EOFError, BrokenPipeError):
        shutil.rmtree(folder, ignore_errors=True)
