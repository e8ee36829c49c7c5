"""Pieces of one size are gathered, and what is costly to make is kept for sizes that come again."""

from collections.abc import Iterator

import pytest
from tile_pictures import picture, pieces_of

from hdr_demo.backends import Piece, Region, cut_piece
from hdr_demo.backends.batches import MOST_BATCHES_WAITING, gather
from hdr_demo.backends.recurring import MOST_SEEN, Recurring


@pytest.mark.parametrize("most", [1, 900, 2000, 10**6])
def test_a_batch_has_one_size_and_no_more_pixels_than_it_may(most: int) -> None:
    pieces = [*pieces_of(picture(100, 131), 16), *pieces_of(picture(40, 300), 33)]
    groups = list(gather(iter(pieces), most))
    assert sorted(id(piece) for group in groups for piece in group) == sorted(map(id, pieces))
    for group in groups:
        sizes = {piece.picture.shape for piece in group}
        assert len(sizes) == 1 and (len(group) == 1 or pixels_of(group) <= most)
    if most == 10**6:
        assert len(groups) == len({piece.picture.shape for piece in pieces})


def pixels_of(pieces: list[Piece]) -> int:
    return sum(piece.picture[..., 0].size for piece in pieces)


def test_pieces_that_wait_for_others_of_their_size_are_few() -> None:
    # Every piece has another size, so none fills a batch.
    pieces = [cut_piece(picture(20, 20 + 2 * width), Region(0, 20, 0, 20 + 2 * width), None) for width in range(100)]
    most, waiting = 3000, 0

    def counted() -> Iterator[Piece]:
        nonlocal waiting
        for piece in pieces:
            waiting += pixels_of([piece])
            assert waiting <= MOST_BATCHES_WAITING * most + pixels_of([piece])
            yield piece

    for group in gather(counted(), most):
        waiting -= pixels_of(group)
    assert waiting == 0


def test_a_thing_is_made_when_its_key_comes_again_and_the_last_used_are_kept() -> None:
    kept, made, dropped = Recurring(2), [], []

    def find(key: str) -> object:
        return kept.find(key, lambda: made.append(key) or f"{key}{len(made)}", lambda: dropped.append(key))

    assert [find(key) for key in "abc"] == [None] * 3 and made == []
    assert [find(key) for key in "aab"] == ["a1", "a1", "b2"] and made == ["a", "b"]
    assert find("a") == "a1" and dropped == []
    assert find("c") == "c3" and dropped == ["c"] and len(kept) == 2  # b was used the longest ago
    assert find("a") == "a1" and find("b") is None and find("b") == "b4"
    kept.clear()
    assert len(kept) == 0 and find("a") is None


def test_what_cannot_be_made_is_not_tried_again_and_few_keys_are_remembered() -> None:
    kept, tries = Recurring(2), []
    assert [kept.find("a", lambda: tries.append(1), list) for _ in range(5)] == [None] * 5 and len(tries) == 1
    assert kept.values() == []
    for key in range(MOST_SEEN + 1):
        kept.find(key, object, list)
    assert kept.find(0, object, list) is None  # forgotten
    assert kept.find(MOST_SEEN, object, list) is not None
