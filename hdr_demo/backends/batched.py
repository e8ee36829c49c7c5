"""The network for a batch of pictures of one size, in the layout that tensor cores want: the channels last.

Every 3×3 layer adds zeros at all sides. Where a picture ends with its photo, that is what the whole-image pass does;
elsewhere what is wrong grows inward by a pixel a layer (by two in the dilated branch) and never leaves the halo, which
is cut off the answer. So pictures of one size share a batch wherever in a photo they lie, and no layer copies its input
to add a border.
"""

import torch
from torch.nn import functional

from hdr_demo.backends.folded import Convolution, FoldedNetwork

# What tensor cores take at once: pictures and answers are filled up to it.
CHANNELS = 8


class BatchedNetwork:
    """The local and the dilated branch on a device."""

    def __init__(
        self, network: FoldedNetwork, device: torch.device, precision: torch.dtype, *, compiled: bool = False
    ) -> None:
        """Move the weights to their device.

        Args:
            network: The weights.
            device: Where they go.
            precision: Of all numbers but the answer's.
            compiled: Whether torch.compile joins bias and activation into one pass over the features. It takes seconds
                and needs a C compiler.
        """
        self._device, self._precision = device, precision
        self._first_local, self._first_dilated = (
            self._move(_with_bias_channel(branch[0])) for branch in (network.local, network.dilated)
        )
        self._local = self._move(network.local[1].weight), self._move(network.local[1].bias)
        self._dilated = [
            (self._move(layer.weight), None if layer.bias is None else self._move(layer.bias))
            for layer in network.dilated[1:]
        ]
        self._share = self._move(network.local[2].weight[:, :, 0, 0].T)  # (128, 64)
        last, bias = network.last.weight[:, :, 0, 0], network.last.bias
        self._last = self._move(torch.cat((last, last.new_zeros(CHANNELS - len(last), last.shape[1]))))
        self._last_bias = self._move(torch.cat((bias, bias.new_zeros(CHANNELS - len(bias)))))
        self._activate = torch.compile(_add_and_activate, dynamic=True) if compiled else _add_and_activate

    def prepare(self, count: int, height: int, width: int) -> torch.Tensor:
        """Make an empty batch: the fourth channel is 1, and carries the bias of the first layers.

        Returns:
            float, (count, height, width, 8); display-encoded sRGB goes into the first three channels.
        """
        pictures = torch.zeros((count, height, width, CHANNELS), dtype=self._precision, device=self._device)
        pictures[..., 3] = 1
        return pictures

    def answer(self, pictures: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """Compute a batch.

        Args:
            pictures: From `prepare`, filled.
            bias: Of the joined features, one for each picture, float, (N, 64).

        Returns:
            `raw`, float32, (N, h, w, 3), (0, 1); of each picture's halo it says nothing.
        """
        joined = self._run_dilated(pictures, bias)  # (N, h, w, 64)
        local = functional.selu_(_convolve(pictures, self._first_local))
        local = self._convolve_and_activate(local, self._local)  # (N, h, w, 128)
        flat = joined.view(-1, joined.shape[-1])
        flat.addmm_(local.reshape(-1, local.shape[-1]), self._share)
        last = functional.linear(functional.selu_(flat), self._last, self._last_bias)  # (N * h * w, 8)
        return torch.sigmoid(last[:, :3].float()).view(*pictures.shape[:3], 3)

    def _run_dilated(self, pictures: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """Give the dilated branch's share of the joined features, with their bias; float, (N, h, w, 64)."""
        count, height, width, channels = pictures.shape
        if height % 2 or width % 2:
            features = functional.selu_(_convolve(pictures, self._first_dilated, dilation=2))
            for layer in self._dilated:
                features = self._convolve_and_activate(features, layer, dilation=2)
            return (features + bias[:, None, None]).contiguous()
        # A 3×3 convolution of dilation 2 is an ordinary one on each of the interleaved phases `x[:, i::2, j::2]`.
        half, side = height // 2, width // 2
        phases = pictures.view(count, half, 2, side, 2, channels).permute(0, 2, 4, 1, 3, 5)
        phases = phases.reshape(4 * count, half, side, channels)
        features = functional.selu_(_convolve(phases, self._first_dilated))
        for layer in self._dilated:
            features = self._convolve_and_activate(features, layer)
        phases = features.reshape(count, 2, 2, half, side, -1).permute(0, 3, 1, 4, 2, 5)
        joined = torch.empty(phases.shape, dtype=phases.dtype, device=phases.device)
        torch.add(phases, bias[:, None, None, None, None], out=joined)  # back in place, and the bias, in one pass
        return joined.view(count, height, width, -1)

    def _convolve_and_activate(
        self, features: torch.Tensor, layer: tuple[torch.Tensor, torch.Tensor | None], dilation: int = 1
    ) -> torch.Tensor:
        """Run a layer of 3×3; one without a bias has no activation either."""
        weight, bias = layer
        features = _convolve(features, weight, dilation)
        if bias is not None:
            self._activate(features.view(-1, len(bias)), bias)
        return features

    def _move(self, weight: torch.Tensor) -> torch.Tensor:
        layout = torch.channels_last if weight.ndim == 4 else torch.contiguous_format
        # All but the copy is done before it, because only the copy is waited for, and other streams will read it.
        return weight.to(self._precision).contiguous(memory_format=layout).to(self._device)


def _with_bias_channel(layer: Convolution) -> torch.Tensor:
    """Turn a bias into the weight of a channel that is 1 everywhere; float32, (outputs, 8, 3, 3).

    cuDNN adds a bias in a pass of its own. The middle of a kernel never lies outside of the photo, so zeros at its ends
    change nothing.
    """
    weight = layer.weight.new_zeros(len(layer.weight), CHANNELS, 3, 3)
    weight[:, :3] = layer.weight
    weight[:, 3, 1, 1] = layer.bias
    return weight


def _convolve(features: torch.Tensor, weight: torch.Tensor, dilation: int = 1) -> torch.Tensor:
    """Convolve to the same size; float, (N, h, w, inputs) to (N, h, w, outputs), both in one piece of memory."""
    answer = functional.conv2d(features.permute(0, 3, 1, 2), weight, padding=dilation, dilation=dilation)
    return answer.permute(0, 2, 3, 1).contiguous()


def _add_and_activate(features: torch.Tensor, bias: torch.Tensor) -> None:
    """Add a bias to features, float, (pixels, channels), and apply SELU, in place."""
    functional.selu_(features.add_(bias))
