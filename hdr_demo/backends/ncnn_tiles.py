"""Tiles by ncnn on a CPU: its 3×3 convolutions are Winograd's, with fewer multiplications than PyTorch's.

https://github.com/Tencent/ncnn. The model is written from the checkpoint when it is first needed. ncnn's layers add
zeros at fixed sides, so each set of sides at which a photo ends has a net of its own; inside a photo there is one.
"""

import struct
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hdr_demo.backends.folded import Convolution, FoldedNetwork
from hdr_demo.backends.pieces import HALO, LOCAL_HALO, Piece, Sides

if TYPE_CHECKING:
    import ncnn

# The first line of a model's text.
_MAGIC = 7767517
# Klambauer et al. 2017, equation 2, as PyTorch spells them.
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
# Before each weight: it follows as float32.
_RAW_FLOAT32 = struct.pack("<I", 0)
_NO_SIDES = Sides(0, 0, 0, 0)
# What ncnn would trade for speed: numbers of half the size.
_INEXACT = (
    *("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_packed", "use_bf16_storage"),
    *("use_int8_inference", "use_int8_packed", "use_int8_storage", "use_int8_arithmetic"),
)


class NcnnTiles:
    """The Winograd back end. A `contract.TileNetwork`."""

    def __init__(self, network: FoldedNetwork, workers: int) -> None:
        """Keep the weights; nets are made when a tile needs them.

        Args:
            network: The weights.
            workers: How many tiles are computed at once, by a thread each. Two tiles by a thread each took 0.72 of the
                time of one after the other by two threads, which wait for each other in every layer.
        """
        import ncnn

        self._network, self._workers = network, workers
        # Kept: new threads for each photo would each begin a heap of their own, and a clip's memory would grow.
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="tiles")
        self._nets: dict[tuple[str, Sides, int], ncnn.Net] = {}
        self._making = threading.Lock()
        # Shared by all nets: by itself each would keep the features of the largest tile that it met, some 80 MB.
        self._memory = ncnn.PoolAllocator(), ncnn.PoolAllocator()

    def run(self, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, np.ndarray]]:
        """Compute tiles; see `contract.TileNetwork`."""
        computed: deque[tuple[Piece, Future[np.ndarray]]] = deque()
        try:
            for piece in pieces:
                computed.append((piece, self._threads.submit(self._compute, piece)))
                if len(computed) > self._workers:  # one more, so that no worker waits
                    first, answer = computed.popleft()
                    yield first, answer.result()
            for first, answer in computed:
                yield first, answer.result()
        finally:
            for _, answer in computed:
                answer.cancel()
            for pool in self._memory:
                pool.clear()  # of what no other thread uses

    def _compute(self, piece: Piece) -> np.ndarray:
        joined = self._run_dilated(piece)  # (64, height, width), with the bias
        near = piece.halo.at_most(LOCAL_HALO)
        rows, columns = piece.halo.minus(near).inside(*piece.picture.shape[:2])
        picture = _planes(piece.picture[rows, columns])
        # Only the answer is cut, so what is added to it gets a margin where the local features keep one.
        spare = near.left_over(LOCAL_HALO)
        if any(spare):
            joined = np.pad(joined, ((0, 0), (spare.top, spare.bottom), (spare.left, spare.right)))
        raw = _run(self._net("local", near.missing(LOCAL_HALO)), picture=picture, joined=joined)
        rows, columns = spare.inside(*raw.shape[1:])
        return np.ascontiguousarray(raw[:, rows, columns].transpose(1, 2, 0))

    def _run_dilated(self, piece: Piece) -> np.ndarray:
        """Give the dilated branch's share of the joined features, with their bias; float32, (64, height, width)."""
        zeros, bias = piece.halo.missing(HALO), piece.bias[:, np.newaxis, np.newaxis]
        height, width = piece.picture.shape[:2]
        if height % 2 or width % 2:
            joined = _run(self._net("dilated", zeros, dilation=2), picture=_planes(piece.picture)) + bias
        else:
            net, joined = self._net("dilated", zeros), None
            for top, left in ((0, 0), (0, 1), (1, 0), (1, 1)):
                phase = _run(net, picture=_planes(piece.picture[top::2, left::2]))
                if joined is None:
                    joined = np.empty((len(phase), 2 * phase.shape[1], 2 * phase.shape[2]), np.float32)
                np.add(phase, bias, out=joined[:, top::2, left::2])
        rows, columns = piece.halo.left_over(HALO).inside(*joined.shape[1:])
        return np.ascontiguousarray(joined[:, rows, columns])

    def _net(self, branch: str, zeros: Sides, dilation: int = 1) -> "ncnn.Net":
        key = (branch, zeros, dilation)
        with self._making:
            if key not in self._nets:
                model = _Model()
                _BRANCHES[branch](model, self._network, zeros, dilation)
                self._nets[key] = model.load(*self._memory)
            return self._nets[key]


