"""The whole way of a clip, on what a virtual camera takes: noise, exposure that drifts, a cut; before and after."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hdr_demo.color import decode_srgb, luminance
from hdr_demo.metrics import flicker, log2_mean_light
from hdr_demo.photo import PhotoExpander, load_photo_expander
from hdr_demo.scenes.light import read_light
from hdr_demo.video.clip import Frame
from hdr_demo.video.convert import convert_clip
from hdr_demo.video.cuts import find_cuts
from hdr_demo.video.expand import expand_frames
from hdr_demo.video.header import open_clip
from hdr_demo.video.pan import Camera, PanFrame, Shot, pan_frames
from hdr_demo.video.settings import ClipSettings
from hdr_demo.video.steady import steady
from tests.video.clips import make_clip

SCENES = Path(__file__).parents[2] / "examples" / "scenes"
RATE, FRAMES = 24, 24
CAMERA = {"height": 72, "width": 108, "rate": RATE}


@pytest.fixture(scope="module")
def expander() -> PhotoExpander:
    return load_photo_expander(device="cpu", offline=True)


def film(*scenes: str, drift: float = 0.0) -> list[PanFrame]:
    shots = [Shot(read_light(SCENES / f"{name}.exr"), FRAMES // len(scenes), yaw=-10) for name in scenes]
    return list(pan_frames(shots, Camera(**CAMERA, drift=drift)))


def develop(expander: PhotoExpander, clip: list[PanFrame], **settings: object) -> Iterator[np.ndarray]:
    chosen = ClipSettings(**settings)
    frames = (Frame(index, index, 1, taken.codes) for index, taken in enumerate(clip))
    answers = expand_frames(find_cuts(frames), expander, Fraction(1, RATE), chosen)
    return (frame.hdr for frame in steady(answers, expander.checkpoint.reading, chosen, renders=False))


def measure(expander: PhotoExpander, clip: list[PanFrame], **settings: object) -> float:
    """The frame-to-frame change of log2 mean luminance that the clip does not have, standard deviation in stops."""
    given = [log2_mean_light(decode_srgb(taken.codes / np.float32(255))) for taken in clip]
    made = [log2_mean_light(hdr) for hdr in develop(expander, clip, **settings)]
    return flicker(made, given, [taken.is_cut for taken in clip])


@pytest.mark.parametrize("drift", [0.0, 1.0])
def test_a_pan_flickers_less_than_half_as_much_as_its_frames_one_by_one(expander, drift):
    clip = film("thatch_chapel", drift=drift)
    assert measure(expander, clip) < measure(expander, clip, smooth=False) / 2


def test_a_shot_after_a_cut_is_what_it_is_alone(expander):
    clip = film("workshop", "kiara_1_dawn")
    both, alone = list(develop(expander, clip)), list(develop(expander, clip[FRAMES // 2 :]))
    assert all(np.array_equal(one, other) for one, other in zip(both[FRAMES // 2 :], alone, strict=True))


def test_a_cut_in_a_file_stays_between_its_two_frames(expander, tmp_path):
    """In the file that was written the picture changes at the cut, and hardly elsewhere."""
    source = make_clip(tmp_path / "cut.mp4", [taken.codes for taken in film("workshop", "kiara_1_dawn")], rate=RATE)
    target = tmp_path / "sdr.mp4"
    convert_clip(open_clip(source), expander, {"sdr": target}, ClipSettings())
    with av.open(str(target)) as container:
        light = [luminance(frame.to_ndarray(format="rgb24") / np.float32(255)) for frame in container.decode(video=0)]
    changes = [float(np.abs(after - before).mean()) for before, after in zip(light, light[1:], strict=False)]
    assert np.argmax(changes) == FRAMES // 2 - 1
    assert np.median(changes) < changes[FRAMES // 2 - 1] / 5
