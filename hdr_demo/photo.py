"""One photo from end to end: what the command line, the app and the package all call."""

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from hdr_demo.calibration import calibrate, needs_network, prepare_input
from hdr_demo.device import choose_device, choose_precision
from hdr_demo.draft import REACH, carry_up, reduce_for_draft
from hdr_demo.expanded import ExpandedPhoto, resize_picture
from hdr_demo.inference import Expander
from hdr_demo.io import Picture
from hdr_demo.panorama import closes, is_panorama, roll_in_place, turn_to_light
from hdr_demo.pyramid import expand_pyramid, reduce_mask
from hdr_demo.resize import fit_size
from hdr_demo.strips import give_back_memory
from hdr_demo.weights import Checkpoint, find_checkpoint, load_model

# As many as the app's views have; up to the second number the exact answer takes no longer than a draft of the first.
PREVIEW_PIXELS = 1_000_000
EXACT_PREVIEW_PIXELS = 300_000


class PhotoExpander:
    """A checkpoint on a device, ready for photos; several threads may use one at the same time."""

    def __init__(self, expander: Expander, checkpoint: Checkpoint) -> None:
        """Join a loaded network and what is known of its checkpoint."""
        self.expander, self.checkpoint = expander, checkpoint

    def expand(
        self,
        picture: Picture,
        *,
        scale: str = "calibrated",
        draft: bool = False,
        wraps: bool | None = None,
        progress: Callable[[int, int], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> ExpandedPhoto:
        """Turn a photo into an HDR image.

        Args:
            picture: As `io.read_ldr` gives it.
            scale: One of `calibration.SCALES`.
            draft: Ask about a reduced copy, and carry the answer up; not for "paper". Of 12 megapixels it takes less
                than a twentieth of the time.
            wraps: Whether it is a panorama, whose left edge is its right one; without a word, what `goes_round` finds.
                A panorama that is turned gives the turned result. In the scale "paper" it makes no difference.
            progress: Called after each tile with the pixels done and the pixels in all.
            should_stop: Asked before each tile.

        Returns:
            The photo and its HDR image, of the photo's size.

        Raises:
            Stopped: If `should_stop` said so.
            DeviceError: If not even the smallest tile fits into the device's memory.
        """
        began = time.perf_counter()
        wraps = goes_round(picture) if wraps is None else wraps
        wraps = wraps and scale != "paper"
        # The global branch, which sees the panorama as a flat picture, shall not see where it was cut open.
        turn = turn_to_light(picture.ldr) if wraps else 0
        ldr = np.roll(picture.ldr, turn, axis=1) if turn else picture.ldr
        raw = self.ask(ldr, scale=scale, draft=draft, wraps=wraps, progress=progress, should_stop=should_stop)
        hdr = calibrate(raw, ldr, self.checkpoint.reading, scale, out=raw)
        if turn:
            roll_in_place(hdr, -turn)
        give_back_memory()
        seconds = time.perf_counter() - began
        drafted = draft and scale != "paper"
        return ExpandedPhoto(picture, hdr, scale, seconds, checkpoint=self.checkpoint.name, draft=drafted)

    def ask(
        self,
        ldr: np.ndarray,
        *,
        scale: str = "calibrated",
        draft: bool = False,
        wraps: bool = False,
        adjust: Callable[[int, np.ndarray], np.ndarray] | None = None,
        progress: Callable[[int, int], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> np.ndarray:
        """Ask the network in the way that a scale and this checkpoint want it.

        Args:
            ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
            scale: One of `calibration.SCALES`.
            draft: Ask about a reduced copy, and carry the answer up along the photo's edges; not for "paper".
            wraps: Whether the photo is a panorama, whose left edge is its right one; not for "paper".
            adjust: As in `expand_pyramid`; a checkpoint that is asked at one size calls it with 0.
            progress: As in `expand`.
            should_stop: As in `expand`.

        Returns:
            `raw`, float32, (H, W, 3), [0, 1]. In the scale "calibrated" of an absolute checkpoint it may hold anything
            where nothing is bright.

        Raises:
            Stopped: If `should_stop` said so.
            DeviceError: If not even the smallest tile fits into the device's memory.
        """
        given, reading = prepare_input(ldr, scale), self.checkpoint.reading
        if scale == "paper":
            return self.expander.expand(given, border="picture", progress=progress, should_stop=should_stop)
        # A photo in which little is bright needs little of the network; elsewhere it is kept as it is.
        wanted = needs_network(given) if scale == "calibrated" and reading.kind == "absolute" else None
        if not draft:
            return self._ask_all_sizes(given, wraps, wanted, adjust, progress, should_stop)
        small = reduce_for_draft(given)
        if wanted is not None:
            wanted = reduce_mask(wanted, *small.shape[:2], wraps=wraps, reach=REACH)
        raw = self._ask_all_sizes(small, wraps, wanted, adjust, progress, should_stop)
        return carry_up(raw, small, given, logarithmic=reading.encoding == "log2", wraps=wraps)

    def _ask_all_sizes(
        self,
        ldr: np.ndarray,
        wraps: bool,
        wanted: np.ndarray | None,
        adjust: Callable[[int, np.ndarray], np.ndarray] | None,
        progress: Callable[[int, int], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> np.ndarray:
        if self.checkpoint.reading.pyramid:
            return expand_pyramid(
                self.expander,
                ldr,
                wraps=wraps,
                wanted=wanted,
                adjust=adjust,
                progress=progress,
                should_stop=should_stop,
            )
        at_one_size = partial(adjust, 0) if adjust else None
        return self.expander.expand(
            ldr, wraps=wraps, wanted=wanted, adjust=at_one_size, progress=progress, should_stop=should_stop
        )

    def preview(
        self, picture: Picture, *, scale: str = "calibrated", max_pixels: int = PREVIEW_PIXELS
    ) -> ExpandedPhoto:
        """Expand a reduced copy of a photo, to have something to look at while `expand` runs.

        Args:
            picture: As `io.read_ldr` gives it.
            scale: One of `calibration.SCALES`.
            max_pixels: The most pixels that the copy may have; in the scale "paper", which has no drafts, it is
                smaller.

        Returns:
            The reduced photo and its HDR image, which is a draft unless it is small; the photo's own size if that is
            small enough.
        """
        if scale == "paper":
            max_pixels = min(max_pixels, EXACT_PREVIEW_PIXELS)
        height, width = fit_size(*picture.ldr.shape[:2], max_pixels)
        draft = height * width > EXACT_PREVIEW_PIXELS
        return self.expand(resize_picture(picture, height, width), scale=scale, draft=draft, wraps=goes_round(picture))


def goes_round(picture: Picture) -> bool:
    """Tell whether a picture is a panorama all round: by what its file says, else by its size and its edges."""
    if picture.panorama is not None:
        return picture.panorama
    return is_panorama(*picture.ldr.shape[:2]) and closes(picture.ldr)


def load_photo_expander(
    weights: str | None = None,
    *,
    device: str = "auto",
    precision: str = "auto",
    tile: int | None = None,
    backend: str = "auto",
    offline: bool = False,
    strict: bool = False,
) -> PhotoExpander:
    """Find a checkpoint, load it and put it on a device.

    Args:
        weights: What `weights.find_checkpoint` understands; without it, the default.
        device: One of `device.DEVICES`.
        precision: One of `device.PRECISIONS`.
        tile: Side of a tile in pixels; without it, what the device holds.
        backend: A key of `backends.BACKENDS`; "auto" is the fastest here.
        offline: Ask the Hub for nothing.
        strict: Fail where the checkpoint asked for cannot be had, rather than take the bundled one.

    Returns:
        What expands photos.

    Raises:
        WeightsError: If no checkpoint can be had or loaded.
        DeviceError: If that device, precision or back end is not there.
    """
    place = choose_device(device)
    checkpoint = find_checkpoint(weights, offline=offline, strict=strict)
    numbers, chosen = choose_precision(place, precision), None if backend == "auto" else backend
    expander = Expander(load_model(checkpoint), place, numbers, tile, chosen)
    return PhotoExpander(expander, checkpoint)
