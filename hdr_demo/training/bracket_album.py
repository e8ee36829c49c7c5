"""Samples of the merge: drawn brackets, aligned once and kept, for all networks to learn from the same.

Alignment takes longer than a step of training; a folder of samples costs it once.
"""

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import torch

from hdr_demo.bracket import Bracket
from hdr_demo.bracket.paper_layout import read_paper_scenes
from hdr_demo.camera import TakenBracket
from hdr_demo.color import decode_srgb
from hdr_demo.errors import DataError, OutputError
from hdr_demo.merge.align import bring, find_alignment
from hdr_demo.merge.networks import LONG_FLOW, SHORT_FLOW
from hdr_demo.scenes import KINDS, Scenes, draw_bracket
from hdr_demo.scenes.brackets import SIDE

# Of training samples: what moves needs the most learning.
SHARES = (0.1, 0.2, 0.7)
# Of samples to validate on, where every kind counts.
VALIDATION_SHARES = (0.25, 0.25, 0.5)
LARGEST_CODE = 65535
FACTS_NAME = "album.json"
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


def prepare(bracket: TakenBracket | Bracket, truth: np.ndarray, kind: str) -> Prepared:
    """Align a bracket of three and pack it.

    Args:
        bracket: The photos; the second is the reference.
        truth: Its light, linear RGB, float32, (H, W, 3); 1.0 is the reference's white.
        kind: What to call it.
    """
    short, reference, long = bracket.photos
    short_time, time, long_time = bracket.times
    window = tuple(slice(0, side) for side in reference.shape[:2])
    stack = [bring(reference, None, window, by_flow=False)]
    for photo, photo_time in ((short, short_time), (long, long_time)):
        alignment = find_alignment(reference, photo, time, photo_time)
        stack += [bring(photo, alignment, window, by_flow=by_flow) for by_flow in (True, False)]
    sources, valid = (np.stack(parts) for parts in zip(*stack, strict=True))
    if kind == PAPER:  # its truth is measured, of neighbours that lie beyond these photos' borders too
        alone = np.where(stack[0][0] < 0.5, valid[LONG_FLOW][..., np.newaxis], valid[SHORT_FLOW][..., np.newaxis])
        truth = np.where(alone, truth, decode_srgb(stack[0][0]))
    return Prepared(
        np.rint(sources * LARGEST_CODE).astype(np.uint16),
        valid,
        (short_time / time, 1.0, long_time / time),
        np.minimum(truth, np.float32(time / short_time)),
        kind,
    )


def write_sample(folder: Path, scenes: Path, index: int, *, seed: int, shares: Sequence[float] = SHARES) -> Path:
    """Draw, align and keep one sample, unless it is there; which one it is depends on seed and index alone."""
    path = folder / f"{index:05d}.npz"
    if not path.exists():
        rng = np.random.default_rng((seed, index))
        kind = str(rng.choice(KINDS, p=shares))
        taken = draw_bracket(_open_scenes(scenes), rng, kind=kind)
        _write(path, prepare(taken, taken.truth, kind))
    return path


def _write(path: Path, prepared: Prepared) -> None:
    partial_path = path.with_suffix(".partial.npz")
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
        partial_path.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another --album.") from error


def make_album(
    folder: Path,
    scenes: Path,
    *,
    samples: int,
    seed: int,
    shares: Sequence[float] = SHARES,
    workers: int = 1,
    on_sample: Callable[[], None] | None = None,
) -> None:
    """Draw the samples of a folder that are not there yet; the same ones whatever the number of processes.

    Args:
        folder: Of the samples.
        scenes: Folder tree of HDR scenes.
        samples: How many there shall be.
        seed: Of all of them.
        shares: Of the kinds, `scenes.KINDS`.
        workers: Processes that draw.
        on_sample: Called for each sample that is there.

    Raises:
        DataError: If there are no scenes, or the folder's samples were drawn otherwise.
        OutputError: If a sample cannot be written.
    """
    if len(Scenes(scenes)) == 0:
        raise DataError(f"{scenes} holds no HDR scenes.")
    facts = {"scenes": scenes.resolve().name, "seed": seed, "shares": list(shares)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if read_facts(folder) not in (None, facts):
            raise DataError(f"{folder} holds samples of other scenes or of another seed; choose another --album.")
        (folder / FACTS_NAME).write_text(json.dumps(facts), encoding="utf-8")
        draw = partial(write_sample, folder, scenes, seed=seed, shares=tuple(shares))
        if workers == 1:
            for index in range(samples):
                draw(index)
                if on_sample:
                    on_sample()
            return
        with ProcessPoolExecutor(workers, get_context("spawn"), _use_one_thread) as pool:
            for _ in pool.map(draw, range(samples), chunksize=4):
                if on_sample:
                    on_sample()
    except OSError as error:
        raise OutputError(
            f"Samples cannot be written into {folder} ({error.strerror}); choose another --album."
        ) from error


def add_paper_scenes(folder: Path, scenes: Path) -> int:
    """Cut the scenes of a folder in the paper's layout into samples, after those that are drawn.

    Where a neighbour has nothing and the triangle would take from it, the reference's light is the truth, as the
    authors of the paper do.

    Args:
        folder: Of the samples.
        scenes: A folder of scenes as `bracket.paper_layout` reads them.

    Returns:
        How many samples there are now of them.

    Raises:
        DataError: If there is no scene, or one cannot be used.
        OutputError: If a sample cannot be written.
    """
    count = 0
    for scene in read_paper_scenes(scenes):
        if len(scene.bracket.photos) != 3:
            raise DataError(f"{scene.name} has {len(scene.bracket.photos)} photos; networks learn from three.")
        prepared = prepare(scene.bracket, scene.truth, PAPER)
        height, width = prepared.truth.shape[:2]
        for top in range(0, max(1, height - SIDE + 1), SIDE):
            for left in range(0, max(1, width - SIDE + 1), SIDE):
                window = np.s_[top : top + SIDE, left : left + SIDE]
                _write(folder / f"{FIRST_PAPER + count}.npz", prepared.cut(window))
                count += 1
    if count == 0:
        raise DataError(f"{scenes} holds no scenes in the paper's layout: folders with an exposure.txt.")
    return count


def read_facts(folder: Path) -> dict[str, object] | None:
    """Read how the samples of a folder were drawn; None where nothing says."""
    try:
        return json.loads((folder / FACTS_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _use_one_thread() -> None:
    cv2.setNumThreads(1)


@lru_cache(maxsize=1)
def _open_scenes(folder: Path) -> Scenes:
    return Scenes(folder)


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
