"""Measures agree with the program of the people who published PU21, and with the file that defines the CRF correction.

The numbers were computed by cvvdp 0.5.7 (`pycvvdp.utils.PU`, `pycvvdp.third_party.ssim`), and by a line-by-line
transcription of `matlab/crf_correction.m` of github.com/gfxdisp/pu21; where cvvdp is installed it is asked again.
`pycvvdp.pu_psnr_y` is no oracle: it measures the error before encoding.
"""

from types import ModuleType

import numpy as np
import pytest

from hdr_demo.color import luminance
from hdr_demo.metrics import PU21_PEAK, correct_response, encode_pu21, pu21_psnr, ssim


@pytest.fixture(scope="module")
def images() -> tuple[np.ndarray, np.ndarray]:
    """An image and the truth, in cd/m², from 0.8 to 6500."""
    rng = np.random.default_rng(0)
    truth = np.exp2(rng.uniform(-8, 5, (40, 48, 3))).astype(np.float32)
    hdr = (truth * np.exp2(rng.normal(0, 0.4, truth.shape))).astype(np.float32)
    return hdr * 203, truth * 203


@pytest.fixture(scope="module")
def pycvvdp() -> ModuleType:
    try:
        import pycvvdp
    except (ImportError, RuntimeError) as error:  # RuntimeError: a torchvision built for another torch
        pytest.skip(f"cvvdp cannot be used: {error}")
    return pycvvdp


def test_pu21_psnr_is_that_of_cvvdp(images: tuple[np.ndarray, np.ndarray]) -> None:
    assert pu21_psnr(*images) == pytest.approx(23.522198, abs=1e-4)


def test_pu21_ssim_is_that_of_cvvdp(images: tuple[np.ndarray, np.ndarray]) -> None:
    assert ssim(*(encode_pu21(luminance(image)) for image in images), PU21_PEAK) == pytest.approx(0.989504, abs=1e-5)


def test_the_encoding_is_still_that_of_cvvdp(images: tuple[np.ndarray, np.ndarray], pycvvdp: ModuleType) -> None:
    import torch

    theirs = pycvvdp.utils.PU().encode(torch.from_numpy(images[0])).numpy()
    np.testing.assert_allclose(encode_pu21(images[0]), theirs, atol=1e-3)


def test_the_similarity_is_still_that_of_cvvdp(images: tuple[np.ndarray, np.ndarray], pycvvdp: ModuleType) -> None:
    import torch
    from pycvvdp.third_party.ssim import SSIM

    x, y = (encode_pu21(luminance(image)) for image in images)
    expected = SSIM(channel=1, data_range=PU21_PEAK)(*(torch.from_numpy(plane)[None, None] for plane in (x, y))).item()
    assert ssim(x, y, PU21_PEAK) == pytest.approx(expected, abs=1e-5)


def test_the_crf_correction_is_that_of_its_matlab_file(images: tuple[np.ndarray, np.ndarray]) -> None:
    truth = images[1]
    bent = (203 * (truth / 203) ** 0.8 * np.array([1.1, 1, 0.9])).astype(np.float32)
    corrected = correct_response(bent, truth)
    assert corrected[3, 4] == pytest.approx([142.94797, 1612.42877, 76.77342], rel=1e-4)
    assert corrected[30, 40] == pytest.approx([1561.01867, 37.21150, 302.63858], rel=1e-4)
