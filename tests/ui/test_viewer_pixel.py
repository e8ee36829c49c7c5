"""The numbers of a pixel are those of the full size, and no browser can ask for one that is not there."""

import json

import numpy as np
import pytest

from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.io import Picture
from hdr_demo.ui.viewer_pixel import read_pixel

HEIGHT, WIDTH = 3, 5


@pytest.fixture
def photo() -> ExpandedPhoto:
    rng = np.random.default_rng(0)
    hdr = rng.uniform(-1, 8, (HEIGHT, WIDTH, 3)).astype(np.float32)
    hdr[0, 0] = [-0.25, 1e9, 2.0**-30]
    ldr = (rng.integers(0, 240, hdr.shape) / 255).astype(np.float32)
    ldr[2, 4, 1] = 250 / 255
    alpha = rng.uniform(0, 1, hdr.shape[:2]).astype(np.float32)
    return ExpandedPhoto(Picture(ldr, alpha, "odd", 8), hdr, "calibrated", 0.0, "OpenEXR", shift=-7)


def test_every_pixel_tells_its_own_numbers(photo: ExpandedPhoto) -> None:
    for y, x in np.ndindex(HEIGHT, WIDTH):
        read = json.loads(json.dumps(read_pixel(photo, x, y), allow_nan=False))
        assert (read["x"], read["y"]) == (x, y)
        assert np.array_equal(np.float32(read["hdr"]), photo.hdr[y, x])
        assert np.array_equal(np.float32(read["stored"]), photo.hdr[y, x] * 128)
        assert np.array_equal(np.float32(read["codes"]), np.round(255 * photo.ldr[y, x]))
        assert read["clipped"] == ((y, x) == (2, 4))
        assert np.float32(read["alpha"]) == photo.alpha[y, x]


@pytest.mark.parametrize(
    ("x", "y"), [(-1, 0), (0, -1), (WIDTH, 0), (0, HEIGHT), (1.5, 0), ("1", 0), (None, None), ([0], 0), (True, 0)]
)
def test_where_there_is_no_pixel_there_are_no_numbers(photo: ExpandedPhoto, x: object, y: object) -> None:
    assert read_pixel(photo, x, y) is None
