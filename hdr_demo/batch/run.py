"""Running a batch."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from hdr_demo.batch.settings import BatchProgress, BatchSettings, FileReport
from hdr_demo.errors import HdrDemoError, Stopped
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.io import HDR_FORMATS, Picture, read_ldr, write_hdr
from hdr_demo.tonemap import tone_map


class Expand(Protocol):
    """What turns a photo into an HDR image; `PhotoExpander.expand` is one."""

    def __call__(
        self,
        picture: Picture,
        *,
        scale: str,
        draft: bool,
        progress: Callable[[int, int], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> ExpandedPhoto:
        """Turn a photo into an HDR image, as `PhotoExpander.expand` does."""


def run_batch(
    sources: Sequence[Path],
    expand: Expand,
    target: Callable[[Path, str], Path],
    settings: BatchSettings | None = None,
    *,
    workers: int = 2,
    progress: Callable[[BatchProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[FileReport]:
    """Expand many photos; one that fails is reported, and the rest goes on.

    Args:
        sources: The files, in the order in which they are worked on.
        expand: What expands one photo, in this process.
        target: Names the file of a source that has a suffix; `number_names` makes one.
        settings: What becomes of each photo.
        workers: How many processes read and write.
        progress: Called at each step, in the thread that called `run_batch`.
        should_stop: Asked between photos and before each tile.

    Returns:
        A report for each source, in their order.
    """
    settings = settings or BatchSettings()
    reports: list[FileReport] = []

    def tell(index: int, stage: str, share: float = 0.0, report: FileReport | None = None) -> None:
        if progress:
            progress(BatchProgress(index, stage, share, report))

    for index, source in enumerate(sources):
        began = time.perf_counter()
        try:
            if should_stop and should_stop():
                raise Stopped
            tell(index, "reading")
            picture = read_ldr(source, max_megapixels=settings.max_megapixels)
            photo = expand(
                picture,
                scale=settings.scale,
                draft=settings.draft,
                progress=lambda done, total, index=index: tell(index, "expanding", done / total),
                should_stop=should_stop,
            )
            tell(index, "writing", 1.0)
            files = []
            for suffix in settings.formats:
                needs_base = HDR_FORMATS[suffix].has_base
                base = photo.ldr if settings.base == "photo" else tone_map(photo.hdr, settings.operator)
                files.append(write_hdr(target(source, suffix), photo.hdr, sdr=base if needs_base else None))
            height, width = picture.ldr.shape[:2]
            report = FileReport(source, tuple(files), width, height, time.perf_counter() - began)
            tell(index, "done", 1.0, report)
        except HdrDemoError as error:
            report = FileReport(source, error=str(error), stopped=isinstance(error, Stopped))
            tell(index, "stopped" if report.stopped else "failed", 0.0, report)
        reports.append(report)
    return reports
