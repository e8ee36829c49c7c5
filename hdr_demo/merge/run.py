"""A bracket from end to end: aligned, merged by any method, with a map of where its exposures disagree."""

import time as clock
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from hdr_demo.bracket import Bracket
from hdr_demo.color import encode_srgb
from hdr_demo.errors import BracketError, Stopped
from hdr_demo.io.pq import bands
from hdr_demo.merge.align import LEAST_LIKENESS, STANDING, Alignment, bring, find_alignment
from hdr_demo.merge.classical import merge_debevec, merge_mertens, merge_robertson
from hdr_demo.merge.load import Known, load_blend
from hdr_demo.merge.methods import ALIGNMENTS, BORDERS, DEFAULT_METHOD, METHODS
from hdr_demo.merge.tiles import Blend, Neighbour, decode_reference, merge_step

# Methods of any number of exposures, merged outward from the reference; the paper's networks take three.
CHAINED = ("selector", "triangle")
CLASSICAL = {"debevec": merge_debevec, "robertson": merge_robertson, "mertens": merge_mertens}
# From the reference, in stops: which neighbours the paper's networks take, if there are more than two. It learned from
# brackets of 2 and 3.
FAVOURITE_STOPS = 3.0


@dataclass(frozen=True)
class AlignedBracket:
    """A bracket, and how each photo lies on the reference.

    Attributes:
        bracket: The photos.
        alignments: One for each photo; None for the reference, and where none was sought.
        kind: One of `ALIGNMENTS`.
        seconds: What it took.
    """

    bracket: Bracket
    alignments: tuple[Alignment | None, ...]
    kind: str
    seconds: float

    @property
    def moved(self) -> tuple[float, ...]:
        """By how many pixels each photo's pose moves it at most, at a corner; 0 for the reference."""
        height, width = self.bracket.photos[0].shape[:2]
        corners = np.array([[0, 0, 1], [width - 1, 0, 1], [0, height - 1, 1], [width - 1, height - 1, 1]], np.float64)
        found = []
        for alignment in self.alignments:
            places = corners @ (STANDING if alignment is None else alignment.pose).T.astype(np.float64)
            found.append(float(np.linalg.norm(places[:, :2] / places[:, 2:] - corners[:, :2], axis=1).max()))
        return tuple(found)


@dataclass(frozen=True)
class MergedBracket:
    """One HDR image of a bracket.

    Attributes:
        hdr: Linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the reference's white. Divided by the reference's exposure
            it is light per exposure, whatever the times were counted in. Of exposure fusion ("mertens") it is the fused
            picture, linearised: made for a screen, no light.
        ghosts: How much the exposures disagree after the pose, float32, (H, W), [0, 1]; 1 is a fifth of all codes.
        reference: The reference photo, sRGB-encoded codes, uint8 or uint16, (H, W, 3), cropped like `hdr`.
        method: One of `METHODS`.
        seconds: What alignment and merge took.
        window: Of the reference's rows and columns, what is left after cropping.
        moved: As in `AlignedBracket`.
        used: Of which photos light was taken, by number.
    """

    hdr: np.ndarray
    ghosts: np.ndarray
    reference: np.ndarray
    method: str
    seconds: float
    window: tuple[slice, slice]
    moved: tuple[float, ...]
    used: tuple[int, ...]


Progress = Callable[[float, str], None]


