"""The queues of a GPU: copies to it, computing, and copies from it go on at the same time."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


class Streams:
    """Three queues of a GPU. On a CPU there are none, and everything is done when it is asked for."""

    def __init__(self, device: torch.device) -> None:
        """Make the queues."""
        self.device, self.is_gpu = device, device.type == "cuda"
        self.upload, self.compute, self.download = (
            torch.cuda.Stream(device) if self.is_gpu else None for _ in range(3)
        )

    @contextmanager
    def on(self, stream: torch.cuda.Stream | None, after: torch.cuda.Event | None = None) -> Iterator[None]:
        """Queue what the body asks for in a stream, once an event of another stream has happened."""
        if stream is None:
            yield
            return
        with torch.cuda.stream(stream):
            if after is not None:
                stream.wait_event(after)
            yield

    def mark(self) -> torch.cuda.Event | None:
        """Give the event that happens when all that was queued in the stream of the body is done."""
        if not self.is_gpu:
            return None
        event = torch.cuda.Event(blocking=True)  # who waits for it sleeps, and leaves the core to encoders
        event.record()
        return event

    def empty_host(self, *size: int, precision: torch.dtype) -> torch.Tensor:
        """Make an array in the computer's memory; pinned where a GPU is to copy it without being waited for.

        PyTorch keeps pinned memory that is freed, and gives it out again once the copies from and to it are done.
        """
        return torch.empty(size, dtype=precision, pin_memory=self.is_gpu)

    def finish(self) -> None:
        """Wait until all queues are empty."""
        for stream in (self.upload, self.compute, self.download):
            if stream is not None:
                stream.synchronize()
