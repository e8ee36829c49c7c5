"""The network is asked about each frame with global features that change slowly, and forget at a cut."""

from fractions import Fraction

import numpy as np
import pytest

from hdr_demo.errors import Stopped
from hdr_demo.photo import PhotoExpander, load_photo_expander
from hdr_demo.video.clip import Frame
from hdr_demo.video.expand import FEATURES_SECONDS, FeatureAverage, expand_frames
from hdr_demo.video.settings import ClipSettings

RATE = Fraction(1, 25)


@pytest.fixture(scope="module")
def expander() -> PhotoExpander:
    return load_photo_expander(device="cpu", offline=True)


def frames(count: int, *, cut: int = -1, flicker: int = 0) -> list[tuple[Frame, bool]]:
    """A window at the left; at the right, farther away than the local branches see, what may flicker."""
    rng = np.random.default_rng(0)
    made = []
    for index in range(count):
        codes = np.full((40, 120, 3), 90 if index < cut else 130, np.int16)
        codes[10:30, 10:40] = 255
        codes[:, 90:] += rng.integers(-flicker, flicker + 1)
        made.append((Frame(index, index, 1, np.clip(codes, 0, 255).astype(np.uint8)), index in (0, cut)))
    return made


def ask(expander: PhotoExpander, given: list[tuple[Frame, bool]], **settings: object) -> list[np.ndarray]:
    return [answer.raw for answer in expand_frames(iter(given), expander, RATE, ClipSettings(**settings))]


def test_equal_frames_get_the_answer_of_a_photo(expander):
    given = frames(4)
    alone = expander.ask(given[0][0].ldr)
    assert all(np.array_equal(raw, alone) for raw in ask(expander, given))


def test_a_cut_forgets_what_was_before(expander):
    given = frames(8, cut=5)
    together, alone = ask(expander, given), ask(expander, given[5:])
    assert all(np.array_equal(one, other) for one, other in zip(together[5:], alone, strict=True))


def test_a_flicker_elsewhere_changes_the_answer_less_than_it_changes_that_of_photos(expander):
    given = frames(16, flicker=80)
    window = np.s_[18:22, 22:28]

    def tremble(answers: list[np.ndarray]) -> float:
        return float(np.diff([raw[window].mean() for raw in answers]).std())

    assert tremble(ask(expander, given)) < tremble(ask(expander, given, smooth=False)) / 5


def test_an_average_that_is_given_equal_features_stays_equal_to_the_bit():
    average, features = FeatureAverage(), np.float32([0.1, 0.7])
    for _ in range(5):
        average.step(0.04, forget=False)
        assert np.array_equal(average(0, features), features)


def test_half_a_second_after_a_step_two_thirds_of_it_are_there():
    average = FeatureAverage()
    average.step(0, forget=True)
    average(0, np.zeros(1, np.float32))
    for _ in range(10):
        average.step(FEATURES_SECONDS / 10, forget=False)
        mean = average(0, np.ones(1, np.float32))
    assert mean[0] == pytest.approx(1 - np.exp(-1), abs=1e-6)


def test_each_size_has_an_average_of_its_own():
    average = FeatureAverage()
    average.step(0, forget=True)
    average(0, np.zeros(1, np.float32))
    assert average(1, np.ones(1, np.float32))[0] == 1


def test_the_scale_that_stretches_each_frame_is_refused(expander):
    with pytest.raises(ValueError, match="flickers"):
        ask(expander, frames(1), scale="paper")


@pytest.mark.parametrize("bright", [True, False])
def test_stop_ends_within_one_frame(expander, bright):
    """A dark frame needs no tile of the network, so it must be asked about before."""
    given = frames(6)
    if not bright:
        for frame, _ in given:
            frame.codes[:] = 40
    answers = []
    asked = expand_frames(iter(given), expander, RATE, ClipSettings(), should_stop=lambda: len(answers) >= 3)
    with pytest.raises(Stopped):
        answers.extend(asked)
    assert len(answers) == 3
