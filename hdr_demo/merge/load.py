"""The networks that merge, loaded once, behind one kind of call."""

from functools import lru_cache

import torch
from torch import Tensor, nn

from hdr_demo.device import choose_device
from hdr_demo.merge.networks import NETWORKS, Triangle
from hdr_demo.merge.tiles import Blend
from hdr_demo.weights import read_bracket_tensors


class Known(nn.Module):
    """No merge: the light that is known of the reference."""

    halo, tile = 16, 1024

    def forward(self, sources: Tensor, valid: Tensor, times: Tensor, light: Tensor) -> Tensor:
        """Give the light."""
        return light


class Alone(nn.Module):
    """A network of the paper, which looks at photos and does not take light besides."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.halo, self.tile = network, network.halo, network.tile

    def forward(self, sources: Tensor, valid: Tensor, times: Tensor, light: Tensor) -> Tensor:
        """Merge: (N, 5, 3, H, W) to (N, 3, H, W)."""
        return self.network(sources, valid, times)


WITHOUT_NETWORK = {"triangle": Triangle, "reference": Known}


def load_blend(method: str, device: str = "auto") -> tuple[Blend, torch.device]:
    """Make what merges the sources of a tile.

    Args:
        method: A name of `NETWORKS` or `WITHOUT_NETWORK`.
        device: As in `device.choose_device`.

    Returns:
        It, and where it runs.

    Raises:
        WeightsError: If the network's checkpoint is missing or damaged.
        DeviceError: If the device is not there.
    """
    if method in WITHOUT_NETWORK:
        return WITHOUT_NETWORK[method](), torch.device("cpu")
    where = choose_device(device)
    return _load_network(method, where), where


@lru_cache(maxsize=len(NETWORKS))
def _load_network(name: str, device: torch.device) -> nn.Module:
    network = NETWORKS[name]()
    network.load_state_dict(read_bracket_tensors(name, NETWORKS[name]))
    network = network.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)
    return network if name == "selector" else Alone(network)
