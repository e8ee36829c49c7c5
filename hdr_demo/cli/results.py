"""What `expand.py` calls its results, and where it puts them."""

import argparse
from pathlib import Path

from hdr_demo.errors import OutputError

PREDICTION, RESIZED, EXPOSURE = "prediction", "resized", "exposure"


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
    tag = f"_{arguments.tag}" if arguments.tag else ""
    return (arguments.out or source.parent) / f"{source.stem}_{kind}{tag}{suffix}"


def is_result(stem: str, stems: set[str]) -> bool:
    """Tell whether an earlier run wrote a file: it has the name of a source beside it, and the kind of a result.

    Args:
        stem: The file's name without its suffix.
        stems: Those of all the files beside it.
    """
    return any(
        f"_{kind}" in stem and stem[: stem.rindex(f"_{kind}")] in stems for kind in (PREDICTION, RESIZED, EXPOSURE)
    )


def make_folder(arguments: argparse.Namespace) -> None:
    """Make the folder of `--out`, if there is to be one.

    Raises:
        OutputError: If it cannot be made.
    """
    if arguments.out:
        try:
            arguments.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"The folder {arguments.out} cannot be made: {error.strerror}.") from error
