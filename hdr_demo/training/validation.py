"""How good the averaged network is by now, on photographs of scenes that it does not learn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from hdr_demo.evaluation import MEASURES, Shot, measure, take_shots
from hdr_demo.inference import Expander
from hdr_demo.io import Picture
from hdr_demo.model import ExpandNet
from hdr_demo.photo import PhotoExpander
from hdr_demo.reading import Reading
from hdr_demo.scenes import Scene, Scenes
from hdr_demo.weights import Checkpoint

# Cameras, and the scale that a photo of each asks for: where the response is unknown the photo's own light is not to
# be kept.
CAMERA_SCALES = (("srgb", "calibrated"), ("unknown", "radiometric"))
SHOTS = 16  # of both cameras together: some seconds on two cores
SCORES = ("pu21_psnr", "hi")
# Evaluations that a choice looks back on: the best single one is the luckiest.
TRAILING = 5


@dataclass(frozen=True)
class Task:
    """A photograph to expand, and how.

    Attributes:
        shot: The photograph and its light.
        scale: One of `calibration.SCALES`.
    """

    shot: Shot
    scale: str


def choose_tasks(scenes: Scenes | Sequence[Scene]) -> list[Task]:
    """Photograph scenes for validation, always the same way: few views, of as many scenes as possible.

    Args:
        scenes: In a fixed order; only those that are chosen are kept in memory.
    """
    each = SHOTS // len(CAMERA_SCALES)
    count = min(len(scenes), each)
    chosen = [scenes[number * len(scenes) // count] for number in range(count)]
    views = max(1, each // len(chosen))
    return [
        Task(shot, scale) for camera, scale in CAMERA_SCALES for shot in take_shots(chosen, camera=camera, views=views)
    ]


def photo_expander(network: ExpandNet, device: torch.device, reading: Reading) -> PhotoExpander:
    """Make a network that is being trained read photos as a finished one does; it is copied."""
    checkpoint = Checkpoint("this checkpoint", Path(), reading, sha256="", source="file")
    return PhotoExpander(Expander(network, device), checkpoint)


def validate(photos: PhotoExpander, tasks: Sequence[Task]) -> tuple[dict[str, float], list[np.ndarray]]:
    """Score a network.

    Args:
        photos: The network.
        tasks: As `choose_tasks` gives them.

    Returns:
        The means of `SCORES` over the photographs, and what became of each photograph: linear RGB, float32, (H, W, 3),
        [0, inf).
    """
    measures = {name: MEASURES[name] for name in SCORES}
    results = [photos.expand(Picture(task.shot.ldr, None, task.shot.name, 8), scale=task.scale).hdr for task in tasks]
    values = [measure(hdr, task.shot.truth, task.shot.ldr, measures) for hdr, task in zip(results, tasks, strict=True)]
    return {name: float(np.nanmean([value[name] for value in values])) for name in SCORES}, results


def trailing_median(scores: Sequence[float]) -> float:
    """Summarize the latest evaluations by their median.

    Args:
        scores: Of all evaluations so far.

    Returns:
        The median of the last `TRAILING`; NaN while there are fewer.
    """
    return float(np.median(scores[-TRAILING:])) if len(scores) >= TRAILING else float("nan")