class _Model:
    """A model as ncnn reads it: a line for each layer, and the weights in the order of the lines."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._weights: list[bytes] = []

    def add(self, kind: str, inputs: str, output: str, **parameters: float) -> str:
        """Add a layer; its parameters are named `_0`, `_1`, ... as ncnn numbers them. Gives its output's name."""
        names = inputs.split()
        values = " ".join(f"{name[1:]}={value!r}" for name, value in parameters.items())
        self._lines.append(f"{kind} {output} {len(names)} 1 {inputs} {output} {values}")
        return output

    def convolve(
        self, layer: Convolution, inputs: str, output: str, zeros: Sides = _NO_SIDES, dilation: int = 1
    ) -> str:
        """Add a convolution."""
        outputs, _, side, _ = layer.weight.shape
        self._weights += [_RAW_FLOAT32, layer.weight.numpy().astype("<f4").tobytes()]
        if layer.bias is not None:
            self._weights.append(layer.bias.numpy().astype("<f4").tobytes())
        top, bottom, left, right = (dilation * zero for zero in zeros)
        kernel = {"_0": outputs, "_1": side, "_2": dilation, "_5": int(layer.bias is not None)}
        border = {"_4": left, "_14": top, "_15": right, "_16": bottom}
        return self.add("Convolution", inputs, output, **kernel, **border, _6=layer.weight.numel())

    def activate(self, inputs: str, output: str) -> str:
        """Add a SELU."""
        return self.add("SELU", inputs, output, _0=_SELU_ALPHA, _1=_SELU_SCALE)

    def load(self, features: "ncnn.Allocator", workspace: "ncnn.Allocator") -> "ncnn.Net":
        """Hand the model to ncnn, which takes files only; the allocators must outlive the net."""
        import ncnn

        net = ncnn.Net()
        net.opt.num_threads = 1
        net.opt.use_vulkan_compute = False
        net.opt.blob_allocator, net.opt.workspace_allocator = features, workspace
        for option in _INEXACT:
            setattr(net.opt, option, False)
        text = f"{_MAGIC}\n{len(self._lines)} {len(self._lines)}\n" + "\n".join(self._lines) + "\n"
        with tempfile.TemporaryDirectory() as folder:
            lines, weights = Path(folder) / "tiles.param", Path(folder) / "tiles.bin"
            lines.write_text(text, encoding="ascii")
            weights.write_bytes(b"".join(self._weights))
            for load, path in ((net.load_param, lines), (net.load_model, weights)):
                if load(str(path)):
                    raise RuntimeError(f"ncnn does not read {path.name}")
        return net


def _write_dilated(model: _Model, network: FoldedNetwork, zeros: Sides, dilation: int) -> None:
    features = model.add("Input", "", "picture")
    for number, layer in enumerate(network.dilated[:-1]):
        features = model.convolve(layer, features, f"dilated{number}", zeros, dilation)
        features = model.activate(features, f"active{number}")
    model.convolve(network.dilated[-1], features, "answer", zeros, dilation)


def _write_local(model: _Model, network: FoldedNetwork, zeros: Sides, dilation: int) -> None:
    features, joined = model.add("Input", "", "picture"), model.add("Input", "", "joined")
    for number, layer in enumerate(network.local[:-1]):
        features = model.convolve(layer, features, f"local{number}", zeros, dilation)
        features = model.activate(features, f"active{number}")
    features = model.convolve(network.local[-1], features, "share")
    features = model.activate(model.add("BinaryOp", f"{features} {joined}", "sum", _0=0), "features")
    model.add("Sigmoid", model.convolve(network.last, features, "last"), "answer")


_BRANCHES = {"dilated": _write_dilated, "local": _write_local}


def _planes(picture: np.ndarray) -> np.ndarray:
    """Turn (h, w, 3) into (3, h, w), in one piece of memory."""
    return np.ascontiguousarray(picture.transpose(2, 0, 1))


def _run(net: "ncnn.Net", **inputs: np.ndarray) -> np.ndarray:
    """Run a net; its answer is float32, (C, H, W)."""
    import ncnn

    extractor = net.create_extractor()
    for name, array in inputs.items():
        extractor.input(name, ncnn.Mat(array))  # borrows the array's memory, which `inputs` keeps
    failed, answer = extractor.extract("answer")
    if failed:
        raise RuntimeError("ncnn: not enough memory")  # the only reason it has, once a model is read
    return np.array(answer)
