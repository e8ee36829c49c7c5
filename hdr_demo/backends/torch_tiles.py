"""Tiles by PyTorch, one after the other, on any of its devices."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch.nn import functional

from hdr_demo.backends.folded import Convolution, FoldedNetwork
from hdr_demo.backends.pieces import HALO, LOCAL_HALO, Piece, Sides


class TorchTiles:
    """The back end that is always there. A `contract.TileNetwork`."""

    def __init__(self, network: FoldedNetwork, device: torch.device, precision: torch.dtype) -> None:
        """Move the weights to their device."""
        self._device, self._precision = device, precision
        self._local = [self._move(layer) for layer in network.local]
        self._dilated = [self._move(layer) for layer in network.dilated]
        self._last = self._move(network.last)

    def run(self, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, np.ndarray]]:
        """Compute tiles; see `contract.TileNetwork`."""
        for piece in pieces:
            yield piece, self._compute(piece)

    @torch.inference_mode()
    def _compute(self, piece: Piece) -> np.ndarray:
        picture = torch.from_numpy(np.ascontiguousarray(piece.picture.transpose(2, 0, 1)))
        picture = picture.unsqueeze(0).to(self._device, self._precision)  # (1, 3, h, w)
        features = run_dilated(picture, self._dilated, piece.halo)  # (1, 64, height, width)
        features += self._move_array(piece.bias)[:, None, None]
        features += run_local(picture, self._local, piece.halo)
        raw = torch.sigmoid(convolve(functional.selu_(features), self._last).float())  # (1, 3, height, width)
        return raw[0].permute(1, 2, 0).cpu().numpy()

    def _move(self, layer: Convolution) -> Convolution:
        bias = None if layer.bias is None else layer.bias.to(self._device, self._precision)
        return Convolution(layer.weight.to(self._device, self._precision), bias)

    def _move_array(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device, self._precision)


def run_dilated(picture: torch.Tensor, layers: list[Convolution], halo: Sides) -> torch.Tensor:
    """Run the dilated branch, on four phases where the picture's sides are even.

    A 3×3 convolution of dilation 2 is an ordinary one on each of the interleaved phases `x[..., i::2, j::2]`.

    Args:
        picture: float, (N, 3, h, w).
        layers: Of `FoldedNetwork.dilated`.
        halo: Of the pictures.

    Returns:
        The branch's share of the joined features, float, (N, 64, height, width), without the halo.
    """
    height, width = picture.shape[2:]
    in_phases = height % 2 == 0 and width % 2 == 0
    features = _split_phases(picture) if in_phases else picture
    for number, layer in enumerate(layers):
        features = convolve(features, layer, halo.missing(HALO), dilation=1 if in_phases else 2)
        if number < len(layers) - 1:
            functional.selu_(features)
    return _cut_off(_join_phases(features) if in_phases else features, halo.left_over(HALO))


def run_local(picture: torch.Tensor, layers: list[Convolution], halo: Sides) -> torch.Tensor:
    """Run the local branch.

    Args:
        picture: float, (N, 3, h, w).
        layers: Of `FoldedNetwork.local`.
        halo: Of the pictures.

    Returns:
        The branch's share of the joined features, float, (N, 64, height, width), without the halo.
    """
    near = halo.at_most(LOCAL_HALO)
    features = _cut_off(picture, halo.minus(near))
    for layer in layers[:-1]:
        features = functional.selu_(convolve(features, layer, near.missing(LOCAL_HALO)))
    return convolve(_cut_off(features, near.left_over(LOCAL_HALO)), layers[-1])


def convolve(features: torch.Tensor, layer: Convolution, zeros: Sides | None = None, dilation: int = 1) -> torch.Tensor:
    """Convolve, with zeros added (as many as the dilation) only at the sides that are named.

    Args:
        features: float, (N, inputs, h, w).
        layer: The weights, on the same device.
        zeros: 1 at sides that get zeros.
        dilation: Of the kernel.

    Returns:
        float, (N, outputs, h', w').
    """
    if zeros and any(zeros):
        features = functional.pad(
            features, [dilation * side for side in (zeros.left, zeros.right, zeros.top, zeros.bottom)]
        )
    return functional.conv2d(features, layer.weight, layer.bias, dilation=dilation)


def _cut_off(features: torch.Tensor, sides: Sides) -> torch.Tensor:
    rows, columns = sides.inside(*features.shape[2:])
    return features[:, :, rows, columns]


def _split_phases(pictures: torch.Tensor) -> torch.Tensor:
    """Take every second pixel of every second row, from each of four starts: (N, C, h, w) to (4 N, C, h/2, w/2)."""
    count, channels, height, width = pictures.shape
    phases = pictures.reshape(count, channels, height // 2, 2, width // 2, 2).permute(0, 3, 5, 1, 2, 4)
    return phases.reshape(4 * count, channels, height // 2, width // 2)


def _join_phases(phases: torch.Tensor) -> torch.Tensor:
    """Undo `_split_phases`."""
    count, channels, rows, columns = phases.shape
    pictures = phases.reshape(count // 4, 2, 2, channels, rows, columns).permute(0, 3, 4, 1, 5, 2)
    return pictures.reshape(count // 4, channels, 2 * rows, 2 * columns)
