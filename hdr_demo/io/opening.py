"""Opening the file that a person named."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from hdr_demo.errors import ImageError
from hdr_demo.io.refusal import shown_name


@contextmanager
def open_picture(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a regular file for reading, and close it after the body.

    Args:
        path: The file.

    Yields:
        The open file, at its start.

    Raises:
        ImageError: If it is missing, a folder, a device, or cannot be read.
    """
    name = shown_name(path)
    try:
        kind = _file_type(path)
        if stat.S_ISDIR(kind):
            raise ImageError(f"{name} is a folder: choose a picture in it.")
        if not stat.S_ISREG(kind):
            raise ImageError(f"{name} is not a file with contents: choose a picture.")
        with open(path, "rb") as file:
            yield file
    except FileNotFoundError as error:
        raise ImageError(f"{name} does not exist: check its name and folder.") from error
    except PermissionError as error:
        raise ImageError(f"{name} may not be read: change its permissions, or copy it elsewhere.") from error
    except OSError as error:
        reason = error.strerror or error
        raise ImageError(f"{name} cannot be read ({reason}): check its name and its disk.") from error


def _file_type(path: str | os.PathLike[str]) -> int:
    try:
        return os.stat(path).st_mode
    except ValueError as error:  # a zero byte inside the name
        raise FileNotFoundError(path) from error
