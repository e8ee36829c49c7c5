"""The histogram of light."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from hdr_demo.ui.histogram import HIGHEST_STOPS, LOWEST_STOPS, count_light, draw_histogram

WORDS = {"title": "Light & dark", "alt": 'a "curve"', "axis": "Stops", "clip": "here", "photo": "Photo", "hdr": "HDR"}


def constant(light: float) -> np.ndarray:
    return np.full((4, 5, 3), light, np.float32)


@pytest.mark.parametrize("stops", [-11.9, -7.3, -0.1, 0.1, 3.3, 7.9])
def test_light_is_counted_in_the_bin_of_its_stops(stops: float) -> None:
    histogram = count_light(constant(0.5), constant(2.0**stops))
    number = int(np.flatnonzero(histogram.hdr)[0])
    assert histogram.hdr[number] == 1.0
    assert histogram.edges[number] <= stops <= histogram.edges[number + 1]


def test_white_is_the_last_light_of_the_photo() -> None:
    histogram = count_light(constant(1.0), constant(1.0))
    assert histogram.edges[int(np.flatnonzero(histogram.photo)[0]) + 1] == 0.0


@pytest.mark.parametrize("light", [0.0, 1e-9, 1e9])
def test_what_is_beyond_the_ends_counts_there(light: float) -> None:
    histogram = count_light(constant(0.0), constant(light))
    assert histogram.hdr.sum() == pytest.approx(1.0)
    assert histogram.hdr[0 if light < 1 else -1] == 1.0


def test_the_drawing_is_well_formed_and_says_everything() -> None:
    drawn = draw_histogram(count_light(constant(0.3), constant(6.0)), **WORDS)
    figure = ElementTree.fromstring(drawn)
    said = "".join(figure.itertext())
    assert all(WORDS[each] in said for each in ("title", "axis", "clip", "photo", "hdr"))
    assert figure.find(".//svg").get("aria-label") == WORDS["alt"]
    assert f"+{HIGHEST_STOPS}" in said and f"−{-LOWEST_STOPS}" in said


def test_the_taller_curve_fills_the_drawing() -> None:
    drawn = draw_histogram(count_light(constant(0.3), constant(6.0)), **WORDS)
    paths = [path.get("d") for path in ElementTree.fromstring(drawn).iter("path")]
    assert len(paths) == 2 and all(" 0.00L" in path for path in paths)
