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
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np
import torch

from hdr_demo.backends import HALO, Piece, Region, choose_backend, cut_piece, find_backend, fold, tiles
from hdr_demo.device import SMALLEST_TILE, choose_precision, choose_tile, is_out_of_memory, keep_float32
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
        # With the channels last the global branch takes 2.3 ms on two cores, with planes 3 to 11; a draft has four.
        glob = copy.deepcopy(model.glob_net).to(device, torch.float32, memory_format=torch.channels_last)
        self._glob = glob.eval().requires_grad_(False)
        self._folded = fold(model)
        keep_float32(device, self.precision)
        row = find_backend(self.backend, device, self.precision)
        self._network = row.load(self._folded, device, self.precision)
        self._usual_tile = row.tile
        # The global branch goes first: the next photo's is computed while tiles of this one are.
        self._queue = torch.cuda.Stream(device, priority=-1) if device.type == "cuda" else None

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
        photo = self._open(ldr, border, wraps, wanted, adjust)
        [raw] = self._answer(iter([photo]), progress, should_stop)
        return raw

    def expand_each(
        self,
        ldrs: Iterable[np.ndarray],
        *,
        adjust: Callable[[np.ndarray], np.ndarray] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Iterator[np.ndarray]:
        """Ask the network for the light of one photo after the other, without a pause between them.

        On a GPU the next ones are read and sent there while one is computed, and those of one size share a batch.

        Args:
            ldrs: Display-encoded sRGB, float32, (H, W, 3), [0, 1]; some are taken ahead of their answers.
            adjust: As in `expand`; called for one photo after the other, when it is taken.
            should_stop: Asked before each tile.

        Yields:
            `raw`, float32, (H, W, 3), [0, 1], in the order of the photos; what `expand` gives for each.

        Raises:
            Stopped: If `should_stop` said so.
            DeviceError: If not even the smallest tile fits into the device's memory.
        """
        return self._answer((self._open(ldr, adjust=adjust) for ldr in ldrs), None, should_stop)

    def _open(
        self,
        ldr: np.ndarray,
        border: str = "features",
        wraps: bool = False,
        wanted: np.ndarray | None = None,
        adjust: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> "_Photo":
        """Compute what a photo's tiles have in common."""
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
            return _Photo(np.pad(ldr, ((HALO, HALO), (HALO, HALO), (0, 0))), HALO, wraps, wanted, bias)
        if border != "features":
            raise ValueError(f"border must be 'features' or 'picture', not {border!r}")
        return _Photo(ldr, 0, wraps, wanted, bias)

    def _answer(
        self,
        photos: Iterator["_Photo"],
        progress: Callable[[int, int], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> Iterator[np.ndarray]:
        """Compute the tiles of photos, and give each photo's answer when it is complete, in their order."""
        tile = self.tile or self._usual_tile or choose_tile(self.device, self.precision)
        under_way: deque[_Photo] = deque()
        owners: dict[int, tuple[Piece, _Photo]] = {}  # by a piece's identity; pieces of two photos may be equal
        broken: list[RuntimeError] = []

        def take() -> _Photo | None:
            try:
                return next(photos, None)
            except RuntimeError as error:  # whatever it says, no smaller tile helps
                broken.append(error)
                raise

        def in_turn() -> Iterator[_Photo]:
            yield from tuple(under_way)  # whose tiles were too large
            for photo in iter(take, None):
                under_way.append(photo)
                yield photo

        def pieces() -> Iterator[Piece]:
            for photo in in_turn():
                photo.cut(tile)
                while photo.waiting:
                    if should_stop and should_stop():
                        raise Stopped
                    piece = photo.begin()
                    owners[id(piece)] = piece, photo
                    yield piece

        while True:
            try:
                for piece, answer in self._network.run(pieces()):
                    _, photo = owners.pop(id(piece))
                    photo.end(piece.region, answer)
                    if progress:
                        progress(photo.done, photo.whole.pixels)
                    while under_way and under_way[0].is_complete:
                        yield under_way.popleft().raw
                break
            except RuntimeError as error:
                if broken or not is_out_of_memory(error):
                    raise
            owners.clear()
            tile = _halve(tile, self.device)  # here, where the failed tiles' tensors are free again
        while under_way:  # of which no tile was wanted
            yield under_way.popleft().raw

    @torch.inference_mode()
    def _fold_global_features(self, ldr: np.ndarray, adjust: Callable[[np.ndarray], np.ndarray] | None) -> np.ndarray:
        """Run the global branch and add its share to the bias of the first 1×1 convolution; float32, (64,)."""
        picture = torch.from_numpy(ldr).permute(2, 0, 1).unsqueeze(0)  # (1, 3, H, W), still on the CPU
        small = resize_for_global_branch(picture).contiguous(memory_format=torch.channels_last)
        queue: AbstractContextManager = torch.cuda.stream(self._queue) if self._queue else nullcontext()
        with queue:
            glob = self._glob(small.to(self.device)).flatten().cpu().numpy()  # (64,)
        return self._folded.fold_global_features(adjust(glob) if adjust else glob)


@dataclass
class _Photo:
    """A photo and what is known of its answer.

    Attributes:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1], within its frame.
        frame: The width of a black frame around it, in pixels.
        wraps: As in `Expander.expand`.
        wanted: Likewise.
        bias: Of the joined features, with what the global branch adds, float32, (64,).
        whole: The photo without its frame.
        raw: The answer, as far as it is known.
        waiting: What has not been asked for.
        begun: Tiles that were asked for; a back end may take some ahead of its answers.
        done: Pixels that are answered or not wanted.
    """

    ldr: np.ndarray
    frame: int
    wraps: bool
    wanted: np.ndarray | None
    bias: np.ndarray
    whole: Region = field(init=False)
    raw: np.ndarray = field(init=False)
    waiting: deque[Region] = field(init=False)
    begun: set[Region] = field(init=False)
    done: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        height, width = self.ldr.shape[:2]
        self.whole = Region(self.frame, height - self.frame, self.frame, width - self.frame)
        self.raw = np.zeros((height - 2 * self.frame, width - 2 * self.frame, 3), np.float32)
        self.waiting, self.begun = deque([self.whole]), set()

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to be answered."""
        return not self.waiting and not self.begun

    def cut(self, tile: int) -> None:
        """Cut what was not answered into tiles, and leave out those of which nothing is wanted."""
        parts = (part for region in (*self.begun, *self.waiting) for part in tiles(region, tile))
        self.waiting = deque(
            part for part in parts if self.wanted is None or self.wanted[part.shift(-self.frame)].any()
        )
        self.begun.clear()
        self.done = self.whole.pixels - sum(part.pixels for part in self.waiting)

    def begin(self) -> Piece:
        """Ask for the next tile."""
        region = self.waiting.popleft()
        self.begun.add(region)
        return cut_piece(self.ldr, region, self.bias, wraps=self.wraps)

    def end(self, region: Region, answer: np.ndarray) -> None:
        """Take the answer for a tile."""
        self.raw[region.shift(-self.frame)] = answer
        self.begun.remove(region)
        self.done += region.pixels


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
