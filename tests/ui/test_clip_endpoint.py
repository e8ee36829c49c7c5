"""The named endpoint /expand_video, called by the client that programs use."""

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from hdr_demo.ui.clip_controls import OUTPUT_NAMES
from hdr_demo.video.header import open_clip
from hdr_demo.video.reader import read_frames
from tests.video.clips import demuxed, frame_number, make_clip, moving_square

from .conftest import CLIP_LIMITS, PacedExpander

FRAMES = 15  # of the clip that all tests share


@pytest.fixture(scope="module")
def client(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    client = Client(url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))
    yield client
    client.close()


def numbers(path: str | Path) -> list[int]:
    return [frame_number(frame.codes) for frame in read_frames(open_clip(Path(path)))]


def test_a_clip_comes_back_with_every_frame_and_its_sound(client: Client, clip: Path) -> None:
    (made,), details = client.predict(handle_file(clip), ["sdr"], api_name="/expand_video")
    assert numbers(made) == list(range(FRAMES))
    assert [packet for _, packet in demuxed(Path(made), "audio")] == [packet for _, packet in demuxed(clip, "audio")]
    assert details["frames"] == FRAMES and not details["stopped"]
    assert details["files"] == {"sdr": "a walk_reinhard.mp4"}


def test_every_kind_of_file_can_be_asked_for(client: Client, clip: Path) -> None:
    files, details = client.predict(handle_file(clip), [*OUTPUT_NAMES], end=0.3, draft=True, api_name="/expand_video")
    assert list(details["files"]) == [*OUTPUT_NAMES] and len(files) == len(OUTPUT_NAMES)
    assert details["frames"] == 3 and 0 < details["max_fall"] <= details["max_cll"] <= 1000
    archive = next(path for path in files if path.endswith(".zip"))
    assert sum(name.endswith(".exr") for name in zipfile.ZipFile(archive).namelist()) == 3


def test_a_part_is_converted_at_another_size(client: Client, clip: Path) -> None:
    (made,), details = client.predict(
        handle_file(clip), ["sdr"], "drago", {"bias": 0.9}, start=0.5, end=1.0, max_side=96, api_name="/expand_video"
    )
    assert details["frames"] == 5 and details["files"]["sdr"] == "a walk_drago.mp4"
    opened = open_clip(Path(made))
    assert opened.width == 96 and opened.seconds == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"outputs": []}, "nothing to make"),
        ({"operator": "drago", "parameters": {"glow": 1}}, "drago has no parameter"),
        ({"start": 1.0, "end": 0.5}, "choose an end"),
        ({"start": 60}, "choose a start before that"),
    ],
)
def test_a_wrong_wish_gets_a_sentence(client: Client, clip: Path, given: dict, sentence: str) -> None:
    with pytest.raises(AppError, match=sentence):
        client.predict(handle_file(clip), **given, api_name="/expand_video")


def test_a_text_is_no_clip(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("milk, eggs")
    with pytest.raises(AppError, match=r"notes\.mp4"):
        client.predict(handle_file(path), api_name="/expand_video")


def test_the_limits_hold_for_the_part_that_is_wanted(client: Client, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "long.mp4", moving_square(50), rate=10)
    assert CLIP_LIMITS.seconds < 5.0
    with pytest.raises(AppError, match=r"long\.mp4 has 5(\.0)? seconds, more than the limit of 4"):
        client.predict(handle_file(path), ["sdr"], api_name="/expand_video")
    _, details = client.predict(handle_file(path), ["sdr"], start=4.5, draft=True, api_name="/expand_video")
    assert details["frames"] == 5


def test_other_calls_of_a_client_leave_one_that_runs_alone(client: Client, clip: Path, expander: PacedExpander) -> None:
    expander.seconds_a_tile = 0.05
    first = client.submit(handle_file(clip), ["sdr"], api_name="/expand_video")
    await_tile(expander)
    with pytest.raises(AppError, match="choose an end"):
        client.predict(handle_file(clip), ["sdr"], start=1.0, end=0.5, api_name="/expand_video")
    (other,), _ = client.predict(handle_file(clip), ["sdr"], start=0.5, end=0.7, api_name="/expand_video")
    assert not first.done() and numbers(other) == [5, 6]
    (made,), details = first.result()
    assert numbers(made) == list(range(FRAMES)) and not details["stopped"]


def test_a_call_stops_when_its_client_leaves(
    page: gr.Blocks, url: str, clip: Path, expander: PacedExpander, tmp_path: Path
) -> None:
    client = Client(url, verbose=False, download_files=str(tmp_path))
    expander.seconds_a_tile = 0.15
    client.submit(handle_file(clip), ["sdr"], api_name="/expand_video")
    await_tile(expander)
    page.visitors.leave(SimpleNamespace(session_hash=client.session_hash))
    time.sleep(1.0)
    asked = expander.tiles_asked
    time.sleep(0.5)
    assert expander.tiles_asked == asked
    client.close()


def await_tile(expander: PacedExpander) -> None:
    """Wait until the network is at work."""
    asked, until = expander.tiles_asked, time.monotonic() + 20
    while expander.tiles_asked == asked and time.monotonic() < until:
        time.sleep(0.02)


def test_large_frames_are_refused_before_they_are_decoded(client: Client, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "large.mp4", [np.zeros((720, 960, 3), np.uint8)] * 2)
    with pytest.raises(AppError, match=r"large\.mp4 has frames of 0\.7 megapixels"):
        client.predict(handle_file(path), api_name="/expand_video")


def test_only_the_files_remain_in_the_visitors_folder_and_go_with_them(
    page: gr.Blocks, url: str, clip: Path, tmp_path: Path
) -> None:
    client = Client(url, verbose=False, download_files=str(tmp_path))
    client.predict(handle_file(clip), ["sdr"], end=0.2, api_name="/expand_video")
    visitor = page.visitors.of(gr.Request(session_hash=client.session_hash))
    assert [path.name for path in visitor.folder.rglob("*.*")] == ["a walk_reinhard.mp4"]
    visitor.forget()
    assert not visitor.folder.exists()
