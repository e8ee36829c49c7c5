"""Sequences of OpenEXR pictures, in a folder or in a zip archive."""

import os
import shutil
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from hdr_demo.errors import OutputError
from hdr_demo.io.exr import write_exr
from hdr_demo.io.output import cannot_write, replacing, temporary_for
from hdr_demo.video.clip import Clip
from hdr_demo.video.hdr_frame import HdrFrame
from hdr_demo.video.settings import ClipSettings
from hdr_demo.video.sink import Finished, Writer

# Takes the name of a picture, and what writes it to a path; and what completes the sequence.
_Add = Callable[[str, Callable[[Path], None]], None]
_Open = tuple[_Add, Callable[[], None]]
# From which part of a frame's time on a frame counts as early or late.
_UNEVEN = Fraction(1, 4)
_LARGEST_INTEGER = 2**31 - 1  # of OpenEXR's rationals


def write_sequence(target: Path, clip: Clip, settings: ClipSettings) -> Writer:
    """Write frames as NAME.0000.exr, NAME.0001.exr …: half floats, 1.0 is the clip's white.

    Each header states when its frame is shown, in seconds from the clip's first frame, and how long.

    Args:
        target: The folder to appear, or the archive if its suffix is .zip. NAME is its name without that suffix.
        clip: The source.
        settings: What was chosen.

    Returns:
        A writer for a `Sink`.

    Raises:
        OutputError: If it cannot be written, or the folder exists and holds something.
    """
    zipped = target.suffix.lower() == ".zip"
    name = target.stem if zipped else target.name
    digits = max(4, len(str(clip.frame_count or 0)))
    attributes = {
        "framesPerSecond": clip.rate,
        "pixelAspectRatio": float(clip.pixel_aspect),
        "whiteLuminance": settings.white_nits,
        "comments": "Linear BT.709; 1.0 is the diffuse white of the clip.",
    }
    count, before, uneven = 0, None, False
    with (_archive if zipped else _folder)(target) as (add, complete):
        while isinstance(frame := (yield), HdrFrame):
            now, step = frame.frame.pts * clip.time_base, frame.frame.duration * clip.time_base
            if before is not None:
                uneven |= abs(now - before - 1 / clip.rate) > max(clip.time_base, _UNEVEN / clip.rate)
            before = now
            header = attributes | {
                "presentationTime": _rational(now - clip.first_pts * clip.time_base),
                "presentationDuration": _rational(step),
            }
            path = f"{name}.{count:0{digits}}.exr"
            add(path, lambda path, hdr=frame.hdr, header=header: write_exr(path, hdr, attributes=header))
            count += 1
        complete()
        yield
    sound = " It has no sound." if clip.audio else ""
    pace = f"for {float(clip.rate):.5g} frames a second"
    if uneven:
        pace = f"at uneven times, {float(clip.rate):.5g} a second on the average; each header states its own"
    return Finished(target, (f"{target.name} holds {count} pictures {pace}.{sound}",))


def _rational(seconds: Fraction) -> Fraction:
    return seconds.limit_denominator(_LARGEST_INTEGER // (int(seconds) + 1))


@contextmanager
def _archive(target: Path) -> Iterator[_Open]:
    """Stream pictures into an archive; they are compressed already, and so stored as they are."""
    with replacing(target) as whole, temporary_for(target) as picture, zipfile.ZipFile(whole, "w") as archive:

        def add(name: str, write: Callable[[Path], None]) -> None:
            write(picture)
            archive.write(picture, name, zipfile.ZIP_STORED)

        yield add, archive.close


@contextmanager
def _folder(target: Path) -> Iterator[_Open]:
    """Write pictures into a folder beside the target, which takes its place in the end."""
    folder = target.with_name(f".{uuid.uuid4().hex}")
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise OutputError(f"{target} exists and is not an empty folder: choose another name.")
        folder.mkdir()
        yield lambda name, write: write(folder / name), lambda: None
        if target.exists():
            target.rmdir()
        os.rename(folder, target)
    except OSError as error:
        raise cannot_write(target, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
