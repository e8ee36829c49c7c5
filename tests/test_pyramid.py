"""One photo at several sizes."""

import cv2
import numpy as np
import pytest
import torch

from hdr_demo import pyramid
from hdr_demo.calibration import needs_network
from hdr_demo.errors import Stopped
from hdr_demo.inference import Expander
from hdr_demo.model import ExpandNet
from hdr_demo.pyramid import OPEN_SHARE, SMALLEST_SIDE, WINDOW, count_open, expand_pyramid, join, reductions, see
from hdr_demo.resize import resize_image

# float32 sums of some hundred products in another order
ROUNDING = 1e-5


@pytest.fixture(scope="module")
def model() -> ExpandNet:
    torch.manual_seed(0)
    model = ExpandNet()
    model.initialize(0.6)
    return model


@pytest.fixture(scope="module")
def expander(model: ExpandNet) -> Expander:
    return Expander(model, torch.device("cpu"))


def window_photo(size: int, side: int) -> np.ndarray:
    """A grey wall with a clipped square window."""
    ldr = np.full((size, size, 3), 0.4, np.float32)
    start = (size - side) // 2
    ldr[start : start + side, start : start + side] = 1
    return ldr


def test_each_size_is_half_of_the_one_before_and_none_is_too_small() -> None:
    sizes = reductions(1000, 300)
    assert sizes == [(1000, 300), (500, 150), (250, 75), (125, 37)]
    assert reductions(3, 2) == [(3, 2)]
    assert min(min(size) for size in reductions(4000, 6000)) >= SMALLEST_SIDE


def test_where_nothing_is_clipped_the_answer_is_that_of_the_photo_alone(expander: Expander) -> None:
    ldr = np.random.default_rng(0).random((80, 100, 3), dtype=np.float32) * np.float32(0.9)
    assert np.abs(expand_pyramid(expander, ldr) - expander.expand(ldr)).max() < ROUNDING


def test_deep_inside_a_clipped_area_the_smallest_size_answers(expander: Expander) -> None:
    ldr = window_photo(256, 200)
    joined, alone = expand_pyramid(expander, ldr), expander.expand(ldr)
    small = expander.expand(resize_image(ldr, 32, 32))
    assert np.abs(joined[128, 128] - small[15:17, 15:17].mean(axis=(0, 1))).max() < ROUNDING
    edge = joined[0:10]
    assert np.abs(edge - alone[0:10]).max() < ROUNDING


def test_the_sizes_join_without_a_step() -> None:
    ldr = window_photo(200, 120)
    joined = join(np.zeros((50, 50, 3), np.float32), np.ones((200, 200, 3), np.float32), count_open(ldr))
    assert joined.max() == 1 and joined.min() == 0
    # A window of 9 pixels loses at most a ninth of its view at each step; the smooth step is 1.5 times as steep.
    assert np.abs(np.diff(joined[100, :, 0])).max() <= 1.5 / WINDOW / OPEN_SHARE + ROUNDING


@pytest.mark.parametrize(("height", "width"), [(257, 301), (520, 640), (258, 2001)])
def test_bands_of_rows_join_to_the_bit_as_whole_images_do(height: int, width: int) -> None:
    rng = np.random.default_rng(0)
    ldr = resize_image(rng.random((30, 30, 3), np.float32), height, width) * np.float32(1.5)
    coarse, fine = rng.random((height // 2, width // 2, 3), np.float32), rng.random((height, width, 3), np.float32)
    weight = see(np.minimum(ldr, 1))
    assert weight.min() == 0 and weight.max() == 1
    planes = [resize_image(np.ascontiguousarray(coarse[..., channel]), height, width) for channel in range(3)]
    below = np.dstack(planes)
    expected = (fine - below) * weight[..., np.newaxis] + below
    assert np.array_equal(join(coarse, fine, count_open(np.minimum(ldr, 1))), expected)


def test_the_network_sees_nothing_in_an_all_white_photo_and_everything_in_a_grey_one() -> None:
    assert see(np.ones((20, 20, 3), np.float32)).max() == 0
    assert see(np.full((20, 20, 3), 0.5, np.float32)).min() == 1


def test_an_enlarged_photo_gets_the_same_light_inside(expander: Expander) -> None:
    small = window_photo(128, 80)
    large = resize_image(small, 512, 512)
    here, there = expand_pyramid(expander, small), expand_pyramid(expander, large)
    inside = np.s_[40:-40, 40:-40]
    assert np.abs(resize_image(there, 128, 128) - here)[inside].max() < 0.02


def test_what_is_not_wanted_changes_nothing_that_is(model: ExpandNet) -> None:
    expander = Expander(model, torch.device("cpu"), tile=32)
    rng = np.random.default_rng(1)
    for height, width in ((300, 260), (131, 517), (40, 30)):
        ldr = rng.random((height, width, 3), dtype=np.float32) * np.float32(0.7)
        ldr[height // 4 : height // 2, width // 3 : width // 2] = 1
        ldr[-2:, -3:] = 0.95
        wanted = needs_network(ldr)
        assert 0 < wanted.mean() < 0.2
        whole, part = expand_pyramid(expander, ldr), expand_pyramid(expander, ldr, wanted=wanted.copy())
        assert np.abs(whole - part)[wanted].max() < ROUNDING


def test_a_photo_without_bright_pixels_costs_no_tile(expander: Expander) -> None:
    seen: list[tuple[int, int]] = []
    ldr = np.full((100, 100, 3), 0.5, np.float32)
    expand_pyramid(expander, ldr, wanted=needs_network(ldr), progress=lambda *pixels: seen.append(pixels))
    assert seen == []


def test_progress_counts_every_size_once_and_ends_at_the_total(expander: Expander) -> None:
    seen: list[tuple[int, int]] = []
    expand_pyramid(expander, window_photo(150, 50), progress=lambda done, total: seen.append((done, total)))
    total = sum(height * width for height, width in reductions(150, 150))
    assert seen[-1] == (total, total)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_it_can_be_stopped(expander: Expander) -> None:
    with pytest.raises(Stopped):
        expand_pyramid(expander, window_photo(64, 10), should_stop=lambda: True)


@pytest.mark.parametrize("wraps", [False, True])
def test_strips_change_nothing(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator, wraps: bool) -> None:
    ldr = cv2.GaussianBlur(rng.random((101, 67, 3), dtype=np.float32) * 6 - 2, (0, 0), 3).clip(0, 1)
    ldr[20:60, 10:50] = 1
    whole = see(ldr, wraps=wraps)
    assert 0 < whole.mean() < 1
    for rows in (1, 7, 100):
        monkeypatch.setattr(pyramid, "ROWS_AT_ONCE", rows)
        assert np.abs(see(ldr, wraps=wraps) - whole).max() < 1e-6
