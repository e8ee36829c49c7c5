"""Finding the photos and clips of an archive, and naming their results."""

import os
from collections.abc import Mapping, Sequence
from itertools import chain, count
from pathlib import Path

from hdr_demo.archive.jobs import Job
from hdr_demo.archive.records import Record, read_records
from hdr_demo.errors import DataError
from hdr_demo.io import LDR_SUFFIXES
from hdr_demo.video.clip import VIDEO_SUFFIXES


def list_jobs(sources: Sequence[Path], out: Path) -> list[Job]:
    """List the photos and clips of files and folders, and of all folders in these.

    Args:
        sources: Files, and folders.
        out: Where results go, in the same folders as their sources. A source that has a record there keeps the names of
            its results, whatever has come and gone beside it since.

    Returns:
        The jobs, in the order of the sources, and by name within a folder. Sources of one name get results of
        different names: of "beach.jpg" and "beach.png" the second one's begin with "beach.png".

    Raises:
        DataError: If a source is not there or lies where results go, or there is nothing to do.
    """
    out = out.resolve()
    places: dict[Path, Path] = {}  # of sources, within the folder of results, with their suffixes
    for given in sources:
        root = given.resolve()
        if not root.exists():
            raise DataError(f"{given} is not there.")
        if root.is_relative_to(out):
            raise DataError(f"{given} lies in the folder of results, where it might be replaced; choose another --out.")
        # Files of several folders that are called alike do not mix.
        for path in _walk(root, out) if root.is_dir() else [root]:
            places.setdefault(path, path.relative_to(root.parent))
    if not places:
        raise DataError(f"There is no photo and no clip in {', '.join(map(str, sources))}.")
    stems = _choose_stems(places, read_records(out))
    return [Job(path, str(path), out / stems[path], path.suffix.lower() in VIDEO_SUFFIXES) for path in places]


def _choose_stems(places: Mapping[Path, Path], records: Mapping[str, Record]) -> dict[Path, str]:
    """Say how the results of each source begin; no two begin alike, even where capitals are no difference."""
    stems = {path: records[str(path)].stem for path in places if str(path) in records}
    taken = {record.stem.casefold() for record in records.values()}
    for path, place in places.items():
        if path not in stems:
            numbered = (f"{place.as_posix()}-{number}" for number in count(2))
            names = chain((place.with_suffix("").as_posix(), place.as_posix()), numbered)
            stems[path] = next(name for name in names if name.casefold() not in taken)
            taken.add(stems[path].casefold())
    return stems


def _walk(root: Path, out: Path) -> list[Path]:
    files = []
    for name, inner, names in os.walk(root):
        folder = Path(name)
        inner[:] = sorted(each for each in inner if not each.startswith(".") and (folder / each).resolve() != out)
        paths = (folder / each for each in sorted(names) if not each.startswith("."))
        files += [path for path in paths if path.suffix.lower() in (*LDR_SUFFIXES, *VIDEO_SUFFIXES)]
    return files
