"""A clip from end to end: what is written, what is left after Stop and after failures, how much memory it takes."""

import errno
import subprocess
import sys
import zipfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hdr_demo.errors import OutputError, Stopped
from hdr_demo.io import Picture
from hdr_demo.photo import PhotoExpander, load_photo_expander
from hdr_demo.video.convert import convert_clip, count_frames, expand_one
from hdr_demo.video.header import open_clip
from hdr_demo.video.reader import read_frames
from hdr_demo.video.settings import ClipSettings
from tests.video.clips import make_clip

ROOT = Path(__file__).parents[2]

# What 450 more frames may add to the process's peak: encoders keep statistics of each frame, and threads meet at their
# peaks later or never, which is up to 40 MB. The frames alone, as they are read, would be 104 MB, their light 415 MB.
GROWTH_BYTES = 60e6

MEASURED_RUN = """
import sys
from pathlib import Path
from hdr_demo.photo import load_photo_expander
from hdr_demo.video.convert import convert_clip
from hdr_demo.video.header import open_clip
from hdr_demo.video.settings import ClipSettings

def peak(done, total):
    if done in (50, 500):
        line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
        print(int(line.split()[1]) * 1024)

clip, target = Path(sys.argv[1]), Path(sys.argv[2])
expander = load_photo_expander(device="cpu", offline=True)
convert_clip(open_clip(clip), expander, {"sdr": target}, ClipSettings(draft=True), progress=peak)
"""


@pytest.fixture(scope="module")
def expander() -> PhotoExpander:
    return load_photo_expander(device="cpu", offline=True)


def window(index: int, height: int = 72, width: int = 96) -> np.ndarray:
    """A white window that moves slowly over a grey wall."""
    codes = np.full((height, width, 3), 80, np.uint8)
    codes[20:50, 10 + index % 30 : 40 + index % 30] = 255
    return codes


@pytest.fixture(scope="module")
def clip_file(tmp_path_factory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "room.mp4", map(window, range(12)), audio="aac")


def frames_of(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_all_frames_go_into_all_files(expander, clip_file, tmp_path):
    targets = {"sdr": tmp_path / "a.mp4", "hdr10_av1": tmp_path / "b.mp4"}
    seen = []
    done = convert_clip(
        open_clip(clip_file), expander, targets, ClipSettings(), progress=lambda *report: seen.append(report)
    )
    assert done.files == targets
    assert (done.frames, done.stopped) == (12, False)
    assert [frames_of(path) for path in targets.values()] == [12, 12]
    assert seen == [(number, 12) for number in range(1, 13)]
    assert done.level.max_cll > 203


def test_stop_keeps_what_is_finished(expander, clip_file, tmp_path):
    seen = []
    target = tmp_path / "a.mp4"
    done = convert_clip(
        open_clip(clip_file), expander, {"sdr": target}, ClipSettings(),
        progress=lambda number, _: seen.append(number), should_stop=lambda: len(seen) >= 2,
    )  # fmt: skip
    assert done.stopped
    assert 2 <= done.frames <= 4  # one more is being written, one more is worked on
    assert frames_of(target) == done.frames


def test_stop_before_the_first_frame_leaves_nothing(expander, clip_file, tmp_path):
    with pytest.raises(Stopped):
        convert_clip(
            open_clip(clip_file), expander, {"sdr": tmp_path / "a.mp4"}, ClipSettings(), should_stop=lambda: True
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_after_an_interruption_or_a_failure_nothing_is_left(expander, clip_file, tmp_path, error):
    def fail(done: int, _: int) -> None:
        if done == 3:
            raise error

    targets = {
        "sdr": tmp_path / "a.mp4", "hdr10_hevc": tmp_path / "b.mp4", "exr_sequence": tmp_path / "c.zip",
    }  # fmt: skip
    with pytest.raises(error):
        convert_clip(open_clip(clip_file), expander, targets, ClipSettings(), progress=fail)
    assert not list(tmp_path.iterdir())


def test_a_failure_at_the_end_leaves_what_an_earlier_run_made(expander, clip_file, tmp_path, monkeypatch):
    targets = {"sdr": tmp_path / "a.mp4", "exr_sequence": tmp_path / "b.zip"}
    targets["sdr"].write_bytes(b"yesterday's")

    close = zipfile.ZipFile.close

    def fail(archive: zipfile.ZipFile) -> None:
        is_open = archive.fp is not None
        close(archive)
        if is_open:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "close", fail)
    with pytest.raises(OutputError, match="b.zip cannot be written, because the disk is full"):
        convert_clip(open_clip(clip_file), expander, targets, ClipSettings())
    assert list(tmp_path.iterdir()) == [targets["sdr"]] and targets["sdr"].read_bytes() == b"yesterday's"


def test_a_part_of_a_clip_is_converted(expander, clip_file, tmp_path):
    settings = ClipSettings(start=0.1, end=0.3)
    clip = open_clip(clip_file)
    done = convert_clip(clip, expander, {"sdr": tmp_path / "a.mp4"}, settings)
    assert done.first_seconds == pytest.approx(0.08)
    assert done.frames == count_frames(clip, settings) == 6  # that which is shown at 0.1 s, from 0.08, is the first


def test_what_is_tried_on_one_frame_is_what_a_photo_gets(expander, clip_file):
    clip = open_clip(clip_file)
    frame = next(read_frames(clip, start=0.2))
    tried = expand_one(clip, expander, ClipSettings(), 0.2)
    assert tried.frame.pts == frame.pts
    assert np.array_equal(tried.hdr, expander.expand(Picture(frame.ldr, None, "", 8)).hdr)


@pytest.mark.parametrize("at", [0.48, 0.5, 60.0])
def test_after_the_end_the_last_frame_is_tried(expander, clip_file, at):
    clip = open_clip(clip_file)
    assert expand_one(clip, expander, ClipSettings(), at).frame.pts == list(read_frames(clip))[-1].pts


def test_frames_keep_their_uneven_times(expander, tmp_path):
    pts = [0, 1, 5, 6, 20, 21]
    uneven = make_clip(tmp_path / "uneven.mp4", map(window, range(6)), pts=pts, time_base=Fraction(1, 30))
    clip = open_clip(uneven)
    target = tmp_path / "a.mp4"
    convert_clip(clip, expander, {"sdr": target}, ClipSettings())
    with av.open(str(target)) as container:
        times = [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]
    assert np.allclose(times, np.array(pts) / 30)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_memory_does_not_grow_with_the_length_of_the_clip(tmp_path):
    long = make_clip(tmp_path / "long.mp4", (window(index, 240, 320) for index in range(501)))
    words = [sys.executable, "-c", MEASURED_RUN, str(long), str(tmp_path / "a.mp4")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    early, late = map(int, done.stdout.split())
    assert late - early < GROWTH_BYTES
