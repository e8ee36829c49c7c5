"""What a run has reached so far, as tables in CSV files that survive an interruption."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hdr_demo.errors import OutputError


class History:
    """One table: a row for a step, written the moment it is known."""

    def __init__(self, path: Path, columns: Sequence[str], *, before: int) -> None:
        """Begin a table, or go on with one.

        Args:
            path: The file.
            columns: Of numbers, besides the step.
            before: The step that the run goes on from; what an interrupted run wrote after it is forgotten.

        Raises:
            OutputError: If the file cannot be written.
        """
        self.path, self.columns = path, tuple(columns)
        self.rows = [row for row in self._read() if row["step"] <= before] if before else []
        partial = path.with_name(path.name + ".partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(partial, "w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, ("step", *self.columns))
                writer.writeheader()
                writer.writerows(self.rows)
            os.replace(partial, path)
        except OSError as error:
            raise OutputError(f"{path} cannot be written; choose another --save_path.") from error

    def append(self, step: int, values: dict[str, float]) -> None:
        """Add a row.

        Raises:
            OutputError: If the file cannot be written.
        """
        row = {"step": step} | {name: values[name] for name in self.columns}
        self.rows.append(row)
        try:
            with open(self.path, "a", encoding="utf-8", newline="") as file:
                csv.DictWriter(file, ("step", *self.columns)).writerow(row)
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written; make room, then --resume.") from error

    def column(self, name: str) -> np.ndarray:
        """Get a column, float64, (rows,); "step" is one."""
        return np.array([row[name] for row in self.rows], np.float64)

    def _read(self) -> list[dict[str, float]]:
        """Read what is there; a row that an interruption cut off, or a table of other columns, is left out."""
        if not self.path.is_file():
            return []
        rows = []
        with open(self.path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                try:
                    rows.append({"step": int(row["step"])} | {name: float(row[name]) for name in self.columns})
                except (KeyError, TypeError, ValueError):
                    continue
        return rows
