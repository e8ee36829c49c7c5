"""The network as the app sees it: loaded while the page is already up, previews before long passes, ZeroGPU or not."""

import importlib.util
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from hdr_demo.io import Picture
from hdr_demo.ui.job import Job

if TYPE_CHECKING:
    from hdr_demo.photo import ExpandedPhoto, PhotoExpander

WARM_UP_SIDE = 256  # more than a tile of a CPU
# A long pass gives way to previews before each tile, but not for longer than this.
PATIENCE_SECONDS = 5.0


def on_gpu(function: Callable) -> Callable:
    """Let a function have a GPU while it runs, where the package `spaces` is present and ZeroGPU lends one."""
    if importlib.util.find_spec("spaces") is None:
        return function
    import spaces

    return spaces.GPU(function)


def uses_zero_gpu() -> bool:
    """Whether this is a Hugging Face Space that lends a GPU for each call, in another process."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "true")


class Network:
    """A photo expander that many visitors share."""

    def __init__(self, load: Callable[[], "PhotoExpander"]) -> None:
        """Note how the expander is loaded; nothing heavy happens before `start`."""
        self._load = load
        self._loaded: Future[PhotoExpander] = Future()
        self._starting = threading.Lock()
        self._previews = 0
        self._no_previews = threading.Condition()
        self._call = on_gpu(self._call_expander)

    def start(self) -> None:
        """Load in the background, once; torch is imported here and not before."""
        if self._starting.acquire(blocking=False):
            threading.Thread(target=self._run, daemon=True, name="load the network").start()

    def expander(self) -> "PhotoExpander":
        """Wait for the loaded expander.

        Raises:
            HdrDemoError: If it could not be loaded.
        """
        self.start()
        return self._loaded.result()

    @property
    def ready(self) -> bool:
        """Whether `expander` would answer at once."""
        return self._loaded.done()

    def preview(self, picture: Picture, scale: str) -> "ExpandedPhoto":
        """Expand a reduced copy of a photo, ahead of all long passes."""
        self.expander()
        with self._first():
            return self._call("preview", picture, scale)

    def expand(
        self,
        picture: Picture,
        scale: str,
        *,
        progress: Callable[[int, int], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> "ExpandedPhoto":
        """Expand a photo at its full size.

        Raises:
            Stopped: If `should_stop` said so.
            DeviceError: If the device has too little memory.
        """
        self.expander()
        if uses_zero_gpu():  # the call goes to another process, where callbacks cannot follow; it takes a second
            return self._call("expand", picture, scale)

        def give_way() -> bool:
            with self._no_previews:
                self._no_previews.wait_for(lambda: not self._previews, PATIENCE_SECONDS)
            return should_stop is not None and should_stop()

        return self._call("expand", picture, scale, progress=progress, should_stop=give_way)

    def new_pass(self, picture: Picture, scale: str) -> "Job[ExpandedPhoto]":
        """Make the job that expands a photo at its full size; `Job.follow` runs it."""
        return Job(lambda note, stop: self.expand(picture, scale, progress=note, should_stop=stop))

    def _call_expander(self, method: str, picture: Picture, scale: str, **callbacks: Callable) -> "ExpandedPhoto":
        """Call the expander by the name of a method: ZeroGPU sends the arguments to a process that has the network."""
        return getattr(self._loaded.result(), method)(picture, scale=scale, **callbacks)

    @contextmanager
    def _first(self) -> Iterator[None]:
        with self._no_previews:
            self._previews += 1
        try:
            yield
        finally:
            with self._no_previews:
                self._previews -= 1
                self._no_previews.notify_all()

    def _run(self) -> None:
        try:
            expander = self._load()
            if not uses_zero_gpu():  # the first call of a network is slower than the others
                expander.expander.expand(np.full((WARM_UP_SIDE, WARM_UP_SIDE, 3), 0.5, np.float32))
            self._loaded.set_result(expander)
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for it
            self._loaded.set_exception(error)
