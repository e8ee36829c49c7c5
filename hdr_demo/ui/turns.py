"""One queue for the device: long work takes it for a tile at a time, in turn, and previews go before all long work."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from hdr_demo.photo import PhotoExpander
    from hdr_demo.weights import Checkpoint

# Tiles differ in size; whoever has the device keeps it for about as long as the others do.
TURN_SECONDS = 0.2
# Long work gives way to previews before each turn, but not for longer than this.
PATIENCE_SECONDS = 5.0


class Turns:
    """Who has the device next, whichever network they want it for.

    A clip lines up for each frame, a photo for itself; both hand the turn on between two tiles and line up again at the
    end. So all advance side by side, and nobody waits for longer than one turn of each of the others.
    """

    def __init__(self) -> None:
        self._previews = 0
        self._waiting: deque[object] = deque()  # the first one has the device
        self._changed = threading.Condition()

    @contextmanager
    def first(self) -> Iterator[None]:
        """Keep long work waiting during the body."""
        with self._changed:
            self._previews += 1
        try:
            yield
        finally:
            with self._changed:
                self._previews -= 1
                self._changed.notify_all()

    @contextmanager
    def line_up(self) -> Iterator[Callable[[], None]]:
        """Have the device during the body, when it is one's turn.

        Yields:
            What hands the turn on if it has lasted, and comes back at one's next turn; to be called between two tiles.
        """
        ticket = object()
        began = 0.0

        def hand_on() -> None:
            nonlocal began
            if time.monotonic() - began < TURN_SECONDS:
                return
            with self._changed:
                self._waiting.rotate(-1)
                self._changed.notify_all()
                self._await(ticket)
            began = time.monotonic()

        with self._changed:
            self._waiting.append(ticket)
        try:
            with self._changed:
                self._await(ticket)
            began = time.monotonic()
            yield hand_on
        finally:
            with self._changed:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def _await(self, ticket: object) -> None:
        self._changed.wait_for(lambda: self._waiting[0] is ticket)
        self._changed.wait_for(lambda: not self._previews, PATIENCE_SECONDS)


class TakesTurns:
    """A photo expander that takes turns with others for the device, frame by frame and tile by tile."""

    def __init__(self, expander: "PhotoExpander", turns: Turns) -> None:
        """Stand before an expander.

        Args:
            expander: Asked when it is its turn.
            turns: Shared with everybody who works on the same device.
        """
        self._expander, self._turns = expander, turns

    @property
    def checkpoint(self) -> "Checkpoint":
        """The checkpoint of the expander."""
        return self._expander.checkpoint

    def ask(
        self, ldr: "np.ndarray", *, should_stop: Callable[[], bool] | None = None, **settings: object
    ) -> "np.ndarray":
        """Ask the network, as `PhotoExpander.ask` does."""
        with self._turns.line_up() as hand_on:
            return self._expander.ask(ldr, should_stop=handing_on(hand_on, should_stop), **settings)


def handing_on(hand_on: Callable[[], None], should_stop: Callable[[], bool] | None) -> Callable[[], bool]:
    """Hand the turn on whenever a pass asks whether it should stop, which it does before each tile."""

    def hand_on_and_ask() -> bool:
        hand_on()
        return should_stop is not None and should_stop()

    return hand_on_and_ask
