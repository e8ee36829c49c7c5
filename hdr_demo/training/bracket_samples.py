"""Samples of the merge, as they lie in files, and the batches drawn from them."""

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch

from hdr_demo.errors import DataError, OutputError
from hdr_demo.merge.networks import REFERENCE, decode, encode

LARGEST_CODE = 65535
# What samples of scenes in the paper's layout are called, and the number that the first of them has.
PAPER, FIRST_PAPER = "paper", 500_000


@dataclass(frozen=True)
class Prepared:
    """A bracket, aligned, as networks take it.

    Attributes:
        sources: Display-encoded, each at its own exposure, in the order of `merge.networks`: the reference; the short
            photo by flow and by pose; the long one likewise; uint16, (5, H, W, 3).
        valid: Where a source is something, bool, (5, H, W).
        times: Of short, reference and long; the reference's is 1.
        truth: Linear RGB, float32 or float16, (H, W, 3); no brighter than the short exposure holds, 1 / times[0].
        kind: One of `scenes.KINDS`, or `PAPER`.
    """

    sources: np.ndarray
    valid: np.ndarray
    times: tuple[float, float, float]
    truth: np.ndarray
    kind: str

    def cut(self, window: tuple[slice, slice]) -> "Prepared":
        """Take a window out of it."""
        rows, columns = window
        return replace(
            self,
            sources=self.sources[:, rows, columns],
            valid=self.valid[:, rows, columns],
            truth=self.truth[rows, columns],
        )

    def tensors(self, window: tuple[slice, slice] = np.s_[:, :]) -> tuple[torch.Tensor, ...]:
        """Give a window of it as the networks take it, without the dimension of the batch.

        Returns:
            Sources, float32, (5, 3, h, w), [0, 1]; valid, bool, (5, h, w); times, float32, (3,); truth, linear,
            float32, (3, h, w), [0, 1].
        """
        sources = self.sources[:, window[0], window[1]].astype(np.float32) / LARGEST_CODE
        truth = self.truth[window].astype(np.float32) * np.float32(self.times[0])
        return (
            torch.from_numpy(sources).permute(0, 3, 1, 2),
            torch.from_numpy(np.ascontiguousarray(self.valid[:, window[0], window[1]])),
            torch.tensor(self.times, dtype=torch.float32),
            torch.from_numpy(truth).permute(2, 0, 1),
        )


def save_sample(path: Path, prepared: Prepared) -> None:
    """Write a sample, all or nothing.

    Raises:
        OutputError: If it cannot be written.
    """
    partial_path = path.with_name(f"{path.stem}.{os.getpid()}.partial.npz")  # two runs may fill one album
    try:
        np.savez(
            partial_path,
            sources=prepared.sources,
            valid=prepared.valid,
            times=np.array(prepared.times),
            truth=prepared.truth.astype(np.float16),
            kind=prepared.kind,
        )
        os.replace(partial_path, path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror or error}); choose another --album.") from error
    finally:  # of an interruption, too
        with suppress(OSError):
            partial_path.unlink(missing_ok=True)


def read_sample(path: Path) -> Prepared:
    """Read a sample that `save_sample` wrote.

    Raises:
        DataError: If it is damaged.
    """
    try:
        with np.load(path) as kept:
            return Prepared(
                kept["sources"], kept["valid"], tuple(map(float, kept["times"])), kept["truth"], str(kept["kind"])
            )
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise DataError(f"{path} cannot be read as a sample of brackets; delete it, and it is made anew.") from error


def name_sample(folder: Path, index: int) -> Path:
    """Say where a sample lies, there or not."""
    return folder / f"{index:05d}.npz"


def find_samples(folder: Path) -> list[Path]:
    """List the samples of a folder, in the order of their numbers."""
    return sorted(path for path in folder.glob("*.npz") if path.stem.isdigit())


def count_samples(folder: Path) -> tuple[int, int]:
    """Count the samples of a folder: those drawn, and those of scenes in the paper's layout."""
    of_paper = [is_of_paper(path) for path in find_samples(folder)]
    return of_paper.count(False), of_paper.count(True)


def is_of_paper(path: Path) -> bool:
    """Say whether a sample is of a scene in the paper's layout."""
    return int(path.stem) >= FIRST_PAPER


class Album:
    """The samples of a folder, and the batches drawn from them: batch n is the same in every run of one seed."""

    CROPS = 4  # of each sample drawn; reading one takes longer than cropping it
    DROPPED = 0.05  # brackets that lose their short photo, and as many their long one: there are brackets of two

    def __init__(self, folder: Path, *, batch_size: int, crop_size: int, seed: int) -> None:
        """Find the samples; there must be some."""
        self.files = find_samples(folder)
        self.batch_size, self.crop_size, self.seed = batch_size, crop_size, seed

    def batch(self, step: int) -> list[torch.Tensor]:
        """Give the batch of a step: what `Prepared.tensors` gives, stacked, turned, mirrored, with colours swapped."""
        rng = np.random.default_rng((self.seed, step))
        items: list[list[torch.Tensor]] = []
        while len(items) < self.batch_size:
            sample = read_sample(self.files[int(rng.integers(len(self.files)))])
            height, width = sample.truth.shape[:2]
            for _ in range(self.CROPS):
                top, left = (int(rng.integers(side - self.crop_size + 1)) for side in (height, width))
                window = np.s_[top : top + self.crop_size, left : left + self.crop_size]
                items.append(self._vary(sample.tensors(window), rng))
        return [torch.stack(parts) for parts in zip(*items[: self.batch_size], strict=True)]

    def _vary(self, tensors: tuple[torch.Tensor, ...], rng: np.random.Generator) -> list[torch.Tensor]:
        sources, valid, times, truth = tensors
        for axis in (-1, -2):
            if rng.random() < 0.5:
                sources, valid, truth = sources.flip(axis), valid.flip(axis), truth.flip(axis)
        if rng.random() < 0.5:
            sources, valid, truth = (each.transpose(-1, -2) for each in (sources, valid, truth))
        channels = rng.permutation(3)
        lost = rng.random()
        if lost < 2 * self.DROPPED:
            gone, time = (slice(1, 3), times[0]) if lost < self.DROPPED else (slice(3, 5), times[2])
            sources, valid = sources.clone(), valid.clone()
            # As `merge.tiles.gather` gives what is not there: the reference at that exposure.
            sources[gone], valid[gone] = encode((decode(sources[REFERENCE]) * time / times[1]).clamp(0, 1)), False
        return [sources[:, channels], valid, times, truth[channels]]
