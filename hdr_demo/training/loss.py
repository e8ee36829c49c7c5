"""What the network is asked for: light in stops, first of all where the photo lost it."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch.nn import functional

from hdr_demo.calibration import blend_weight
from hdr_demo.color import REFERENCE_WHITE_NITS
from hdr_demo.metrics import encode_pu21
from hdr_demo.reading import Reading

EVERYWHERE_WEIGHT = 0.5
COLOR_WEIGHT = 0.5
ENERGY_WEIGHT = 0.3
FIDELITY_WEIGHT = 0.5
# Of the squared error beside the absolute one. The absolute error alone asks for the median of what a white area may
# hide, and most of them hide little: lamps and suns came out at twice white. The square asks for the mean.
SQUARE_WEIGHT = 0.3
# What a stop at the photo's white is worth in PU21. In this unit an error counts as it looks: a stop in deep shadow,
# where noise and JPEG leave nothing to read, weighs little.
PU21_STOP = float(np.diff(encode_pu21(REFERENCE_WHITE_NITS * np.array([0.5, 1.0])))[0])
# A view with fewer lost pixels than this counts for less than another: a single one says little.
FULL_VOICE_PIXELS = 30.0
SQUARED_FLOOR = 1e-3  # squared PU21 steps; below it nobody sees an error


@dataclass(frozen=True)
class Loss:
    """The terms of one batch, each a scalar tensor.

    Every view has one voice in `light`, `color` and `fidelity`, however much of it is clipped: scores are means over
    views, and a sum over pixels would let a few white skies decide how bright every lamp comes out.

    Attributes:
        light: Mean penalty of the log2 error where the answer is used.
        everywhere: Mean |error| over all pixels, in steps of `PU21_STOP`.
        color: Mean of 1 - cos between the RGB vectors where the answer is used.
        energy: Penalty of the log2 error of the summed light of each crop's clipped pixels: what lights a scene.
        fidelity: Mean over views of log2 of the root mean square error of the joined picture in steps of `PU21_STOP`:
            what PU21-PSNR measures.
    """

    light: torch.Tensor
    everywhere: torch.Tensor
    color: torch.Tensor
    energy: torch.Tensor
    fidelity: torch.Tensor

    @property
    def total(self) -> torch.Tensor:
        """The weighted sum that training minimises."""
        return (
            self.light
            + EVERYWHERE_WEIGHT * self.everywhere
            + COLOR_WEIGHT * self.color
            + ENERGY_WEIGHT * self.energy
            + FIDELITY_WEIGHT * self.fidelity
        )

    def mean_over(self, mean: Callable[[torch.Tensor], torch.Tensor]) -> "Loss":
        """Average the terms over the processes that have a part of the batch each, in one message."""
        terms = [getattr(self, field.name) for field in fields(self)]
        return Loss(*mean(torch.stack(terms)))


def penalty(error: torch.Tensor) -> torch.Tensor:
    """Weigh an error: |e| + `SQUARE_WEIGHT` e².

    Args:
        error: Absolute error in stops, float, any shape, [0, inf).

    Returns:
        The penalty, float, the same shape, [0, inf).
    """
    return error + SQUARE_WEIGHT * error.square()


def compare_light(
    raw: torch.Tensor,
    ldr: torch.Tensor,
    hdr: torch.Tensor,
    reading: Reading,
    views: int | None = None,
    *,
    mean_over_parts: Callable[[torch.Tensor], torch.Tensor] = lambda value: value,
) -> Loss:
    """Compare what the network says with the truth.

    Args:
        raw: The network's own scale, float, (N, 3, H, W), [0, 1]; `reading` is "log2".
        ldr: The photo, display-encoded sRGB, float, (N, 3, H, W), [0, 1].
        hdr: The truth, linear, float, (N, 3, H, W), [0, inf); 1.0 is the photo's white.
        reading: The encoding of `raw`.
        views: How many views the N crops are from, those of one view side by side; without it each is its own.
        mean_over_parts: Averages a number over the processes that have a part of the batch each. The mean of their
            losses is then the loss of the batch.

    Returns:
        The terms.
    """
    said = reading.to_stops(raw)
    light = hdr.clamp(2.0**reading.stops_floor, 2.0 ** (reading.stops_floor + reading.stops_range))
    error = (said - light.log2()).abs().mean(dim=1, keepdim=True)  # (N, 1, H, W)
    weight = blend_weight(ldr.amax(dim=1, keepdim=True))  # (N, 1, H, W)
    estimate = said.exp2()
    angle = 1 - functional.cosine_similarity(estimate, light, dim=1, eps=1e-6).unsqueeze(1)

    lost = weight.sum(dim=(1, 2, 3))  # (N,)
    energies = [(weight * image).sum(dim=(1, 2, 3)) / (3 * lost + 1) + 1e-3 for image in (estimate, light)]
    balance = (energies[0].log2() - energies[1].log2()).abs()
    share = lost / weight[0].numel()

    shown, true = (encode_pu21(REFERENCE_WHITE_NITS * image) for image in (estimate, light))
    miss = (shown - true) / PU21_STOP  # (N, 3, H, W)

    def each_view(image: torch.Tensor) -> torch.Tensor:
        return image.reshape(views or len(raw), -1)

    voices = each_view(weight).sum(dim=1)  # (views,)
    voices = voices / (voices + FULL_VOICE_PIXELS)
    all_voices = mean_over_parts(voices.sum()) + 1e-6

    def speak(image: torch.Tensor) -> torch.Tensor:
        mean = each_view(weight * image).sum(dim=1) / (each_view(weight).sum(dim=1) + 1)
        return (voices * mean).sum() / all_voices

    squared = each_view(weight * miss.square().mean(dim=1, keepdim=True)).mean(dim=1)  # (views,)
    return Loss(
        light=speak(penalty(error)),
        everywhere=miss.abs().mean(),
        color=speak(angle),
        energy=(share.sqrt() * penalty(balance)).mean(),
        fidelity=(voices * 0.5 * (squared + SQUARED_FLOOR).log2()).sum() / all_voices,
    )
