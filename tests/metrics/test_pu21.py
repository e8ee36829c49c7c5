"""PU21 gives the values of its paper, and its PSNR is one."""

import numpy as np
import pytest

from hdr_demo.metrics import encode_pu21, pu21_psnr


def scene(seed: int = 0) -> np.ndarray:
    return np.exp2(np.random.default_rng(seed).uniform(-8, 5, (40, 40, 3))).astype(np.float32)


def test_pu21_gives_the_values_of_its_paper() -> None:
    # Mantiuk & Azimi 2021: 100 cd/m² is 256, the darkest light is 0, and the range ends near 595.
    assert encode_pu21(np.array(100.0)) == pytest.approx(256, abs=0.5)
    assert encode_pu21(np.array(0.005)) == pytest.approx(0, abs=0.5)
    assert encode_pu21(np.array(1e4)) == pytest.approx(595.4, abs=0.5)
    assert np.all(np.diff(encode_pu21(np.geomspace(0.005, 1e4, 500))) > 0)


def test_psnr_is_infinite_for_equal_images() -> None:
    assert pu21_psnr(scene(), scene()) == float("inf")


def test_psnr_falls_by_6_db_when_the_error_doubles() -> None:
    truth = 203 * scene()
    noise = np.random.default_rng(1).standard_normal(truth.shape)
    small, large = (pu21_psnr((truth * np.exp2(size * noise)).astype(np.float32), truth) for size in (0.005, 0.01))
    assert small - large == pytest.approx(6.02, abs=0.3)
