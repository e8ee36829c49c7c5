"""The back ends, a row each."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

import torch

from hdr_demo.backends.contract import TileNetwork
from hdr_demo.backends.cuda_tiles import CudaTiles
from hdr_demo.backends.folded import FoldedNetwork
from hdr_demo.backends.ncnn_tiles import NcnnTiles
from hdr_demo.backends.torch_tiles import TorchTiles
from hdr_demo.errors import DeviceError


@dataclass(frozen=True)
class Backend:
    """A library that computes tiles.

    Attributes:
        label: What people call it.
        fits: Whether it is installed, and runs on this device in this precision.
        load: Puts weights on a device.
        needs: What to do where it does not fit, as the end of a sentence.
        tile: The side of its tiles in pixels; None is `device.choose_tile`'s.
    """

    label: str
    fits: Callable[[torch.device, torch.dtype], bool]
    load: Callable[[FoldedNetwork, torch.device, torch.dtype], TileNetwork]
    needs: str
    tile: int | None = None


def _has_ncnn(device: torch.device, precision: torch.dtype) -> bool:
    return device.type == "cpu" and precision == torch.float32 and importlib.util.find_spec("ncnn") is not None


def _load_ncnn(network: FoldedNetwork, device: torch.device, precision: torch.dtype) -> TileNetwork:
    return NcnnTiles(network, torch.get_num_threads())


def _has_cuda(device: torch.device, precision: torch.dtype) -> bool:
    return device.type == "cuda" and precision == torch.float16


BACKENDS = {
    "torch": Backend("PyTorch", lambda device, precision: True, TorchTiles, "use PyTorch"),
    "cuda": Backend("PyTorch (batches on a GPU)", _has_cuda, CudaTiles, "use --device cuda --precision float16"),
    # Tiles of 64 to 160 px differ by 8 % on two EPYC cores; those of 96 need half of the memory of those of 128.
    "ncnn": Backend("ncnn (Winograd)", _has_ncnn, _load_ncnn, "install it (pip install ncnn) and use --device cpu", 96),
}


def find_backend(name: str, device: torch.device, precision: torch.dtype) -> Backend:
    """Look up a back end by its name.

    Args:
        name: A key of `BACKENDS`.
        device: Where it is to run.
        precision: Of its numbers.

    Returns:
        Its row.

    Raises:
        DeviceError: If there is no such back end, or it does not run there.
    """
    if name not in BACKENDS:
        raise DeviceError(f"There is no back end {name!r}; choose one of auto, {', '.join(BACKENDS)}.")
    backend = BACKENDS[name]
    if not backend.fits(device, precision):
        kind = str(precision).removeprefix("torch.")
        raise DeviceError(f"The back end {name} does not run here on {device} in {kind}; {backend.needs}.")
    return backend
