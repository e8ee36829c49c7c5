"""Run the network over a photo of any size: exactly what a whole-image pass gives, in the memory of one tile.

Three rearrangements, all exact, make it fast:

- The global branch gives 64 numbers for the whole photo. Their share of the first 1×1 convolution is a constant, so it
  is folded into that layer's bias, and the 256 channels are never joined.
- A 3×3 convolution of dilation 2 is an ordinary one on each of the four interleaved phases `x[..., i::2, j::2]`.
- Inside the photo a tile is read with a margin (its halo) and each layer computes only what the next one needs; zeros
  are added only where the photo itself ends, as in the whole-image pass.

What computes the tiles is a row of `backends.BACKENDS`.
"""

import copy
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np
import torch

from hdr_demo.backends import HALO, Piece, Region, choose_backend, cut_piece, find_backend, fold, tiles
from hdr_demo.device import SMALLEST_TILE, choose_precision, choose_tile, is_out_of_memory
from hdr_demo.errors import DeviceError, Stopped
from hdr_demo.model import ExpandNet, resize_for_global_branch


class Expander:
    """A network on a device, ready for photos. Several threads may use one at the same time."""

    def __init__(
        self,
        model: ExpandNet,
        device: torch.device,
        precision: torch.dtype | None = None,
        tile: int | None = None,
        backend: str | None = None,
    ) -> None:
        """Move the network to its device.

        Args:
            model: The network; it is left as it is.
            device: Where it is to run.
            precision: Of what lies between float32 in and float32 out; without one, what suits the device.
            tile: Side of a tile in pixels; without one, what suits the back end and the device's memory.
            backend: A key of `backends.BACKENDS`; without one, the fastest here.

        Raises:
            DeviceError: If that back end does not run there.
        """
        self.device = device
        self.precision = precision or choose_precision(device)
        self.tile = tile
        self.backend = backend or choose_backend(device, self.precision)
        self._glob = copy.deepcopy(model.glob_net).to(device, torch.float32).eval().requires_grad_(False)
        self._folded = fold(model)
        row = find_backend(self.backend, device, self.precision)
        self._network = row.load(self._folded, device, self.precision)
        self._usual_tile = row.tile

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
            if not is_out_of_memory(error):
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

        tile = self.tile or self._usual_tile or choose_tile(self.device, self.precision)
        waiting = deque(region for region in tiles(whole, tile) if wanted is None or wanted[region.shift(-frame)].any())
        done = whole.pixels - sum(region.pixels for region in waiting)
        begun: dict[Region, None] = {}  # a back end may take some tiles ahead of its answers

        def pieces() -> Iterator[Piece]:
            while waiting:
                if should_stop and should_stop():
                    raise Stopped
                region = waiting.popleft()
                begun[region] = None
                yield cut_piece(ldr, region, bias, wraps=wraps)

        while waiting:
            try:
                for piece, answer in self._network.run(pieces()):
                    raw[piece.region.shift(-frame)] = answer
                    del begun[piece.region]
                    done += piece.region.pixels
                    if progress:
                        progress(done, whole.pixels)
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
            if begun:  # handled here, where the failed tiles' tensors are free again
                tile = _halve(tile, self.device)
                waiting = deque(part for large in (*begun, *waiting) for part in tiles(large, tile))
                begun.clear()
        return raw

    @torch.inference_mode()
    def _fold_global_features(self, ldr: np.ndarray, adjust: Callable[[np.ndarray], np.ndarray] | None) -> np.ndarray:
        """Run the global branch and add its share to the bias of the first 1×1 convolution; float32, (64,)."""
        picture = torch.from_numpy(ldr).permute(2, 0, 1).unsqueeze(0)  # (1, 3, H, W), still on the CPU
        small = resize_for_global_branch(picture).contiguous().to(self.device)
        glob = self._glob(small).flatten().cpu().numpy()  # (64,)
        return self._folded.fold_global_features(adjust(glob) if adjust else glob)


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
