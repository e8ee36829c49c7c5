"""What `expand.py` calls its results, and where it puts them."""

import argparse
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from hdr_demo.errors import ImageError
from hdr_demo.io import hdr_kind
from hdr_demo.io.names import delivered_name, name_before

PREDICTION, RESIZED, EXPOSURE, FIGURE = "prediction", "resized", "exposure", "figure"


def result_path(source: Path, kind: str, suffix: str, arguments: argparse.Namespace) -> Path:
    """Name a result as the published script does: NAME_KIND[_TAG].SUFFIX, beside the source or in `--out`.

    Args:
        source: What was read.
        kind: What the result is, such as "prediction".
        suffix: With its dot.
        arguments: With `out` and `tag`.

    Returns:
        Where to write.
    """
    return _folder(source, arguments) / f"{source.stem}_{kind}{_tag(arguments)}{suffix}"


def shared_path(source: Path, suffix: str, arguments: argparse.Namespace) -> Path:
    """Name a file of `--formats` as all files to share are named, in the same place.

    Args:
        source: What was read.
        suffix: Of the format.
        arguments: With `out` and `tag`.

    Returns:
        Where to write.
    """
    name = Path(delivered_name(source.stem, suffix))
    return _folder(source, arguments) / f"{name.stem}{_tag(arguments)}{suffix}"


def _tag(arguments: argparse.Namespace) -> str:
    return f"_{arguments.tag}" if arguments.tag else ""


def _folder(source: Path, arguments: argparse.Namespace) -> Path:
    """Find where the results of a source lie; below `--out` as the source lies below a folder that is searched."""
    if not arguments.out:
        return source.parent
    roots = [given for given in arguments.ldr if given in source.parents] if arguments.recursive else []
    return arguments.out / source.parent.relative_to(roots[0]) if roots else arguments.out


def find_sources(
    path: Path, suffixes: Sequence[str], *, recursive: bool = False, out: Path | None = None
) -> list[Path]:
    """List the files of a folder that are to be worked on, without our own results.

    Args:
        path: The folder.
        suffixes: What is looked for, in small letters.
        recursive: Look in the folders of the folder too; hidden ones are left out.
        out: A folder of results, which is left out then.

    Returns:
        The files by name, folder by folder.

    Raises:
        OSError: If the folder cannot be read.
    """
    found = []
    for folder in _folders(path, out) if recursive else [path]:
        files = [file for file in folder.iterdir() if file.is_file() and file.name.lower().endswith(tuple(suffixes))]
        names = Counter(file.stem for file in files)
        found += sorted(file for file in files if not _is_result(file, names))
    return found


def _folders(path: Path, out: Path | None) -> list[Path]:
    folders = []
    for name, inner, _ in os.walk(path):
        folders.append(Path(name))
        inner[:] = sorted(
            name
            for name in inner
            if not name.startswith(".") and not (out and (folders[-1] / name).resolve() == out.resolve())
        )
    return folders


def _is_result(path: Path, names: Mapping[str, int]) -> bool:
    """Tell whether an earlier run wrote a file: it has the name of a source beside it, and the kind of a result.

    Args:
        path: The file.
        names: How many files of its folder have which name, without their suffixes.
    """
    for kind in (PREDICTION, RESIZED, EXPOSURE, FIGURE):
        name, found, _ = path.stem.rpartition(f"_{kind}")
        if found and name in names:
            return True
    name = name_before(path)
    if names.get(name, 0) <= (name == path.stem):
        return False
    try:
        return hdr_kind(path) is not None  # ordinary pictures are called so, too
    except ImageError:  # told when it is worked on
        return False
