"""What became of each file: a line of JSON for each, appended when it is done, so that nothing done is forgotten."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from hdr_demo.archive.jobs import Job
from hdr_demo.errors import OutputError
from hdr_demo.io.output import make_folder

RECORDS_NAME = "records.jsonl"


@dataclass(frozen=True)
class Record:
    """What became of one file.

    Attributes:
        source: Its path.
        bytes: Its size when it was read.
        modified_ns: When it was changed last, in nanoseconds since 1970.
        settings: `ArchiveSettings.digest` of what was asked for.
        files: The paths of the results, below the folder of results.
        seconds: What it took, in its process.
        notes: Sentences about what a person should know of the results.
        error: Empty if all went well; else a sentence.
        attempts: How many processes worked on it.
    """

    source: str
    bytes: int
    modified_ns: int
    settings: str
    files: tuple[str, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    error: str = ""
    attempts: int = 1


class Records:
    """The records of a folder of results. The last one of each source counts."""

    def __init__(self, folder: Path) -> None:
        """Read those that are there; a line cut short by a crash is passed over.

        Raises:
            OutputError: If the folder or its records cannot be used.
        """
        self._folder, self._path = folder, folder / RECORDS_NAME
        self._known: dict[str, Record] = {}
        make_folder(folder)
        try:
            lines = self._path.read_bytes().split(b"\n") if self._path.exists() else [b""]
            for line in lines:
                try:
                    values = json.loads(line)
                    record = Record(**values | {"files": tuple(values["files"]), "notes": tuple(values["notes"])})
                except (ValueError, TypeError, LookupError):
                    continue
                self._known[record.source] = record
            self._file = self._path.open("ab")
            if lines[-1]:
                self._file.write(b"\n")
        except OSError as error:
            raise OutputError(f"{self._path} cannot be used: {error.strerror}; choose another --out.") from error

    def is_done(self, job: Job, settings: str, *, failed_too: bool) -> bool:
        """Tell whether a file need not be worked on: it is as it was, and so are its results.

        Args:
            job: The file.
            settings: `ArchiveSettings.digest`.
            failed_too: Whether a failure counts as done.
        """
        record = self._known.get(job.name)
        if record is None or record.settings != settings:
            return False
        if record.error:
            return failed_too
        now = describe_source(job, settings)
        unchanged = (now.bytes, now.modified_ns) == (record.bytes, record.modified_ns)
        return unchanged and all((self._folder / file).is_file() for file in record.files)

    def add(self, record: Record) -> None:
        """Write a record; it is on the disk when this returns.

        Raises:
            OutputError: If it cannot be written.
        """
        self._known[record.source] = record
        try:
            self._file.write(json.dumps(asdict(record), ensure_ascii=False).encode() + b"\n")
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


def describe_source(job: Job, settings: str) -> Record:
    """Begin the record of a file with what it is now."""
    try:
        status = job.source.stat()
    except OSError:
        return Record(job.name, 0, 0, settings)
    return Record(job.name, status.st_size, status.st_mtime_ns, settings)
