"""The app on a port of its own, with a network of random numbers whose pace a test may set."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import torch

from hdr_demo.errors import WeightsError
from hdr_demo.inference import Expander
from hdr_demo.io import Picture, write_hdr, write_sdr
from hdr_demo.model import ExpandNet
from hdr_demo.photo import ExpandedPhoto, PhotoExpander
from hdr_demo.reading import OUR_READING
from hdr_demo.ui import app as app_module
from hdr_demo.ui.clip_work import ClipLimits
from hdr_demo.weights import Checkpoint

# Of the photos that get a preview and then a full-size pass: more pixels than a preview may have.
LARGE = (540, 720)
MAX_FILE_SIZE = 8_000_000
CLIP_LIMITS = ClipLimits(seconds=4.0, frames=60, megapixels=0.5)
NOTE = "The Hub does not answer; the bundled checkpoint is used."


class PacedExpander(PhotoExpander):
    """Expands as the program does; a full-size pass waits before each tile as long as a test says."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.seconds_a_tile = 0.0
        self.passes: list[tuple[int, int]] = []  # the size of each photo that went through the network
        self.tiles_asked = 0

    def expand(
        self, picture: Picture, *, should_stop: Callable[[], bool] | None = None, **others: Any
    ) -> ExpandedPhoto:
        self.passes.append(picture.ldr.shape[:2])

        def wait_and_ask() -> bool:
            self.tiles_asked += 1
            time.sleep(self.seconds_a_tile)
            return should_stop()

        return super().expand(picture, should_stop=wait_and_ask if should_stop else None, **others)


def make_expander(bias: float = 1.1, name: str = "random-numbers") -> PacedExpander:
    """Give a network of random numbers that finds light behind white: with a bias of 1.1, some six times more."""
    torch.manual_seed(0)
    model = ExpandNet()
    with torch.no_grad():
        model.end_net[1].bias += bias
    checkpoint = Checkpoint(name, Path("random.safetensors"), OUR_READING, "0" * 64, "bundled", NOTE)
    return PacedExpander(Expander(model, torch.device("cpu"), tile=64), checkpoint)


@pytest.fixture(scope="session")
def expander() -> PacedExpander:
    return make_expander()


@pytest.fixture(autouse=True)
def _full_pace(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "expander" in request.fixturenames:
        request.getfixturevalue("expander").seconds_a_tile = 0.0


@pytest.fixture(scope="session")
def other() -> PacedExpander:
    """Another checkpoint, which finds other light."""
    return make_expander(bias=0.4, name="other-numbers")


def fail() -> PacedExpander:
    raise WeightsError("missing could not be fetched.")


@pytest.fixture(scope="session")
def page(expander: PacedExpander, other: PacedExpander) -> Iterator[gr.Blocks]:
    """The app, launched as `python app.py` does it."""
    blocks = app_module.build_app(
        {"random-numbers": lambda: expander, "other-numbers": lambda: other, "missing": fail},
        max_megapixels=5.0,
        clip_limits=CLIP_LIMITS,
    )
    app_module.launch(
        blocks, host="127.0.0.1", port=free_port(), block=False, max_upload_megabytes=MAX_FILE_SIZE // 10**6
    )
    yield blocks
    blocks.close()


@pytest.fixture(scope="session")
def url(page: gr.Blocks) -> str:
    return page.local_url


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_ldr(height: int, width: int) -> np.ndarray:
    """Draw a scene that clips: a ramp from dark to white with a white disc and some texture."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    ldr = np.stack([columns / width, rows / height, 0.4 + 0.2 * np.sin(columns / 9)], axis=-1)
    ldr[(rows - height / 3) ** 2 + (columns - width / 2) ** 2 < (height / 5) ** 2] = 1.0
    return np.round(ldr * 255).astype(np.float32) / 255


@pytest.fixture(scope="session")
def large_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo with a preview and a full-size pass."""
    return write_sdr(tmp_path_factory.mktemp("photos") / "beach day.png", make_ldr(*LARGE))


@pytest.fixture(scope="session")
def small_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo so small that its preview is exact."""
    return write_sdr(tmp_path_factory.mktemp("photos") / "lamp.png", make_ldr(90, 120))


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A panorama of a coloured room with a lamp far beyond white."""
    rows, columns = np.mgrid[:64, :128].astype(np.float32)
    light = np.stack([0.1 + columns / 128, 0.1 + rows / 64, np.full_like(rows, 0.3)], axis=-1)
    light[(rows - 30) ** 2 + (columns - 70) ** 2 < 12] = 40.0
    return write_hdr(tmp_path_factory.mktemp("scenes") / "room.exr", light)


@pytest.fixture(scope="session")
def no_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text that calls itself a photo."""
    path = tmp_path_factory.mktemp("photos") / "notes.jpg"
    path.write_text("milk, eggs")
    return path
