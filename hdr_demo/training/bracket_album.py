"""Samples of the merge: drawn brackets, aligned once and kept, for all networks to learn from the same.

Alignment takes longer than a step of training; a folder of samples costs it once.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from hdr_demo.camera import TakenBracket
from hdr_demo.merge.align import bring, find_alignment
from hdr_demo.scenes import KINDS, Scenes, draw_bracket

# Of training samples: what moves needs the most learning.
SHARES = (0.1, 0.2, 0.7)
LARGEST_CODE = 65535


@dataclass(frozen=True)
class Prepared:
    """A bracket, aligned, as networks take it.

    Attributes:
        sources: Display-encoded, each at its own exposure, in the order of `merge.networks`: the reference; the short
            photo by flow and by pose; the long one likewise; uint16, (5, H, W, 3).
        valid: Where a source is something, bool, (5, H, W).
        times: Of short, reference and long; the reference's is 1.
        truth: Linear RGB, float32 or float16, (H, W, 3); no brighter than the short exposure holds, 1 / times[0].
        kind: One of `scenes.KINDS`.
    """

    sources: np.ndarray
    valid: np.ndarray
    times: tuple[float, float, float]
    truth: np.ndarray
    kind: str

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


def prepare(taken: TakenBracket, kind: str) -> Prepared:
    """Align a bracket of three and pack it."""
    short, reference, long = taken.photos
    short_time, time, long_time = taken.times
    window = tuple(slice(0, side) for side in reference.shape[:2])
    stack = [bring(reference, None, window, by_flow=False)]
    for photo, photo_time in ((short, short_time), (long, long_time)):
        alignment = find_alignment(reference, photo, time, photo_time)
        stack += [bring(photo, alignment, window, by_flow=by_flow) for by_flow in (True, False)]
    sources, valid = (np.stack(parts) for parts in zip(*stack, strict=True))
    return Prepared(
        np.rint(sources * LARGEST_CODE).astype(np.uint16),
        valid,
        taken.times,
        np.minimum(taken.truth, np.float32(1 / short_time)),
        kind,
    )


def write_sample(folder: Path, scenes: Scenes, *, seed: int, index: int, shares: Sequence[float] = SHARES) -> Path:
    """Draw, align and keep one sample, unless it is there; which one it is depends on seed and index alone."""
    path = folder / f"{index:05d}.npz"
    if path.exists():
        return path
    rng = np.random.default_rng((seed, index))
    kind = str(rng.choice(KINDS, p=shares))
    prepared = prepare(draw_bracket(scenes, rng, kind=kind), kind)
    partial = path.with_suffix(".partial.npz")
    np.savez(
        partial,
        sources=prepared.sources,
        valid=prepared.valid,
        times=np.array(prepared.times),
        truth=prepared.truth.astype(np.float16),
        kind=kind,
    )
    os.replace(partial, path)
    return path


def read_sample(path: Path) -> Prepared:
    """Read a sample that `write_sample` wrote."""
    with np.load(path) as kept:
        return Prepared(
            kept["sources"], kept["valid"], tuple(map(float, kept["times"])), kept["truth"], str(kept["kind"])
        )


class Album:
    """The samples of a folder, and the batches drawn from them: batch n is the same in every run of one seed."""

    CROPS = 4  # of each sample drawn; reading one takes longer than cropping it
    DROPPED = 0.05  # brackets that lose their short photo, and as many their long one: there are brackets of two

    def __init__(self, folder: Path, *, batch_size: int, crop_size: int, seed: int) -> None:
        """Find the samples; there must be some."""
        self.files = sorted(path for path in folder.glob("*.npz") if path.stem.isdigit())
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
            valid = valid.clone()
            valid[slice(1, 3) if lost < self.DROPPED else slice(3, 5)] = False
        return [sources[:, channels], valid, times, truth[channels]]
