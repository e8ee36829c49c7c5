"""Cuts are found where PySceneDetect's measure finds them, and next to the ends; flashes, fades and pans are none."""

import numpy as np
import pytest

from hdr_demo.video.clip import Frame
from hdr_demo.video.cuts import LEAST_CHANGE, LEAST_RATIO, REACH, WIDTH, find_cuts, measure_change, reduce_frame

SIZE = (48, 64)

# What PySceneDetect 0.7.2 says of `montage()`, made with
# python -c "from tests.video.test_cuts import *; print(by_pyscenedetect(montage()))"
GOLDEN_SCORES = (
    [0.0, 4.885, 4.916, 4.922, 4.921, 4.91, 4.851]
    + [63.363, 9.326, 9.545, 9.826, 10.091, 10.238, 10.347, 10.422]
    + [69.65, 3.398, 3.4, 3.406, 3.414, 3.428, 3.44, 3.456, 3.474]
)
GOLDEN_CUTS = [7, 15]
SINES = 0.02  # another library's sine may round a pixel otherwise


def picture(seed: int, shift: int = 0, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Draw large blobs of colour, moved to the left; uint8, (H, W, 3)."""
    rng = np.random.default_rng(seed)
    columns = np.arange(size[1])[None, :, None] + shift
    rows = np.arange(size[0])[:, None, None]
    frequency, phase = rng.uniform(0.03, 0.12, (2, 3)), rng.uniform(0, 6.3, (2, 3))
    wave = np.sin(columns * frequency[0] + phase[0]) * np.sin(rows * frequency[1] + phase[1])
    return (127.5 + 120 * wave).astype(np.uint8)


def shot(seed: int, count: int, *, speed: int = 1, first: int = 0) -> list[np.ndarray]:
    return [picture(seed, speed * (first + index)) for index in range(count)]


def montage() -> list[np.ndarray]:
    return [*shot(1, 7), *shot(2, 8, speed=2), *shot(3, 9)]


def frames(pictures: list[np.ndarray]) -> list[Frame]:
    return [Frame(index, index, 1, codes) for index, codes in enumerate(pictures)]


def cuts(pictures: list[np.ndarray]) -> list[int]:
    found = list(find_cuts(iter(frames(pictures))))
    assert [frame.index for frame, _ in found] == list(range(len(pictures)))
    return [frame.index for frame, begins in found if begins]


def scores(pictures: list[np.ndarray]) -> list[float]:
    looks = [reduce_frame(codes) for codes in pictures]
    return [0.0, *(measure_change(before, after) for before, after in zip(looks, looks[1:]))]


def noisy(pictures: list[np.ndarray], sigma: float) -> list[np.ndarray]:
    rng = np.random.default_rng(9)
    return [(codes + rng.normal(0, sigma, codes.shape)).clip(0, 255).astype(np.uint8) for codes in pictures]


def by_pyscenedetect(pictures: list[np.ndarray]) -> tuple[list[float], list[int]]:
    """Ask the installed PySceneDetect for the scores of frames that need no reduction, and for the cuts."""
    scenedetect = pytest.importorskip("scenedetect")
    from scenedetect.detectors import AdaptiveDetector, ContentDetector

    adaptive = AdaptiveDetector(
        adaptive_threshold=LEAST_RATIO, min_scene_len=1, window_width=REACH, min_content_val=LEAST_CHANGE
    )
    content = ContentDetector()
    measured, found = [], []
    for index, codes in enumerate(pictures):
        timecode = scenedetect.FrameTimecode(index, fps=25.0)
        bgr = np.ascontiguousarray(codes[..., ::-1])
        content.process_frame(timecode, bgr)
        measured.append(content._frame_score)
        found += [cut.frame_num for cut in adaptive.process_frame(timecode, bgr)]
    return measured, found


@pytest.mark.parametrize("sigma", [0, 6, 12])
@pytest.mark.parametrize("seed", range(6))
def test_scores_and_cuts_are_those_of_pyscenedetect(seed: int, sigma: float) -> None:
    rng = np.random.default_rng(seed)
    pictures = []
    for number in range(5):
        pictures += shot(10 * seed + number, int(rng.integers(4, 9)), speed=int(rng.integers(0, 5)))
    pictures = noisy(pictures, sigma) if sigma else pictures
    measured, found = by_pyscenedetect(pictures)
    assert scores(pictures) == pytest.approx(measured, abs=1e-9)
    assert [0, *found] == cuts(pictures) and found


def test_scores_and_cuts_are_the_golden_ones() -> None:
    assert scores(montage()) == pytest.approx(GOLDEN_SCORES, abs=SINES)
    assert cuts(montage()) == [0, *GOLDEN_CUTS]


@pytest.mark.parametrize("place", [1, 2, 3, 8, 9, 10, 11])
def test_a_cut_is_found_wherever_it_is_even_next_to_the_ends(place: int) -> None:
    assert cuts([*shot(1, place), *shot(2, 12 - place)]) == [0, place]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_shortest_clips_are_one_shot_or_cut(count: int) -> None:
    assert cuts(shot(1, count)) == [0]
    assert cuts([*shot(1, 1), *shot(2, count)]) == [0, 1]


def test_no_frame_gives_nothing() -> None:
    assert cuts([]) == []


@pytest.mark.parametrize("length", [1, 2])
@pytest.mark.parametrize("place", [1, 5, 13, 14])
def test_a_flash_is_no_cut(place: int, length: int) -> None:
    pictures = shot(1, 16)
    for index in range(place, min(place + length, 16)):
        pictures[index] = (pictures[index] // 4 + 190).astype(np.uint8)
    assert max(scores(pictures)) > LEAST_CHANGE
    lost = place + length >= 16  # nothing after it tells a flash from a cut
    assert cuts(pictures) == ([0, place] if lost else [0])


def test_a_cut_soon_after_a_flash_is_found() -> None:
    pictures = [*shot(1, 9), *shot(2, 8)]
    pictures[5] = np.full_like(pictures[5], 250)
    assert cuts(pictures) == [0, 9]


def test_a_strobe_is_one_shot() -> None:
    pictures = shot(1, 20)
    for index in range(5, 15, 2):
        pictures[index] = np.full_like(pictures[index], 250)
    assert cuts(pictures) == [0]


def test_a_fade_a_whip_pan_and_grain_are_no_cuts() -> None:
    share = np.linspace(0, 1, 12)[:, None, None, None]
    fade = list((share * picture(2) + (1 - share) * picture(1)).astype(np.uint8))
    assert cuts([*shot(1, 6, speed=0), *fade, *shot(2, 6, speed=0)]) == [0]
    pan = [picture(1)] * 6 + shot(1, 8, speed=12) + [picture(1, 84)] * 6
    assert max(scores(pan)) > LEAST_CHANGE
    assert cuts(pan) == [0]
    grain = noisy([picture(1) // 6] * 12, 8)
    assert min(scores(grain)[1:]) > LEAST_CHANGE
    assert cuts(grain) == [0]


def test_large_frames_are_reduced_and_deep_ones_read_alike() -> None:
    large = picture(1, size=(540, 960))
    assert reduce_frame(large).shape == (144, WIDTH, 3)
    assert (reduce_frame(large.astype(np.uint16) * 257) == reduce_frame(large)).mean() > 0.98
    assert reduce_frame(picture(1, size=(3, 2000))).shape[1] == WIDTH


def test_two_frames_are_read_ahead_and_no_more() -> None:
    read = 0

    def counted():
        nonlocal read
        for frame in frames(shot(1, 10)):
            read += 1
            yield frame

    for frame, _ in find_cuts(counted()):
        assert read <= frame.index + 1 + REACH
