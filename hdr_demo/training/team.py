"""Several processes that train one network, each on its device: what `torchrun` starts.

Each step's batch is shared out among them, and their gradients are averaged, so that a run learns the same with any
number of processes, and may be resumed with another one.
"""

import datetime
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import distributed

from hdr_demo.errors import DataError, DeviceError

# The others wait for the first one while it validates and writes.
PATIENCE = datetime.timedelta(hours=2)


@dataclass(frozen=True)
class Team:
    """The processes of one run. Alone, which is the usual case, nothing is sent anywhere.

    Attributes:
        rank: Which of them this one is; the first, 0, validates and writes.
        size: How many there are.
        beside: How many of them share this computer.
        local_rank: Which of these this one is.
    """

    rank: int = 0
    size: int = 1
    beside: int = 1
    local_rank: int = 0

    @classmethod
    def from_environment(cls) -> "Team":
        """Read what `torchrun` told this process: https://docs.pytorch.org/docs/stable/elastic/run.html."""
        names = {"rank": "RANK", "size": "WORLD_SIZE", "beside": "LOCAL_WORLD_SIZE", "local_rank": "LOCAL_RANK"}
        return cls(**{field: int(os.environ[name]) for field, name in names.items() if name in os.environ})

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that validates and writes."""
        return self.rank == 0

    def choose_device(self, device: torch.device) -> torch.device:
        """Give each process of a computer a CUDA device of its own.

        Args:
            device: What all of them were told.

        Raises:
            DeviceError: If there are more processes than devices, or one device is named for all.
        """
        if device.type != "cuda" or self.size == 1:
            return device
        if device.index is not None or self.local_rank >= torch.cuda.device_count():
            raise DeviceError(
                f"{self.beside} processes cannot share {device} of {torch.cuda.device_count()}; start one for each "
                "CUDA device, with --device cuda."
            )
        torch.cuda.set_device(self.local_rank)
        return torch.device("cuda", self.local_rank)

    def join(self, device: torch.device) -> None:
        """Meet the other processes.

        Args:
            device: Where this one computes.
        """
        if self.size > 1:
            distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)

    def leave(self) -> None:
        """Part from the other processes."""
        if self.size > 1 and distributed.is_initialized():
            distributed.destroy_process_group()

    def share_out(self, batch_size: int) -> int:
        """Say how many samples of each batch are one process's.

        Raises:
            DataError: If they cannot have equally many.
        """
        if batch_size % self.size:
            raise DataError(
                f"--batch_size {batch_size} cannot be shared by {self.size} processes; choose a multiple of "
                f"{self.size}."
            )
        return batch_size // self.size

    def own_samples(self, batch_size: int, first: int, end: int) -> Sequence[int]:
        """List this process's samples, batch after batch.

        Args:
            batch_size: Samples of all processes in a step.
            first: The first sample of the first batch.
            end: One more than the last sample of the last batch.

        Returns:
            Their numbers.
        """
        share = self.share_out(batch_size)
        if self.size == 1:
            return range(first, end)  # of an endless album, too
        begins = range(first + self.rank * share, end, batch_size)
        return [begin + number for begin in begins for number in range(share)]

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """Average a tensor over the processes; no gradient goes through."""
        if self.size == 1:
            return values
        values = values.detach().clone()
        distributed.all_reduce(values)
        return values / self.size

    def average_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Replace each gradient by its average over the processes, in one message."""
        if self.size == 1:
            return
        gradients = [parameter.grad for parameter in parameters]
        mean = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        for gradient, part in zip(gradients, mean.split([gradient.numel() for gradient in gradients]), strict=True):
            gradient.copy_(part.view_as(gradient))

    def agree(self, wish: bool, device: torch.device) -> bool:
        """Ask whether any process wishes it, so that all do the same."""
        return wish if self.size == 1 else bool(self.mean(torch.tensor(float(wish), device=device)) > 0)

    def tell(self, value: Any) -> Any:
        """Give all processes what the first one has, such as a choice by a measurement."""
        if self.size == 1:
            return value
        said = [value]
        distributed.broadcast_object_list(said)
        return said[0]


ALONE = Team()
