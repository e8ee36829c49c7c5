"""Messages between two processes, in which large arrays travel as files.

Of 24 megapixels in floats (288 MB) a pipe takes 0.7 s, shared memory 0.24 s and a file in the folder for temporary
files 0.1 s, all of it read at the other end: the file is written to memory first, and is gone from the disk as soon as
it is mapped. Shared memory is small in containers, where writing beyond its end kills the process; a full disk raises
an error.
"""

import io
import os
import pickle
import uuid
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from hdr_demo.errors import OutputError

_LARGE = 1 << 16  # bytes: what a pipe takes at once


class _Pickler(pickle.Pickler):
    def __init__(self, file: BinaryIO, folder: Path) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._folder, self.written = folder, []

    def persistent_id(self, value: object) -> str | None:
        """Put a large array into a file; its name travels."""
        if not isinstance(value, np.ndarray) or value.nbytes < _LARGE:
            return None
        path = self._folder / f"{uuid.uuid4().hex}.npy"
        self.written.append(path)
        np.save(path, value)
        return str(path)


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, path: str) -> np.ndarray:
        """Map the file of a large array, which then needs no name any more."""
        array = np.asarray(np.load(path, mmap_mode="r+"))
        with suppress(OSError):  # Windows keeps files that are mapped; the folder is removed in the end
            os.unlink(path)
        return array


def send(file: BinaryIO, message: object, folder: Path) -> None:
    """Send a message, whole or not at all.

    Args:
        file: A pipe.
        message: Anything that can be pickled; arrays in it of any size.
        folder: For the files of large arrays.

    Raises:
        OutputError: If the folder has no room for them.
        BrokenPipeError: If the other process has ended.
    """
    packed = io.BytesIO()
    pickler = _Pickler(packed, folder)
    try:
        pickler.dump(message)
    except BaseException as error:
        for path in pickler.written:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OutputError(
                f"The folder for temporary files, {folder.parent}, cannot be written ({error.strerror}): make room "
                "there, name another one in TMPDIR, or use no workers."
            ) from error
        raise
    file.write(packed.getbuffer())
    file.flush()


def receive(file: BinaryIO) -> object:
    """Wait for a message of `send`.

    Raises:
        EOFError: If the other process has ended.
    """
    try:
        return _Unpickler(file).load()
    except pickle.UnpicklingError as error:  # it ended while it sent
        raise EOFError from error
