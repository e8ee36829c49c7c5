"""What was read is kept as long as memory holds it, and a bad file is named once."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.errors import ImageError
from hdr_demo.scenes.cache import Cache


def picture(path: Path) -> np.ndarray:
    reads.append(path.name)
    if path.name == "bad":
        raise ImageError("bad is damaged.")
    return np.zeros((16, 16, 3), np.float32)


reads: list[str] = []
BYTES = 16 * 16 * 3 * 4


@pytest.fixture(autouse=True)
def _nothing_read() -> None:
    reads.clear()


def test_a_cache_reads_what_it_holds_once() -> None:
    cache = Cache(picture, shared=2 * BYTES, own=BYTES)
    cache.fill(Path(name) for name in "abc")
    assert reads == ["a", "b"]
    for name in "abcdcc":
        cache.get(Path(name))
    assert reads == ["a", "b", "c", "d", "c"]  # one at a time besides the two


def test_a_cache_travels_without_its_pictures_and_remembers_what_is_bad() -> None:
    cache = Cache(picture)
    cache.fill([Path("a"), Path("bad")])
    sent = pickle.dumps(cache)
    assert len(sent) < BYTES
    assert pickle.loads(sent).get(Path("bad")) is None and reads == ["a", "bad"]
    assert pickle.loads(sent).get(Path("a")) is not None and reads == ["a", "bad", "a"]
