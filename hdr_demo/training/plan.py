"""What a training run is to do."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """Everything that decides what is learned.

    Attributes:
        data: Folder of panoramas.
        steps: Optimiser steps in all.
        batch_size: Views a step.
        crops: Crops of each view.
        crop_size: In pixels.
        learning_rate: The highest, after the warm-up.
        seed: Of the first weights and of every sample.
    """

    data: Path
    steps: int = 5000
    batch_size: int = 8
    crops: int = 2
    crop_size: int = 64
    learning_rate: float = 6e-4
    seed: int = 0
