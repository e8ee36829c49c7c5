"""Methods measured on shots, and what may be said of their means."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hdr_demo.color import decode_srgb
from hdr_demo.evaluation.measures import MEASURES, Measure, measure
from hdr_demo.evaluation.shots import Shot

# From `ldr` to `hdr`, both as everywhere.
Method = Callable[[np.ndarray], np.ndarray]

BASELINE = "photo, linearised"

RESAMPLES = 10_000
LEVEL_PERCENT = 95.0


@dataclass(frozen=True)
class Record:
    """What one method reached on one shot.

    Attributes:
        scene: The scene's name.
        shot: The shot's name.
        method: The method's name.
        values: By the names of the measures; NaN where one has no meaning.
    """

    scene: str
    shot: str
    method: str
    values: dict[str, float]


@dataclass(frozen=True)
class Interval:
    """A mean over shots and where it would lie with other scenes.

    Attributes:
        mean: Over the shots where the measure has a meaning; NaN if there is none.
        low: The 2.5th percentile of that mean over resampled scenes.
        high: The 97.5th.
    """

    mean: float
    low: float
    high: float


# By method and measure.
Summary = dict[str, dict[str, Interval]]


def linearize(ldr: np.ndarray) -> np.ndarray:
    """Use no network at all: the baseline that a result must beat."""
    return decode_srgb(ldr)


def evaluate(
    methods: Mapping[str, Method],
    shots: Iterable[Shot],
    *,
    measures: Mapping[str, Measure] = MEASURES,
    on_shot: Callable[[Shot, dict[str, np.ndarray]], None] | None = None,
) -> list[Record]:
    """Measure methods on shots; each method sees each photo once.

    Args:
        methods: By name.
        shots: As `take_shots` or `pair_shots` give them.
        measures: Which.
        on_shot: Called after each shot with it and every method's `hdr`.

    Returns:
        A record for each shot and method, shot by shot.
    """
    records = []
    for shot in shots:
        results = {name: method(shot.ldr) for name, method in methods.items()}
        for name, hdr in results.items():
            values = measure(hdr, shot.truth, shot.ldr, measures)
            records.append(Record(shot.scene, shot.name, name, values))
        if on_shot is not None:
            on_shot(shot, results)
    return records


def summarize(records: Sequence[Record]) -> Summary:
    """Average over shots, with 95 % bootstrap intervals over scenes.

    Scenes are drawn with replacement, each with all of its shots (Efron & Tibshirani 1993, section 13.3, percentile
    intervals): views of one scene resemble each other, so shots by themselves would promise too much. The same draws
    serve every method, and every call.

    Args:
        records: As `evaluate` gives them.

    Returns:
        Intervals by method and measure, both in the order of the records.
    """
    scenes = list(dict.fromkeys(record.scene for record in records))
    groups: dict[str, dict[str, list[dict[str, float]]]] = {}
    for record in records:
        groups.setdefault(record.method, {}).setdefault(record.scene, []).append(record.values)
    drawn = np.random.default_rng(0).multinomial(len(scenes), [1 / len(scenes)] * len(scenes), size=RESAMPLES)
    return {
        method: {
            name: _interval([[values[name] for values in by_scene.get(scene, [])] for scene in scenes], drawn)
            for name in next(iter(by_scene.values()))[0]
        }
        for method, by_scene in groups.items()
    }


def differences(records: Sequence[Record], baseline: str = BASELINE) -> list[Record]:
    """Subtract what the baseline reached on the same shot: what differs between shots falls out of the intervals.

    Args:
        records: As `evaluate` gives them.
        baseline: The method to subtract.

    Returns:
        Records of the other methods.
    """
    methods = dict.fromkeys(record.method for record in records if record.method != baseline)
    by_method = {name: [record for record in records if record.method == name] for name in (baseline, *methods)}
    return [
        replace(record, values={name: value - base.values[name] for name, value in record.values.items()})
        for method in methods
        for record, base in zip(by_method[method], by_method[baseline], strict=True)
    ]


def _interval(values: list[list[float]], drawn: np.ndarray) -> Interval:
    """Average values that are grouped by scene; each row of `drawn` counts how often each scene is drawn."""
    known = [[value for value in group if not np.isnan(value)] for group in values]
    counts, sums = np.array([len(group) for group in known]), np.array([sum(group) for group in known])
    if not counts.sum():
        return Interval(*[float("nan")] * 3)
    if not np.isfinite(sums).all():
        return Interval(*[float(sums.sum())] * 3)
    drawn_counts = drawn @ counts
    means = (drawn @ sums)[drawn_counts > 0] / drawn_counts[drawn_counts > 0]
    tail = (100 - LEVEL_PERCENT) / 2
    return Interval(float(sums.sum() / counts.sum()), *(float(end) for end in np.percentile(means, (tail, 100 - tail))))
