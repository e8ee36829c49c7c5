"""What became of each file: a line of JSON for each, appended when it is done, so that nothing done is forgotten."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hdr_demo.archive.jobs import ArchiveSettings, Job
from hdr_demo.errors import OutputError
from hdr_demo.io.output import make_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

RECORDS_NAME = "records.jsonl"


@dataclass(frozen=True)
class Record:
    """What became of one file.

    Attributes:
        source: Its path.
        stem: How the paths of its results begin, below the folder of results.
        bytes: Its size when it was read.
        modified_ns: When it was changed last, in nanoseconds since 1970.
        sha256: Of its bytes; empty if they could not be read, or a process died over it.
        settings: `ArchiveSettings.spell` of what was asked for.
        files: The paths of the results, below the folder of results.
        seconds: What it took, in its process.
        notes: Sentences about what a person should know of the results.
        error: Empty if all went well; else a sentence.
        attempts: How many processes worked on it.
    """

    source: str
    stem: str
    bytes: int = 0
    modified_ns: int = 0
    sha256: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    error: str = ""
    attempts: int = 1


def read_records(folder: Path) -> dict[str, Record]:
    """Read the records of a folder of results; a line cut short by a crash is passed over.

    Args:
        folder: It need not be there.

    Returns:
        By their sources; the last one of each counts.

    Raises:
        OutputError: If they cannot be read.
    """
    path, known = folder / RECORDS_NAME, {}
    try:
        lines = path.read_bytes().split(b"\n") if path.exists() else []
    except OSError as error:
        raise _unusable(path, error) from error
    for line in lines:
        try:
            values = json.loads(line)
            record = Record(**values | {"files": tuple(values["files"]), "notes": tuple(values["notes"])})
        except (ValueError, TypeError, LookupError):
            continue
        known[record.source] = record
    return known


class Records:
    """The records of a folder of results, to be asked and added to."""

    def __init__(self, folder: Path) -> None:
        """Read those that are there, and keep others away until `close`.

        Raises:
            OutputError: If the folder or its records cannot be used, or another run writes there.
        """
        self._folder, self._path = folder, folder / RECORDS_NAME
        make_folder(folder)
        try:
            self._file = self._path.open("ab+")
        except OSError as error:
            raise _unusable(self._path, error) from error
        if fcntl:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ends with this process, however that ends
            except BlockingIOError as error:
                self._file.close()
                raise OutputError(
                    f"Another run writes into {folder}: wait for its end, or choose another folder for --out."
                ) from error
            except OSError:
                pass  # some network drives have no locks
        self._known = read_records(folder)
        try:
            if self._file.tell():
                self._file.seek(-1, os.SEEK_END)
                if self._file.read(1) != b"\n":
                    self._file.write(b"\n")
        except OSError as error:
            raise _unusable(self._path, error) from error

    def is_done(self, job: Job, settings: ArchiveSettings, *, failed_too: bool) -> bool:
        """Tell whether a file need not be worked on: it is as it was, and so are its results.

        Args:
            job: The file.
            settings: What is asked for.
            failed_too: Whether a failure counts as done, if the file is as it was.
        """
        record = self._known.get(job.name)
        if record is None or record.settings != settings.spell() or (record.error and not failed_too):
            return False
        return _is_unchanged(job, record) and all((self._folder / file).is_file() for file in record.files)

    def add(self, record: Record) -> None:
        """Write a record; it is on the disk when this returns.

        Raises:
            OutputError: If it cannot be written.
        """
        self._known[record.source] = record
        try:
            line = json.dumps(asdict(record), ensure_ascii=False)
            # A name that is no Unicode has lone surrogates, which JSON spells with backslashes too.
            self._file.write(line.encode("utf-8", "backslashreplace") + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise OutputError(f"{self._path} cannot be written: {error.strerror}; make room and go on.") from error

    def of(self, jobs: Iterable[Job]) -> list[Record]:
        """Give the records of some files, as far as there are any."""
        return [self._known[job.name] for job in jobs if job.name in self._known]

    def close(self) -> None:
        """Write no more."""
        self._file.close()


def describe_source(job: Job, out: Path, settings: ArchiveSettings) -> Record:
    """Begin the record of a file with what can be said without reading it.

    Args:
        job: The file.
        out: The folder of results.
        settings: What is asked for.
    """
    record = Record(job.name, job.stem.relative_to(out).as_posix(), settings=settings.spell())
    try:
        status = job.source.stat()
    except OSError:
        return record
    return Record(record.source, record.stem, status.st_size, status.st_mtime_ns, settings=record.settings)


def hash_source(job: Job) -> str:
    """Compute the SHA-256 of a file, in hexadecimal digits; empty if it cannot be read."""
    try:
        with job.source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _is_unchanged(job: Job, record: Record) -> bool:
    """Tell whether a file is what it was; one that was only copied or touched is."""
    try:
        status = job.source.stat()
    except OSError:
        return not record.sha256
    if status.st_size != record.bytes:
        return False
    return status.st_mtime_ns == record.modified_ns or (record.sha256 != "" and hash_source(job) == record.sha256)


def _unusable(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path} cannot be used: {error.strerror}; choose another --out.")
