"""A draft is near the exact answer, in a fraction of the network's work."""

import numpy as np
import pytest

from hdr_demo.draft import REDUCTION, carry_up, reduce_for_draft
from hdr_demo.io import Picture
from hdr_demo.photo import PhotoExpander, load_photo_expander


@pytest.fixture(scope="module")
def photo() -> PhotoExpander:
    return load_photo_expander(device="cpu", offline=True)


def window_photo(height: int, width: int) -> np.ndarray:
    ldr = np.linspace(0.05, 0.7, width, dtype=np.float32)[None, :, None].repeat(height, 0).repeat(3, 2)
    ldr[height // 4 : height // 2, width // 4 : width // 2] = 1
    return ldr


@pytest.mark.parametrize("size", [(300, 400), (301, 403), (64, 900)])
def test_the_network_reads_a_quarter_of_each_side_but_never_less_than_64_pixels(size):
    height, width = reduce_for_draft(window_photo(*size)).shape[:2]
    assert min(height, width) >= 64
    assert height * REDUCTION >= size[0] - REDUCTION
    assert width * REDUCTION >= size[1] - REDUCTION


def test_a_small_photo_is_read_as_it_is(photo):
    picture = Picture(window_photo(40, 60), None, "", 8)
    assert np.array_equal(photo.expand(picture, draft=True).hdr, photo.expand(picture).hdr)


def test_an_answer_that_is_a_line_of_the_photo_is_carried_up_exactly():
    """The local linear model has no error for it, but for the noise that it allows for."""
    ldr = np.random.default_rng(0).random((96, 128, 3), np.float32)
    small = reduce_for_draft(np.kron(ldr, np.ones((4, 4, 1), np.float32)))
    large = np.kron(ldr, np.ones((4, 4, 1), np.float32))
    found = carry_up(0.2 + 0.5 * small, small, large, logarithmic=True)
    assert np.abs(found - (0.2 + 0.5 * large)).max() < 0.01


@pytest.mark.parametrize("logarithmic", [True, False])
def test_a_constant_answer_stays_constant(logarithmic):
    ldr = window_photo(256, 256)
    small = reduce_for_draft(ldr)
    assert np.allclose(carry_up(np.full_like(small, 0.4), small, ldr, logarithmic=logarithmic), 0.4, atol=1e-5)


def test_a_draft_keeps_the_photo_where_it_is_not_clipped_and_is_near_the_exact_light_elsewhere(photo):
    ldr = window_photo(384, 512)
    picture = Picture(ldr, None, "", 8)
    exact, draft = photo.expand(picture).hdr, photo.expand(picture, draft=True).hdr
    assert np.array_equal(draft[ldr < 0.8], exact[ldr < 0.8])
    stops = np.abs(np.log2(draft[ldr == 1] / exact[ldr == 1]))
    assert np.median(stops) < 0.3
