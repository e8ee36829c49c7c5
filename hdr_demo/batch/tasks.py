"""What the processes of a batch do: read a photo, convert what is HDR already, write the files of a result."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hdr_demo.batch.settings import BatchSettings, FileReport, Rendition
from hdr_demo.batch.thumbnails import make_thumbnails
from hdr_demo.color import decode_srgb
from hdr_demo.errors import HdrDemoError, OutputError, Stopped
from hdr_demo.expanded import ExpandedPhoto, keep_eight_bits, resize_picture
from hdr_demo.io import (
    GAIN_MAPS,
    HDR_FORMATS,
    HdrPicture,
    Picture,
    describe_losses,
    hdr_kind,
    read_hdr_picture,
    read_ldr,
    write_hdr,
    write_sdr,
)
from hdr_demo.metrics import dynamic_range_stops
from hdr_demo.resize import resize_image
from hdr_demo.tonemap import tone_map

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """One photo of a batch.

    Attributes:
        source: What is read.
        targets: What is written, by the endings that `BatchSettings` has: its formats, its renditions, its figures.
        settings: How.
    """

    source: Path
    targets: Mapping[str, Path]
    settings: BatchSettings

    @property
    def places(self) -> set[Path]:
        """The folders in which files are written."""
        return {path.parent for path in self.targets.values()}


class Errors:
    """What went wrong with one photo; empty at first."""

    def __init__(self, source: Path) -> None:
        """Note whose errors these are."""
        self._source, self._sentences = source, []

    @property
    def text(self) -> str:
        """The sentences, on one line."""
        return " ".join(self._sentences)

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note whatever the body of a `with` raises, except that the user wants to stop.

        One photo must not take the others with it, even where this program is wrong about it.
        """
        try:
            yield
        except Stopped:
            raise
        except HdrDemoError as error:
            self._sentences.append(str(error))
        except MemoryError:
            self._sentences.append(f"{self._source} does not fit into this computer's memory; make it smaller.")
        except Exception as error:
            logger.exception("%s failed", self._source)
            self._sentences.append(
                f"{self._source} could not be expanded because of a fault in this program ({type(error).__name__}: "
                f"{error}): please report it."
            )


def read_source(task: Task) -> Picture | FileReport:
    """Read a photo for the network; a source that has its own light is converted at once.

    Returns:
        The photo; or, of a source that needs no network or cannot be read, what became of it.
    """
    errors = Errors(task.source)
    with errors.noted():
        settings = task.settings
        kind = hdr_kind(task.source)
        if kind and (settings.own_light or kind not in GAIN_MAPS):
            return write_results(task, _open_hdr(task, kind))
        picture = read_ldr(task.source, max_megapixels=settings.max_megapixels)
        return resize_picture(picture, *settings.size) if settings.size else picture
    return FileReport(task.source, error=errors.text)


def _open_hdr(task: Task, kind: str) -> ExpandedPhoto:
    began = time.perf_counter()
    read = read_hdr_picture(task.source, max_megapixels=task.settings.max_megapixels)
    hdr, ldr = read.hdr, keep_eight_bits(read.hdr) if read.sdr is None else read.sdr
    picture = Picture(ldr, read.alpha, task.source.stem, 8, read.exif)
    if task.settings.size:
        picture, hdr = resize_picture(picture, *task.settings.size), resize_image(hdr, *task.settings.size)
    return ExpandedPhoto(picture, hdr, "calibrated", time.perf_counter() - began, kind)


def write_results(task: Task, photo: ExpandedPhoto) -> FileReport:
    """Write all files of one photo; one that cannot be written does not keep the others back.

    Returns:
        What became of it; its seconds do not count the reading of a photo that the network expanded.
    """
    began, settings = time.perf_counter(), task.settings
    errors, files, notes = Errors(task.source), [], []
    if photo.origin:
        notes.append(f"{task.source.name} was HDR already ({photo.origin}), and kept its own light.")
    for suffix in settings.formats:
        with errors.noted():
            path = _prepare_folder(task.targets[suffix])
            exif = photo.picture.exif if settings.exif else None
            picture = HdrPicture(photo.hdr, photo.alpha, _base(photo, suffix, settings), exif)
            losses = describe_losses(path, picture, settings.delivery)
            files.append(_write(path, picture, task))
            notes += [f"{path.name}: {loss}" for loss in losses]
    for rendition in settings.renditions:
        with errors.noted():
            path = _prepare_folder(task.targets[rendition.ending])
            files.append(write_sdr(path, _render(photo, rendition)))
    for ending in settings.figures:
        from hdr_demo.figure import write_figure  # loads fonts, which few ask for

        with errors.noted():
            path = _prepare_folder(task.targets[ending])
            files.append(write_figure(path, photo, operator=settings.operator, parameters=settings.parameters))
    report = FileReport(task.source, tuple(files), notes=tuple(notes))
    if settings.thumbnails:
        with errors.noted():
            report = replace(
                report,
                stops_gained=dynamic_range_stops(photo.hdr) - dynamic_range_stops(decode_srgb(photo.ldr)),
                thumbnails=make_thumbnails(photo.ldr, photo.hdr, settings.operator, settings.parameters),
            )
    height, width = photo.hdr.shape[:2]
    seconds = photo.seconds + time.perf_counter() - began
    return replace(report, width=width, height=height, seconds=seconds, error=errors.text)


def _write(path: Path, picture: HdrPicture, task: Task) -> Path:
    delivery = task.settings.delivery
    return write_hdr(
        path,
        picture.hdr,
        alpha=picture.alpha,
        sdr=picture.sdr,
        exif=picture.exif,
        white_nits=delivery.white_nits,
        peak_nits=delivery.peak_nits,
        full_float=delivery.full_float,
        quality=delivery.quality,
    )


def _base(photo: ExpandedPhoto, suffix: str, settings: BatchSettings) -> np.ndarray | None:
    if not HDR_FORMATS[suffix].has_base:
        return None
    # Of a render there is no photo, only what a screen would clip.
    if settings.base == "photo" and photo.origin in ("", *GAIN_MAPS):
        return photo.ldr
    return tone_map(photo.hdr, settings.operator, **settings.parameters)


def _render(photo: ExpandedPhoto, rendition: Rendition) -> np.ndarray:
    """Make an ordinary picture; display-encoded sRGB, float32, (H, W, 3), [0, 1]."""
    if not rendition.operator:
        return photo.ldr
    exposed = photo.hdr * np.float32(2**rendition.stops) if rendition.stops else photo.hdr
    return tone_map(exposed, rendition.operator, **rendition.parameters)


def _prepare_folder(path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {path.parent} cannot be made: {error.strerror}.") from error
    return path
