"""What is to be done with each file of an archive."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain, count
from pathlib import Path

from hdr_demo.errors import DataError
from hdr_demo.io import LDR_SUFFIXES
from hdr_demo.video.clip import VIDEO_SUFFIXES
from hdr_demo.video.settings import DEFAULT_OUTPUTS


@dataclass(frozen=True)
class ArchiveSettings:
    """What becomes of each file.

    Attributes:
        formats: Of photos: suffixes, keys of `HDR_FORMATS`.
        outputs: Of clips: names of `VIDEO_OUTPUTS`.
        scale: "calibrated" or "radiometric" of `calibration.SCALES`.
        operator: One of `TONE_MAPPERS`, for clips that are not HDR.
        draft: Let the network read a reduced copy.
        weights: What `weights.find_checkpoint` understands; None is the default.
        device: One of `device.DEVICES`.
        backend: A key of `backends.BACKENDS`, or "auto".
        offline: Ask the Hub for nothing.
    """

    formats: tuple[str, ...] = (".jpg",)
    outputs: tuple[str, ...] = DEFAULT_OUTPUTS
    scale: str = "calibrated"
    operator: str = "reinhard"
    draft: bool = False
    weights: str | None = None
    device: str = "auto"
    backend: str = "auto"
    offline: bool = False

    def digest(self) -> str:
        """Name what decides the results, in a few letters: files made otherwise are made again."""
        choices = asdict(self)
        for name in ("device", "backend", "offline"):
            choices.pop(name)
        return hashlib.sha256(json.dumps(choices, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Job:
    """One file of an archive.

    Attributes:
        source: What is read, absolute.
        name: Of the source within the archive, by which its record knows it.
        stem: Of its results: where they lie, and how their names begin; absolute.
        moves: Whether it is a clip.
    """

    source: Path
    name: str
    stem: Path
    moves: bool


def list_jobs(sources: Sequence[Path], out: Path) -> list[Job]:
    """List the photos and clips of files and folders, and of all folders in these.

    Args:
        sources: Files, and folders.
        out: Where results go, in the same folders as their sources; its own files are left out.

    Returns:
        The jobs, in the order of the sources, and by name within a folder. Sources of one name get results of
        different names: of "beach.jpg" and "beach.png" the second one's begin with "beach.png".

    Raises:
        DataError: If a source is not there, or there is nothing to do.
    """
    out = out.resolve()
    jobs: list[Job] = []
    seen: set[Path] = set()
    taken: set[str] = set()
    for given in sources:
        root = given.resolve()
        if not root.exists():
            raise DataError(f"{given} is not there.")
        for path in _walk(root, out) if root.is_dir() else [root]:
            suffix = path.suffix.lower()
            if path in seen or (root.is_dir() and suffix not in (*LDR_SUFFIXES, *VIDEO_SUFFIXES)):
                continue
            seen.add(path)
            # Files of several folders that are called alike do not mix.
            place = Path(root.name) / path.relative_to(root) if root.is_dir() else Path(path.name)
            stem = place.with_suffix("")
            numbered = (place.with_name(f"{place.name}-{number}") for number in count(2))
            free = next(name for name in chain((stem, place), numbered) if str(name).casefold() not in taken)
            taken.add(str(free).casefold())
            jobs.append(Job(path, str(path), out / free, suffix in VIDEO_SUFFIXES))
    if not jobs:
        raise DataError(f"There is no photo and no clip in {', '.join(map(str, sources))}.")
    return jobs


def _walk(root: Path, out: Path) -> list[Path]:
    files = []
    for name, inner, names in os.walk(root):
        folder = Path(name)
        inner[:] = sorted(each for each in inner if not each.startswith(".") and (folder / each).resolve() != out)
        files += sorted(folder / each for each in names if not each.startswith("."))
    return files
