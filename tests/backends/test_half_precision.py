"""Float16 is close to float32 and does not band; what only a GPU has is tested where there is one."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from tile_pictures import picture, whole_image

from hdr_demo.backends import BACKENDS
from hdr_demo.calibration import calibrate
from hdr_demo.color import encode_srgb, luminance
from hdr_demo.inference import Expander
from hdr_demo.model import ExpandNet
from hdr_demo.weights import find_checkpoint, load_model

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
# Eleven bits of each number are kept by float16, eight by bfloat16; the errors of a dozen layers add up.
LOOSE = {torch.float16: 5e-3, torch.bfloat16: 4e-2}
# In stops; a step of 0.014 stops, one part in a hundred, is what an eye sees at best (Barten 1999).
SMOOTH = 0.014
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture(scope="module")
def model() -> ExpandNet:
    torch.manual_seed(3)
    network = ExpandNet().eval()
    network.initialize()
    return network


@pytest.fixture
def on_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "cuda", replace(BACKENDS["cuda"], fits=lambda device, precision: True))


def sky(height: int, width: int) -> np.ndarray:
    """A clear sky with the sun in it, which clips: display-encoded, smooth, not rounded to codes."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    blue = np.float32([0.18, 0.28, 0.5]) * (0.7 + 0.3 * rows[..., np.newaxis] / height)
    glow = np.exp(-(((columns / width - 0.7) / 0.23) ** 2 + ((rows / height - 0.4) / 0.37) ** 2) / 2)
    return encode_srgb(np.clip(blue + 6 * glow[..., np.newaxis] * np.float32([1, 0.9, 0.75]), 0, 1))


def roughness(light: np.ndarray) -> list[np.ndarray]:
    """Second differences of the logarithm, in stops, along both axes: a band is an edge in a slope."""
    stops = np.log2(luminance(light))
    return [np.diff(stops, 2, axis=axis) for axis in (0, 1)]


def check_sky(height: int, width: int, device: torch.device) -> None:
    ldr, checkpoint = sky(height, width), find_checkpoint(None, offline=True)
    network = load_model(checkpoint)
    exact, half = (
        calibrate(one.expand(ldr), ldr, checkpoint.reading)
        for one in (
            Expander(network, CPU, torch.float32, backend="torch"),
            Expander(network, device, torch.float16, backend="cuda"),
        )
    )
    rougher = [np.abs(one - other) for one, other in zip(roughness(half), roughness(exact), strict=True)]
    assert 0 < max(float(part.max()) for part in rougher) < SMOOTH
    # At -4 stops, where a highlight is looked at: no display code is off by more than the one it may round to.
    codes = [np.rint(255 * encode_srgb(np.clip(light / 16, 0, 1))) for light in (half, exact)]
    assert np.abs(codes[0] - codes[1]).max() <= 1


@pytest.mark.parametrize("precision", LOOSE, ids=str)
@pytest.mark.usefixtures("on_cpu")
def test_half_precision_stays_close(model: ExpandNet, precision: torch.dtype) -> None:
    ldr = picture(40, 51)
    raw = Expander(model, CPU, precision, tile=32, backend="cuda").expand(ldr)
    assert raw.dtype == np.float32 and 0 < np.abs(raw - whole_image(model, ldr)).max() < LOOSE[precision]


@pytest.mark.usefixtures("on_cpu")
def test_half_precision_does_not_band_in_a_smooth_sky() -> None:
    """Float16 on a CPU, which rounds each layer as a GPU does; measured: 0.007 stops, and 0.04 by bfloat16."""
    check_sky(48, 80, CPU)


@pytest.mark.gpu
@needs_gpu
def test_half_precision_does_not_band_in_a_smooth_sky_on_a_gpu() -> None:
    check_sky(480, 800, CUDA)


@pytest.mark.gpu
@needs_gpu
@pytest.mark.parametrize("size", [(300, 500), (301, 499), (1080, 1920)], ids=str)
def test_half_precision_on_a_gpu_stays_close_and_graphs_change_nothing(model: ExpandNet, size: tuple[int, int]) -> None:
    ldr = picture(*size)
    network = Expander(model, CUDA, torch.float16, backend="cuda")
    first, second, third = (network.expand(ldr) for _ in range(3))  # as it is, captured, and again
    assert len(network._network._graphs) == 1
    assert np.array_equal(second, third) and np.abs(first - second).max() < 1e-3
    assert np.abs(first - whole_image(model, ldr)).max() < LOOSE[torch.float16]


@pytest.mark.gpu
@needs_gpu
def test_frames_in_a_row_on_a_gpu_equal_those_alone(model: ExpandNet) -> None:
    frames = [picture(540, 960 + 2 * (number % 3)) * np.float32(1 - number / 10) for number in range(9)]
    network = Expander(model, CUDA, torch.float16, backend="cuda")
    for _ in range(2):
        for ldr, raw in zip(frames, network.expand_each(iter(frames)), strict=True):
            assert np.abs(raw - whole_image(model, ldr)).max() < LOOSE[torch.float16]


@pytest.mark.gpu
@needs_gpu
def test_several_threads_share_a_gpu(model: ExpandNet) -> None:
    network = Expander(model, CUDA, torch.float16, tile=128, backend="cuda")
    photos = [picture(300, 400 + 2 * number) for number in range(4)]
    expected, answers = [whole_image(model, ldr) for ldr in photos], {}

    def work(number: int) -> None:
        answers[number] = [network.expand(photos[number]) for _ in range(5)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, exact in enumerate(expected):
        assert all(np.abs(raw - exact).max() < LOOSE[torch.float16] for raw in answers[number])


@pytest.mark.gpu
@needs_gpu
@pytest.mark.slow
def test_a_photo_of_24_megapixels_fits_a_card_of_4_gigabytes(model: ExpandNet) -> None:
    total = torch.cuda.get_device_properties(0).total_memory
    before = torch.cuda.get_per_process_memory_fraction(0)
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(min(1.0, 3.5 * 2**30 / total), 0)  # what a system leaves of it
    try:
        torch.cuda.reset_peak_memory_stats()
        network = Expander(model, CUDA, torch.float16, backend="cuda")
        seen: list[int] = []
        network.expand(picture(4000, 6000), progress=lambda done, _: seen.append(done))
        assert seen[-1] == 4000 * 6000 and torch.cuda.max_memory_reserved() <= 3.5 * 2**30
    finally:
        torch.cuda.set_per_process_memory_fraction(before, 0)
