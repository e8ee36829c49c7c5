"""Tiles by PyTorch on a GPU: batches, CUDA graphs, and copies that overlap the computing.

Its parts that are not CUDA's run, and are tested, on a CPU too. On a GPU it has not been timed yet; `benchmarks/gpu.py`
is the program that does.
"""

import logging
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from hdr_demo.backends.batched import BatchedNetwork
from hdr_demo.backends.batches import gather
from hdr_demo.backends.folded import FoldedNetwork
from hdr_demo.backends.pieces import Piece
from hdr_demo.backends.recurring import Recurring
from hdr_demo.backends.streams import Streams
from hdr_demo.device import choose_pixels, is_out_of_memory

# Batches under way: one comes, one is computed, one goes.
SLOTS = 3

# Graphs that are kept. They share one pool of memory, so each costs its input and its answer only.
MOST_GRAPHS = 8

# Only one graph may be captured at a time in a process.
_CAPTURING = threading.Lock()


class _Batch(NamedTuple):
    """Pieces that are under way, and all memory that a stream may still read or write for them."""

    pieces: list[Piece]
    answers: torch.Tensor  # float32, (N, h, w, 3), in the computer's memory
    landed: torch.cuda.Event | None
    held: tuple[torch.Tensor, ...]

    def wait(self) -> None:
        if self.landed is not None:
            self.landed.synchronize()


