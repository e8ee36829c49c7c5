"""Brackets whose truth is known, merged by every method and measured."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hdr_demo.bracket import Bracket, make_bracket
from hdr_demo.bracket.paper_layout import find_paper_scenes, read_paper_scene
from hdr_demo.errors import BracketError
from hdr_demo.evaluation.bracket_measures import fit_exposure, measure_merge
from hdr_demo.evaluation.scores import Record
from hdr_demo.merge.methods import ALIGNMENTS, DEFAULT_METHOD, METHODS
from hdr_demo.merge.networks import NETWORKS
from hdr_demo.merge.run import AlignedBracket, align_bracket, merge_aligned
from hdr_demo.metrics import clipped_mask
from hdr_demo.scenes import KINDS, Scenes, draw_bracket
from hdr_demo.weights import BRACKET_WEIGHTS

SEED = 6
PAPER = "paper's layout"
# What of a bracket's motion counts as its size: the few pixels that move most may be anything.
MOTION_PERCENTILE = 99.0


@dataclass(frozen=True)
class Entry:
    """What is compared: a method with an alignment.

    Attributes:
        label: What tables call it.
        method: One of `merge.METHODS`.
        alignment: One of `merge.ALIGNMENTS`.
        has_light: Whether it gives light in a known unit; if not, one exposure is fitted before it is measured.
    """

    label: str
    method: str
    alignment: str
    has_light: bool = True


_BY = {"none": "not aligned", "pose": "by pose", "flow": "by flow"}
ENTRIES: dict[str, Entry] = {
    "reference": Entry("reference photo, linearised", "reference", "none"),
    **{
        f"{method}:{alignment}": Entry(
            f"{METHODS[method].split(' (')[0]}, {_BY[alignment]}", method, alignment, method != "mertens"
        )
        for method, alignments in {
            "debevec": ("none", "pose", "flow"),
            "robertson": ("pose",),
            "mertens": ("pose",),
            "triangle": ("pose", "flow"),
        }.items()
        for alignment in alignments
    },
    **{name: Entry(METHODS[name], name, "flow") for name in ("direct", "we", "wie", DEFAULT_METHOD)},
}
OURS = DEFAULT_METHOD


def find_entries(name: str) -> list[str]:
    """List what a name stands for: an entry, or all entries of a method; nothing if there is no such name."""
    return [name] if name in ENTRIES else [key for key, entry in ENTRIES.items() if entry.method == name]


def choose_entries(names: Sequence[str] | None = None) -> tuple[list[str], list[str]]:
    """Say what is compared.

    Args:
        names: As `find_entries` understands them, each of something; by default all entries whose checkpoint is bundled
            or that need none.

    Returns:
        Names of `ENTRIES`, each once, and the labels of what is left out for want of a checkpoint.
    """
    if names is not None:
        return list(dict.fromkeys(key for name in names for key in find_entries(name))), []
    missing = [key for key, entry in ENTRIES.items() if entry.method in set(NETWORKS) - set(BRACKET_WEIGHTS)]
    return [key for key in ENTRIES if key not in missing], [ENTRIES[key].label for key in missing]


@dataclass(frozen=True)
class BracketShot:
    """A bracket whose light is known.

    Attributes:
        scene: What intervals are drawn over: the scene of the background.
        name: Of this bracket.
        kind: One of `scenes.KINDS`, or `PAPER`.
        bracket: The photos.
        truth: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the reference's white.
        motion: How far what moves most has moved from the reference, in pixels; NaN where nobody knows.
    """

    scene: str
    name: str
    kind: str
    bracket: Bracket
    truth: np.ndarray
    motion: float

    @property
    def ldr(self) -> np.ndarray:
        """The reference photo, display-encoded, float32, (H, W, 3), [0, 1]."""
        photo = self.bracket.photos[self.bracket.reference]
        return photo.astype(np.float32) / np.float32(np.iinfo(photo.dtype).max)

    @property
    def peak(self) -> float:
        """What the shortest exposure clips at, in units of the reference's white."""
        return self.bracket.times[self.bracket.reference] / self.bracket.times[0]


