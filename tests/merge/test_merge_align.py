"""Where a photo lies on another one: known poses and motions are found again."""

import cv2
import numpy as np
import pytest

from hdr_demo.color import encode_srgb
from hdr_demo.merge.align import STANDING, Alignment, bring, expose_to, find_alignment


def make_scene(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Something with detail at all sizes, and a few stops of range: linear, float32."""
    light = sum(
        cv2.resize(rng.random((max(2, height // size), max(2, width // size), 3), np.float32), (width, height)) * size
        for size in (4, 16, 64)
    )
    return (light / light.max()) ** 3


def take(light: np.ndarray, time: float) -> np.ndarray:
    return np.rint(encode_srgb(np.minimum(light * np.float32(time), 1)) * 255).astype(np.uint8)


def turn(angle: float, zoom: float, shift: tuple[float, float], height: int, width: int) -> np.ndarray:
    pose = np.vstack((cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, zoom), (0, 0, 1)))
    pose[:2, 2] += shift
    return pose


def farthest(found: np.ndarray, true: np.ndarray, height: int, width: int) -> float:
    """By how many pixels two poses differ at most, at a corner."""
    corners = np.array([[x, y, 1] for x in (0, width - 1) for y in (0, height - 1)], np.float64)
    places = [corners @ pose.T for pose in (found.astype(np.float64), true)]
    places = [place[:, :2] / place[:, 2:] for place in places]
    return float(np.linalg.norm(places[0] - places[1], axis=1).max())


@pytest.mark.parametrize(
    ("angle", "zoom", "shift"), [(0, 1, (13.3, -7.6)), (1.5, 1.01, (-6, 11)), (-3, 0.98, (20, 4)), (0.4, 1, (0, 0))]
)
@pytest.mark.parametrize("time", [0.25, 4.0])
def test_a_hand_held_pose_is_found_to_half_a_pixel(angle, zoom, shift, time):
    height, width = 300, 420
    true = turn(angle, zoom, shift, height, width)
    light = make_scene(np.random.default_rng(3), height, width)
    moved = cv2.warpPerspective(light, true, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    found = find_alignment(take(light, 1), take(np.maximum(moved, 0), time), 1, time, flow=False)
    assert farthest(found.pose, true, height, width) < 0.5
    assert found.likeness > 0.9


def test_a_large_photo_is_aligned_as_well_as_a_small_one():
    height, width = 2000, 2600  # more than poses and flows are sought in
    true = turn(0.6, 1.004, (31, -18), height, width)
    light = make_scene(np.random.default_rng(4), height // 4, width // 4)
    light = cv2.resize(light, (width, height), interpolation=cv2.INTER_CUBIC).clip(0)
    moved = cv2.warpPerspective(light, true, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    found = find_alignment(take(light, 1), take(moved, 4), 1, 4)
    assert farthest(found.pose, true, height, width) < 1
    assert found.flow.shape[0] < height
    window = np.s_[900:1100, 1200:1500]
    posed, _ = bring(take(moved, 4), found, window, by_flow=False)
    flowed, _ = bring(take(moved, 4), found, window, by_flow=True)
    seen = expose_to(take(light, 1)[window].astype(np.float32) / 255, 1, 4)
    assert np.abs(posed - seen).mean() < 0.01 and np.abs(flowed - seen).mean() < 0.01


@pytest.mark.parametrize("time", [0.25, 1.0, 4.0])
def test_photos_from_a_tripod_are_left_as_they_are(time):
    rng = np.random.default_rng(5)
    light = make_scene(rng, 200, 260)
    photos = [take(light + rng.normal(0, 0.004, light.shape).astype(np.float32), each) for each in (1, time)]
    found = find_alignment(*photos, 1, time, flow=False)
    assert found.stands
    brought, inside = bring(photos[1], found, np.s_[10:50, 20:90], by_flow=False)
    assert np.array_equal(np.rint(brought * 255), photos[1][10:50, 20:90]) and inside.all()


def test_what_moves_is_followed_by_the_flow_and_not_by_the_pose():
    rng = np.random.default_rng(6)
    light, ball = make_scene(rng, 240, 320), make_scene(rng, 60, 60)
    first, second = light.copy(), light.copy()
    first[90:150, 100:160] = second[94:154, 109:169] = ball
    photos = take(first, 1), take(second, 2)
    found = find_alignment(*photos, 1, 2)
    inside = np.s_[100:140, 110:150]
    seen = expose_to(photos[0][inside].astype(np.float32) / 255, 1, 2)
    errors = [np.abs(bring(photos[1], found, inside, by_flow=by_flow)[0] - seen).mean() for by_flow in (True, False)]
    assert errors[0] < 0.02 and errors[1] > 3 * errors[0]


def test_beyond_the_border_of_a_photo_there_is_nothing():
    pose = STANDING.copy()
    pose[0, 2] = 30  # the reference's pixel x shows the photo's x + 30
    photo = np.full((40, 100, 3), 90, np.uint8)
    brought, inside = bring(photo, Alignment(pose, None, None), np.s_[0:40, 0:100], by_flow=False)
    assert inside[:, :70].all() and not inside[:, 71:].any()
    assert np.allclose(brought[inside], 90 / 255)


def test_windows_of_an_aligned_photo_fit_together():
    rng = np.random.default_rng(7)
    photo = take(make_scene(rng, 120, 160), 1)
    flow = cv2.resize(rng.normal(0, 3, (6, 8, 2)).astype(np.float32), (80, 60))
    alignment = Alignment(turn(1, 1.01, (3, -2), 120, 160).astype(np.float32), flow, None)
    whole, inside = bring(photo, alignment, np.s_[0:120, 0:160], by_flow=True)
    part, part_inside = bring(photo, alignment, np.s_[37:90, 51:131], by_flow=True)
    assert np.abs(part - whole[37:90, 51:131]).max() < 2e-3  # OpenCV looks up 32nds of a pixel
    assert np.mean(part_inside != inside[37:90, 51:131]) < 1e-3


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (7, 3), (33, 31)])
def test_the_smallest_photos_can_be_aligned(shape):
    photos = [np.random.default_rng(8).integers(0, 256, (*shape, 3), np.uint8) for _ in range(2)]
    found = find_alignment(*photos, 1, 4)
    brought, _ = bring(photos[1], found, tuple(slice(0, side) for side in shape), by_flow=True)
    assert brought.shape == (*shape, 3) and np.isfinite(brought).all()


@pytest.mark.parametrize("code", [0, 255])
def test_a_reference_without_anything_to_compare_leaves_photos_where_they_are(code):
    reference = np.full((90, 120, 3), code, np.uint8)
    other = take(make_scene(np.random.default_rng(9), 90, 120), 1)
    found = find_alignment(reference, other, 1, 0.25)
    assert found.stands and found.likeness is None
