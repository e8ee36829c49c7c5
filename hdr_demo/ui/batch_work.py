"""What the tab Many photos has done: a batch beside everybody else's work, packed into one archive at the end."""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import gradio as gr

from hdr_demo.batch import (
    BatchProgress,
    BatchSettings,
    FileReport,
    number_names,
    run_batch,
    write_contact_sheet,
    write_report,
)
from hdr_demo.errors import DeviceError, HdrDemoError, ImageError, OutputError, Stopped
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.io import Picture, write_zip
from hdr_demo.io.refusal import shown_name
from hdr_demo.ui.job import Job
from hdr_demo.ui.network import Network, Networks

MAX_PHOTOS = 50
# Processes of each batch that read and write while the network works.
WORKERS = 2
ARCHIVE, REPORT, SHEET = "hdr-photos.zip", "report.csv", "contact-sheet.jpg"

# How much of the work on a photo is behind it, when a stage begins and when it ends.
_SHARES = {"reading": (0.0, 0.0), "expanding": (0.05, 0.9), "writing": (0.9, 0.9)}
# A job counts in whole numbers.
_PARTS = 1000


@dataclass(frozen=True)
class BatchResult:
    """What came of a batch. Paths in the reports and their sentences are names only.

    Attributes:
        reports: One for each photo.
        archive: All files; None where there are none, or no room for it.
        pages: The contact sheet.
        problem: Why archive, report or contact sheet could not be written; empty if they could.
        seconds: What all of it took.
    """

    reports: tuple[FileReport, ...]
    archive: Path | None
    pages: tuple[Path, ...]
    problem: str
    seconds: float

    @property
    def files(self) -> int:
        """How many files were made."""
        return sum(len(report.files) for report in self.reports)

    @property
    def stopped(self) -> bool:
        """Whether it was stopped before its end."""
        return any(report.stopped for report in self.reports)


@dataclass(frozen=True)
class BatchRun:
    """A batch that was asked for.

    Attributes:
        names: Of the photos.
        folder: Where the files appear.
        steps: How far each photo is; None while it waits. They change while the job runs.
        job: The work.
    """

    names: tuple[str, ...]
    folder: Path
    steps: list[BatchProgress | None]
    job: "Job[BatchResult]"

    @property
    def packs(self) -> bool:
        """Whether all photos are done with, and the archive is being written."""
        return all(step is not None and step.report is not None for step in self.steps)


def share_done(step: BatchProgress | None) -> float:
    """Say how much of the work on a photo is done, in [0, 1]."""
    if step is None:
        return 0.0
    begin, end = _SHARES.get(step.stage, (1.0, 1.0))
    return begin + (end - begin) * step.share


def check_count(photos: Sequence | None, most: int) -> None:
    """Refuse an empty selection, and one that is too large.

    Raises:
        ImageError: If it is either.
    """
    if not photos:
        raise ImageError("There are no photos yet: upload one or more.")
    if len(photos) > most:
        raise ImageError(
            f"These are {len(photos)} photos, and {most} are taken at once: leave some for the next batch."
        )


def take_photos(uploads: Sequence[Path], folder: Path) -> list[Path]:
    """Take files that were uploaded into a visitor's folder, byte for byte, each into a folder of its own.

    Raises:
        ImageError: If they are no longer there.
        OutputError: If there is no room for them.
    """
    photos = []
    for number, upload in enumerate(uploads):
        own = folder / str(number) / upload.name
        try:
            own.parent.mkdir()
            try:
                os.link(upload, own)  # Gradio deletes its own after an hour, even of a batch that runs
            except OSError:
                shutil.copyfile(upload, own)
        except FileNotFoundError as error:
            raise ImageError(f"{shown_name(upload)} is no longer here; give the photos again.") from error
        except OSError as error:
            raise OutputError(f"There is no room for {shown_name(upload)}; try again later.") from error
        photos.append(own)
    return photos


class BatchWork:
    """Batches, with everybody else's work beside them."""

    def __init__(self, networks: Networks) -> None:
        """Prepare for a network of any of the checkpoints."""
        self._networks = networks

    def new_run(self, checkpoint: str, photos: Sequence[Path], folder: Path, settings: BatchSettings) -> BatchRun:
        """Prepare a batch; `Job.follow` runs it. One that is stopped has a result too.

        Args:
            checkpoint: One of `Networks.names`.
            photos: As `take_photos` gives them.
            folder: An empty one, for the files.
            settings: What becomes of each photo.
        """
        steps: list[BatchProgress | None] = [None] * len(photos)

        def work(note: Callable[[int, int], None], stop: Callable[[], bool]) -> BatchResult:
            began = time.monotonic()

            def tell(step: BatchProgress) -> None:
                named = step.report and _without_folders(step.report, folder)
                steps[step.index] = replace(step, report=named)
                note(round(_PARTS * sum(map(share_done, steps))), _PARTS * len(steps))

            network = self._networks.of(checkpoint)
            network.expander()
            reports = run_batch(
                photos,
                partial(_expand, network),
                number_names(photos, folder),
                settings,
                workers=WORKERS,
                progress=tell,
                should_stop=stop,
            )
            if not photos[0].exists():  # the visitor was forgotten meanwhile, and all of their files with them
                shutil.rmtree(folder, ignore_errors=True)
                with suppress(OSError):
                    folder.parent.rmdir()
                raise Stopped
            return _pack(reports, folder, began)

        return BatchRun(tuple(shown_name(photo) for photo in photos), folder, steps, Job(work))


def _expand(network: Network, picture: Picture, **how: object) -> ExpandedPhoto:
    try:
        return network.expand(picture, **how)
    except gr.Error as error:  # ZeroGPU says in these that it lends no more
        raise DeviceError(str(error.message)) from error


def _pack(reports: Sequence[FileReport], folder: Path, began: float) -> BatchResult:
    """Write contact sheet, report and archive; what is made already stays where it is, whatever fails."""
    named = tuple(_without_folders(report, folder) for report in reports)
    files = {path.name: path for report in reports for path in report.files}
    archive, pages, problem = None, (), ""
    try:
        pages = tuple(write_contact_sheet(folder / SHEET, named))
        table = write_report(folder / REPORT, named)
        if files:
            archive = write_zip(folder / ARCHIVE, files | {path.name: path for path in (table, *pages)})
    except HdrDemoError as error:
        problem = _strip(str(error), folder)
    return BatchResult(named, archive, pages, problem, time.monotonic() - began)


def _without_folders(report: FileReport, folder: Path) -> FileReport:
    """Leave out the folders, which are the visitor's secret and of no use to them."""

    def strip(text: str) -> str:
        return _strip(text, report.source.parent, folder)

    return replace(
        report,
        source=Path(report.source.name),
        files=tuple(Path(path.name) for path in report.files),
        notes=tuple(map(strip, report.notes)),
        error=strip(report.error),
    )


def _strip(text: str, *folders: Path) -> str:
    for folder in folders:
        text = text.replace(f"{folder}{os.sep}", "").replace(str(folder), "the folder of this page")
    return text
