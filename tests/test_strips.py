"""Strips: what a large image gives a few rows at a time is what it gives at once."""

import threading

import numpy as np
import pytest

from hdr_demo.color import luminance
from hdr_demo.strips import STRIP_PIXELS, in_strips, over_strips

SHAPES = [(1, 1, 3), (300, 257, 3), (2, STRIP_PIXELS + 1, 3), (3 * STRIP_PIXELS, 1, 3)]


@pytest.mark.parametrize("shape", SHAPES)
def test_strips_equal_the_whole(shape):
    image = np.random.default_rng(0).random(shape, np.float32)
    plane = image[..., 0]
    assert np.array_equal(in_strips(lambda rgb, y: rgb * y[..., None], image, plane), image * plane[..., None])
    assert np.array_equal(in_strips(luminance, image), luminance(image))
    bright = in_strips(lambda rgb: rgb[..., 0] > 0.5, image)
    assert bright.dtype == bool
    assert np.array_equal(bright, plane > 0.5)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_result_may_replace_the_image(shape):
    image = np.random.default_rng(0).random(shape, np.float32)
    doubled = 2 * image
    assert in_strips(lambda rgb: 2 * rgb, image, out=image) is image
    assert np.array_equal(image, doubled)


@pytest.mark.parametrize("shape", SHAPES)
def test_answers_come_from_the_top_to_the_bottom(shape):
    image = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    first = over_strips(lambda rows: rows.flat[0], image)
    assert first == sorted(first)
    assert sum(over_strips(np.size, image)) == image.size


def test_a_large_image_is_worked_on_by_several_threads_and_a_small_one_by_the_caller():
    image = np.zeros((40, STRIP_PIXELS), np.float32)
    assert threading.get_ident() not in over_strips(lambda _: threading.get_ident(), image)
    assert over_strips(lambda _: threading.get_ident(), image[:1]) == [threading.get_ident()]


def test_an_error_in_a_strip_is_not_swallowed():
    image = np.ones((300, 400, 3), np.float32)
    image[250] = 2

    def fail(rgb: np.ndarray) -> np.ndarray:
        if rgb.max() > 1:
            raise ValueError("too bright")
        return rgb

    with pytest.raises(ValueError, match="too bright"):
        in_strips(fail, image)