@dataclass(frozen=True)
class BracketRecord(Record):
    """What one method reached on one bracket.

    Attributes:
        kind: As in `BracketShot`.
        motion: As in `BracketShot`.
        clipped: Which share of the reference photo is clipped, [0, 1].
    """

    kind: str
    motion: float
    clipped: float


def draw_shots(
    scenes: Scenes, kinds: Sequence[str] = KINDS, *, count: int = 24, side: int = 256
) -> Iterator[BracketShot]:
    """Take brackets with the virtual camera, the same ones whenever it is asked for them.

    Args:
        scenes: Where backgrounds, each in turn, and what moves before them are cut from.
        kinds: Of `scenes.KINDS`.
        count: Of each kind.
        side: Of the square photos, in pixels.
    """
    for kind in kinds:
        for number in range(count):
            rng = np.random.default_rng((SEED, KINDS.index(kind), number))
            background = number % len(scenes)
            taken = draw_bracket(scenes, rng, kind=kind, side=side, scene=background)
            bracket = make_bracket(taken.photos, taken.times, reference=taken.reference)
            motion = float(np.percentile(taken.moved, MOTION_PERCENTILE))
            yield BracketShot(scenes[background].name, f"{kind} {number}", kind, bracket, taken.truth, motion)


def read_shots(folder: Path) -> Iterator[BracketShot]:
    """Read brackets in the paper's layout, each a scene of its own.

    Raises:
        DataError: If one of them is not complete, or holds what does not belong together.
    """
    for path in find_paper_scenes(folder):
        scene = read_paper_scene(path)
        yield BracketShot(scene.name, scene.name, PAPER, scene.bracket, scene.truth, float("nan"))


def measure_brackets(
    entries: Sequence[str],
    shots: Iterable[BracketShot],
    *,
    device: str = "auto",
    on_shot: Callable[[BracketShot, dict[str, np.ndarray], list[BracketRecord]], None] | None = None,
    on_refusal: Callable[[BracketShot, BracketError], None] | None = None,
) -> list[BracketRecord]:
    """Merge brackets by every method, each aligned once, and measure what comes out.

    Args:
        entries: Names of `ENTRIES`.
        shots: As `draw_shots` or `read_shots` give them.
        device: Of the networks, as in `device.choose_device`.
        on_shot: Told each bracket, every method's `hdr` by the names of `ENTRIES`, and its records.
        on_refusal: Told of brackets that the program refuses to merge because photos have nothing in common; they are
            left out.

    Returns:
        A record for each bracket and method, bracket by bracket.

    Raises:
        WeightsError: If a network's checkpoint is missing or damaged.
    """
    records = []
    for shot in shots:
        try:
            aligned = align_in_ways(shot.bracket, {ENTRIES[name].alignment for name in entries})
        except BracketError as error:
            if on_refusal is not None:
                on_refusal(shot, error)
            continue
        ldr, results, reached = shot.ldr, {}, []
        clipped = float(clipped_mask(ldr).mean())
        for name in entries:
            entry = ENTRIES[name]
            hdr = merge_aligned(aligned[entry.alignment], entry.method, device=device).hdr
            results[name] = hdr if entry.has_light else fit_exposure(hdr, shot.truth, shot.peak)
            values = measure_merge(results[name], shot.truth, ldr, shot.peak)
            reached.append(BracketRecord(shot.scene, shot.name, entry.label, values, shot.kind, shot.motion, clipped))
        records += reached
        if on_shot is not None:
            on_shot(shot, results, reached)
    return records


def align_in_ways(bracket: Bracket, kinds: Iterable[str]) -> dict[str, AlignedBracket]:
    """Align a bracket once, in the most thorough of some ways, and give what each of them would.

    Args:
        bracket: The photos.
        kinds: Of `merge.ALIGNMENTS`.

    Raises:
        BracketError: If a photo has nothing in common with the reference.
    """
    kinds = sorted(kinds, key=ALIGNMENTS.index)
    thorough = align_bracket(bracket, kinds[0])
    without = {
        "flow": lambda found: found,
        "pose": lambda found: None if found is None else replace(found, flow=None),
        "none": lambda found: None,
    }
    return {
        kind: replace(thorough, kind=kind, alignments=tuple(map(without[kind], thorough.alignments))) for kind in kinds
    }
