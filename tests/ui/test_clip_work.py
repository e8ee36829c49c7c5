"""What the tab Video asks of the network, and how long a visitor's work is kept."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace

import gradio as gr
import pytest

from hdr_demo.ui import clip_work
from hdr_demo.ui.clip import build_clip
from hdr_demo.ui.clip_controls import fit_range, suggest_speed
from hdr_demo.ui.clip_work import ClipLimits, ClipWork, check_part, estimate_gpu_seconds, name_targets, open_upload
from hdr_demo.ui.job import Job
from hdr_demo.ui.network import Networks
from hdr_demo.ui.session import KEEP_SECONDS, Visitors
from hdr_demo.video import header
from hdr_demo.video.clip import VIDEO_SUFFIXES, Clip
from hdr_demo.video.header import open_clip
from hdr_demo.video.reader import read_frames
from hdr_demo.video.settings import DEFAULT_OUTPUTS, ClipSettings

from .conftest import PacedExpander

FRAMES = 15  # of the clip that all tests share


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Callable, int | None]]:
    """Pretend to be a Space with ZeroGPU; what is lent, and for how many seconds."""
    loans = []

    def gpu(function: Callable, duration: Callable[..., int] | None = None) -> Callable:
        def call(*args: object) -> object:
            loans.append((function, None if duration is None else duration(*args)))
            return function(*args)

        return call

    spaces = ModuleType("spaces")
    spaces.GPU = gpu
    spaces.__spec__ = SimpleNamespace(name="spaces")
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    return loans


def prepare(expander: PacedExpander, clip: Path, folder: Path) -> tuple[ClipWork, Clip, dict[str, Path]]:
    given = open_upload(clip, folder, ClipLimits())
    return ClipWork(Networks({"first": lambda: expander})), given, name_targets(given, ["sdr"], "reinhard", folder)


def test_an_upload_is_taken_byte_for_byte_and_outlives_the_original(clip: Path, tmp_path: Path) -> None:
    upload = tmp_path / "upload" / "walk.mp4"
    upload.parent.mkdir()
    upload.write_bytes(clip.read_bytes())
    (tmp_path / "own").mkdir()
    given = open_upload(upload, tmp_path / "own", ClipLimits())
    upload.unlink()
    assert given.path.read_bytes() == clip.read_bytes()


def test_on_zero_gpu_a_clip_has_a_gpu_for_as_long_as_was_estimated(
    lent: list, expander: PacedExpander, clip: Path, tmp_path: Path
) -> None:
    work, given, targets = prepare(expander, clip, tmp_path)
    run = work.new_run("first", given, targets, ClipSettings())
    for _ in run.job.follow():
        pass
    assert run.job.result.frames == FRAMES and run.job.result.files["sdr"].is_file()
    ((_, seconds),) = lent
    assert seconds == estimate_gpu_seconds("first", given, targets, ClipSettings(), tmp_path)


def test_on_zero_gpu_stop_reaches_the_other_process(
    lent: list, expander: PacedExpander, clip: Path, tmp_path: Path
) -> None:
    work, given, targets = prepare(expander, clip, tmp_path)
    run = work.new_run("first", given, targets, ClipSettings())
    expander.seconds_a_tile = 0.15
    for step in run.job.follow():
        if step.done:
            run.job.stop()
    assert run.job.result.stopped and 0 < run.job.result.frames < FRAMES
    assert len(list(read_frames(open_clip(run.job.result.files["sdr"])))) == run.job.result.frames


def test_on_zero_gpu_a_clip_ends_early_rather_than_be_cut_off(
    lent: list, expander: PacedExpander, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, given, targets = prepare(expander, clip, tmp_path)
    monkeypatch.setattr(clip_work, "GPU_SECONDS_AT_MOST", clip_work.GPU_SECONDS_TO_END + 3)
    expander.seconds_a_tile = 0.1
    run = work.new_run("first", given, targets, ClipSettings())
    for _ in run.job.follow():
        pass
    assert run.job.result.stopped and 0 < run.job.result.frames < FRAMES


def test_a_clip_that_does_not_say_its_length_is_converted_up_to_the_limit(clip: Path) -> None:
    unknown = replace(open_clip(clip), seconds=None, frame_count=None)
    limits = ClipLimits(seconds=1.0, frames=5)
    assert check_part(unknown, ClipSettings(start=0.2), limits).end == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [(ClipLimits(), (1.5, 1.5)), (ClipLimits(seconds=1.0), (1.5, 1.0)), (ClipLimits(frames=7), (1.5, 0.7))],
)
def test_the_part_that_is_offered_keeps_the_limits(clip: Path, limits: ClipLimits, expected: tuple) -> None:
    assert fit_range(open_clip(clip), limits) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("width", "seconds", "on_gpu", "expected"),
    [(1920, 5, False, "exact"), (1920, 60, False, "draft"), (1920, 60, True, "exact"), (640, 60, False, "exact")],
)
def test_a_long_clip_is_a_draft_at_first_unless_there_is_a_gpu(
    clip: Path, width: int, seconds: float, on_gpu: bool, expected: str
) -> None:
    given = replace(open_clip(clip), width=width, height=width * 9 // 16, rate=Fraction(30))
    assert suggest_speed(given, seconds, on_gpu=on_gpu) == expected


def test_the_page_takes_what_the_command_line_and_the_package_take() -> None:
    with gr.Blocks() as page:
        build_clip(Visitors(Path()), (networks := Networks({"first": None})), ClipWork(networks), ClipLimits())
    parts = {part.elem_id: part for part in page.blocks.values()}
    assert set(VIDEO_SUFFIXES) <= set(parts["clip"].file_types)
    assert tuple(parts["clip-files"].value) == DEFAULT_OUTPUTS
    assert parts["clip-peak"].value == ClipSettings().peak_nits
    assert ClipLimits().megapixels == header.MAX_MEGAPIXELS


def test_work_that_takes_longer_than_an_hour_keeps_its_visitor_and_its_files(tmp_path: Path) -> None:
    visitors = Visitors(tmp_path)
    visitor = visitors.of(gr.Request(session_hash="a"))
    folder, old = visitor.new_folder("clip-files", keep=1), visitor.new_folder("tone")
    an_hour_ago = time.monotonic() - KEEP_SECONDS - 60
    visitor.seen = an_hour_ago
    visitor._folders = {kind: [(path, an_hour_ago) for path, _ in kept] for kind, kept in visitor._folders.items()}
    visitor.stay("clip-files")
    visitors.sweep()
    assert folder.exists() and not old.exists()
    assert visitors.of(gr.Request(session_hash="a")) is visitor


def test_who_leaves_stops_the_photo_and_the_clip(tmp_path: Path) -> None:
    visitors = Visitors(tmp_path)
    visitor = visitors.of(gr.Request(session_hash="a"))
    visitor.job, visitor.run = Job(lambda note, stop: None), SimpleNamespace(job=Job(lambda note, stop: None))
    visitors.leave(gr.Request(session_hash="a"))
    assert visitor.job.stopped and visitor.run.job.stopped
