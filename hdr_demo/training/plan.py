"""What a training run is to do."""

from dataclasses import dataclass, replace
from pathlib import Path

from hdr_demo.reading import OUR_READING, Reading


@dataclass(frozen=True)
class Plan:
    """Everything that decides what is learned.

    Attributes:
        data: Folder tree of HDR scenes; None to learn from pairs alone.
        pairs: A folder of photographs and one of their HDR images, to learn from besides.
        steps: Optimiser steps in all.
        batch_size: Views a step.
        crops: Crops of each view.
        crop_size: In pixels.
        learning_rate: The highest, after the warm-up.
        weight_decay: As in AdamW (Loshchilov & Hutter 2019).
        above_white: What the finished network's stops above white are multiplied by (`Reading.above_white`); it has no
            part in learning.
        seed: Of the first weights and of every sample.
    """

    data: Path | None
    pairs: tuple[Path, Path] | None = None
    steps: int = 16000
    batch_size: int = 6
    crops: int = 3
    crop_size: int = 64
    learning_rate: float = 7e-4
    weight_decay: float = 0.01
    above_white: float = 1.0
    seed: int = 0

    @property
    def reading(self) -> Reading:
        """How the finished network's output is to be read."""
        return replace(OUR_READING, above_white=self.above_white)


@dataclass(frozen=True)
class BracketPlan:
    """Everything that decides what a network that merges learns.

    Attributes:
        network: One of `merge.networks.NETWORKS`.
        album: A folder of samples.
        steps: Optimiser steps in all.
        batch_size: Crops a step.
        crop_size: In pixels.
        learning_rate: The highest, after the warm-up.
        weight_decay: As in AdamW (Loshchilov & Hutter 2019).
        seed: Of the first weights and of every batch.
    """

    network: str
    album: Path
    steps: int = 7000
    batch_size: int = 8
    crop_size: int = 128
    learning_rate: float = 5e-4
    weight_decay: float = 1e-4
    seed: int = 0
