"""Device, precision and tile are chosen once, and a wrong choice is explained."""

import pytest
import torch

from hdr_demo import device as choices
from hdr_demo.device import (
    CPU_TILE,
    LARGEST_TILES,
    SMALLEST_TILE,
    choose_device,
    choose_precision,
    choose_tile,
    keep_float32,
)
from hdr_demo.errors import DeviceError

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
GIGABYTE = 10**9


def test_auto_takes_what_is_there() -> None:
    expected = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert choose_device().type == expected


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "", "cpu2"])
def test_an_unknown_device_is_named(name: str) -> None:
    with pytest.raises(DeviceError, match="auto, cpu, cuda, mps"):
        choose_device(name)


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a CUDA device")
def test_a_missing_device_is_named() -> None:
    with pytest.raises(DeviceError, match="choose --device cpu"):
        choose_device("cuda:1")


def test_half_precision_is_for_cuda() -> None:
    assert choose_precision(CPU) == torch.float32
    assert choose_precision(CUDA) == torch.float16
    assert choose_precision(CUDA, "float32") == torch.float32
    with pytest.raises(DeviceError, match="float32"):
        choose_precision(CPU, "float16")
    with pytest.raises(DeviceError, match="bfloat16"):
        choose_precision(CUDA, "bfloat16")


@pytest.mark.parametrize(
    ("device", "precision", "rounds"),
    [("cuda", torch.float32, False), ("cuda", torch.float16, True), ("cpu", torch.float32, True)],
)
def test_float32_on_cuda_is_not_rounded_to_tf32(
    monkeypatch: pytest.MonkeyPatch, device: str, precision: torch.dtype, rounds: bool
) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    keep_float32(torch.device(device), precision)
    assert torch.backends.cudnn.allow_tf32 is rounds


def test_a_tile_follows_the_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_tile(CPU, torch.float32) == CPU_TILE
    sides = []
    for free in (0, GIGABYTE // 4, 4 * GIGABYTE, 80 * GIGABYTE):
        monkeypatch.setattr(choices, "free_memory", lambda _, free=free: free)
        sides.append(choose_tile(CUDA, torch.float16))
        assert sides[-1] == SMALLEST_TILE or sides[-1] ** 2 * choices.NUMBERS_PER_PIXEL * 2 <= free
    assert sides == sorted(sides) and sides[0] == SMALLEST_TILE and sides[-1] == LARGEST_TILES["cuda"]


@pytest.mark.parametrize("fraction, free", [(1.0, 5 + 2), (0.25, 1 + 2)])
def test_free_memory_is_what_a_process_may_still_have(
    monkeypatch: pytest.MonkeyPatch, fraction: float, free: int
) -> None:
    """Of 16 GB, 5 are free; PyTorch holds 3, and uses 1 of them."""
    gigabytes = {"mem_get_info": (5, 16), "memory_reserved": 3, "memory_allocated": 1}
    for name, value in gigabytes.items():
        monkeypatch.setattr(torch.cuda, name, lambda device, value=value: value)
    monkeypatch.setattr(torch.cuda, "get_per_process_memory_fraction", lambda index: fraction)
    assert choices.free_memory(CUDA) == free


def test_training_precision_follows_device_and_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choices.choose_training_precision(CPU, "bfloat16") == torch.bfloat16
    assert choices.choose_training_precision(torch.device("mps")) == torch.float32
    for faster in (torch.float32, torch.bfloat16):
        monkeypatch.setattr(choices, "_time_convolution", lambda precision, best=faster: float(precision != best))
        assert choices.choose_training_precision(CPU) == faster
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert choices.choose_training_precision(CUDA) == torch.bfloat16
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    assert choices.choose_training_precision(CUDA) == torch.float32
    with pytest.raises(DeviceError, match="auto, float32, bfloat16"):
        choices.choose_training_precision(CPU, "float16")


def test_the_measurement_times_both_precisions() -> None:
    assert all(0 < choices._time_convolution(precision) < 60 for precision in (torch.float32, torch.bfloat16))


@pytest.mark.parametrize("cores, on_cpu, on_gpu", [(1, 1, 1), (2, 1, 1), (16, 2, 15), (128, 16, 32)])
def test_workers_leave_a_cpu_its_cores_and_a_gpu_all_but_one(
    monkeypatch: pytest.MonkeyPatch, cores: int, on_cpu: int, on_gpu: int
) -> None:
    monkeypatch.setattr(choices, "usable_cores", lambda: cores)
    assert (choices.choose_workers(CPU), choices.choose_workers(CUDA)) == (on_cpu, on_gpu)


def test_networks_are_compiled_on_cuda_with_triton_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for found in (None, object()):
        monkeypatch.setattr(choices.importlib.util, "find_spec", lambda name, found=found: found)
        assert choices.compiles_by_default(CUDA) == (found is not None)
        assert not choices.compiles_by_default(CPU)
