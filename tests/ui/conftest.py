"""The app on a port of its own, with a network of random numbers whose pace a test may set."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from hdr_demo.ui.theme import THEME
from hdr_demo.weights import Checkpoint

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Of the photos that get a preview and then a full-size pass: more pixels than a preview may have.
LARGE = (540, 720)
MAX_FILE_SIZE = 8_000_000
MAX_BATCH_PHOTOS = 5
CLIP_LIMITS = ClipLimits(seconds=4.0, frames=60, megapixels=0.5)
NOTE = "The Hub does not answer; the bundled checkpoint is used."


class PacedExpander(PhotoExpander):
    """Expands as the program does; long work waits before each tile as long as a test says."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.seconds_a_tile = 0.0
        self.passes: list[tuple[int, int]] = []  # the size of each photo that went through the network
        self.tiles: list[tuple[int, int]] = []  # of long work: the size of the photo or frame that each belongs to

    @property
    def tiles_asked(self) -> int:
        return len(self.tiles)

    def expand(self, picture: Picture, **others: Any) -> ExpandedPhoto:
        self.passes.append(picture.ldr.shape[:2])
        return super().expand(picture, **others)

    def ask(self, ldr: np.ndarray, *, should_stop: Callable[[], bool] | None = None, **others: Any) -> np.ndarray:
        def wait_and_ask() -> bool:
            stop = should_stop()
            self.tiles.append(ldr.shape[:2])
            time.sleep(self.seconds_a_tile)
            return stop

        return super().ask(ldr, should_stop=wait_and_ask if should_stop else None, **others)


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
        max_batch_photos=MAX_BATCH_PHOTOS,
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


@contextmanager
def launched(page: gr.Blocks, *styles: str, **others: Any) -> Iterator[str]:
    """Serve a page that holds a part of the app, and give its address.

    Args:
        page: The page.
        styles: Names of style sheets beside the app.
        others: More for `gr.Blocks.launch`.
    """
    page.launch(
        server_name="127.0.0.1",
        server_port=free_port(),
        prevent_thread_lock=True,
        quiet=True,
        theme=THEME,
        css_paths=[app_module.HERE / name for name in styles],
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        pwa=False,
        ssr_mode=False,
        **others,
    )
    yield page.local_url
    page.close()


def make_ldr(height: int, width: int) -> np.ndarray:
    """Draw a scene that clips: a ramp from dark to white with a white disc and some texture."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    ldr = np.stack([columns / width, rows / height, 0.4 + 0.2 * np.sin(columns / 9)], axis=-1)
    ldr[(rows - height / 3) ** 2 + (columns - width / 2) ** 2 < (height / 5) ** 2] = 1.0
    return np.round(ldr * 255).astype(np.float32) / 255


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of a second and a half, with sound, whose light is clipped."""
    return write_clip(tmp_path_factory.mktemp("clips") / "a walk.mp4")


def write_clip(path: Path, frames: int = 15, height: int = 72, width: int = 128) -> Path:
    """Write a clip of 10 frames a second whose clipped disc moves; `frame_number` reads its frames."""
    from tests.video.clips import make_clip, moving_square

    pictures = moving_square(frames, height, width)
    rows, columns = np.mgrid[:height, :width]
    for index, picture in enumerate(pictures):
        picture[(rows - 0.6 * height) ** 2 + (columns - 30 - 3 * index) ** 2 < (height / 4) ** 2] = 255
    return make_clip(path, pictures, rate=10, audio="aac")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator["Browser"]:
    """Chromium, driven by the test."""
    from playwright.sync_api import sync_playwright

    from .browsing import CHROMIUM_ARGUMENTS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


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
