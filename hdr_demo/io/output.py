"""Files that appear whole or not at all."""

import errno
import os
import stat
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hdr_demo.errors import OutputError

# How the temporary files of this process begin, so that another one can tell them when this one was killed.
MARK = f".{uuid.uuid4().hex}-"

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def use_mark(mark: str) -> None:
    """Begin the names of this process's temporary files otherwise, as another process wants to know them."""
    global MARK
    MARK = mark


def remove_unfinished(folders: Iterable[Path], mark: str) -> None:
    """Remove what a killed process left.

    Args:
        folders: Where it wrote.
        mark: Its `MARK`.
    """
    for folder in folders:
        for path in folder.glob(f"{mark}*"):
            path.unlink(missing_ok=True)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the body of a `with` a temporary file to write; it takes the place of `path` when the body has ended well.

    The temporary file lies in the same folder, with the same suffix, and is removed after any failure.

    Args:
        path: The file to appear, or to be replaced.

    Yields:
        The temporary file: it exists, is empty, and has the permissions that a new file gets.

    Raises:
        OutputError: If the file cannot be written.
    """
    with temporary_for(path) as temporary:
        yield temporary
        os.replace(temporary, path)


@contextmanager
def temporary_for(path: Path) -> Iterator[Path]:
    """Give the body of a `with` a file to write on the way to `path`, and remove it afterwards.

    Args:
        path: The file to appear in the end. Nothing happens to it here.

    Yields:
        The temporary file, in the same folder, with the same suffix: it exists and is empty.

    Raises:
        OutputError: If it cannot be written; the sentence names `path`.
    """
    temporary = path.with_name(f"{MARK}{uuid.uuid4().hex}{path.suffix}")
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            raise OutputError(f"{path} is not a file, and was left as it is: choose another name.")
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from error
    try:
        yield temporary
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def cannot_write(path: Path, error: Exception) -> OutputError:
    """Say why a file cannot be written, and what to do, from the system's error number if `error` has one."""
    code = getattr(error, "errno", None)
    if not path.parent.is_dir():
        return OutputError(f"{path} cannot be written, because its folder does not exist: create {path.parent} first.")
    if code in _NO_ROOM:
        return OutputError(f"{path} cannot be written, because the disk is full: make room, or choose another folder.")
    if code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(
            f"{path} cannot be written, because its folder is read-only: choose another one, or change its permissions."
        )
    reason = getattr(error, "strerror", None) or error
    return OutputError(f"{path} cannot be written ({reason}): choose another name or folder.")


def make_folder(folder: Path) -> None:
    """Make a folder for results, if it is not there.

    Raises:
        OutputError: If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        in_the_way = isinstance(error, (FileExistsError, NotADirectoryError))
        reason = "a file is in its way" if in_the_way else error.strerror
        raise OutputError(f"The folder {folder} cannot be made ({reason}): choose another one.") from error


def writer_for(path: Path, formats: dict[str, object]) -> object:
    """Find the writer of a file by its suffix, in capitals or not.

    Args:
        path: The file to be written.
        formats: Writers by suffix in small letters, such as ".png".

    Returns:
        The writer.

    Raises:
        OutputError: If the suffix is not in the table.
    """
    writer = formats.get(path.suffix.lower())
    if writer is None:
        known = list(formats)
        choices = f"{', '.join(known[:-1])} or {known[-1]}"
        raise OutputError(f"{path} cannot be written, because its suffix names no known format: use {choices}.")
    return writer
