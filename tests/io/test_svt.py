"""The encoder SVT-AV1 leaves the program and the computer as they were."""

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.io.svt import encode_still, quiet_svt
from hdr_demo.video.encoder import VideoEncoder
from hdr_demo.video.signal import SIGNALS

TASKS = Path("/proc/self/task")

pytestmark = pytest.mark.skipif(
    not TASKS.is_dir() or os.geteuid() != 0, reason="only root's threads could get real-time priority"
)


def policies() -> set[int]:
    return {os.sched_getscheduler(int(thread)) for thread in os.listdir(TASKS)}


def test_a_still_leaves_no_thread_with_real_time_priority():
    planes = [np.full((64, 64), 500, np.uint16), *(np.full((32, 32), 512, np.uint16) for _ in range(2))]
    encode_still(planes, primaries=9, transfer=16, matrix=9, crf=20, preset=10)
    assert policies() == {os.SCHED_OTHER}


def test_a_clip_is_encoded_without_real_time_priority(tmp_path):
    encoder = VideoEncoder(
        tmp_path / "clip.mp4", codec="av1", signal=SIGNALS["pq"], height=64, width=64, rate=Fraction(25),
        time_base=Fraction(1, 25), peak_nits=1000, white_nits=203,
    )  # fmt: skip
    for number in range(3):
        encoder.write(np.ones((64, 64, 3), np.float32), number, 1)
        assert policies() == {os.SCHED_OTHER}
    encoder.finish()
    assert policies() == {os.SCHED_OTHER}


def test_what_was_real_time_before_stays_so():
    """Another part of the program may have asked for it."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pytest.skip("this root may not")
    try:
        with quiet_svt():
            pass
        assert os.sched_getscheduler(0) == os.SCHED_FIFO
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
