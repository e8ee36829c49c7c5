"""A draft is near the exact answer, in a fraction of the network's work."""

import cv2
import numpy as np
import pytest

from hdr_demo.calibration import calibrate
from hdr_demo.color import decode_srgb
from hdr_demo.draft import REACH, READ_PIXELS, SMALLEST_SIDE, carry_up, reduce_for_draft
from hdr_demo.io import Picture
from hdr_demo.photo import PhotoExpander, load_photo_expander
from hdr_demo.pyramid import reductions

ROUNDING = 1e-5


@pytest.fixture(scope="module")
def photo() -> PhotoExpander:
    return load_photo_expander(device="cpu", offline=True)


def window_photo(height: int, width: int) -> np.ndarray:
    ldr = np.linspace(0.05, 0.7, width, dtype=np.float32)[None, :, None].repeat(height, 0).repeat(3, 2)
    ldr[height // 4 : height // 2, width // 4 : width // 2] = 1
    return ldr


def sharp_disc(side: int) -> np.ndarray:
    """A clipped disc on a dark wall, its edge one pixel wide."""
    rows, columns = np.mgrid[:side, :side] + 0.5 - side / 2
    share = np.clip(side / 4 - np.hypot(rows, columns) + 0.5, 0, 1)
    return (0.3 + 0.7 * share).astype(np.float32)[..., np.newaxis].repeat(3, 2)


@pytest.mark.parametrize("size", [(300, 400), (301, 403), (130, 900), (1080, 1920), (3000, 4000), (4000, 6000)])
def test_the_network_reads_one_of_the_sizes_that_the_exact_answer_is_made_of(size):
    read = reduce_for_draft(np.zeros((*size, 3), np.float32)).shape[:2]
    assert read in reductions(*size)[1:]
    assert min(read) >= SMALLEST_SIDE and read[0] * read[1] <= READ_PIXELS


def test_a_small_photo_is_read_as_it_is(photo):
    picture = Picture(window_photo(40, 60), None, "", 8)
    assert np.array_equal(photo.expand(picture, draft=True).hdr, photo.expand(picture).hdr)


@pytest.mark.parametrize("wraps", [False, True])
def test_an_answer_that_is_a_line_of_the_photo_is_carried_up_exactly(wraps):
    """The local linear model has no error for it, but for the noise that it allows for."""
    ldr = np.random.default_rng(0).random((96, 128, 3), np.float32) * np.float32(0.85)
    large = np.kron(ldr, np.ones((4, 4, 1), np.float32))
    found = carry_up(0.2 + 0.5 * ldr, ldr, large, logarithmic=True, wraps=wraps)
    assert np.abs(found - (0.2 + 0.5 * large)).max() < 0.01


@pytest.mark.parametrize("logarithmic", [True, False])
@pytest.mark.parametrize("size", [(256, 256), (301, 403)])
def test_a_constant_answer_stays_constant(logarithmic, size):
    ldr = window_photo(*size)
    small = reduce_for_draft(ldr)
    assert np.allclose(carry_up(np.full_like(small, 0.4), small, ldr, logarithmic=logarithmic), 0.4, atol=ROUNDING)


@pytest.mark.parametrize("size", [(512, 640), (301, 403)])
def test_where_the_photo_says_nothing_the_answer_is_enlarged_as_opencv_does_it(size):
    ldr = np.ones((*size, 3), np.float32)
    small = reduce_for_draft(ldr)
    raw = np.random.default_rng(0).random(small.shape, np.float32)
    enlarged = cv2.resize(raw, size[::-1], interpolation=cv2.INTER_LINEAR)
    assert np.abs(carry_up(raw, small, ldr, logarithmic=True) - enlarged).max() < ROUNDING


def test_an_answer_is_seen_no_farther_than_it_says():
    ldr = np.random.default_rng(0).random((256, 256, 3), np.float32)
    small = reduce_for_draft(ldr)
    raw = np.full_like(small, 0.4)
    raw[60, 70] = 0.9
    changed = np.argwhere(carry_up(raw, small, ldr, logarithmic=True)[..., 0] != np.float32(0.4))
    near = np.abs(carry_up(raw, small, ldr, logarithmic=True) - np.float32(0.4)).max(axis=2) > ROUNDING
    rows, columns = np.nonzero(near)
    assert len(changed) and abs(rows // 2 - 60).max() <= REACH and abs(columns // 2 - 70).max() <= REACH


@pytest.mark.parametrize("reduction", [4, 8])
def test_the_edge_of_a_clipped_area_gets_no_halo(reduction):
    """The answer is 2 stops over white inside and the wall's light outside, and so is all that is carried up."""
    side, stops, floor = 512, 16.0, -10.0
    ldr = sharp_disc(side)
    wall = float(np.log2(decode_srgb(ldr).min()))
    small = cv2.resize(ldr, (side // reduction,) * 2, interpolation=cv2.INTER_AREA)
    share = (small - small.min()) / (1 - small.min())
    raw = ((1 - share) * wall + share * 2 - floor) / stops
    light = carry_up(raw, small, ldr, logarithmic=True) * stops + floor
    inside, outside = ldr.min(axis=2) == 1, ldr.max(axis=2) == ldr.min()
    assert np.abs(light[inside] - 2).max() < 0.25
    assert np.abs(light[outside] - wall).max() < 0.25


def test_a_draft_keeps_the_photo_where_it_is_not_clipped_and_is_near_the_exact_light_elsewhere(photo):
    ldr = window_photo(384, 512)
    picture = Picture(ldr, None, "", 8)
    exact, draft = photo.expand(picture).hdr, photo.expand(picture, draft=True).hdr
    assert np.array_equal(draft[ldr < 0.8], exact[ldr < 0.8])
    stops = np.abs(np.log2(draft[ldr == 1] / exact[ldr == 1]))
    assert np.median(stops) < 0.1


def test_what_a_draft_does_not_ask_changes_nothing(photo):
    ldr = np.random.default_rng(0).random((700, 900, 3), np.float32) * np.float32(0.8)
    ldr[300:420, 500:560] = 1
    ldr[20, 30] = 0.95
    small = reduce_for_draft(ldr)
    raw = carry_up(photo.ask(small, scale="radiometric"), small, ldr, logarithmic=True)
    assert photo.checkpoint.reading.encoding == "log2"
    whole = calibrate(raw, ldr, photo.checkpoint.reading)
    asked = []
    hdr = photo.expand(
        Picture(ldr, None, "", 8), draft=True, wraps=False, progress=lambda done, total: asked.append(done)
    ).hdr
    assert np.abs(hdr - whole).max() < ROUNDING
    assert len(asked) < 20
