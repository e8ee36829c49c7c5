"""Run the network over a photo of any size: exactly what a whole-image pass gives, in the memory of one tile.

Three rearrangements, all exact, make it fast:

- The global branch gives 64 numbers for the whole photo. Their share of the first 1×1 convolution is a constant, so it
  is folded into that layer's bias, and the 256 channels are never joined.
- A 3×3 convolution of dilation 2 is an ordinary one on each of the four interleaved phases `x[..., i::2, j::2]`.
- Inside the photo a tile is read with a margin (its halo) and each layer computes only what the next one needs; zeros
  are added only where the photo itself ends, as in the whole-image pass.
"""

import copy
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from hdr_demo.device import SMALLEST_TILE, choose_precision, choose_tile
from hdr_demo.errors import DeviceError, Stopped
from hdr_demo.model import BRANCH_CHANNELS, LOCAL_CHANNELS, ExpandNet, resize_for_global_branch

LOCAL_HALO = 2  # two 3×3 convolutions
HALO = 8  # four 3×3 convolutions of dilation 2

# What PyTorch says when memory is short: the allocators of MPS and of the CPU on three systems, cuDNN, cuBLAS, oneDNN.
OUT_OF_MEMORY = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "ALLOC_FAILED",
    "could not create a memory object",
)


