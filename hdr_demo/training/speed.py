"""How many crops a second a device learns from, and how many the virtual camera delivers."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from hdr_demo.io import write_hdr
from hdr_demo.training.data import Views, collate
from hdr_demo.training.loading import load_batches
from hdr_demo.training.loop import Trainer

WARM_UP_STEPS = 3  # memory is fetched, cuDNN chooses its algorithms, torch.compile compiles
SECONDS = 5.0  # that each rate is measured for, at least
# Batches that workers have ready before the clock starts are counted too, so there have to be many more.
FEWEST_STEPS, FEWEST_BATCHES = 5, 20
SYNTHETIC_SIZE = (512, 1024)  # height, width: of the usual panoramas


def time_learning(trainer: Trainer, album: Views, seconds: float = SECONDS) -> float:
    """Measure training steps on one batch that is already there.

    Args:
        trainer: A run of its own; it is used up.
        album: Where the batch comes from.
        seconds: To measure at least.

    Returns:
        Crops a second.
    """
    batch = collate([album[index] for index in range(trainer.plan.batch_size)])
    for _ in range(WARM_UP_STEPS):
        trainer.learn(batch)
    steps, began = 0, time.perf_counter()
    while steps < FEWEST_STEPS or time.perf_counter() - began < seconds:
        trainer.learn(batch)  # asks for its loss, so that a GPU has finished
        steps += 1
    return steps * len(batch.ldr) / (time.perf_counter() - began)


def time_loading(album: Views, batch_size: int, workers: int, seconds: float = SECONDS) -> float:
    """Measure how fast batches can be had while nothing is learned.

    Args:
        album: Of more samples than a computer takes in that time.
        batch_size: Views in a batch.
        workers: Processes that take the photographs.
        seconds: To measure at least.

    Returns:
        Crops a second.
    """
    batches = load_batches(album, batch_size=batch_size, workers=workers)
    with closing(batches):
        for _ in range(1 + workers):
            next(batches)
        count, began = 0, time.perf_counter()
        while count < FEWEST_BATCHES or time.perf_counter() - began < seconds:
            next(batches)
            count += 1
        return count * batch_size * album.crops / (time.perf_counter() - began)


@contextmanager
def synthetic_scenes() -> Iterator[Path]:
    """Give a folder of two panoramas of noise with a sun, for the while of a measurement."""
    rng = np.random.default_rng(0)
    with TemporaryDirectory() as folder:
        for number in range(2):
            panorama = np.exp2(rng.normal(-3, 1, (*SYNTHETIC_SIZE, 3))).astype(np.float32)
            panorama[100:110, 500:510] = 1000
            write_hdr(Path(folder) / f"{number}.exr", panorama)
        yield Path(folder)
