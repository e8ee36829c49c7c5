"""The back end for GPUs: its law holds on a CPU too, and what only a GPU has is tested where there is one."""

import gc
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from hdr_demo import device as choices
from hdr_demo.backends import BACKENDS, HALO, Piece, Region, cuda_tiles, cut_piece, fold, tiles
from hdr_demo.backends.batched import BatchedNetwork
from hdr_demo.backends.batches import MOST_BATCHES_WAITING, gather
from hdr_demo.backends.cuda_tiles import SLOTS, CudaTiles
from hdr_demo.backends.recurring import MOST_SEEN, Recurring
from hdr_demo.calibration import calibrate
from hdr_demo.color import encode_srgb, luminance
from hdr_demo.device import NUMBERS_PER_PIXEL, is_out_of_memory
from hdr_demo.errors import Stopped
from hdr_demo.inference import Expander
from hdr_demo.model import ExpandNet
from hdr_demo.weights import find_checkpoint, load_model

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
EXACT = 1e-5  # float32 sums in another order
# Eleven bits of each number are kept by float16, eight by bfloat16; the errors of a dozen layers add up.
LOOSE = {torch.float16: 5e-3, torch.bfloat16: 4e-2}
# In stops; a step of 0.014 stops, one part in a hundred, is what an eye sees at best (Barten 1999).
SMOOTH = 0.014
SIZES = [
    *((1, 1), (1, 2), (2, 1), (3, 5), (8, 8), (16, 17), (17, 16), (31, 33), (40, 64), (63, 65), (100, 131)),
    *((131, 100), (1, 300), (300, 1)),
]
ROW = BACKENDS["cuda"]
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture(scope="module")
def model() -> ExpandNet:
    torch.manual_seed(3)
    network = ExpandNet().eval()
    network.initialize()
    return network


@pytest.fixture(autouse=True)
def _runs_anywhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "gpu" not in request.keywords:
        monkeypatch.setitem(BACKENDS, "cuda", replace(ROW, fits=lambda device, precision: True))


def expander(
    model: ExpandNet, tile: int | None = None, precision: torch.dtype = torch.float32, backend: str = "cuda"
) -> Expander:
    return Expander(model, CPU, precision, tile=tile, backend=backend)


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * 1000 + width).random((height, width, 3), dtype=np.float32)


