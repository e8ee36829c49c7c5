"""Samples of the merge: drawn brackets, aligned once and kept, for all networks to learn from the same.

Alignment takes longer than a step of training; a folder of samples costs it once.
"""

import json
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from hdr_demo.bracket import Bracket
from hdr_demo.bracket.paper_layout import PaperScene, find_paper_scenes, read_paper_scenes
from hdr_demo.camera import TakenBracket
from hdr_demo.color import decode_srgb
from hdr_demo.errors import DataError, OutputError
from hdr_demo.merge.align import bring, find_alignment
from hdr_demo.merge.networks import LONG_FLOW, SHORT_FLOW
from hdr_demo.scenes import KINDS, Scenes, draw_bracket
from hdr_demo.scenes.brackets import SIDE
from hdr_demo.training.bracket_samples import (
    FIRST_PAPER,
    LARGEST_CODE,
    PAPER,
    Prepared,
    count_samples,
    find_samples,
    is_of_paper,
    name_sample,
    save_sample,
)

# Of training samples: what moves needs the most learning.
SHARES = (0.1, 0.2, 0.7)
# Of samples to validate on, where every kind counts.
VALIDATION_SHARES = (0.25, 0.25, 0.5)
FACTS_NAME, PAPER_FACTS_NAME = "album.json", "paper.json"


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
    path = name_sample(folder, index)
    if not path.exists():
        rng = np.random.default_rng((seed, index))
        kind = str(rng.choice(KINDS, p=shares))
        taken = draw_bracket(_open_scenes(scenes), rng, kind=kind)
        save_sample(path, prepare(taken, taken.truth, kind))
    return path


def make_album(
    folder: Path,
    scenes: Path,
    *,
    samples: int,
    seed: int,
    shares: Sequence[float] = SHARES,
    workers: int = 1,
    on_sample: Callable[[], object] | None = None,
) -> None:
    """Draw the samples of a folder that are not there yet; the same ones whatever the number of processes.

    Args:
        folder: Of the samples.
        scenes: Folder tree of HDR scenes.
        samples: How many there shall be.
        seed: Of all of them.
        shares: Of the kinds, `scenes.KINDS`.
        workers: Processes that draw.
        on_sample: Called for each sample that was drawn.

    Raises:
        DataError: If there are no scenes, the folder's samples were drawn otherwise, or a process was killed.
        OutputError: If a sample cannot be written.
    """
    facts = {"scenes": scenes.resolve().name, "seed": seed, "shares": list(shares)}
    there = count_samples(folder)[0]
    found = read_facts(folder) if there else None  # of a folder where drawing failed, nothing is to be kept
    if found not in (None, facts):
        raise DataError(f"{folder} holds samples of other scenes or of another seed; choose another --album.")
    missing = [index for index in range(samples) if not name_sample(folder, index).exists()]
    if missing and found is None and there:
        raise DataError(
            f"{folder} holds samples and no {FACTS_NAME} that says of what, so none can be added; choose another "
            "--album, or fewer --samples."
        )
    if missing and workers > 1:
        Scenes(scenes)  # rather than have each process find that there are none
    draw = partial(write_sample, folder, scenes, seed=seed, shares=tuple(shares))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if missing:
            (folder / FACTS_NAME).write_text(json.dumps(facts), encoding="utf-8")
        with _mapping(min(workers, max(1, len(missing)))) as map_all:
            for _ in map_all(draw, missing):
                if on_sample:
                    on_sample()
    except BrokenProcessPool as error:
        raise DataError("A process that drew samples was killed; there may be memory for fewer --workers.") from error
    except OSError as error:
        raise OutputError(
            f"Samples cannot be written into {folder} ({error.strerror or error}); choose another --album."
        ) from error


@contextmanager
def _mapping(workers: int) -> Iterator[Callable[..., Iterable[object]]]:
    """Give a map in one process or several; what was not begun is left out when the block is left early."""
    if workers == 1:
        try:
            yield map
        finally:
            _open_scenes.cache_clear()  # they may take gigabytes
        return
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _prepare_process)
    try:
        yield pool.map
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare_process() -> None:
    cv2.setNumThreads(1)  # the processes share the cores
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that waits for them is told


def add_paper_scenes(folder: Path, scenes: Path) -> int:
    """Cut the scenes of a folder in the paper's layout into samples, unless they are there, beside those drawn.

    Where a neighbour has nothing and the triangle would take from it, the reference's light is the truth, as the
    authors of the paper do.

    Args:
        folder: Of the samples.
        scenes: A folder of scenes as `bracket.paper_layout` reads them.

    Returns:
        How many samples there are now of them.

    Raises:
        DataError: If there is no scene, one cannot be used, or others were cut before.
        OutputError: If a sample cannot be written.
    """
    facts = {"scenes": scenes.resolve().name, "folders": len(find_paper_scenes(scenes))}
    if not facts["folders"]:
        raise DataError(f"{scenes} holds no scenes in the paper's layout: folders with an exposure.txt.")
    found = read_facts(folder, PAPER_FACTS_NAME)
    if found is not None and {name: found.get(name) for name in facts} != facts:
        raise DataError(f"{folder} holds other scenes in the paper's layout; choose another --album.")
    if found == facts | {"samples": count_samples(folder)[1]}:
        return count_samples(folder)[1]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in find_samples(folder):  # what was left when somebody interrupted
            if is_of_paper(path):
                path.unlink()
        count = 0
        for scene in read_paper_scenes(scenes):
            for sample in _cut_paper_scene(scene):
                save_sample(name_sample(folder, FIRST_PAPER + count), sample)
                count += 1
        (folder / PAPER_FACTS_NAME).write_text(json.dumps(facts | {"samples": count}), encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"Samples cannot be written into {folder} ({error.strerror or error}); choose another --album."
        ) from error
    return count


def _cut_paper_scene(scene: PaperScene) -> Iterator[Prepared]:
    if len(scene.bracket.photos) != 3:
        raise DataError(f"{scene.name} has {len(scene.bracket.photos)} photos; networks learn from three.")
    height, width = scene.truth.shape[:2]
    if min(height, width) < SIDE:
        raise DataError(f"{scene.name} has {width} x {height} pixels; samples are cut of {SIDE} x {SIDE} at least.")
    prepared = prepare(scene.bracket, scene.truth, PAPER)
    for top in range(0, height - SIDE + 1, SIDE):
        for left in range(0, width - SIDE + 1, SIDE):
            yield prepared.cut(np.s_[top : top + SIDE, left : left + SIDE])


def read_facts(folder: Path, name: str = FACTS_NAME) -> dict[str, object] | None:
    """Read how the samples of a folder were drawn; None where nothing says."""
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=1)
def _open_scenes(folder: Path) -> Scenes:
    return Scenes(folder)
