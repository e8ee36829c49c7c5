"""Names for the results of a batch."""

from collections.abc import Callable, Sequence
from pathlib import Path

from hdr_demo.io.names import delivered_name


def number_names(sources: Sequence[Path], folder: Path) -> Callable[[Path, str], Path]:
    """Make the `target` of `run_batch` that puts all results into one folder.

    Args:
        sources: The batch.
        folder: Where the results shall lie.

    Returns:
        Gives a source and a suffix its file. Where several sources have one name, in capitals or not, all but the first
        get a number: "beach_hdr.jpg", "beach-2_hdr.jpg".
    """
    names: dict[Path, str] = {}
    taken = set()
    for source in sources:
        if source in names:
            continue
        name, number = source.stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{source.stem}-{number}"
        taken.add(name.casefold())
        names[source] = name

    def target(source: Path, ending: str) -> Path:
        name = names[source]
        return folder / (delivered_name(name, ending) if ending.startswith(".") else f"{name}{ending}")

    return target
