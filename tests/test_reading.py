"""How a checkpoint's output is read."""

from dataclasses import replace

import numpy as np
import pytest

from hdr_demo.reading import OUR_READING, PUBLISHED_READING, Reading


def test_our_output_spans_sixteen_stops_from_ten_below_white():
    light = OUR_READING.decode(np.array([0.0, 10 / 16, 1.0], np.float32))
    assert light.tolist() == [2.0**-10, 1.0, 2.0**6]
    assert light.dtype == np.float32


def test_equal_steps_of_a_log2_output_are_equal_stops():
    reading = Reading("absolute", "log2", stops_range=8.0, stops_floor=-3.0)
    light = reading.decode(np.linspace(0, 1, 9, dtype=np.float32))
    assert np.diff(np.log2(light)) == pytest.approx(np.ones(8), abs=1e-6)


def test_the_published_output_is_light_itself():
    raw = np.linspace(0, 1, 7, dtype=np.float32)
    assert np.array_equal(PUBLISHED_READING.decode(raw), raw)
    assert PUBLISHED_READING.kind == "relative"


@pytest.mark.parametrize("reading", [OUR_READING, PUBLISHED_READING, Reading("relative", "log2", 0.1, -1 / 3)])
def test_a_reading_survives_the_header_of_a_file(reading: Reading):
    header = reading.to_metadata()
    assert all(isinstance(value, str) for value in header.values())
    assert Reading.from_metadata(header) == reading


def test_other_facts_in_the_header_do_not_disturb():
    assert Reading.from_metadata({**OUR_READING.to_metadata(), "steps": "800"}) == OUR_READING


def test_stops_may_be_left_out():
    assert Reading.from_metadata({"kind": "absolute", "encoding": "log2"}) == replace(OUR_READING, pyramid=False)


@pytest.mark.parametrize("missing", ["kind", "encoding"])
def test_a_header_without_units_is_no_reading(missing: str):
    header = {name: value for name, value in OUR_READING.to_metadata().items() if name != missing}
    with pytest.raises(KeyError, match=missing):
        Reading.from_metadata(header)


@pytest.mark.parametrize("kind, encoding, wrong", [("fitted", "log2", "fitted"), ("absolute", "gamma", "gamma")])
def test_an_unknown_unit_is_refused_by_name(kind: str, encoding: str, wrong: str):
    with pytest.raises(ValueError, match=wrong):
        Reading(kind, encoding)


def test_stops_above_white_are_stretched_and_those_below_are_not():
    reading = replace(OUR_READING, above_white=1.5)
    raw = (np.array([-4.0, 0.0, 2.0], np.float32) + 10) / 16
    assert np.allclose(np.log2(reading.decode(raw)), [-4, 0, 3], atol=1e-5)
    assert Reading.from_metadata(reading.to_metadata()) == reading
