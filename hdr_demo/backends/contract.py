"""What every back end offers, so that one may stand for another."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from hdr_demo.backends.pieces import Piece


class TileNetwork(Protocol):
    """The local and the dilated branch on some device; several threads may use one at the same time."""

    def run(self, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, np.ndarray]]:
        """Compute tiles.

        Args:
            pieces: Of one photo or several, of any sizes. They are taken when there is room for them, perhaps some
                ahead of the answers.

        Yields:
            Each piece, in any order, and its answer: `raw`, float32, of the size of its region, (height, width, 3),
            (0, 1).

        Raises:
            RuntimeError: If memory is short, in words that `device.is_out_of_memory` knows.
        """
        ...
