"""The network's weights, rearranged for tiles: exact, and the same for every back end."""

from dataclasses import dataclass

import numpy as np
import torch

from hdr_demo.model import BRANCH_CHANNELS, LOCAL_CHANNELS, ExpandNet


@dataclass(frozen=True)
class Convolution:
    """One layer: its weight, (outputs, inputs, 3, 3) or (outputs, inputs, 1, 1), and its bias, (outputs,), or none."""

    weight: torch.Tensor
    bias: torch.Tensor | None


@dataclass(frozen=True)
class FoldedNetwork:
    """What lies between the photo, the 64 numbers of the global branch, and the answer.

    The 1×1 convolution that joins the branches is linear in each of them. Its share of the local features is
    `local[2]`; its share of the dilation features is multiplied into the last dilated layer, which no activation
    follows; its share of the global features is a constant for the whole photo and becomes a bias. So the 256 channels
    are never joined:

        raw = sigmoid(last(selu(local[2](local features) + dilated[3](dilation features) + bias)))

    All tensors are float32 and on the CPU.

    Attributes:
        local: Three layers: 3×3, 3×3, 1×1 without a bias; SELU after the first two.
        dilated: Four layers of 3×3 and dilation 2, the last without a bias; SELU after the first three.
        last: 1×1, from 64 channels to 3.
        bias: Of the joined features, without the photo's share, float32, (64,).
        share: Of the global features, float32, (64, 64).
    """

    local: tuple[Convolution, Convolution, Convolution]
    dilated: tuple[Convolution, Convolution, Convolution, Convolution]
    last: Convolution
    bias: np.ndarray
    share: np.ndarray

    def fold_global_features(self, glob: np.ndarray) -> np.ndarray:
        """Turn a photo's global features, float32, (64,), into the bias of its joined features, float32, (64,)."""
        return self.bias + self.share @ glob


@torch.no_grad()
def fold(model: ExpandNet) -> FoldedNetwork:
    """Rearrange a network's weights; the network is left as it is.

    Args:
        model: The network.

    Returns:
        Its weights for tiles.
    """
    first, last = model.end_net[0][0], model.end_net[1]
    local, dilated, glob = first.weight.detach().cpu().split((LOCAL_CHANNELS, BRANCH_CHANNELS, BRANCH_CHANNELS), dim=1)
    # Products of weights are rounded once, from float64.
    joining = dilated[:, :, 0, 0].double()
    before = model.mid_net[-1]
    merged = torch.einsum("of,fihw->oihw", joining, before.weight.detach().cpu().double()).float()
    bias = first.bias.detach().cpu().double() + joining @ before.bias.detach().cpu().double()
    return FoldedNetwork(
        local=(*(_copy(block[0]) for block in model.local_net), Convolution(local.clone(), None)),
        dilated=(*(_copy(block[0]) for block in model.mid_net[:-1]), Convolution(merged, None)),
        last=_copy(last),
        bias=bias.float().numpy(),
        share=glob[:, :, 0, 0].clone().numpy(),
    )


def _copy(layer: torch.nn.Conv2d) -> Convolution:
    return Convolution(layer.weight.detach().cpu().clone(), layer.bias.detach().cpu().clone())