class Region(NamedTuple):
    """A rectangle of a photo, in pixels; the end is exclusive."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def pixels(self) -> int:
        """How many pixels lie inside."""
        return (self.bottom - self.top) * (self.right - self.left)


class Sides(NamedTuple):
    """A number of pixels at each side of a region."""

    top: int
    bottom: int
    left: int
    right: int


def tiles(area: Region, tile: int) -> Iterator[Region]:
    """Cut a rectangle into tiles, row by row.

    Args:
        area: What is cut.
        tile: The side of a tile in pixels; those at the end are smaller.

    Yields:
        The tiles, which cover the area once.
    """
    for top in range(area.top, area.bottom, tile):
        for left in range(area.left, area.right, tile):
            yield Region(top, min(top + tile, area.bottom), left, min(left + tile, area.right))


class Expander:
    """A network on a device, ready for photos. Several threads may use one at the same time."""

    def __init__(
        self,
        model: ExpandNet,
        device: torch.device,
        precision: torch.dtype | None = None,
        tile: int | None = None,
    ) -> None:
        """Move the network to its device.

        Args:
            model: The network; it is left as it is.
            device: Where it is to run.
            precision: Of what lies between float32 in and float32 out; without one, what suits the device.
            tile: Side of a tile in pixels; without one, what the device's memory holds.
        """
        self.device = device
        self.precision = precision or choose_precision(device)
        self.tile = tile
        self._glob = _frozen(model.glob_net, device, torch.float32)
        self._local = [_frozen(block[0], device, self.precision) for block in model.local_net]
        self._dilated = [
            _frozen(layer[0] if isinstance(layer, nn.Sequential) else layer, device, self.precision)
            for layer in model.mid_net
        ]
        first, last = model.end_net[0][0], model.end_net[1]
        local, dilated, glob = first.weight.split((LOCAL_CHANNELS, BRANCH_CHANNELS, BRANCH_CHANNELS), dim=1)
        self._fuse_local = _constant(local, device, self.precision)
        self._fuse_dilated = _constant(dilated, device, self.precision)
        self._fuse_glob = _constant(glob[:, :, 0, 0], device, torch.float32)
        self._fuse_bias = _constant(first.bias, device, torch.float32)
        self._last = _frozen(last, device, self.precision)

    def expand(
        self,
        ldr: np.ndarray,
        *,
        border: str = "features",
        wraps: bool = False,
        wanted: np.ndarray | None = None,
        adjust: Callable[[np.ndarray], np.ndarray] | None = None,
        progress: Callable[[int, int], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> np.ndarray:
        """Ask the network for the light of a photo.

        Args:
            ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
            border: What lies outside the photo: "features" is zero in every layer, as in the whole-image pass;
                "picture" is black, as in the published command line.
            wraps: Whether the photo is a panorama, so that beyond its left and right edges it goes on at the other one.
            wanted: Which pixels will be looked at, bool, (H, W); tiles without any are left at 0. Without it, all.
            adjust: Takes the global features, float32, (64,), and gives those that are to be used: in a clip, a mean
                over time.
            progress: Called after each tile with the pixels done and the pixels in all.
            should_stop: Asked before each tile.

        Returns:
            `raw`, float32, (H, W, 3), [0, 1].

        Raises:
            Stopped: If `should_stop` said so.
            DeviceError: If not even the smallest tile fits into the device's memory.
        """
        if ldr.ndim != 3 or ldr.shape[2] != 3 or 0 in ldr.shape or ldr.dtype != np.float32:
            raise ValueError(f"ldr must be float32 of shape (H, W, 3), not {ldr.dtype} of shape {ldr.shape}")
        try:
            bias = self._fold_global_features(ldr, adjust)
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
            raise _too_small(self.device) from error
        if border == "picture":
            if wraps:
                raise ValueError("a panorama has no black border")
            ldr = np.pad(ldr, ((HALO, HALO), (HALO, HALO), (0, 0)))
        elif border != "features":
            raise ValueError(f"border must be 'features' or 'picture', not {border!r}")
        frame = HALO if border == "picture" else 0
        height, width = ldr.shape[:2]
        whole = Region(frame, height - frame, frame, width - frame)
        raw = np.zeros((height - 2 * frame, width - 2 * frame, 3), np.float32)

        tile = self.tile or choose_tile(self.device, self.precision)
        waiting = deque(
            region for region in tiles(whole, tile) if wanted is None or wanted[_shift(region, -frame)].any()
        )
        done = whole.pixels - sum(region.pixels for region in waiting)
        while waiting:
            if should_stop and should_stop():
                raise Stopped
            region = waiting.popleft()
            try:
                result = self._expand_tile(ldr, region, bias, wraps)
            except RuntimeError as error:
                if not _is_out_of_memory(error):
                    raise
                result = None
            if result is None:  # handled here, where the failed tile's tensors are free again
                tile = _halve(tile, self.device)
                waiting = deque(part for large in (region, *waiting) for part in tiles(large, tile))
                continue
            raw[_shift(region, -frame)] = result
            done += region.pixels
            if progress:
                progress(done, whole.pixels)
        return raw

    @torch.inference_mode()
    def _fold_global_features(self, ldr: np.ndarray, adjust: Callable[[np.ndarray], np.ndarray] | None) -> torch.Tensor:
        """Run the global branch and add its share to the bias of the first 1×1 convolution; (64,)."""
        picture = torch.from_numpy(ldr).permute(2, 0, 1).unsqueeze(0)  # (1, 3, H, W), still on the CPU
        glob = self._glob(resize_for_global_branch(picture).contiguous().to(self.device)).flatten()  # (64,)
        if adjust:
            glob = torch.from_numpy(adjust(glob.cpu().numpy())).to(self.device)
        return (self._fuse_bias + self._fuse_glob @ glob).to(self.precision)

    @torch.inference_mode()
    def _expand_tile(self, ldr: np.ndarray, region: Region, bias: torch.Tensor, wraps: bool) -> np.ndarray:
        """Compute one tile; (height, width, 3), float32."""
        window, halo = _with_halo(region, *ldr.shape[:2], wraps)
        rows = ldr[window.top : window.bottom]
        if wraps:
            cut = rows.take(range(window.left, window.right), axis=1, mode="wrap")
        else:
            cut = rows[:, window.left : window.right]
        picture = (
            torch.from_numpy(np.ascontiguousarray(cut.transpose(2, 0, 1))).unsqueeze(0).to(self.device, self.precision)
        )  # (1, 3, h, w)

        dilated = self._run_dilated(picture, halo)  # (1, 64, height, width)
        local_halo = Sides(*(min(side, LOCAL_HALO) for side in halo))
        picture = _cut_off(picture, Sides(*(side - kept for side, kept in zip(halo, local_halo, strict=True))))
        local = self._run_local(picture, local_halo)  # (1, 128, height, width)

        features = functional.conv2d(local, self._fuse_local, bias)
        features += functional.conv2d(dilated, self._fuse_dilated)
        raw = torch.sigmoid(self._last(functional.selu_(features)).float())  # (1, 3, height, width)
        return raw[0].permute(1, 2, 0).cpu().numpy()

    def _run_local(self, picture: torch.Tensor, halo: Sides) -> torch.Tensor:
        features = picture
        for layer in self._local:
            features = functional.selu_(_convolve(features, layer, _missing(halo, LOCAL_HALO)))
        return _cut_off(features, _left_over(halo, LOCAL_HALO))

    def _run_dilated(self, picture: torch.Tensor, halo: Sides) -> torch.Tensor:
        height, width = picture.shape[2:]
        in_phases = height % 2 == 0 and width % 2 == 0
        features = _split_phases(picture) if in_phases else picture
        dilation = 1 if in_phases else 2
        for number, layer in enumerate(self._dilated):
            features = _convolve(features, layer, _missing(halo, HALO, dilation), dilation)
            if number < len(self._dilated) - 1:
                functional.selu_(features)
        return _cut_off(_join_phases(features) if in_phases else features, _left_over(halo, HALO))


def _shift(region: Region, pixels: int) -> tuple[slice, slice]:
    """Turn a region into rows and columns, moved down and to the right."""
    return np.s_[region.top + pixels : region.bottom + pixels, region.left + pixels : region.right + pixels]


def _with_halo(region: Region, height: int, width: int, wraps: bool) -> tuple[Region, Sides]:
    """Widen a tile by as much halo as the photo has, to an even size where it can be (so that phases are alike)."""
    top, bottom = _widen(region.top, region.bottom, 0, height)
    beyond = HALO + 1 if wraps else 0
    left, right = _widen(region.left, region.right, -beyond, width + beyond)
    halo = Sides(region.top - top, bottom - region.bottom, region.left - left, right - region.right)
    return Region(top, bottom, left, right), halo


def _widen(start: int, end: int, first: int, last: int) -> tuple[int, int]:
    start, end = max(start - HALO, first), min(end + HALO, last)
    if (end - start) % 2 and start > first:
        start -= 1
    elif (end - start) % 2 and end < last:
        end += 1
    return start, end


def _missing(halo: Sides, needed: int, zeros: int = 1) -> Sides:
    """Say where each layer must add zeros: a halo smaller than what all layers need ends where the photo ends."""
    return Sides(*(zeros if side < needed else 0 for side in halo))


def _left_over(halo: Sides, needed: int) -> Sides:
    """Say what remains of a halo after the last layer: each layer ate its share, but for sides that got zeros."""
    return Sides(*(side if side < needed else side - needed for side in halo))


def _cut_off(features: torch.Tensor, sides: Sides) -> torch.Tensor:
    height, width = features.shape[2:]
    return features[:, :, sides.top : height - sides.bottom, sides.left : width - sides.right]


def _convolve(features: torch.Tensor, layer: nn.Conv2d, zeros: Sides, dilation: int = 1) -> torch.Tensor:
    if any(zeros):
        features = functional.pad(features, (zeros.left, zeros.right, zeros.top, zeros.bottom))
    return functional.conv2d(features, layer.weight, layer.bias, dilation=dilation)


def _split_phases(picture: torch.Tensor) -> torch.Tensor:
    """Take every second pixel of every second row, from each of four starts: (1, C, h, w) to (4, C, h/2, w/2)."""
    _, channels, height, width = picture.shape
    phases = picture.reshape(channels, height // 2, 2, width // 2, 2).permute(2, 4, 0, 1, 3)
    return phases.reshape(4, channels, height // 2, width // 2)


def _join_phases(phases: torch.Tensor) -> torch.Tensor:
    """Undo `_split_phases`."""
    _, channels, rows, columns = phases.shape
    picture = phases.reshape(2, 2, channels, rows, columns).permute(2, 3, 0, 4, 1)
    return picture.reshape(1, channels, 2 * rows, 2 * columns)


def _frozen(module: nn.Module, device: torch.device, precision: torch.dtype) -> nn.Module:
    """Copy a module for inference, to another place and precision."""
    return copy.deepcopy(module).to(device, precision).eval().requires_grad_(False)


def _constant(weight: torch.Tensor, device: torch.device, precision: torch.dtype) -> torch.Tensor:
    return weight.detach().to(device, precision).contiguous()


def _is_out_of_memory(error: RuntimeError) -> bool:
    # Only CUDA's allocator has a class of its own for it; the others and the libraries are told by their text.
    return isinstance(error, torch.OutOfMemoryError) or any(text in str(error) for text in OUT_OF_MEMORY)


def _too_small(device: torch.device) -> DeviceError:
    return DeviceError(f"The memory of {device} does not hold the smallest tile; close other programs or use cpu.")


def _halve(tile: int, device: torch.device) -> int:
    """Choose the next smaller tile after a device ran out of memory.

    Raises:
        DeviceError: If the tile was the smallest already.
    """
    if tile <= SMALLEST_TILE:
        raise _too_small(device)
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return max(tile // 2, SMALLEST_TILE)