def whole_image(model: ExpandNet, ldr: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return model(torch.from_numpy(ldr).permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()


def pieces_of(ldr: np.ndarray, tile: int, bias: float = 0.0) -> list[Piece]:
    height, width = ldr.shape[:2]
    numbers = np.full(64, bias, np.float32)
    return [cut_piece(ldr, region, numbers) for region in tiles(Region(0, height, 0, width), tile)]


def test_the_row_is_for_half_precision_on_cuda() -> None:
    fits = ROW.fits
    assert fits(CUDA, torch.float16) and not fits(CUDA, torch.float32)
    assert not fits(CPU, torch.float16) and not fits(torch.device("mps"), torch.float16)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_batches_of_tiles_equal_the_whole_image(model: ExpandNet, size: tuple[int, int]) -> None:
    ldr, network = picture(*size), expander(model)
    expected = whole_image(model, ldr)
    for tile in (5, 16, 33, 64, 192):
        if ldr[..., 0].size / tile**2 <= 200:
            network.tile = tile
            assert np.abs(network.expand(ldr) - expected).max() < EXACT, tile


def test_a_panorama_and_a_black_border_are_as_by_the_other_back_ends(model: ExpandNet) -> None:
    ldr = picture(50, 81)
    for way in ({"wraps": True}, {"border": "picture"}):
        one, other = (expander(model, 32, backend=name).expand(ldr, **way) for name in ("cuda", "torch"))
        assert np.abs(one - other).max() < EXACT, way


@pytest.mark.parametrize("precision", LOOSE, ids=str)
def test_half_precision_stays_close(model: ExpandNet, precision: torch.dtype) -> None:
    ldr = picture(40, 51)
    raw = expander(model, 32, precision).expand(ldr)
    assert raw.dtype == np.float32 and 0 < np.abs(raw - whole_image(model, ldr)).max() < LOOSE[precision]


def test_pieces_of_several_photos_share_a_batch_and_keep_their_own_bias(model: ExpandNet) -> None:
    network = CudaTiles(fold(model), CPU, torch.float32, most_pixels=10**6)
    one, other = pieces_of(picture(48, 48), 16, bias=0.0), pieces_of(picture(48, 50), 16, bias=0.5)
    mixed = [*one, *other]
    assert len(list(gather(mixed, 10**6))) < len(list(gather(one, 10**6))) + len(list(gather(other, 10**6)))
    together = {id(piece): answer for piece, answer in network.run(mixed)}
    alone = {id(piece): answer for group in (one, other) for piece, answer in network.run(group)}
    assert together.keys() == alone.keys() == {id(piece) for piece in mixed}
    assert max(np.abs(together[key] - alone[key]).max() for key in alone) < EXACT


@pytest.mark.parametrize("most", [1, 900, 2000, 10**6])
def test_a_batch_has_one_size_and_no_more_pixels_than_it_may(most: int) -> None:
    pieces = [*pieces_of(picture(100, 131), 16), *pieces_of(picture(40, 300), 33)]
    groups = list(gather(iter(pieces), most))
    assert sorted(id(piece) for group in groups for piece in group) == sorted(map(id, pieces))
    for group in groups:
        sizes = {piece.picture.shape for piece in group}
        assert len(sizes) == 1 and (len(group) == 1 or pixels_of(group) <= most)
    if most == 10**6:
        assert len(groups) == len({piece.picture.shape for piece in pieces})


def pixels_of(pieces: list[Piece]) -> int:
    return sum(piece.picture[..., 0].size for piece in pieces)


def test_pieces_that_wait_for_others_of_their_size_are_few() -> None:
    # Every piece has another size, so none fills a batch.
    pieces = [cut_piece(picture(20, 20 + 2 * width), Region(0, 20, 0, 20 + 2 * width), None) for width in range(100)]
    most, waiting = 3000, 0

    def counted() -> Iterator[Piece]:
        nonlocal waiting
        for piece in pieces:
            waiting += pixels_of([piece])
            assert waiting <= MOST_BATCHES_WAITING * most + pixels_of([piece])
            yield piece

    for group in gather(counted(), most):
        waiting -= pixels_of(group)
    assert waiting == 0


def test_no_more_batches_are_under_way_than_there_are_slots(model: ExpandNet) -> None:
    network, taken = CudaTiles(fold(model), CPU, torch.float32, most_pixels=1), []
    pieces = pieces_of(picture(60, 60), 10)
    for number, _ in enumerate(network.run(taken.append(piece) or piece for piece in pieces)):
        assert number + 1 <= len(taken) <= number + 1 + SLOTS
    assert len(taken) == len(pieces)


def test_work_that_is_left_waits_for_what_is_under_way(model: ExpandNet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that a stream still reads or writes must not be given back."""
    launched, waited = [], []
    launch = CudaTiles._launch

    def watched(self: CudaTiles, pieces: list[Piece]) -> cuda_tiles._Batch:
        launched.append(launch(self, pieces))
        return launched[-1]

    monkeypatch.setattr(CudaTiles, "_launch", watched)
    monkeypatch.setattr(cuda_tiles._Batch, "wait", lambda batch: waited.append(id(batch)))
    running = CudaTiles(fold(model), CPU, torch.float32, most_pixels=1).run(pieces_of(picture(60, 60), 10))
    next(running)
    running.close()
    assert len(launched) == SLOTS and set(waited) == set(map(id, launched))


def test_a_source_that_stops_is_heard(model: ExpandNet) -> None:
    def stopped() -> Iterator[Piece]:
        yield from pieces_of(picture(20, 20), 10)
        raise Stopped

    with pytest.raises(Stopped):
        list(CudaTiles(fold(model), CPU, torch.float32, most_pixels=1).run(stopped()))


def test_several_threads_get_their_own_answers(model: ExpandNet) -> None:
    network = expander(model, 32)
    photos = [picture(64, 60 + 4 * number) for number in range(4)]
    answers: dict[int, np.ndarray] = {}

    def work(number: int) -> None:
        answers[number] = network.expand(photos[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, ldr in enumerate(photos):
        assert np.abs(answers[number] - whole_image(model, ldr)).max() < EXACT


def test_one_thread_may_interleave_two_runs(model: ExpandNet) -> None:
    network = CudaTiles(fold(model), CPU, torch.float32, most_pixels=1)
    pieces = pieces_of(picture(60, 60), 10)
    for one, other in zip(network.run(pieces), network.run(pieces), strict=True):
        assert one[0] is other[0] and np.array_equal(one[1], other[1])


def test_an_answer_stays_when_others_follow(model: ExpandNet) -> None:
    network = CudaTiles(fold(model), CPU, torch.float32, most_pixels=1)
    kept = [(answer, answer.copy()) for _, answer in network.run(pieces_of(picture(60, 60), 10))]
    assert all(np.array_equal(*pair) for pair in kept)


def test_frames_in_a_row_share_batches_and_equal_those_alone(model: ExpandNet, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, answer = [], BatchedNetwork.answer
    monkeypatch.setattr(BatchedNetwork, "answer", lambda *given: sizes.append(given[1]) or answer(*given))
    frames = [picture(64, 80) * np.float32(share) for share in (1, 0.5, 0.25, 0.1, 0)]
    network = expander(model, 256)
    for ldr, raw in zip(frames, network.expand_each(iter(frames)), strict=True):
        assert np.abs(raw - whole_image(model, ldr)).max() < EXACT
    assert [len(pictures) for pictures in sizes] == [3, 2]


@pytest.fixture
def short_of_memory(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lets batches of more than 60×60 pixels fail; gives the pixels of all batches."""
    answer, sizes = BatchedNetwork.answer, []

    def short(self: BatchedNetwork, pictures: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        sizes.append(pictures[..., 0].numel())
        if sizes[-1] > 60 * 60:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return answer(self, pictures, bias)

    monkeypatch.setattr(BatchedNetwork, "answer", short)
    return sizes


def test_a_batch_that_does_not_fit_gets_smaller_and_the_photo_goes_on(
    model: ExpandNet, short_of_memory: list[int]
) -> None:
    ldr, seen, network = picture(120, 200), [], expander(model, 96)
    raw = network.expand(ldr, progress=lambda done, total: seen.append(done))
    assert max(short_of_memory) > 60 * 60 and seen[-1] == 120 * 200
    assert np.abs(raw - whole_image(model, ldr)).max() < EXACT
    tried = len(short_of_memory)
    network.tile = 24
    network.expand(ldr)
    assert max(short_of_memory[tried:]) <= 60 * 60  # what did not fit once is not tried again


def test_short_memory_leaves_nothing_half_done(model: ExpandNet, short_of_memory: list[int]) -> None:
    network = CudaTiles(fold(model), CPU, torch.float32, most_pixels=10**6)
    network._graphs.find(1, object, list)
    with pytest.raises(RuntimeError) as caught:
        list(network.run(pieces_of(picture(100, 100), 20)))
    assert is_out_of_memory(caught.value) and not network._lock.locked()
    assert network._graphs.find(1, object, list) is None  # forgotten
    assert network.choose_pixels() < short_of_memory[-1]
    assert len(list(network.run(pieces_of(picture(50, 50), 20)))) == 9


def test_another_error_is_passed_on_and_batches_stay_as_large(
    model: ExpandNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> torch.Tensor:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(BatchedNetwork, "answer", broken)
    network = CudaTiles(fold(model), CPU, torch.float32, most_pixels=10**6)
    with pytest.raises(RuntimeError, match="shapes differ"):
        list(network.run(pieces_of(picture(20, 20), 20)))
    assert network.choose_pixels() == 10**6 and not network._lock.locked()


def test_a_thing_is_made_when_its_key_comes_again_and_the_last_used_are_kept() -> None:
    kept, made, dropped = Recurring(2), [], []

    def find(key: str) -> object:
        return kept.find(key, lambda: made.append(key) or f"{key}{len(made)}", lambda: dropped.append(key))

    assert [find(key) for key in "abc"] == [None] * 3 and made == []
    assert [find(key) for key in "aab"] == ["a1", "a1", "b2"] and made == ["a", "b"]
    assert find("a") == "a1" and dropped == []
    assert find("c") == "c3" and dropped == ["c"] and len(kept) == 2  # b was used the longest ago
    assert find("a") == "a1" and find("b") is None and find("b") == "b4"
    kept.clear()
    assert len(kept) == 0 and find("a") is None


def test_what_cannot_be_made_is_not_tried_again_and_few_keys_are_remembered() -> None:
    kept, tries = Recurring(2), []
    assert [kept.find("a", lambda: tries.append(1), list) for _ in range(5)] == [None] * 5 and len(tries) == 1
    assert kept.values() == []
    for key in range(MOST_SEEN + 1):
        kept.find(key, object, list)
    assert kept.find(0, object, list) is None  # forgotten
    assert kept.find(MOST_SEEN, object, list) is not None


class OnCpu:
    """Stands for a CUDA graph: it owns its input and its answer, and writes them again each time."""

    pool = (0, 1)
    made: list[tuple[int, ...]] = []

    def __init__(self, network: BatchedNetwork, size: tuple[int, int, int], stream: object, pool: object) -> None:
        self.made.append((*size, pool))
        self.network, self.pictures = network, network.prepare(*size)
        self.raw = torch.full((*size, 3), np.nan)

    def replay(self, given: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        self.pictures[..., :3] = given
        self.raw.copy_(self.network.answer(self.pictures, bias))
        return self.raw.clone()


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    monkeypatch.setattr(cuda_tiles, "_Graph", OnCpu)
    monkeypatch.setattr(OnCpu, "made", [])
    return OnCpu.made


def test_graphs_are_captured_for_sizes_that_recur_and_share_a_pool(model: ExpandNet, graphs: list) -> None:
    network = CudaTiles(fold(model), CPU, torch.float32, most_pixels=1)
    network._has_graphs = True
    ldr = picture(60, 45)
    pieces = pieces_of(ldr, 15)
    plain = CudaTiles(fold(model), CPU, torch.float32)
    expected = {piece.region: answer for piece, answer in plain.run(pieces)}
    for _ in range(2):
        for piece, answer in network.run(pieces):
            assert np.abs(answer - expected[piece.region]).max() < EXACT
    sizes = {(1, *piece.picture.shape[:2]) for piece in pieces}
    assert {made[:3] for made in graphs} == sizes and len(graphs) == len(sizes)
    assert [made[3] for made in graphs] == [None, *[OnCpu.pool] * (len(sizes) - 1)]


def test_no_graph_is_captured_without_memory_for_it(
    model: ExpandNet, graphs: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = CudaTiles(fold(model), CPU, torch.float32, most_pixels=1)
    network._has_graphs = True
    monkeypatch.setattr(cuda_tiles, "choose_pixels", lambda *_: 10)
    assert len(list(network.run(pieces_of(picture(40, 40), 10)))) == 16 and graphs == []


class Held(TorchDispatchMode):
    """Adds up the bytes of all tensors that are alive, and remembers the most."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.most, self.known = 0, 0, set()

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        result = function(*arguments, **(named or {}))
        for tensor in result if isinstance(result, tuple | list) else [result]:
            if isinstance(tensor, torch.Tensor):
                self.count(tensor.untyped_storage())
        return result

    def count(self, storage: torch.UntypedStorage) -> None:
        address, size = storage.data_ptr(), storage.nbytes()
        if address not in self.known:
            self.known.add(address)
            self.now += size
            self.most = max(self.most, self.now)
            weakref.finalize(storage, self.forget, address, size)

    def forget(self, address: int, size: int) -> None:
        self.known.discard(address)
        self.now -= size


def test_a_batch_and_a_graph_of_it_hold_no_more_numbers_than_are_planned_for(model: ExpandNet) -> None:
    network = BatchedNetwork(fold(model), CPU, torch.float32)
    gc.collect()
    with torch.no_grad(), Held() as held:
        pictures = network.prepare(2, 96, 128)
        network.answer(pictures, torch.zeros(2, 64))
    numbers = held.most / 4 / pictures[..., 0].numel()
    assert 64 < numbers < NUMBERS_PER_PIXEL / 2, numbers


@pytest.mark.parametrize("free, most_pixels", [(4 * 10**9, 10**6), (80 * 10**9, 2048**2)])
def test_tile_and_batch_keep_within_one_budget(free: int, most_pixels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "free_memory", lambda _: free)
    tile, pixels = choices.choose_tile(CUDA, torch.float16), choices.choose_pixels(CUDA, torch.float16)
    assert tile**2 <= pixels <= most_pixels and pixels * NUMBERS_PER_PIXEL * 2 <= free / 2
    side = tile + 2 * HALO
    assert side**2 * NUMBERS_PER_PIXEL * 2 < free


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


def test_half_precision_does_not_band_in_a_smooth_sky() -> None:
    """Float16 as a GPU rounds it, on a CPU; measured 0.006 stops."""
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
