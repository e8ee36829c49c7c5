"""Checkpoints as methods: each with every scale that makes sense for it, beside the photo itself."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hdr_demo.calibration import SCALES
from hdr_demo.evaluation.scores import BASELINE, Method, linearize
from hdr_demo.io import Picture

if TYPE_CHECKING:
    from hdr_demo.photo import PhotoExpander  # torch; the app shows measures before it is loaded


def list_methods(photos: "Sequence[PhotoExpander]", scales: Sequence[str] | None = None) -> dict[str, Method]:
    """Name what is to be compared.

    Args:
        photos: Loaded checkpoints.
        scales: Of `calibration.SCALES`; without them all, but "paper" for checkpoints in relative units alone: it
            takes away the unit that the others have.

    Returns:
        The baseline, then checkpoint by checkpoint.
    """
    times = Counter(name for name, _ in {(photo.checkpoint.name, photo.checkpoint.sha256) for photo in photos})
    methods: dict[str, Method] = {BASELINE: linearize}
    for photo in photos:
        name = photo.checkpoint.name
        if times[name] > 1:
            name = f"{name} ({photo.checkpoint.sha256[:8]})"
        for scale in scales or SCALES:
            if scales or scale != "paper" or photo.checkpoint.reading.kind == "relative":
                methods[f"{name}, {scale}"] = as_method(photo, scale)
    return methods


def as_method(photo: "PhotoExpander", scale: str) -> Method:
    """Make a method of a checkpoint and one of `calibration.SCALES`."""

    def expand(ldr: np.ndarray) -> np.ndarray:
        return photo.expand(Picture(ldr, None, "shot", 8), scale=scale).hdr

    return expand
