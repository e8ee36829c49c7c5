"""Scores of methods, and the intervals around them."""

import numpy as np
import pytest

from hdr_demo.color import decode_srgb
from hdr_demo.evaluation import (
    BASELINE,
    MEASURES,
    Record,
    Shot,
    differences,
    draw_error,
    error_stops,
    evaluate,
    linearize,
    measure,
    summarize,
)
from hdr_demo.evaluation.jod import JOD, load_pycvvdp


def shot(seed: int = 0, scene: str = "scene") -> Shot:
    rng = np.random.default_rng(seed)
    truth = np.exp2(rng.normal(-2, 2, (48, 64, 3))).astype(np.float32)
    ldr = np.clip(truth, 0, 1) ** np.float32(1 / 2.2)
    return Shot(scene, f"{scene} {seed}", ldr, truth)


def record(scene: str, value: float, method: str = "a") -> Record:
    return Record(scene, f"{scene} shot", method, {"hi": value})


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_prefers_the_truth_to_the_photo(name: str) -> None:
    one = shot()
    row = MEASURES[name]
    perfect, photo = (measure(hdr, one.truth, one.ldr)[name] for hdr in (one.truth, linearize(one.ldr)))
    if row.better == "higher":
        assert perfect > photo
        assert perfect > 40 if row.unit == "dB" else perfect == pytest.approx(1, abs=2e-3)
    else:
        assert perfect == pytest.approx(0, abs=1e-3)
        assert abs(photo) >= abs(perfect)


@pytest.mark.parametrize("name", [name for name in MEASURES if name != "hi"])
def test_no_measure_but_hi_minds_the_exposure(name: str) -> None:
    one = shot()
    hdr = linearize(one.ldr)
    plain, brighter = (measure(image, one.truth, one.ldr)[name] for image in (hdr, 4 * hdr))
    assert brighter == pytest.approx(plain, rel=1e-3, abs=1e-3)


def test_equal_images_score_100_db_at_the_most() -> None:
    one = shot()
    perfect = measure(one.truth, one.truth, one.ldr)
    assert {perfect[name] for name, row in MEASURES.items() if row.unit == "dB" and "crf" not in name} == {100.0}


def test_hi_is_in_the_units_of_the_photo() -> None:
    one = shot()
    assert measure(2 * one.truth, one.truth, one.ldr)["hi"] == pytest.approx(1, abs=1e-3)


def test_jod_is_10_for_the_truth() -> None:
    if load_pycvvdp() is None:
        pytest.skip("cvvdp is not installed")
    one = shot()
    perfect, photo = (measure(hdr, one.truth, one.ldr, {"jod": JOD})["jod"] for hdr in (one.truth, linearize(one.ldr)))
    assert perfect == pytest.approx(10, abs=1e-3) and 0 < photo < 9.9


def test_each_method_sees_each_photo_once() -> None:
    seen = []
    shots = [shot(0), shot(1)]
    kept = []
    records = evaluate(
        {"counting": lambda ldr: seen.append(ldr) or linearize(ldr), BASELINE: linearize},
        iter(shots),
        on_shot=lambda one, results: kept.append((one.name, list(results))),
    )
    assert len(seen) == 2 and len(records) == 4
    assert kept == [(one.name, ["counting", BASELINE]) for one in shots]
    assert records[0].values.keys() == MEASURES.keys()


def test_the_mean_is_over_shots_and_leaves_out_what_has_no_meaning() -> None:
    records = [record("one", 1), record("one", 2), record("one", float("nan")), record("two", 6)]
    assert summarize(records)["a"]["hi"].mean == 3
    assert np.isnan(summarize([record("one", float("nan"))])["a"]["hi"].mean)


def test_the_interval_of_one_scene_is_its_mean() -> None:
    interval = summarize([record("one", value) for value in (1, 2, 6)])["a"]["hi"]
    assert interval.low == interval.mean == interval.high == 3


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    # 200 studies of 40 scenes with three shots each, whose scenes differ; percentile intervals are a little narrow.
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(60):
        scenes = rng.normal(5, 1, 40)
        records = [record(str(i), value + rng.normal(0, 0.1)) for i, value in enumerate(scenes) for _ in range(3)]
        interval = summarize(records)["a"]["hi"]
        hits += interval.low < 5 < interval.high
    assert 52 <= hits <= 60


def test_shots_of_one_scene_do_not_narrow_the_interval() -> None:
    values = dict(enumerate((1.0, 2.0, 4.0, 8.0)))
    once, often = (
        summarize([record(str(scene), value) for scene, value in values.items() for _ in range(times)])["a"]["hi"]
        for times in (1, 20)
    )
    assert once == often


def test_an_infinite_score_stays_infinite() -> None:
    assert summarize([record("one", float("inf")), record("two", 3)])["a"]["hi"].mean == float("inf")


def test_differences_are_taken_shot_by_shot() -> None:
    records = [record("one", 1, BASELINE), record("one", 3), record("two", 10, BASELINE), record("two", 13)]
    interval = summarize(differences(records))["a"]["hi"]
    assert interval.mean == 2.5 and (interval.low, interval.high) == (2, 3)


def test_the_error_map_shows_stops_whatever_the_exposure() -> None:
    one = shot()
    hdr = 8 * one.truth
    hdr[0, :4] *= 4
    stops = error_stops(hdr, one.truth)
    assert stops.shape == one.truth.shape[:2] and stops.dtype == np.float32
    assert (stops[0, :4] - stops[10, 10]) == pytest.approx([2] * 4, abs=1e-3)
    assert abs(float(np.median(stops))) < 0.01


def test_errors_are_painted_blue_white_and_red() -> None:
    dark, right, bright, beyond = draw_error(np.array([[-2, 0, 2, 9]], np.float32))[0]
    assert dark[2] > dark[0] and bright[0] > bright[2]
    assert right.min() > 0.95 and np.array_equal(bright, beyond)
    assert decode_srgb(draw_error(np.zeros((2, 2), np.float32))).shape == (2, 2, 3)
