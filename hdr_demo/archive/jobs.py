"""What is to be done with each file of an archive."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

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

    def spell(self) -> dict[str, Any]:
        """Name what decides the results, as JSON gives it back: files made otherwise are made again."""
        choices = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        return {name: value for name, value in choices.items() if name not in _WHERE}


# Of the settings, those that only say where the work is done.
_WHERE = ("device", "backend", "offline")


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
