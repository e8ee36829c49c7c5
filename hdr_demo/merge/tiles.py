"""One step of a merge, tile by tile: a reference whose light is known in part, and a neighbour on each side of it."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.errors import Stopped
from hdr_demo.merge.align import Alignment, bring
from hdr_demo.merge.networks import REFERENCE, differ, smooth

# Of a neighbour that is not there: it has no part, but a ratio has to be named.
MISSING_RATIO = 4.0
# The ghost map: over how many pixels differences of codes are averaged, what textures and noise leave of them, and
# where disagreement is complete.
GHOST_SIDE, GHOST_NONE, GHOST_FULL = 11, 0.04, 0.24


@dataclass(frozen=True)
class Neighbour:
    """A photo beside the reference.

    Attributes:
        photo: sRGB-encoded codes, uint8 or uint16, (H, W, 3).
        time: Of its exposure.
        alignment: How it lies on the reference; None where it already does.
    """

    photo: np.ndarray
    time: float
    alignment: Alignment | None


class Blend(Protocol):
    """What merges the sources of a tile.

    Attributes:
        halo: How many pixels it has to see around a tile; a test measures it.
        tile: The side of a tile that takes little memory.
    """

    halo: int
    tile: int

    def __call__(
        self, sources: torch.Tensor, valid: torch.Tensor, times: torch.Tensor, light: torch.Tensor
    ) -> torch.Tensor:
        """Merge sources, their validity, times and the reference's light to light, as the networks do."""


def merge_step(
    hdr: np.ndarray,
    time: float,
    short: Neighbour | None,
    long: Neighbour | None,
    blend: Blend,
    *,
    by_flow: bool = True,
    device: torch.device | None = None,
    ghosts: np.ndarray | None = None,
    on_tile: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """Merge a shorter and a longer exposure into what is known of the reference's light.

    Args:
        hdr: The light so far: linear RGB, float32, (H, W, 3), [0, inf), in units of which 1 / time is what clips in
            the reference's photo, so that light times exposure is what a sensor gets.
        time: The exposure at which the reference is shown to the network; it is clipped at 1.0 there.
        short: A shorter exposure, if there is one.
        long: A longer exposure, if there is one.
        blend: What merges a tile.
        by_flow: Whether the flows are used; otherwise the poses stand in for them.
        device: Where `blend` runs.
        ghosts: Raised where the neighbours disagree with the reference, float32, (H, W), [0, 1].
        on_tile: Told the share that is done.
        should_stop: Asked before each tile.

    Returns:
        The light, linear RGB, float32, (H, W, 3), in the same units.

    Raises:
        Stopped: If `should_stop` said so.
    """
    height, width = hdr.shape[:2]
    device = device or torch.device("cpu")
    times = torch.tensor(
        [
            short.time if short else time / MISSING_RATIO,
            time,
            long.time if long else time * MISSING_RATIO,
        ],
        dtype=torch.float32,
        device=device,
    )[None]
    shortest = float(times[0, 0])
    merged = np.empty_like(hdr)
    windows = list(tiles(height, width, blend.tile, blend.halo))
    for number, (inner, outer) in enumerate(windows):
        if should_stop is not None and should_stop():
            raise Stopped
        known = hdr[outer]
        sources, valid = gather(known, time, short, long, outer, by_flow=by_flow)
        with torch.inference_mode():
            sources, valid = torch.from_numpy(sources)[None].to(device), torch.from_numpy(valid)[None].to(device)
            light = torch.from_numpy(np.ascontiguousarray(known.transpose(2, 0, 1)))[None].to(device)
            answer = blend(sources, valid, times, light * shortest)[0].permute(1, 2, 0).cpu().numpy() / shortest
            cut = tuple(slice(i.start - o.start, i.stop - o.start) for i, o in zip(inner, outer, strict=True))
            merged[inner] = answer[cut]
            if ghosts is not None:
                found = find_ghosts(sources, valid, times)[0].cpu().numpy()
                np.maximum(ghosts[inner], found[cut], out=ghosts[inner])
        if on_tile:
            on_tile((number + 1) / len(windows))
    return merged


def tiles(height: int, width: int, tile: int, halo: int) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Cut a picture into windows, each with the larger window that has to be seen for it."""

    def cuts(side: int) -> list[tuple[slice, slice]]:
        count = max(1, math.ceil(side / tile))
        edges = [min(number * tile, side) for number in range(count)] + [side]
        return [
            (slice(begin, end), slice(max(0, begin - halo), min(side, end + halo)))
            for begin, end in zip(edges[:-1], edges[1:], strict=True)
        ]

    for rows, outer_rows in cuts(height):
        for columns, outer_columns in cuts(width):
            yield (rows, columns), (outer_rows, outer_columns)


def gather(
    hdr: np.ndarray,
    time: float,
    short: Neighbour | None,
    long: Neighbour | None,
    window: tuple[slice, slice],
    *,
    by_flow: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Lay the sources of a window out as networks take them.

    Returns:
        Display-encoded, float32, (5, 3, h, w), [0, 1]; and where they are something, bool, (5, h, w).
    """
    reference = encode_srgb(np.minimum(hdr * np.float32(time), 1))
    sources = np.zeros((5, *reference.shape), np.float32)
    valid = np.zeros((5, *reference.shape[:2]), bool)
    sources[REFERENCE], valid[REFERENCE] = reference, True
    for first, neighbour, missing in ((1, short, time / MISSING_RATIO), (3, long, time * MISSING_RATIO)):
        if neighbour is None:  # the reference stands in, without a say
            sources[first : first + 2] = encode_srgb(np.minimum(hdr * np.float32(missing), 1))
            continue
        for place, flows in ((first, by_flow), (first + 1, False)):
            if place > first and not by_flow:
                sources[place], valid[place] = sources[first], valid[first]
                continue
            sources[place], valid[place] = bring(neighbour.photo, neighbour.alignment, window, by_flow=flows)
    return np.ascontiguousarray(sources.transpose(0, 3, 1, 2)), valid


def find_ghosts(sources: torch.Tensor, valid: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
    """Say where neighbours, aligned by their poses, disagree with the reference: (N, H, W), [0, 1]."""
    differences, _ = differ(sources, valid, times)
    posed = differences[:, [1, 3]].flatten(1, 2)
    difference = smooth(posed, GHOST_SIDE).abs().amax(1)
    return ((difference - GHOST_NONE) / (GHOST_FULL - GHOST_NONE)).clamp(0, 1)


def decode_reference(photo: np.ndarray, time: float) -> np.ndarray:
    """Give the light of the reference alone.

    Args:
        photo: sRGB-encoded codes, uint8 or uint16, (H, W, 3).
        time: Of its exposure.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, 1 / time].
    """
    light = decode_srgb(np.arange(np.iinfo(photo.dtype).max + 1, dtype=np.float32) / np.iinfo(photo.dtype).max)
    return (light / np.float32(time))[photo]
