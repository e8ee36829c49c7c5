"""Planes: parting and joining loses nothing, and powers are those of numpy."""

import numpy as np
import pytest

from hdr_demo.tonemap.planes import join, raise_to, split

# The logarithm of the result, up to 60, is a float32: half its last place is 2e-6, and it is rounded three times.
RELATIVE = 8e-6


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 1, 3), (1, 7, 3), (30, 50, 3)])
def test_channels_are_parted_and_joined(shape):
    rgb = np.random.default_rng(0).random(shape, np.float32)
    for picture in (rgb, rgb[:, ::-1], np.broadcast_to(rgb[:1], shape)):
        picture.flags.writeable = False
        planes = split(picture)
        assert np.array_equal(planes, np.moveaxis(picture, -1, 0))
        assert np.array_equal(join(planes), picture)


@pytest.mark.parametrize("exponent", [0.0, 0.3, 0.5, 1.0, 1.4, 2.0, 2.2])
def test_powers_are_those_of_numpy_from_darkness_to_the_sun(exponent):
    base = np.float32(np.concatenate([[0.0], np.geomspace(1e-12, 1e8, 10_000)]))
    expected = base.astype(np.float64) ** np.float32(exponent)
    for given in (base.copy(), base[:1].copy(), np.stack([base] * 3)):
        result = raise_to(given, exponent)
        assert result is given
        wanted = np.broadcast_to(expected[: given.shape[-1]], given.shape)
        assert result[wanted > 0] == pytest.approx(wanted[wanted > 0], rel=RELATIVE)
        assert (result[wanted == 0] == 0).all()
