"""What the processes of a batch do: read a photo, convert what is HDR already, write the files of a result."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hdr_demo.batch.settings import BatchSettings, FileReport, Rendition
from hdr_demo.batch.thumbnails import make_thumbnails
from hdr_demo.color import decode_srgb, luminance
from hdr_demo.errors import HdrDemoError, ImageError, Stopped
from hdr_demo.expanded import ExpandedPhoto, bring_near_white, open_own_light, resize_picture
from hdr_demo.io import (
    GAIN_MAPS,
    HDR_FORMATS,
    HdrPicture,
    Picture,
    describe_losses,
    hdr_kind,
    read_ldr,
    write_hdr,
    write_sdr,
)
from hdr_demo.io.output import make_folder
from hdr_demo.io.sdr import round_to_codes
from hdr_demo.metrics import dynamic_range_stops, luminance_range_stops
from hdr_demo.resize import resize_image
from hdr_demo.strips import in_strips
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
    errors, settings = Errors(task.source), task.settings
    with errors.noted():
        opened = open_own_light(task.source, gain_maps=settings.own_light, max_megapixels=settings.max_megapixels)
        if opened:
            return write_results(task, _resize(opened, settings.size) if settings.size else opened)
        picture = read_ldr(task.source, max_megapixels=settings.max_megapixels)
        return resize_picture(picture, *settings.size) if settings.size else picture
    return FileReport(task.source, error=errors.text)


def _resize(opened: ExpandedPhoto, size: tuple[int, int]) -> ExpandedPhoto:
    return replace(opened, picture=resize_picture(opened.picture, *size), hdr=resize_image(opened.hdr, *size))


def write_results(task: Task, photo: ExpandedPhoto) -> FileReport:
    """Write all files of one photo; one that cannot be written does not keep the others back.

    Returns:
        What became of it; its seconds do not count the reading of a photo that the network expanded.
    """
    began, settings = time.perf_counter(), task.settings
    errors, files, notes = Errors(task.source), [], _notes(task, photo)
    stored, photo = photo, bring_near_white(photo)
    if photo.shift:
        direction = "brighter" if photo.shift > 0 else "darker"
        notes.append(f"Its numbers are far from 1.0: what is made for screens is {abs(photo.shift)} stops {direction}.")
    for suffix in settings.formats:
        with errors.noted():
            path = _prepare_folder(task.targets[suffix])
            exif = photo.picture.exif if settings.exif else None
            hdr = photo.hdr if HDR_FORMATS[suffix].for_display else stored.hdr
            picture = HdrPicture(hdr, photo.alpha, _base(photo, suffix, settings), exif)
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
            seen = luminance_range_stops(in_strips(lambda strip: luminance(decode_srgb(strip)), photo.ldr))
            report = replace(
                report,
                stops_gained=dynamic_range_stops(photo.hdr) - seen,
                thumbnails=make_thumbnails(photo.ldr, photo.hdr, settings.operator, settings.parameters),
            )
    height, width = photo.hdr.shape[:2]
    seconds = photo.seconds + time.perf_counter() - began
    return replace(report, width=width, height=height, seconds=seconds, error=errors.text)


def _notes(task: Task, photo: ExpandedPhoto) -> list[str]:
    """Say where the light comes from, if not as usual, and what had to be mended in it."""
    if not photo.origin:
        with suppress(ImageError):  # it may be gone by now
            if task.settings.own_light and hdr_kind(task.source) in GAIN_MAPS:
                return [f"The gain map of {task.source.name} cannot be read, so the network estimated the light."]
        return []
    notes = [f"{task.source.name} was HDR already ({photo.origin}), and kept its own light."]
    if photo.oddities.no_number:
        notes.append(f"Pixels with no number (NaN) in a channel, which became 0: {photo.oddities.no_number:,}.")
    if photo.oddities.infinite:
        notes.append(
            f"Pixels with an infinite channel, which became as bright as the brightest: {photo.oddities.infinite:,}."
        )
    return notes


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
    """Make an ordinary picture; what `write_sdr` takes, in codes where it is a new one."""
    if not rendition.operator:
        return photo.ldr
    gain = 2**rendition.stops
    return tone_map(photo.hdr, rendition.operator, gain=gain, finish=round_to_codes, **rendition.parameters)


def _prepare_folder(path: Path) -> Path:
    make_folder(path.parent)
    return path
