"""A strip of validation pictures that grows as the network learns: the photo, what was made of it, the truth."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hdr_demo.color import encode_srgb
from hdr_demo.errors import ImageError
from hdr_demo.exposure import extract_exposure
from hdr_demo.io import read_ldr, write_sdr
from hdr_demo.resize import resize_image
from hdr_demo.training.validation import Task

STOPS = -3.0  # dark enough to see what lies above white
ROWS = 6
ROW_HEIGHT, GAP, HEADING = 128, 4, 24
MOST_COLUMNS = 12  # of steps; of more, evenly spread ones are shown


class Strip:
    """A row for each of some validation photographs, a column for each time that they were expanded."""

    def __init__(self, folder: Path, tasks: Sequence[Task], *, before: int) -> None:
        """Begin a strip, or go on with one.

        Args:
            folder: Where the strip, and a folder of its columns, lie.
            tasks: The validation photographs.
            before: The step that the run goes on from; later columns are removed.
        """
        self.path, self._folder = folder / "progress.png", folder / "progress"
        self._rows = np.unique(np.linspace(0, len(tasks) - 1, ROWS).round().astype(int))
        shots = [tasks[row].shot for row in self._rows]
        self._photo = _column([shot.ldr for shot in shots])
        self._truth = _column([_show(shot.truth) for shot in shots])
        for path in self._columns():
            if not before or int(path.stem) > before:
                path.unlink()

    def add(self, step: int, results: Sequence[np.ndarray]) -> np.ndarray:
        """Add a column and write the strip.

        Args:
            step: So far.
            results: What became of each of the validation photographs: linear RGB, float32, (H, W, 3), [0, inf).

        Returns:
            The strip, display-encoded sRGB, float32, (H, W, 3), [0, 1].

        Raises:
            OutputError: If it cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        write_sdr(self._folder / f"{step:07d}.png", _column([_show(results[row]) for row in self._rows]))
        columns = [("photo", self._photo)]
        paths = self._columns()
        for place in np.unique(np.linspace(0, len(paths) - 1, MOST_COLUMNS).round().astype(int)):
            try:
                columns.append((f"step {int(paths[place].stem)}", read_ldr(paths[place]).ldr))
            except ImageError:  # cut off by an interruption
                continue
        columns.append(("truth", self._truth))
        columns = [(label, column) for label, column in columns if column.shape == self._photo.shape]
        strip = _join(columns)
        write_sdr(self.path, strip)
        return strip

    def _columns(self) -> list[Path]:
        return sorted(path for path in self._folder.glob("*.png") if path.stem.isdecimal())


def _show(hdr: np.ndarray) -> np.ndarray:
    return encode_srgb(extract_exposure(hdr, STOPS))


def _column(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Stack pictures, all brought to the size of the first one's reduction."""
    height, width = pictures[0].shape[:2]
    width = round(width * ROW_HEIGHT / height)
    column = np.ones((len(pictures) * (ROW_HEIGHT + GAP), width, 3), np.float32)
    for row, picture in enumerate(pictures):
        top = row * (ROW_HEIGHT + GAP)
        column[top : top + ROW_HEIGHT] = resize_image(picture, ROW_HEIGHT, width)
    return column


def _join(columns: Sequence[tuple[str, np.ndarray]]) -> np.ndarray:
    """Set columns side by side below their names."""
    height, width = columns[0][1].shape[:2]
    heading = Image.new("RGB", (len(columns) * (width + GAP), HEADING), "white")
    draw, font = ImageDraw.Draw(heading), ImageFont.load_default(14)
    for number, (label, _) in enumerate(columns):
        said = label if number == 0 else f"{label}, {STOPS:+.0f} stops"
        draw.text((number * (width + GAP) + 4, HEADING // 2), said, "black", font, "lm")
    gap = np.ones((height, GAP, 3), np.float32)
    pictures = np.concatenate([part for _, column in columns for part in (column, gap)], axis=1)
    return np.concatenate((np.asarray(heading, np.float32) / 255, pictures))