def align_bracket(
    bracket: Bracket,
    kind: str = "flow",
    *,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> AlignedBracket:
    """Find how each photo lies on the reference.

    Args:
        bracket: As `bracket.make_bracket` gives it.
        kind: "flow": a pose for the frame and the motion of each pixel; "pose": the former; "none": nothing.
        progress: Told the share that is done, and "aligning".
        should_stop: Asked before each photo.

    Raises:
        BracketError: If a photo has nothing in common with the reference.
        Stopped: If `should_stop` said so.
    """
    if kind not in ALIGNMENTS:
        raise ValueError(f"{kind} is no alignment; there are {', '.join(ALIGNMENTS)}.")
    began, reference = clock.perf_counter(), bracket.reference
    alignments: list[Alignment | None] = [None] * len(bracket.photos)
    # Outward from the reference, so that progress and a stop come evenly.
    for number, (photo, time) in enumerate(zip(bracket.photos, bracket.times, strict=True)):
        if should_stop is not None and should_stop():
            raise Stopped
        if progress:
            progress(number / len(bracket.photos), "aligning")
        if number == reference or kind == "none":
            continue
        found = find_alignment(bracket.photos[reference], photo, bracket.times[reference], time, flow=kind == "flow")
        if found.likeness is not None and found.likeness < LEAST_LIKENESS:
            raise BracketError(
                f"{bracket.names[number]} and {bracket.names[reference]} have nothing in common; "
                "leave out what does not show the same scene."
            )
        alignments[number] = found
    return AlignedBracket(bracket, tuple(alignments), kind, clock.perf_counter() - began)


def merge_bracket(
    bracket: Bracket,
    method: str = DEFAULT_METHOD,
    *,
    alignment: str | None = None,
    border: str = "fill",
    device: str = "auto",
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> MergedBracket:
    """Merge a bracket into one HDR image with the moment and the framing of its reference.

    Args:
        bracket: As `bracket.make_bracket` gives it.
        method: One of `METHODS`.
        alignment: One of `ALIGNMENTS`; by default what suits the method.
        border: What to do where a photo does not reach: "fill" takes the reference's light, "crop" cuts it off.
        device: Of the networks, as in `device.choose_device`.
        progress: Told the share that is done, and what is being done: "aligning" or "merging".
        should_stop: Asked now and then.

    Raises:
        BracketError: If a photo has nothing in common with the reference.
        WeightsError: If the network's checkpoint is missing or damaged.
        Stopped: If `should_stop` said so.
    """
    if alignment is None:
        alignment = "none" if method == "reference" else "pose" if method in CLASSICAL else "flow"

    def part(begin: float, end: float) -> Progress | None:
        return (lambda share, what: progress(begin + share * (end - begin), what)) if progress else None

    aligned = align_bracket(bracket, alignment, progress=part(0, 0.4), should_stop=should_stop)
    return merge_aligned(aligned, method, border=border, device=device, progress=part(0.4, 1), should_stop=should_stop)


def merge_aligned(
    aligned: AlignedBracket,
    method: str = DEFAULT_METHOD,
    *,
    border: str = "fill",
    device: str = "auto",
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> MergedBracket:
    """Merge a bracket that is aligned already; for comparing methods. The arguments are those of `merge_bracket`."""
    if method not in METHODS or border not in BORDERS:
        raise ValueError(f"{method} or {border} is unknown; there are {', '.join((*METHODS, *BORDERS))}.")
    began, bracket = clock.perf_counter(), aligned.bracket
    time = bracket.times[bracket.reference]
    used = choose_photos(bracket, method)
    ghosts = np.zeros(bracket.photos[0].shape[:2], np.float32)
    if method in CLASSICAL:
        _merge_outward(aligned, used, Known(), ghosts, progress, should_stop)
        hdr = _merge_classical(aligned, CLASSICAL[method])
    else:
        blend, where = load_blend(method, device)
        hdr = _merge_outward(aligned, used, blend, ghosts, progress, should_stop, where)
        hdr *= np.float32(time)
    window = common_window(aligned) if border == "crop" else tuple(slice(0, side) for side in hdr.shape[:2])
    return MergedBracket(
        np.ascontiguousarray(hdr[window]),
        np.ascontiguousarray(ghosts[window]),
        np.ascontiguousarray(bracket.photos[bracket.reference][window]),
        method,
        aligned.seconds + clock.perf_counter() - began,
        window,
        aligned.moved,
        used,
    )


def choose_photos(bracket: Bracket, method: str) -> tuple[int, ...]:
    """Say which photos a method takes, by number.

    Classical merges take all, ours and the triangle too, outward from the reference; the paper's networks the reference
    and on each side of it the exposure nearest to three stops away.
    """
    reference, count = bracket.reference, len(bracket.photos)
    if method == "reference":
        return (reference,)
    if method in CHAINED or method in CLASSICAL:
        return tuple(range(count))
    stops = np.abs(np.log2(np.asarray(bracket.times) / bracket.times[reference]))
    sides = (range(reference), range(reference + 1, count))
    nearest = [min(side, key=lambda number: abs(stops[number] - FAVOURITE_STOPS)) for side in sides if side]
    return tuple(sorted((reference, *nearest)))


def _merge_outward(
    aligned: AlignedBracket,
    used: Sequence[int],
    blend: Blend,
    ghosts: np.ndarray,
    progress: Progress | None,
    should_stop: Callable[[], bool] | None,
    device: torch.device | None = None,
) -> np.ndarray:
    """Merge the reference with its nearest neighbours, then what that gives with the next ones, one after the other.

    For the next shorter exposure, the reference's photo is the merged light at the exposure before it, and so on.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, inf); times an exposure it is what that photo's sensor gets.
    """
    bracket = aligned.bracket
    place = used.index(bracket.reference)
    shorter, longer = list(reversed(used[:place])), list(used[place + 1 :])
    time = bracket.times[bracket.reference]
    hdr = decode_reference(bracket.photos[bracket.reference], time)
    steps = [(time, *(side[0] if side else None for side in (shorter, longer)))]
    steps += [(bracket.times[before], number, None) for before, number in pairwise(shorter)]
    steps += [(bracket.times[before], None, number) for before, number in pairwise(longer)]
    for count, (shown, short, long) in enumerate(steps):
        if short is None and long is None:
            break

        def neighbour(number: int | None, hdr: np.ndarray = hdr, shown: float = shown) -> Neighbour | None:
            if number is None:
                return None
            alignment = aligned.alignments[number]
            if alignment is not None and alignment.flow is not None and shown != time:
                alignment = _align_anew(hdr, shown, bracket, number, alignment)
            return Neighbour(bracket.photos[number], bracket.times[number], alignment)

        hdr = merge_step(
            hdr,
            shown,
            neighbour(short),
            neighbour(long),
            blend,
            by_flow=aligned.kind == "flow" and not isinstance(blend, Known),
            device=device,
            ghosts=ghosts,
            on_tile=(lambda share, done=count: progress((done + share) / len(steps), "merging")) if progress else None,
            should_stop=should_stop,
        )
    return hdr


def _align_anew(hdr: np.ndarray, shown: float, bracket: Bracket, number: int, before: Alignment) -> Alignment:
    """Align a far exposure to the light merged so far, which the reference's photo is too dark or too bright for."""
    largest = np.iinfo(bracket.photos[number].dtype).max
    photo = np.empty(hdr.shape, bracket.photos[number].dtype)
    for band in bands(*hdr.shape[:2]):
        photo[band] = np.rint(encode_srgb(np.minimum(hdr[band] * np.float32(shown), 1)) * largest)
    found = find_alignment(photo, bracket.photos[number], shown, bracket.times[number])
    return before if found.likeness is None or found.likeness < (before.likeness or 0) else found


def _merge_classical(aligned: AlignedBracket, merge: Callable[..., np.ndarray]) -> np.ndarray:
    """Bring whole photos onto the reference, which fills their borders, and merge them by OpenCV."""
    bracket = aligned.bracket
    reference = bracket.reference
    largest = np.iinfo(bracket.photos[0].dtype).max
    light = decode_reference(bracket.photos[reference], bracket.times[reference])
    photos = []
    for photo, time, alignment in zip(bracket.photos, bracket.times, aligned.alignments, strict=True):
        if alignment is None:
            photos.append(photo)
            continue
        brought = np.empty_like(photo)
        for band in bands(*photo.shape[:2]):
            window = (band, slice(0, photo.shape[1]))
            ldr, inside = bring(photo, alignment, window, by_flow=aligned.kind == "flow")
            filled = np.where(inside[..., np.newaxis], ldr, encode_srgb(np.minimum(light[band] * np.float32(time), 1)))
            brought[band] = np.rint(filled * largest)
        photos.append(brought)
    return merge(photos, bracket.times, reference)


def common_window(aligned: AlignedBracket) -> tuple[slice, slice]:
    """Find a large rectangle of the reference that every photo reaches with its pose.

    Raises:
        BracketError: If there is none.
    """
    height, width = aligned.bracket.photos[0].shape[:2]
    down = np.unique(np.linspace(0, height - 1, min(height, 512)).astype(int))
    across = np.unique(np.linspace(0, width - 1, min(width, 512)).astype(int))
    points = np.stack(np.broadcast_arrays(across[np.newaxis], down[:, np.newaxis], 1), axis=-1).astype(np.float64)
    reached = np.ones(points.shape[:2], bool)
    for alignment in aligned.alignments:
        if alignment is not None and not alignment.stands:
            places = points @ alignment.pose.T.astype(np.float64)
            places = places[..., :2] / places[..., 2:]
            reached &= ((places >= 0) & (places <= (width - 1, height - 1))).all(axis=-1)
    top, bottom, left, right = 0, len(down), 0, len(across)
    while not (inner := reached[top:bottom, left:right]).all():
        if inner.size == 0:
            raise BracketError("The photos have no part of the frame in common; leave the border filled.")
        # Away with the side that lacks the most.
        lacks = [1 - edge.mean() for edge in (inner[0], inner[-1], inner[:, 0], inner[:, -1])]
        side = int(np.argmax(lacks))
        top, bottom, left, right = top + (side == 0), bottom - (side == 1), left + (side == 2), right - (side == 3)
    return slice(int(down[top]), int(down[bottom - 1]) + 1), slice(int(across[left]), int(across[right - 1]) + 1)
