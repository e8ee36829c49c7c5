"""Tiles give what the whole image gives, whatever happens on the way."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from hdr_demo.backends import BACKENDS, torch_tiles
from hdr_demo.device import SMALLEST_TILE, is_out_of_memory
from hdr_demo.errors import DeviceError, Stopped
from hdr_demo.inference import Expander
from hdr_demo.model import ExpandNet

EXACT = 1e-5  # float32 sums in another order
SIZES = [
    *((1, 1), (1, 2), (2, 1), (2, 2), (3, 5), (7, 9), (8, 8), (9, 7), (16, 17), (17, 16), (31, 33), (40, 64)),
    *((63, 65), (100, 131), (131, 100), (1, 300), (300, 1)),
]
TILES = [1, 5, 16, 33, 64, 192]


@pytest.fixture(scope="module")
def model() -> ExpandNet:
    torch.manual_seed(3)
    network = ExpandNet().eval()
    network.initialize()
    return network


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * 1000 + width).random((height, width, 3), dtype=np.float32)


def whole_image(model: ExpandNet, ldr: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return model(torch.from_numpy(ldr).permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()


def expander(model: ExpandNet, tile: int | None = None, backend: str = "torch") -> Expander:
    return Expander(model, torch.device("cpu"), tile=tile, backend=backend)


@pytest.fixture(params=[name for name, row in BACKENDS.items() if row.fits(torch.device("cpu"), torch.float32)])
def backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_tiles_with_halo_equal_whole_image(model: ExpandNet, size: tuple[int, int], backend: str) -> None:
    ldr = picture(*size)
    expected = whole_image(model, ldr)
    network = expander(model, backend=backend)
    for tile in TILES:
        if ldr[..., 0].size / tile**2 <= 600:
            network.tile = tile
            assert np.abs(network.expand(ldr) - expected).max() < EXACT, tile


def test_every_pixel_of_the_photo_depends_on_the_whole_photo(model: ExpandNet) -> None:
    ldr = picture(40, 40)
    changed = ldr.copy()
    changed[:20] = 1
    assert np.abs(expander(model, 16).expand(ldr)[30:] - expander(model, 16).expand(changed)[30:]).max() > EXACT


def test_picture_border_equals_a_photo_framed_in_black(model: ExpandNet, backend: str) -> None:
    ldr = picture(30, 41)
    framed = np.pad(ldr, ((12, 12), (12, 12), (0, 0)))
    tensor = torch.from_numpy(framed).permute(2, 0, 1)[None]
    with torch.no_grad():
        glob = model.summarize(torch.from_numpy(ldr).permute(2, 0, 1)[None])
        expected = model.fuse(model.local_net(tensor), model.mid_net(tensor), glob)[0].permute(1, 2, 0).numpy()
    result = expander(model, 16, backend).expand(ldr, border="picture")
    assert np.abs(result - expected[12:-12, 12:-12]).max() < EXACT


def test_progress_rises_to_all_pixels(model: ExpandNet) -> None:
    seen: list[tuple[int, int]] = []
    expander(model, 16).expand(picture(40, 33), progress=lambda done, total: seen.append((done, total)))
    assert len(seen) == 9 and [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1] == (40 * 33, 40 * 33)


def test_stop_ends_the_work_between_two_tiles(model: ExpandNet) -> None:
    done: list[int] = []
    with pytest.raises(Stopped):
        expander(model, 16).expand(
            picture(64, 64), progress=lambda pixels, _: done.append(pixels), should_stop=lambda: len(done) == 3
        )
    assert len(done) == 3


def test_a_tile_that_does_not_fit_is_halved_and_the_photo_goes_on(
    model: ExpandNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, sizes = torch_tiles.convolve, []

    def short_of_memory(features: torch.Tensor, *arguments: object, **named: object) -> torch.Tensor:
        sizes.append(features.shape[-1] * features.shape[-2] * features.shape[0])
        if sizes[-1] > 80 * 80:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return original(features, *arguments, **named)

    monkeypatch.setattr(torch_tiles, "convolve", short_of_memory)
    ldr, seen = picture(200, 300), []
    raw = expander(model, 192).expand(ldr, progress=lambda done, total: seen.append(done))
    assert max(sizes) > 80 * 80 and seen[-1] == 200 * 300
    assert np.abs(raw - whole_image(model, ldr)).max() < EXACT


@pytest.mark.parametrize(
    "text", ["CUDA out of memory", "CUDNN_STATUS_ALLOC_FAILED", "could not create a memory object"]
)
def test_every_way_of_saying_that_memory_is_short_is_understood(text: str) -> None:
    assert is_out_of_memory(RuntimeError(text))


def test_what_the_allocator_of_this_system_says_is_understood() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(10**15)
    assert is_out_of_memory(caught.value)


def test_a_device_too_small_for_any_tile_is_named(model: ExpandNet, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object, **__: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(torch_tiles, "convolve", no_memory)
    with pytest.raises(DeviceError, match="close other programs"):
        expander(model, SMALLEST_TILE * 2).expand(picture(70, 70))


def test_another_runtime_error_is_not_taken_for_a_lack_of_memory(
    model: ExpandNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> torch.Tensor:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(torch_tiles, "convolve", broken)
    with pytest.raises(RuntimeError, match="shapes differ"):
        expander(model).expand(picture(8, 8))


@pytest.mark.parametrize("bad", [np.zeros((4, 4, 3)), np.zeros((4, 4), np.float32), np.zeros((0, 4, 3), np.float32)])
def test_an_array_of_another_kind_is_refused(model: ExpandNet, bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="float32"):
        expander(model).expand(bad)


def test_the_network_is_left_as_it_was(model: ExpandNet) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    expander(model, 16).expand(picture(20, 20))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_photos_in_a_row_get_the_answers_that_each_gets_alone(model: ExpandNet, backend: str) -> None:
    network = expander(model, 32, backend)
    photos = [picture(*size) for size in ((64, 80), (64, 80), (1, 1), (33, 47), (80, 64), (64, 80))]
    answers = list(network.expand_each(iter(photos)))
    assert len(answers) == len(photos)
    for ldr, raw in zip(photos, answers, strict=True):
        assert np.abs(raw - network.expand(ldr)).max() < EXACT


def test_no_photos_have_no_answers(model: ExpandNet) -> None:
    assert list(expander(model).expand_each([])) == []


def test_photos_in_a_row_are_taken_as_they_are_needed(model: ExpandNet, backend: str) -> None:
    taken = []
    photos = (taken.append(number) or picture(40, 40) for number in range(100))
    answers = expander(model, 40, backend).expand_each(photos)
    for number, _ in zip(range(5), answers, strict=False):
        assert len(taken) <= number + 40
    answers.close()
    assert len(taken) < 60


def test_features_are_adjusted_in_the_order_of_the_photos(model: ExpandNet) -> None:
    photos, network = [picture(40, 40 + number) for number in range(4)], expander(model, 16)
    together, alone = [], []

    def keep(seen: list[np.ndarray], features: np.ndarray) -> np.ndarray:
        seen.append(features)
        return sum(seen) / len(seen)

    row = list(network.expand_each(photos, adjust=lambda features: keep(together, features)))
    for ldr, raw in zip(photos, row, strict=True):
        assert np.abs(raw - network.expand(ldr, adjust=lambda features: keep(alone, features))).max() < EXACT
    assert len(together) == len(alone) == 4


def test_stop_ends_a_row_of_photos(model: ExpandNet) -> None:
    done: list[np.ndarray] = []
    row = expander(model, 16).expand_each((picture(20, 20) for _ in range(9)), should_stop=lambda: len(done) == 3)
    with pytest.raises(Stopped):
        done.extend(row)
    assert len(done) == 3


@pytest.mark.parametrize("text", ["the file ends early", "out of memory"])
def test_what_goes_wrong_with_the_source_of_photos_is_passed_on(model: ExpandNet, text: str) -> None:
    """Also if it sounds like a tile that was too large; or else the rest of the photos would be lost."""

    def photos() -> Iterator[np.ndarray]:
        yield picture(20, 20)
        raise RuntimeError(text)

    with pytest.raises(RuntimeError, match=text):
        list(expander(model, 16).expand_each(photos()))


def test_photos_in_a_row_go_on_with_smaller_tiles(model: ExpandNet, monkeypatch: pytest.MonkeyPatch) -> None:
    original, calls = torch_tiles.convolve, []

    def short_of_memory(features: torch.Tensor, *arguments: object, **named: object) -> torch.Tensor:
        calls.append(features.shape)
        if len(calls) > 20 and features.shape[-1] * features.shape[-2] * features.shape[0] > 80 * 80:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return original(features, *arguments, **named)

    monkeypatch.setattr(torch_tiles, "convolve", short_of_memory)
    photos = [picture(100, 90), picture(110, 180), picture(40, 200)]
    for ldr, raw in zip(photos, expander(model, 192).expand_each(photos), strict=True):
        assert np.abs(raw - whole_image(model, ldr)).max() < EXACT


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_half_precision_on_a_gpu_stays_close(model: ExpandNet) -> None:
    ldr = picture(300, 500)
    raw = Expander(model, torch.device("cuda"), torch.float16).expand(ldr)
    assert raw.dtype == np.float32 and np.abs(raw - whole_image(model, ldr)).max() < 5e-3