class CudaTiles:
    """The back end for GPUs. A `contract.TileNetwork`."""

    def __init__(
        self,
        network: FoldedNetwork,
        device: torch.device,
        precision: torch.dtype,
        *,
        most_pixels: int | None = None,
        graphs: bool = True,
        compiled: bool = False,
        slots: int = SLOTS,
    ) -> None:
        """Move the weights to their device.

        Args:
            network: The weights.
            device: A CUDA device; on another one there are neither graphs nor streams.
            precision: Of its numbers.
            most_pixels: That a batch of several pieces may have; without it, what the device's memory holds.
            graphs: Whether what recurs is captured as a CUDA graph.
            compiled: As in `BatchedNetwork`.
            slots: How many batches may be under way.
        """
        self._device, self._precision = device, precision
        self._network = BatchedNetwork(network, device, precision, compiled=compiled)
        self._streams = Streams(device)
        self._wanted_pixels, self._most_pixels = most_pixels, None
        self._slots = slots
        self._graphs: Recurring[_Graph] = Recurring(MOST_GRAPHS)
        self._has_graphs = graphs and self._streams.is_gpu
        self._lock = threading.Lock()

    def run(self, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, np.ndarray]]:
        """Compute tiles; see `contract.TileNetwork`."""
        under_way: deque[_Batch] = deque()
        try:
            for group in gather(pieces, self.choose_pixels()):
                if len(under_way) == self._slots:
                    yield from _land(under_way.popleft())
                under_way.append(self._launch(group))
            while under_way:
                yield from _land(under_way.popleft())
        finally:
            for batch in under_way:
                batch.wait()

    def choose_pixels(self) -> int:
        """Choose how many pixels a batch may have: no more than half of those for which memory was short once."""
        wanted = self._wanted_pixels or choose_pixels(self._device, self._precision)
        return wanted if self._most_pixels is None else min(wanted, self._most_pixels)

    def _launch(self, pieces: list[Piece]) -> _Batch:
        """Queue a batch; on a CPU, compute it."""
        # A graph that is first captured in inference mode breaks later captures elsewhere, pytorch issue 166792.
        with torch.inference_mode(False), torch.no_grad():
            given, bias = self._stage(pieces)
            with self._lock:
                try:
                    return self._queue(pieces, given, bias)
                except RuntimeError as error:
                    self._streams.finish()  # nothing reads or writes memory that is given back now
                    if is_out_of_memory(error):
                        self._graphs.clear()
                        self._most_pixels = max(given[..., 0].numel() // 2, 1)
                    raise

    def _stage(self, pieces: list[Piece]) -> tuple[torch.Tensor, torch.Tensor]:
        """Copy pieces into one array, (N, h, w, 3), and their biases into another, (N, 64)."""
        height, width = pieces[0].picture.shape[:2]
        given = self._streams.empty_host(len(pieces), height, width, 3, precision=self._precision)
        bias = self._streams.empty_host(len(pieces), len(pieces[0].bias), precision=self._precision)
        for number, piece in enumerate(pieces):
            # PyTorch's copy converts, in all threads; it wants arrays that could be written.
            given[number].copy_(torch.from_numpy(np.require(piece.picture, requirements="W")))
            bias[number].copy_(torch.from_numpy(np.require(piece.bias, requirements="W")))
        return given, bias

    def _queue(self, pieces: list[Piece], given: torch.Tensor, bias: torch.Tensor) -> _Batch:
        streams = self._streams
        with streams.on(streams.upload):
            there, bias_there = (array.to(self._device, non_blocking=True) for array in (given, bias))
            uploaded = streams.mark()
        with streams.on(streams.compute, after=uploaded):
            raw = self._compute(there, bias_there)
            computed = streams.mark()
        if not streams.is_gpu:
            return _Batch(pieces, raw, None, ())
        with streams.on(streams.download, after=computed):
            answers = streams.empty_host(*raw.shape, precision=raw.dtype)
            answers.copy_(raw, non_blocking=True)
            landed = streams.mark()
        return _Batch(pieces, answers, landed, (given, bias, there, bias_there, raw))

    def _compute(self, given: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """Compute a batch that is on the device; float32, (N, h, w, 3)."""
        size = given.shape[:3]
        if self._has_graphs:
            graph = self._graphs.find(size, partial(self._capture, size), self._streams.finish)
            if graph is not None:
                return graph.replay(given, bias)
        pictures = self._network.prepare(*size)
        pictures[..., :3] = given
        return self._network.answer(pictures, bias)

    def _capture(self, size: tuple[int, int, int]) -> "_Graph | None":
        """Capture the work for a size that was computed before; None if that cannot be."""
        if size[0] * size[1] * size[2] > choose_pixels(self._device, self._precision):
            return None  # its memory stays taken
        pool = next((graph.pool for graph in self._graphs.values()), None)
        try:
            return _Graph(self._network, size, self._streams.compute, pool)
        except RuntimeError as error:
            logging.info("No CUDA graph of %d pictures of %dx%d: %s", size[0], size[2], size[1], error)
            return None


class _Graph:
    """The work for one size of a batch, which the GPU starts as a whole.

    Graphs share one pool: none runs while another one does, and none reads what another one left.
    """

    def __init__(
        self,
        network: BatchedNetwork,
        size: tuple[int, int, int],
        stream: torch.cuda.Stream,
        pool: tuple[int, int] | None,
    ) -> None:
        self._pictures = network.prepare(*size)
        self._bias = torch.zeros((size[0], 64), dtype=self._pictures.dtype, device=self._pictures.device)
        self._graph = torch.cuda.CUDAGraph()
        # Another thread may use the GPU meanwhile.
        with (
            _CAPTURING,
            torch.cuda.graph(self._graph, pool=pool, stream=stream, capture_error_mode="thread_local"),
        ):
            self._raw = network.answer(self._pictures, self._bias)

    @property
    def pool(self) -> tuple[int, int]:
        """Where its features lie."""
        return self._graph.pool()

    def replay(self, given: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """Compute a batch: float, (N, h, w, 3) and (N, 64), to float32, (N, h, w, 3), which the caller may keep."""
        self._pictures[..., :3] = given
        self._bias.copy_(bias)
        self._graph.replay()
        return self._raw.clone()


def _land(batch: _Batch) -> Iterator[tuple[Piece, np.ndarray]]:
    """Wait for a batch, and give its answers without the halos."""
    batch.wait()
    for piece, answer in zip(batch.pieces, batch.answers.numpy(), strict=True):
        yield piece, answer[piece.halo.inside(*answer.shape[:2])]
