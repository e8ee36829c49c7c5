"""What a format cannot hold of a picture, in sentences, before it is written."""

import os
from pathlib import Path

import numpy as np

from hdr_demo.color import PQ_PEAK_NITS
from hdr_demo.io.exr import LARGEST_HALF
from hdr_demo.io.hdr_formats import HDR_FORMATS
from hdr_demo.io.hdr_picture import Delivery, HdrPicture
from hdr_demo.io.output import writer_for
from hdr_demo.io.pq import bands


def describe_losses(path: str | os.PathLike[str], picture: HdrPicture, delivery: Delivery | None = None) -> list[str]:
    """Tell what `write_hdr` will have to change.

    Args:
        path: The file to be written; its suffix chooses the format.
        picture: What is to be written.
        delivery: How it is to be written; by default as `write_hdr` does.

    Returns:
        A sentence for everything that changes by more than the format's precision; none if all is kept.

    Raises:
        OutputError: If the suffix is not in `HDR_FORMATS`.
    """
    delivery = delivery or Delivery()
    path, hdr = Path(path), picture.hdr
    row = writer_for(path, HDR_FORMATS)
    no_numbers = infinite = negative = beyond = 0
    brightest = 0.0
    half = row.halves and not delivery.full_float
    for band in bands(*hdr.shape[:2]):
        finite = np.isfinite(hdr[band])
        no_numbers += int(np.isnan(hdr[band]).sum())
        infinite += int((~finite).sum()) - int(np.isnan(hdr[band]).sum())
        values = hdr[band][finite]
        if values.size:
            negative += int((values < 0).sum())
            beyond += int((np.abs(values) > LARGEST_HALF).sum()) if half else 0
            brightest = max(brightest, float(values.max()))
    losses = []
    if no_numbers:
        losses.append(f"{_count(no_numbers)} no number (NaN) and became 0.")
    if infinite:
        losses.append(f"{_count(infinite)} infinite and became the largest that {row.name} holds.")
    if negative and not row.keeps_negative:
        losses.append(f"{_count(negative)} negative, which {row.name} cannot hold, and became 0.")
    if beyond:
        losses.append(
            f"{_count(beyond)} beyond {LARGEST_HALF:,.0f}, the most that half floats hold, and became that; full "
            "floats keep them."
        )
    if picture.alpha is not None and not row.has_alpha:
        losses.append(f"Its transparency was left out, for which {row.name} has no place.")
    peak = min(delivery.peak_nits, PQ_PEAK_NITS)
    nits = brightest * delivery.white_nits
    if row.for_display and nits > peak * 1.001:
        losses.append(
            f"The brightest light, {nits:,.0f} nits, is above the peak of {peak:,.0f} nits and was rolled off."
        )
    return losses


def _count(number: int) -> str:
    return f"{number:,} value was" if number == 1 else f"{number:,} values were"
