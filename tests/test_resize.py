"""Sizes are kept in proportion and values in range."""

import numpy as np
import pytest

from hdr_demo.resize import fit_size, resize_image


@pytest.mark.parametrize("size", [(1, 1), (1, 10**6), (10**6, 1), (3000, 4000), (7, 5), (4000, 3001)])
@pytest.mark.parametrize("most", [1, 100, 300_000])
def test_a_fitted_size_fits_and_keeps_the_aspect(size: tuple[int, int], most: int) -> None:
    height, width = fit_size(*size, most)
    assert 1 <= height <= size[0] and 1 <= width <= size[1] and height * width <= most
    if size[0] * size[1] <= most:
        assert (height, width) == size
    elif min(height, width) > 50:
        assert height / width == pytest.approx(size[0] / size[1], rel=0.03)


def test_reducing_takes_means() -> None:
    image = np.random.default_rng(0).random((40, 60, 3), dtype=np.float32)
    blocks = image.reshape(10, 4, 15, 4, 3).mean(axis=(1, 3))
    assert np.abs(resize_image(image, 10, 15) - blocks).max() < 1e-5


@pytest.mark.parametrize("size", [(80, 120), (20, 200), (200, 20), (1, 1), (40, 60)])
def test_no_size_leaves_the_range(size: tuple[int, int]) -> None:
    image = (np.random.default_rng(0).random((40, 60)) > 0.5).astype(np.float32)
    resized = resize_image(image, *size)
    assert resized.shape == size and resized.dtype == np.float32
    assert resized.min() >= 0 and resized.max() <= 1
