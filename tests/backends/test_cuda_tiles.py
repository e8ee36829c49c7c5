"""The back end for GPUs, as far as it runs on a CPU: its law, its batches, its errors, the order of its queues."""

import gc
import re
import runpy
import shutil
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tile_pictures import picture, pieces_of, whole_image
from torch.utils._python_dispatch import TorchDispatchMode

from hdr_demo import device as choices
from hdr_demo.backends import BACKENDS, HALO, Piece, cuda_tiles, fold
from hdr_demo.backends.batched import BatchedNetwork
from hdr_demo.backends.batches import gather
from hdr_demo.backends.cuda_tiles import SLOTS, CudaTiles
from hdr_demo.backends.streams import Streams
from hdr_demo.device import NUMBERS_PER_PIXEL, is_out_of_memory
from hdr_demo.errors import Stopped
from hdr_demo.inference import Expander
from hdr_demo.model import ExpandNet

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
EXACT = 1e-5  # float32 sums in another order
SIZES = [
    *((1, 1), (1, 2), (2, 1), (3, 5), (8, 8), (16, 17), (17, 16), (31, 33), (40, 64), (63, 65), (100, 131)),
    *((131, 100), (1, 300), (300, 1)),
]
ROW = BACKENDS["cuda"]


@pytest.fixture(scope="module")
def model() -> ExpandNet:
    torch.manual_seed(3)
    network = ExpandNet().eval()
    network.initialize()
    return network


@pytest.fixture(autouse=True)
def _runs_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "cuda", replace(ROW, fits=lambda device, precision: True))


def expander(model: ExpandNet, tile: int | None = None, backend: str = "cuda") -> Expander:
    return Expander(model, CPU, torch.float32, tile=tile, backend=backend)


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


def test_pieces_of_several_photos_share_a_batch_and_keep_their_own_bias(model: ExpandNet) -> None:
    network = CudaTiles(fold(model), CPU, torch.float32, most_pixels=10**6)
    one, other = pieces_of(picture(48, 48), 16, bias=0.0), pieces_of(picture(48, 50), 16, bias=0.5)
    mixed = [*one, *other]
    assert len(list(gather(mixed, 10**6))) < len(list(gather(one, 10**6))) + len(list(gather(other, 10**6)))
    together = {id(piece): answer for piece, answer in network.run(mixed)}
    alone = {id(piece): answer for group in (one, other) for piece, answer in network.run(group)}
    assert together.keys() == alone.keys() == {id(piece) for piece in mixed}
    assert max(np.abs(together[key] - alone[key]).max() for key in alone) < EXACT


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


class Queues:
    """Stands for CUDA's streams and events, and writes down who waits for whom."""

    def __init__(self) -> None:
        self.log: list[tuple[str, str, object]] = []
        self.names = iter(("upload", "compute", "download"))
        self.current = "host"

    def stream(self, device: torch.device) -> SimpleNamespace:
        name = next(self.names)
        wait = partial(self.write, name, "waits for")
        return SimpleNamespace(name=name, wait_event=wait, synchronize=lambda: self.write("host", "empties", name))

    def event(self, blocking: bool) -> SimpleNamespace:
        event = SimpleNamespace()
        event.record = lambda: self.write(self.current, "marks", event)
        event.synchronize = lambda: self.write("host", "waits for", event)
        return event

    @contextmanager
    def use(self, stream: SimpleNamespace) -> Iterator[None]:
        before, self.current = self.current, stream.name
        yield
        self.current = before

    def write(self, who: str, does: str, what: object) -> None:
        self.log.append((who, does, what))


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Queues:
    made = Queues()
    monkeypatch.setattr(torch.cuda, "Stream", made.stream)
    monkeypatch.setattr(torch.cuda, "Event", made.event)
    monkeypatch.setattr(torch.cuda, "stream", made.use)
    monkeypatch.setattr(Streams, "empty_host", lambda self, *size, precision: torch.full(size, np.nan, dtype=precision))
    return made


def test_each_queue_waits_for_the_one_before_and_the_caller_for_the_last(model: ExpandNet, queues: Queues) -> None:
    network = CudaTiles(fold(model), CPU, torch.float32, most_pixels=1)
    network._streams = Streams(CUDA)
    pieces = pieces_of(picture(40, 40), 10)
    plain = CudaTiles(fold(model), CPU, torch.float32)
    expected = {id(piece): answer for piece, answer in plain.run(pieces)}
    order = {id(piece): number for number, piece in enumerate(pieces)}
    for piece, answer in network.run(pieces):
        queues.write("host", "has", order[id(piece)])
        assert np.abs(answer - expected[id(piece)]).max() < EXACT
    marks = [(who, what) for who, does, what in queues.log if does == "marks"]
    assert [who for who, _ in marks] == ["upload", "compute", "download"] * len(pieces)
    for number in range(len(pieces)):
        uploaded, computed, landed = (event for _, event in marks[3 * number : 3 * number + 3])
        where = [
            queues.log.index(entry)
            for entry in (
                ("upload", "marks", uploaded),
                ("compute", "waits for", uploaded),
                ("compute", "marks", computed),
                ("download", "waits for", computed),
                ("download", "marks", landed),
                ("host", "waits for", landed),
                ("host", "has", number),
            )
        ]
        assert where == sorted(where)
    third, first = queues.log.index(("download", "marks", marks[8][1])), queues.log.index(("host", "has", 0))
    assert third < first  # three are queued before the first is waited for


def test_queues_are_empty_before_memory_is_given_back(
    model: ExpandNet, queues: Queues, short_of_memory: list[int]
) -> None:
    network = CudaTiles(fold(model), CPU, torch.float32, most_pixels=10**6)
    network._streams = Streams(CUDA)
    with pytest.raises(torch.OutOfMemoryError):
        list(network.run(pieces_of(picture(100, 100), 20)))
    assert {what for _, does, what in queues.log if does == "empties"} == {"upload", "compute", "download"}


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


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler on a CPU")
def test_compiled_passes_change_nothing(model: ExpandNet) -> None:
    pieces = [*pieces_of(picture(48, 48), 16), *pieces_of(picture(45, 40), 16)]
    plain, compiled = (CudaTiles(fold(model), CPU, torch.float32, compiled=way) for way in (False, True))
    expected = {id(piece): answer for piece, answer in plain.run(pieces)}
    for piece, answer in compiled.run(pieces):
        assert np.abs(answer - expected[id(piece)]).max() < EXACT


def test_the_benchmark_runs_without_a_gpu(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = "--height 20 --width 32 --compare 20 32 --square 32 --megapixels 0.001"
    main = runpy.run_path(str(root / "benchmarks" / "gpu.py"))["main"]
    main(["--device", "cpu", "--frames", "2", "--rounds", "1", *sizes.split()])
    told = capsys.readouterr().out
    for part in ("TFLOP/s", "GB/s", "frames/s", "one by one, no graph", "MP/s", "0.001 megapixels"):
        assert part in told
    [most] = re.findall(r"float32 against float32, 32x20: at most (\S+),", told)
    assert float(most) < EXACT
    assert all(float(rate) > 0 for rate in re.findall(r"^(?:one by one|pairs|fours)\s+(\S+)", told, re.MULTILINE))
