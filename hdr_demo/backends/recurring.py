"""What is worth keeping: things that are costly to make, for keys that come again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")

# How many keys that came once are remembered.
MOST_SEEN = 64


class Recurring(Generic[Made]):
    """Makes a thing for a key that comes a second time, and keeps those that were used last."""

    def __init__(self, most: int) -> None:
        """Start with nothing; no more than `most` things are kept."""
        self._most = most
        self._seen: OrderedDict[Hashable, None] = OrderedDict()
        self._kept: OrderedDict[Hashable, Made | None] = OrderedDict()

    def find(self, key: Hashable, make: Callable[[], Made | None], drop: Callable[[], None]) -> Made | None:
        """Find the thing for a key.

        Args:
            key: Of the thing.
            make: Makes it; None, which is kept too, if it cannot be had.
            drop: Called before a thing is dropped to make room.

        Returns:
            The thing; None when the key comes for the first time, or if there is no such thing.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if key not in self._seen:
            self._seen[key] = None
            if len(self._seen) > MOST_SEEN:
                self._seen.popitem(last=False)
            return None
        if len(self._kept) >= self._most:
            drop()
            self._kept.popitem(last=False)
        self._kept[key] = make()
        del self._seen[key]
        return self._kept[key]

    def clear(self) -> None:
        """Drop all things, and forget which keys came."""
        self._kept.clear()
        self._seen.clear()

    def __len__(self) -> int:
        return len(self._kept)

    def values(self) -> list[Made]:
        """List the things, those used last at the end."""
        return [made for made in self._kept.values() if made is not None]
