"""Which pieces are computed together: those of one size, as many as there is memory for."""

from collections.abc import Iterable, Iterator

from hdr_demo.backends.pieces import Piece

# Pieces that wait for others of their size hold no more pixels than this many batches.
MOST_BATCHES_WAITING = 2


def gather(pieces: Iterable[Piece], most_pixels: int) -> Iterator[list[Piece]]:
    """Gather pieces into batches.

    Args:
        pieces: Of one photo or several; taken one by one, as batches are asked for.
        most_pixels: That a batch may have, halos included; a piece that has more is a batch by itself.

    Yields:
        Pieces of one size, in the order in which they came. Every piece comes out once.
    """
    waiting: dict[tuple[int, ...], list[Piece]] = {}
    held = 0
    for piece in pieces:
        size = piece.picture.shape[:2]
        pixels = size[0] * size[1]
        group = waiting.setdefault(size, [])
        group.append(piece)
        held += pixels
        if (len(group) + 1) * pixels > most_pixels:
            held -= len(group) * pixels
            yield waiting.pop(size)
        while held > MOST_BATCHES_WAITING * most_pixels:
            height, width = oldest = next(iter(waiting))  # the one that waits the longest
            held -= len(waiting[oldest]) * height * width
            yield waiting.pop(oldest)
    yield from waiting.values()
