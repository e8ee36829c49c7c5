"""What was read of files, as long as memory holds it."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from hdr_demo.errors import ImageError

logger = logging.getLogger(__name__)

# Read at the start and shared by all processes forked later: some 340 panoramas of 1024×512.
SHARED_BUDGET = 2 << 30
# What each process keeps besides of what did not fit.
OWN_BUDGET = 256 << 20


class Held(Protocol):
    """Anything that says how much memory it takes."""

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""


Kept = TypeVar("Kept", bound=Held)


class Cache(Generic[Kept]):
    """What files hold: of as many as a budget allows for good, of the others the latest. A bad file is named once."""

    def __init__(self, read: Callable[[Path], Kept], shared: int = SHARED_BUDGET, own: int = OWN_BUDGET) -> None:
        """Keep nothing yet.

        Args:
            read: Reads a file, or raises ImageError.
            shared: Bytes that `fill` keeps.
            own: Bytes that `get` keeps besides.
        """
        self._read, self._budget, self._own_budget = read, shared, own
        self._shared: dict[Path, Kept] = {}
        self._own: OrderedDict[Path, Kept] = OrderedDict()
        self._bad: set[Path] = set()
        self._said: set[str] = set()

    def __getstate__(self) -> dict[str, object]:
        """Travel light to a process that is not forked; it reads for itself."""
        return self.__dict__ | {"_shared": {}, "_own": OrderedDict()}

    def fill(self, paths: Iterable[Path]) -> None:
        """Read files until the budget is spent."""
        held = 0
        for path in paths:
            if held >= self._budget:
                return
            kept = self._try(path)
            if kept is not None:
                self._shared[path] = kept
                held += kept.nbytes

    def get(self, path: Path) -> Kept | None:
        """Read a file or remember it; None if it is damaged."""
        if path in self._shared:
            return self._shared[path]
        if path in self._own:
            self._own.move_to_end(path)
            return self._own[path]
        kept = self._try(path)
        if kept is not None:
            self._own[path] = kept
            while len(self._own) > 1 and sum(each.nbytes for each in self._own.values()) > self._own_budget:
                self._own.popitem(last=False)
        return kept

    def _try(self, path: Path) -> Kept | None:
        if path in self._bad:
            return None
        try:
            return self._read(path)
        except ImageError as error:
            self._bad.add(path)
            # A program that is missing is named once too, and not once for each file that it would read.
            if str(error) not in self._said:
                logger.warning("Skipped: %s", error)
            self._said.add(str(error))
            return None
