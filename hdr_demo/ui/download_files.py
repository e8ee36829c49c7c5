"""The files that the tab Download offers: one table, whose HDR rows come from `HDR_FORMATS`, and how each is made."""

import importlib.metadata
import json
import math
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from hdr_demo import __version__
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.exposure import DEFAULT_STOPS, expose
from hdr_demo.io import (
    GAIN_MAPS,
    HDR_FORMATS,
    Delivery,
    HdrPicture,
    Loss,
    find_losses,
    writable_formats,
    write_hdr,
    write_sdr,
    write_zip,
)
from hdr_demo.io.names import delivered_name
from hdr_demo.io.pq import find_brightest
from hdr_demo.tonemap import tone_map

# Parts of the tab, from what most people want to what few do.
GROUPS = ("share", "edit", "show")
# What comes first in its group; the others follow in the order of their table.
_FIRST = (".jpg", ".exr")


@dataclass(frozen=True)
class Wish:
    """What a visitor asks for, as it was when they pressed the button: they may go on meanwhile.

    Attributes:
        photo: The photo and its HDR image.
        operator: The tone mapper chosen.
        parameters: Its parameters by name.
        stops: The exposures chosen.
        delivery: White, peak, quality, and whether OpenEXR gets full floats.
        toned_base: Whether a gain map gets the tone-mapped picture as its base image, or the photo itself.
        keep_exif: Whether the photo's EXIF data go into the file.
        language: "en" or "zh", of what stands in a file.
    """

    photo: ExpandedPhoto
    operator: str
    parameters: dict[str, float]
    stops: tuple[float, ...]
    delivery: Delivery
    toned_base: bool = False
    keep_exif: bool = True
    language: str = "en"

    def picture_for(self, suffix: str) -> HdrPicture:
        """Gather what a format stores."""
        photo, sdr = self.photo, None
        if HDR_FORMATS[suffix].has_base:
            sdr = self.tone_map() if self.toned_base else photo.ldr
        return HdrPicture(photo.hdr, photo.alpha, sdr, photo.picture.exif if self.keep_exif else None)

    def tone_map(self) -> np.ndarray:
        """Make the tone-mapped picture: display-encoded sRGB, float32, (H, W, 3), [0, 1]."""
        return tone_map(self.photo.hdr, self.operator, **self.parameters)


@dataclass(frozen=True)
class FileKind:
    """A row of the table of files.

    Attributes:
        key: Of its texts, and of its button on the page.
        group: One of `GROUPS`.
        write: Writes the file into a folder.
        suffix: The key of `HDR_FORMATS`; empty for what is no HDR picture.
        for_panoramas: Whether it is offered for panoramas only.
    """

    key: str
    group: str
    write: Callable[[Wish, Path], Path]
    suffix: str = ""
    for_panoramas: bool = False


@dataclass(frozen=True)
class Made:
    """A file that was made.

    Attributes:
        path: The file.
        headroom: How many stops above white its brightest light is; None where that means nothing.
        losses: What it could not hold.
    """

    path: Path
    headroom: float | None
    losses: tuple[Loss, ...]


def _write_light(suffix: str) -> Callable[[Wish, Path], Path]:
    def write(wish: Wish, folder: Path) -> Path:
        picture = wish.picture_for(suffix)
        return write_hdr(
            folder / delivered_name(wish.photo.name, suffix),
            picture.hdr,
            alpha=picture.alpha,
            sdr=picture.sdr,
            exif=picture.exif,
            **asdict(wish.delivery),
        )

    return write


def _write_hdri(wish: Wish, folder: Path) -> Path:
    """Write what lights a scene in a renderer: all light, opaque, with floats that hold any sun."""
    path = folder / f"{wish.photo.name}_hdri.exr"
    return write_hdr(path, wish.photo.hdr, white_nits=wish.delivery.white_nits, full_float=True)


