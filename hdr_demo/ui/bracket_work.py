"""What the tab Bracket has done: photos merged into one HDR image, and by other methods to compare it with."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hdr_demo.bracket import Bracket, open_bracket
from hdr_demo.errors import Stopped
from hdr_demo.expanded import ExpandedPhoto, name_merged
from hdr_demo.io import Picture
from hdr_demo.resize import fit_size, resize_image
from hdr_demo.ui.bracket_photos import GivenBracket
from hdr_demo.ui.job import Job
from hdr_demo.ui.network import Networks, on_gpu, uses_zero_gpu
from hdr_demo.ui.pictures import VIEW_PIXELS
from hdr_demo.ui.turns import handing_on

if TYPE_CHECKING:
    from hdr_demo.merge.run import MergedBracket

# What every result is compared with: the reference, and merges without a network.
COMPARED = ("reference", "triangle", "debevec", "robertson", "mertens")
# Beyond this the exposures show different things; below it they differ by noise and by their responses.
DISAGREES = 0.5
# A job counts in whole numbers.
_PARTS = 1000

Note = Callable[[int, int], None]
Stop = Callable[[], bool]


@dataclass(frozen=True)
class MergeSettings:
    """What may be chosen about a merge.

    Attributes:
        method: One of `merge.methods.METHODS`.
        response: As `bracket.open_bracket` takes it.
        border: "fill" or "crop".
        max_megapixels: Larger photos are refused.
    """

    method: str
    response: str
    border: str
    max_megapixels: float


@dataclass(frozen=True)
class Merge:
    """What came of a merge.

    Attributes:
        photo: The reference with the merged light.
        merged: How it went.
        bracket: What was merged, no larger than a screen.
        border: As in the settings.
        turn: Which of the visitor's photos was current when it was asked for; see `Visitor.begin`.
        seconds: All of it, reading included.
    """

    photo: ExpandedPhoto
    merged: "MergedBracket"
    bracket: Bracket
    border: str
    turn: int
    seconds: float

    @property
    def disagreement(self) -> float:
        """How much of the frame shows different things at different exposures, in [0, 1]."""
        return float((self.merged.ghosts > DISAGREES).mean())


@dataclass(frozen=True)
class MergeRun:
    """A merge that was asked for.

    Attributes:
        given: The photos.
        settings: What was chosen.
        job: The work.
    """

    given: GivenBracket
    settings: MergeSettings
    job: "Job[Merge]"


class BracketWork:
    """Merges, with everybody else's work beside them."""

    def __init__(self, networks: Networks) -> None:
        """Share the device with the networks that expand photos."""
        self._networks = networks
        self._merge = on_gpu(_merge_bracket)
        self._compare = on_gpu(_merge_by_all)

    def new_run(self, given: GivenBracket, settings: MergeSettings, turn: int) -> MergeRun:
        """Prepare a merge; `Job.follow` runs it. Of the arguments, `Merge` and `MergeRun` tell."""

        def work(note: Note, stop: Stop) -> Merge:
            began = time.monotonic()
            bracket = open_bracket(
                [photo.path for photo in given.photos],
                times=[photo.exposure for photo in given.photos],
                response=settings.response,
                reference=given.reference_number,
                max_megapixels=settings.max_megapixels,
            )
            if stop():
                raise Stopped
            bracket = replace(bracket, times_from=given.source)
            merged = self._in_turn(self._merge, note, stop, bracket, settings.method, settings.border)
            photo = expand_merged(bracket, merged)
            return Merge(photo, merged, _reduce(bracket), settings.border, turn, time.monotonic() - began)

        return MergeRun(given, settings, Job(work))

    def new_plain_merge(
        self, bracket: Bracket, method: str, border: str, alignment: str | None = None
    ) -> "Job[MergedBracket]":
        """Prepare a merge of a bracket that is open, as `merge.run.merge_bracket` does it."""
        return Job(lambda note, stop: self._in_turn(self._merge, note, stop, bracket, method, border, alignment))

    def new_comparison(self, merge: Merge) -> "Job[dict[str, MergedBracket]]":
        """Prepare the merges of a screen's size to compare: by the method of a merge, and by all of `COMPARED`."""
        methods = tuple(dict.fromkeys((merge.merged.method, *COMPARED)))
        return Job(lambda note, stop: self._in_turn(self._compare, note, stop, merge.bracket, methods, merge.border))

    def _in_turn(self, merge: Callable, note: Note, stop: Stop, *given: object) -> object:
        if uses_zero_gpu():  # the call goes to another process, where callbacks cannot follow
            return merge(*given)
        with self._networks.of().turns.line_up() as hand_on:
            return merge(
                *given,
                progress=lambda share, _: note(round(_PARTS * share), _PARTS),
                should_stop=handing_on(hand_on, stop),
            )


def expand_merged(bracket: Bracket, merged: "MergedBracket") -> ExpandedPhoto:
    """Give what the tabs of a photo show of a merge: its reference, with the merged light."""
    codes = merged.reference
    largest = np.iinfo(codes.dtype).max
    name = bracket.names[bracket.reference].rsplit(".", 1)[0]
    picture = Picture(codes / np.float32(largest), None, name, codes.dtype.itemsize * 8, exif=bracket.exif)
    return ExpandedPhoto(picture, merged.hdr, "calibrated", merged.seconds, name_merged(len(bracket.photos)))


def _merge_bracket(
    bracket: Bracket, method: str, border: str, alignment: str | None = None, **watched: Callable
) -> "MergedBracket":
    from hdr_demo.merge.run import merge_bracket

    return merge_bracket(bracket, method, border=border, alignment=alignment, **watched)


def _merge_by_all(
    bracket: Bracket,
    methods: tuple[str, ...],
    border: str,
    *,
    progress: Callable[[float, str], None] = lambda share, what: None,
    should_stop: Stop = lambda: False,
) -> "dict[str, MergedBracket]":
    """Merge a bracket by several methods, all in the same frame."""
    from hdr_demo.merge.run import CLASSICAL, align_bracket, merge_aligned

    aligned = align_bracket(bracket, "flow", should_stop=should_stop)
    merged = {}
    for number, method in enumerate(methods):
        if should_stop():
            raise Stopped
        progress(number / len(methods), method)
        own = replace(aligned, kind="pose") if method in CLASSICAL else aligned
        merged[method] = merge_aligned(own, method, border=border, should_stop=should_stop)
    return merged


def _reduce(bracket: Bracket) -> Bracket:
    """Reduce the photos to what a screen shows."""
    height, width = bracket.photos[0].shape[:2]
    size = fit_size(height, width, VIEW_PIXELS)
    if size == (height, width):
        return bracket
    photos = []
    for photo in bracket.photos:
        small = resize_image(photo.astype(np.float32), *size)
        largest = np.iinfo(photo.dtype).max
        photos.append(np.rint(np.clip(small, 0, largest)).astype(photo.dtype))
    return replace(bracket, photos=tuple(photos))
