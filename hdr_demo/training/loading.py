"""Batches that other processes photograph while the network learns from the one before."""

import logging
import multiprocessing
import signal
import sys
from collections.abc import Iterator
from functools import partial
from logging.handlers import QueueHandler, QueueListener
from multiprocessing.queues import Queue

import cv2
import torch
from torch.utils.data import DataLoader, Subset

from hdr_demo.errors import DataError
from hdr_demo.training.data import Sample, Views, collate
from hdr_demo.training.team import ALONE, Team

logger = logging.getLogger("hdr_demo")

BATCHES_AHEAD = 4  # of each worker
# What PyTorch says when a process was ended from outside, most often because memory was short.
ENDED = ("exited unexpectedly", "killed by signal")


def load_batches(
    album: Views,
    *,
    batch_size: int,
    first: int = 0,
    workers: int = 0,
    pinned: bool = False,
    team: Team = ALONE,
) -> Iterator[Sample]:
    """Give the samples of an album batch by batch, in their order, however many processes take the photographs.

    The processes live as long as the iteration. What they log, such as the name of a damaged file, is logged here, once
    for all of them.

    Args:
        album: Where the samples come from.
        batch_size: Samples in a batch of all processes that train together.
        first: The first sample's index.
        workers: Processes that take photographs; with none this one does.
        pinned: Put the batches where a GPU fetches them without waiting.
        team: Those processes; each gets its share of every batch.

    Yields:
        The batches.

    Raises:
        DataError: If no scene can be read any more, or a process was ended from outside.
    """
    # Forked processes share the scenes that were read; Python 3.14 no longer forks by itself.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    records = context.Queue() if workers else None
    loader = DataLoader(
        Subset(album, team.own_samples(batch_size, first, len(album))),
        team.share_out(batch_size),
        collate_fn=collate,
        num_workers=workers,
        multiprocessing_context=context if workers else None,
        prefetch_factor=BATCHES_AHEAD if workers else None,
        worker_init_fn=partial(_begin_worker, records),
        pin_memory=pinned,
    )
    batches = iter(loader)  # forks; a thread started before would be half there in the processes
    listener = QueueListener(records, _LogOnce()) if workers else None
    try:
        if listener:
            listener.start()
        yield from batches
    except DataError as error:
        # PyTorch wraps what a process raises into its traceback; the last line is the sentence.
        raise DataError(str(error).strip().rsplit("\n", 1)[-1].removeprefix("hdr_demo.errors.DataError: ")) from error
    except RuntimeError as error:
        if not any(words in str(error) for words in ENDED):
            raise
        raise DataError(
            "A process that takes photographs was ended, most often for want of memory: lower --num_workers."
        ) from error
    finally:
        if listener:
            listener.stop()


def _begin_worker(records: Queue, _: int) -> None:
    """Make a process a good neighbour: one thread, silent on Ctrl-C, its log sent home."""
    # A terminal sends Ctrl-C to every process of a run; the one that saves the state answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    logger.handlers, logger.propagate = [QueueHandler(records)], False


class _LogOnce(logging.Handler):
    """Logs what the workers logged, each sentence once."""

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() not in self._said:
            self._said.add(record.getMessage())
            logging.getLogger(record.name).handle(record)
