"""The checkpoints of the networks that merge brackets: bundled ones by name, others by path."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_demo.errors import WeightsError
from hdr_demo.weights import table
from hdr_demo.weights.files import read_tensors

if TYPE_CHECKING:
    import torch


def read_bracket_tensors(
    name: str, network: Callable[[], torch.nn.Module], path: Path | None = None
) -> dict[str, torch.Tensor]:
    """Read the numbers of a network that merges.

    Args:
        name: A name of `BRACKET_WEIGHTS`.
        network: Makes the network whose tensors these must be.
        path: Of another checkpoint of the same network; the bundled one by default.

    Raises:
        WeightsError: If there is no such checkpoint, or it is damaged or of another network.
    """
    if path is not None:
        return read_tensors(path, str(path), network, f"the network {name}")
    row = table.BRACKET_WEIGHTS.get(name)
    if row is None or row.file is None:
        raise WeightsError(f"No checkpoint of the network {name} is bundled; train one with train-bracket.")
    path = table.BUNDLED_FOLDER / row.file
    tensors = read_tensors(path, str(path), network, f"the network {name}")
    if (found := hashlib.sha256(path.read_bytes()).hexdigest()) != row.sha256:
        raise WeightsError(
            f"{path} is not the file that belongs to this version (its sha256 is {found}); "
            "get it again from the repository."
        )
    return tensors