def _write_figure(suffix: str) -> Callable[[Wish, Path], Path]:
    def write(wish: Wish, folder: Path) -> Path:
        from hdr_demo.figure import write_figure  # loads fonts, which few ask for

        return write_figure(
            folder / f"{wish.photo.name}_figure{suffix}",
            wish.photo,
            operator=wish.operator,
            parameters=wish.parameters,
            stops=() if wish.stops == DEFAULT_STOPS else wish.stops,  # it has three of its own, which fit a page
            language=wish.language,
        )

    return write


def _write_toned(wish: Wish, folder: Path) -> Path:
    return write_sdr(folder / f"{wish.photo.name}_{wish.operator}.png", wish.tone_map(), alpha=wish.photo.alpha)


def _write_exposures(wish: Wish, folder: Path) -> Path:
    photo, files = wish.photo, {}
    for stops in wish.stops:
        name = f"{photo.name}_{stops:+g}.png"
        files[name] = write_sdr(folder / name, expose(photo.hdr, stops), alpha=photo.alpha)
    about = json.dumps(describe(wish), indent=2, ensure_ascii=False).encode()
    archive = write_zip(folder / f"{photo.name}_exposures.zip", {**files, "meta.json": about})
    for path in files.values():
        path.unlink()
    return archive


def describe(wish: Wish) -> dict:
    """Say how a result came about, for programs that read it later."""
    photo = wish.photo
    height, width, _ = photo.hdr.shape
    return {
        "name": photo.name,
        "width": width,
        "height": height,
        "scale": photo.scale,
        "white_nits": None if photo.scale == "paper" else wish.delivery.white_nits,
        "stops": list(wish.stops),
        "operator": {"name": wish.operator, "parameters": wish.parameters},
        "checkpoint": photo.checkpoint or None,
        "origin": photo.origin or "estimated by the network",
        "versions": {
            "hdr_demo": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "torch": importlib.metadata.version("torch"),
        },
    }


def hdr_kinds() -> Iterator[FileKind]:
    """List the HDR formats that this installation can write, each by the first of its suffixes."""
    rows = {}
    for suffix, row in writable_formats().items():
        rows.setdefault(row.name, (suffix, row))
    for suffix, row in sorted(rows.values(), key=lambda each: (not each[1].for_display, each[0] not in _FIRST)):
        yield FileKind(suffix[1:], "share" if row.for_display else "edit", _write_light(suffix), suffix)


FILE_KINDS = (
    *hdr_kinds(),
    FileKind("hdri", "edit", _write_hdri, ".exr", for_panoramas=True),
    FileKind("toned", "show", _write_toned),
    FileKind("exposures", "show", _write_exposures),
    FileKind("figure_pdf", "show", _write_figure(".pdf")),
    FileKind("figure_png", "show", _write_figure(".png")),
)


def make_file(kind: FileKind, wish: Wish, folder: Path) -> Made:
    """Make a file; after a failure nothing of it stays in its folder.

    Args:
        kind: A row of `FILE_KINDS`.
        wish: What is asked for.
        folder: An empty one.

    Returns:
        The file, and what is to be said of it.

    Raises:
        OutputError: If it cannot be written.
    """
    try:
        path = kind.write(wish, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if not kind.suffix:
        return Made(path, None, ())
    delivery = replace(wish.delivery, full_float=True) if kind.for_panoramas else wish.delivery
    losses = find_losses(path, HdrPicture(wish.photo.hdr, wish.photo.alpha), delivery)
    return Made(path, find_headroom(wish, kind.suffix), tuple(losses))


def find_headroom(wish: Wish, suffix: str) -> float | None:
    """Find how many stops above white the brightest light of a file is; None where no white is known."""
    photo, row = wish.photo, HDR_FORMATS[suffix]
    if photo.scale == "paper":
        return None
    brightest = max(find_brightest(photo.hdr), 1.0)
    if row.for_display:
        brightest = min(brightest, wish.delivery.peak_nits / wish.delivery.white_nits)
    return math.log2(brightest)


def natural_base(photo: ExpandedPhoto) -> str:
    """Name what the photo itself is as a base image: "photo", "own" (of its gain map) or "clipped" (light, cut off)."""
    if photo.is_merged:
        return "photo"
    return {"": "photo", **dict.fromkeys(GAIN_MAPS, "own")}.get(photo.origin, "clipped")
