"""What a format cannot hold of a picture, in sentences, before it is written."""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from hdr_demo.color import PQ_PEAK_NITS
from hdr_demo.io.exr import LARGEST_HALF
from hdr_demo.io.hdr_formats import HDR_FORMATS
from hdr_demo.io.hdr_picture import Delivery, HdrPicture
from hdr_demo.io.output import writer_for
from hdr_demo.strips import over_strips

# By kind: what is said of it.
_SENTENCES = {
    "no_number": "{count} no number (NaN) and became 0.",
    "infinite": "{count} infinite and became the largest that {format} holds.",
    "negative": "{count} negative, which {format} cannot hold, and became 0.",
    "beyond_half": "{count} beyond {most:,.0f}, the most that half floats hold, and became that; full floats keep "
    "them.",
    "alpha": "Its transparency was left out, for which {format} has no place.",
    "peak": "The brightest light, {nits:,.0f} nits, is above the peak of {peak:,.0f} nits and was rolled off.",
}


@dataclass(frozen=True)
class Loss:
    """Something that `write_hdr` will have to change.

    Attributes:
        kind: "no_number", "infinite", "negative", "beyond_half", "alpha" or "peak".
        values: What its sentence may be filled with: `number` (of values), `format`, `most` (of a half float), `nits`
            (of the brightest light) and `peak`.
    """

    kind: str
    values: dict[str, str | int | float]

    def __str__(self) -> str:
        """Say it."""
        number = self.values.get("number", 0)
        count = f"{number:,} value was" if number == 1 else f"{number:,} values were"
        return _SENTENCES[self.kind].format(count=count, **self.values)


def describe_losses(path: str | os.PathLike[str], picture: HdrPicture, delivery: Delivery | None = None) -> list[str]:
    """Tell in sentences what `write_hdr` will have to change; takes and raises what `find_losses` does."""
    return [str(loss) for loss in find_losses(path, picture, delivery)]


def find_losses(path: str | os.PathLike[str], picture: HdrPicture, delivery: Delivery | None = None) -> list[Loss]:
    """Find what `write_hdr` will have to change.

    Args:
        path: The file to be written; its suffix chooses the format.
        picture: What is to be written.
        delivery: How it is to be written; by default as `write_hdr` does.

    Returns:
        Everything that changes by more than the format's precision; nothing if all is kept.

    Raises:
        OutputError: If the suffix is not in `HDR_FORMATS`.
    """
    delivery = delivery or Delivery()
    path, hdr = Path(path), picture.hdr
    row = writer_for(path, HDR_FORMATS)
    half = row.halves and not delivery.full_float
    counts, brightest = zip(*over_strips(partial(_count, half=half), hdr), strict=True)
    no_numbers, infinite, negative, beyond = (sum(numbers) for numbers in zip(*counts, strict=True))
    peak = min(delivery.peak_nits, PQ_PEAK_NITS)
    nits = max(brightest) * delivery.white_nits
    found = {
        "no_number": no_numbers,
        "infinite": infinite,
        "negative": 0 if row.keeps_negative else negative,
        "beyond_half": beyond,
        "alpha": int(picture.alpha is not None and not row.has_alpha),
        "peak": int(row.for_display and nits > peak * 1.001),
    }
    values = {"format": row.name, "most": LARGEST_HALF, "nits": nits, "peak": peak}
    return [Loss(kind, {"number": number, **values}) for kind, number in found.items() if number]


def _count(hdr: np.ndarray, *, half: bool) -> tuple[tuple[int, int, int, int], float]:
    """Count what is no number, infinite, negative, and beyond half floats; find the brightest, at least 0."""
    lowest, highest = float(hdr.min()), float(hdr.max())
    if lowest >= 0 and highest <= LARGEST_HALF:  # as nearly everywhere; NaN is neither
        return (0, 0, 0, 0), highest
    nan, values = np.isnan(hdr), hdr[np.isfinite(hdr)]
    beyond = int((np.abs(values) > LARGEST_HALF).sum()) if half else 0
    no_numbers = int(nan.sum())
    counts = no_numbers, hdr.size - values.size - no_numbers, int((values < 0).sum()), beyond
    return counts, float(values.max(initial=0))
