"""Measures of merged brackets, what they are taken on, and the groups they are averaged over."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.bracket import make_bracket
from hdr_demo.color import encode_srgb
from hdr_demo.evaluation.bracket_measures import BRACKET_MEASURES, fit_exposure, measure_merge
from hdr_demo.evaluation.bracket_report import group_table, ranges
from hdr_demo.evaluation.brackets import (
    ENTRIES,
    OURS,
    BracketRecord,
    align_in_ways,
    choose_entries,
    draw_shots,
    find_entries,
    measure_brackets,
)
from hdr_demo.io import write_hdr
from hdr_demo.merge.align import find_alignment
from hdr_demo.merge.methods import ALIGNMENTS, METHODS
from hdr_demo.merge.run import align_bracket, merge_bracket
from hdr_demo.scenes import Scenes

PEAK = 4.0


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    folder = tmp_path_factory.mktemp("skies")
    rng = np.random.default_rng(0)
    for name in ("a", "b", "c"):
        light = np.exp2(rng.normal(-2, 1.5, (16, 32, 3))).repeat(8, axis=0).repeat(8, axis=1)
        write_hdr(folder / f"{name}.exr", light.astype(np.float32))
    return Scenes(folder)


def make_truth(seed: int = 0) -> np.ndarray:
    return np.exp2(np.random.default_rng(seed).uniform(-8, 4, (48, 64, 3))).astype(np.float32)


def test_psnr_is_what_the_paper_defines() -> None:
    truth = np.clip(make_truth(), 0, PEAK)
    hdr = truth * np.random.default_rng(1).uniform(0.8, 1.1, truth.shape).astype(np.float32)
    scores = measure_merge(hdr, truth, encode_srgb(np.minimum(truth, 1)), PEAK)
    one, other = (np.clip(image.astype(np.float64) / PEAK, 0, 1) for image in (hdr, truth))
    assert scores["linear_psnr"] == pytest.approx(-10 * math.log10(np.mean((one - other) ** 2)), abs=1e-3)
    one, other = (np.log(1 + 5000 * image) / np.log(5001) for image in (one, other))
    assert scores["mu_psnr"] == pytest.approx(-10 * math.log10(np.mean((one - other) ** 2)), abs=1e-3)


def test_light_that_the_shortest_exposure_clips_does_not_count() -> None:
    truth = make_truth()
    assert truth.max() > 2 * PEAK
    scores = measure_merge(np.minimum(truth, PEAK), truth, encode_srgb(np.minimum(truth, 1)), PEAK)
    for name, score in scores.items():
        assert score == (pytest.approx(1) if BRACKET_MEASURES[name].unit == "" else 100)


@pytest.mark.parametrize("name", BRACKET_MEASURES)
def test_no_gain_is_forgiven(name: str) -> None:
    truth = make_truth()
    ldr = encode_srgb(np.minimum(truth, 1))
    right, bright = (measure_merge(image, truth, ldr, PEAK)[name] for image in (truth, 1.5 * truth))
    assert bright < right - (20 if BRACKET_MEASURES[name].unit else 1e-4)


def test_an_exposure_is_fitted_to_what_has_none() -> None:
    truth = np.clip(make_truth(), 0, PEAK)
    np.testing.assert_allclose(fit_exposure(truth / 7, truth, PEAK), truth, rtol=1e-3)


def test_brackets_are_the_same_whenever_they_are_drawn(scenes: Scenes) -> None:
    first, second = (list(draw_shots(scenes, count=3, side=48)) for _ in range(2))
    assert [shot.name for shot in first] == [
        f"{kind} {n}" for kind in ("static", "hand-held", "moving") for n in range(3)
    ]
    for one, other in zip(first, second, strict=True):
        assert all(map(np.array_equal, one.bracket.photos, other.bracket.photos))
        assert np.array_equal(one.truth, other.truth) and one.motion == other.motion
    assert [shot.scene for shot in first] == ["a", "b", "c"] * 3
    moving = next(draw_shots(scenes, ("moving",), count=1, side=48))
    assert np.array_equal(moving.truth, first[6].truth), "whatever else is drawn"


def test_the_reference_agrees_with_the_truth_of_a_drawn_bracket(scenes: Scenes) -> None:
    for shot in draw_shots(scenes, count=2, side=48):
        seen = (shot.ldr > 0.3) & (shot.ldr < 0.9)
        assert np.median(np.abs(shot.ldr[seen] - encode_srgb(np.minimum(shot.truth, 1))[seen])) < 0.03
        assert shot.peak in (4, 8) and (shot.motion == 0) == (shot.kind == "static")


def test_one_alignment_gives_what_each_way_by_itself_would(scenes: Scenes) -> None:
    shot = next(draw_shots(scenes, ("hand-held",), count=1, side=96))
    ways = align_in_ways(shot.bracket, ALIGNMENTS)
    assert set(ways) == set(ALIGNMENTS)
    for kind, aligned in ways.items():
        alone = align_bracket(shot.bracket, kind)
        assert aligned.kind == kind and aligned.bracket is shot.bracket
        for one, other in zip(aligned.alignments, alone.alignments, strict=True):
            assert (one is None) == (other is None)
            if one is not None:
                assert np.array_equal(one.pose, other.pose) and (one.flow is None) == (other.flow is None)
    assert find_alignment(shot.bracket.photos[1], shot.bracket.photos[0], 1, 0.25, flow=False).flow is None


def test_measured_is_what_the_program_merges(scenes: Scenes) -> None:
    shot = next(draw_shots(scenes, ("moving",), count=1, side=96))
    kept = {}
    records = measure_brackets(
        ["reference", "debevec:pose", "triangle:flow"],
        [shot],
        device="cpu",
        on_shot=lambda one, results, reached: kept.update(results),
    )
    assert [record.method for record in records] == [ENTRIES[name].label for name in kept]
    for name, method in (("reference", "reference"), ("debevec:pose", "debevec"), ("triangle:flow", "triangle")):
        np.testing.assert_allclose(kept[name], merge_bracket(shot.bracket, method).hdr, rtol=1e-5, atol=1e-6)


def test_a_bracket_that_cannot_be_merged_is_told_of_and_left_out(scenes: Scenes) -> None:
    one = next(draw_shots(scenes, ("static",), count=1, side=96))
    photos = one.bracket.photos[0][::-1, ::-1], *one.bracket.photos[1:]
    quarrel = replace(one, name="quarrel", bracket=make_bracket(photos, one.bracket.times, reference=1))
    refused = []
    records = measure_brackets(
        ["triangle:pose"], [quarrel, one], on_refusal=lambda shot, error: refused.append(shot.name)
    )
    assert refused == ["quarrel"] and [record.shot for record in records] == [one.name]


def test_every_method_is_compared_and_by_its_own_name() -> None:
    assert {entry.method for entry in ENTRIES.values()} == set(METHODS)
    assert len({entry.label for entry in ENTRIES.values()}) == len(ENTRIES)
    assert find_entries("debevec") == ["debevec:none", "debevec:pose", "debevec:flow"]
    assert find_entries("debevec:pose") == ["debevec:pose"] and find_entries("nothing") == []
    assert choose_entries(["triangle", "triangle:pose", OURS]) == (["triangle:pose", "triangle:flow", OURS], [])


def record(shot: str, method: str, value: float, motion: float) -> BracketRecord:
    return BracketRecord(f"scene of {shot}", shot, method, {"mu_psnr": value}, "moving", motion, 0.0)


def test_a_table_has_a_column_for_each_group_that_has_brackets_and_intervals_for_several_scenes() -> None:
    records = [
        record(shot, method, value, motion)
        for shot, motion, values in (("one", 3, (30, 40)), ("two", 3, (32, 44)), ("three", 90, (20, 10)))
        for method, value in zip(("plain", "net"), values, strict=True)
    ]
    groups = ranges(lambda each: each.motion, (8.0, 16.0), "px")
    assert list(groups) == ["below 8 px", "8 to 16 px", "from 16 px"]
    head, _, plain, net = group_table(records, groups, "mu_psnr").splitlines()
    assert head == "| method | below 8 px (2), dB ↑ | from 16 px (1), dB ↑ |"
    assert plain == "| plain | 31.00 [30.00, 32.00] | **20.00** |"
    assert net == "| net | **42.00** [40.00, 44.00] | 10.00 |"
    assert group_table([record("one", "plain", 1, math.nan)], groups, "mu_psnr") == ""


def test_the_numbers_of_a_static_scene_rank_the_methods(shared: Path) -> None:
    """On real light the triangle beats OpenCV's merges, and the reference alone, where nothing moves."""
    scenes = Scenes(shared / "hdr" / "val")
    shots = draw_shots(scenes, ("static",), count=2, side=128)
    records = measure_brackets(["reference", "debevec:pose", "mertens:pose", "triangle:pose"], shots)
    means = {
        entry: np.mean([r.values["mu_psnr"] for r in records if r.method == entry])
        for entry in {r.method for r in records}
    }
    assert max(means, key=means.get) == ENTRIES["triangle:pose"].label and max(means.values()) > 38
