"""What the whole of an image says: the statistics that the operators adapt to."""

import cv2
import numpy as np
import pytest

from hdr_demo.tonemap.metering import meter, percentile, shrink
from tests.tonemap.scenes import grey_ramp, street

# The statistics at a quarter of the size against those at full size.
SCALE_TOLERANCE = 0.02


def test_the_mean_is_geometric_and_the_ends_are_percentiles():
    light = meter(grey_ramp(0.01, 100, 401))
    assert light.log_mean == pytest.approx(1.0, rel=0.02)
    assert light.low == pytest.approx(0.01, rel=0.06)
    assert light.high == pytest.approx(100, rel=0.06)


def test_a_preview_meters_like_the_export():
    hdr = street()
    small = cv2.resize(hdr, (hdr.shape[1] // 4, hdr.shape[0] // 4), interpolation=cv2.INTER_AREA)
    large, preview = meter(hdr), meter(small)
    assert preview.log_mean == pytest.approx(large.log_mean, rel=SCALE_TOLERANCE)
    assert preview.high == pytest.approx(large.high, rel=SCALE_TOLERANCE)
    assert preview.low == pytest.approx(large.low, rel=SCALE_TOLERANCE)
    assert preview.mean_rgb == pytest.approx(large.mean_rgb, rel=SCALE_TOLERANCE)


def test_black_bars_and_hot_pixels_do_not_count():
    plain = street(200, 300)[:-2]
    barred = np.pad(plain, ((50, 50), (0, 0), (0, 0)))
    barred[60, 60] = 1e6
    expected, light = meter(plain), meter(barred)
    assert light.log_mean == pytest.approx(expected.log_mean, rel=1e-3)
    assert light.high == pytest.approx(expected.high, rel=1e-3)
    assert light.low == pytest.approx(expected.low, rel=1e-3)


def test_a_dark_image_is_measured_against_white():
    light = meter(np.full((9, 9, 3), 0.1, np.float32))
    assert (light.low, light.log_mean) == pytest.approx((0.1, 0.1))
    assert light.high == 1.0


def test_percentiles_are_values_of_the_array():
    ordered = np.array([1.0, 2, 3, 1000])
    assert [percentile(ordered, p) for p in (0, 50, 99, 100)] == [1, 2, 3, 1000]


@pytest.mark.parametrize("shape, expected", [((30, 40), (30, 40)), ((3000, 1000), (512, 171)), ((1, 5000), (1, 512))])
def test_shrinking_keeps_the_mean_and_bounds_the_longer_side(shape, expected):
    image = np.random.default_rng(0).random(shape, np.float32)
    small = shrink(image, 512)
    assert small.shape == expected
    assert small.mean() == pytest.approx(image.mean(), rel=1e-3)
