"""Strips and colours: the two pieces that the operators share."""

import numpy as np
import pytest

from hdr_demo.color import luminance
from hdr_demo.tonemap.recolor import recolor
from hdr_demo.tonemap.strips import STRIP_PIXELS, in_strips


@pytest.mark.parametrize("shape", [(1, 1, 3), (300, 257, 3), (2, STRIP_PIXELS + 1, 3), (3 * STRIP_PIXELS, 1, 3)])
def test_strips_equal_the_whole(shape):
    image = np.random.default_rng(0).random(shape, np.float32)
    plane = image[..., 0]
    assert np.array_equal(in_strips(lambda rgb, y: rgb * y[..., None], image, plane), image * plane[..., None])
    assert np.array_equal(in_strips(luminance, image), luminance(image))


def test_an_error_in_a_strip_is_not_swallowed():
    image = np.ones((300, 400, 3), np.float32)
    image[250] = 2

    def fail(rgb: np.ndarray) -> np.ndarray:
        if rgb.max() > 1:
            raise ValueError("too bright")
        return rgb

    with pytest.raises(ValueError, match="too bright"):
        in_strips(fail, image)


def test_recolored_pixels_have_the_mapped_luminance_and_lie_in_the_gamut():
    rng = np.random.default_rng(2)
    hdr = rng.gamma(0.5, 4, (40, 50, 3)).astype(np.float32)
    mapped = rng.random((40, 50), np.float32)
    rgb = recolor(hdr, luminance(hdr), mapped, 1)
    assert rgb.min() >= 0
    assert rgb.max() <= 1
    assert luminance(rgb) == pytest.approx(mapped, abs=2e-6)
