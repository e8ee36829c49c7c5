"""What a batch is asked for, and what it tells."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hdr_demo.batch.thumbnails import Thumbnails
from hdr_demo.io import MAX_MEGAPIXELS, Delivery

# The base images that a gain map may have: the photo as it was, where there is one, or its rendition by the operator.
BASES = ("photo", "rendition")
# What is told of a photo, in this order; the last three end it.
STAGES = ("reading", "expanding", "writing", "done", "failed", "stopped")


@dataclass(frozen=True)
class Rendition:
    """An ordinary picture that is written of each photo, besides its HDR files.

    Attributes:
        ending: What `run_batch` asks its `target` for, such as "_reinhard.jpg"; the suffix is one of `SDR_FORMATS`.
        operator: One of `TONE_MAPPERS`; empty for the photo itself.
        parameters: Of the operator; those left out take their defaults.
        stops: By how much the light is made brighter before.
    """

    ending: str
    operator: str = ""
    parameters: Mapping[str, float] = field(default_factory=dict)
    stops: float = 0.0


@dataclass(frozen=True)
class BatchSettings:
    """What becomes of each photo.

    Attributes:
        formats: Suffixes, keys of `HDR_FORMATS`: a file of each is written.
        operator: One of `TONE_MAPPERS`, for thumbnails and, if `base` says so, the base image of gain maps.
        parameters: Of the operator; those left out take their defaults.
        base: One of `BASES`.
        scale: One of `calibration.SCALES`.
        delivery: How bright, how exact and how well compressed the files are.
        draft: Let the network read a reduced copy.
        max_megapixels: Larger photos are refused.
        size: Height and width that each photo is brought to first; None keeps its own.
        own_light: Take the light of a photograph with a gain map from it; else the network estimates it from the base
            image. What is HDR and no ordinary picture always keeps its own light.
        exif: Keep the photograph's EXIF data, which may tell who took it and where.
        renditions: What else is written.
        figures: What `run_batch` asks its `target` for to write a figure of one page, such as "figure.pdf"; the suffix
            is one of `FIGURE_FORMATS`.
        thumbnails: Make small pictures of photo and result, which a contact sheet shows, and measure what was gained.
        skip_existing: Leave a photo alone whose files are all there; because a file appears whole or not at all, this
            goes on with a batch that was interrupted.
    """

    formats: tuple[str, ...] = (".jpg",)
    operator: str = "reinhard"
    parameters: Mapping[str, float] = field(default_factory=dict)
    base: str = "photo"
    scale: str = "calibrated"
    delivery: Delivery = Delivery()
    draft: bool = False
    max_megapixels: float = MAX_MEGAPIXELS
    size: tuple[int, int] | None = None
    own_light: bool = True
    exif: bool = True
    renditions: tuple[Rendition, ...] = ()
    figures: tuple[str, ...] = ()
    thumbnails: bool = True
    skip_existing: bool = False


@dataclass(frozen=True)
class FileReport:
    """What became of one source.

    Attributes:
        source: The file that was read.
        files: What was written.
        width: In pixels; 0 where nothing was read.
        height: In pixels.
        seconds: What the network, or the opening of an HDR file, and the writing took together.
        notes: Sentences about what the files could not hold, and whatever else a person should know.
        error: Empty if all went well; else a sentence for the user.
        stopped: Whether the user stopped the batch before this one was done; `error` says so too.
        stops_gained: How much more dynamic range the result has than the photo, in stops; NaN where there is none.
        thumbnails: None where nothing was made, or none were wanted.
    """

    source: Path
    files: tuple[Path, ...] = ()
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    error: str = ""
    stopped: bool = False
    stops_gained: float = math.nan
    thumbnails: Thumbnails | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class BatchProgress:
    """One step of a batch.

    Attributes:
        index: Which source, from 0.
        stage: One of `STAGES`.
        share: Of the network's work on this one, [0, 1].
        report: With the last stage of each source.
    """

    index: int
    stage: str
    share: float = 0.0
    report: FileReport | None = None
