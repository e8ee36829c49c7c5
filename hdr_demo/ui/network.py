"""The networks as the app sees them: each loaded when it is wanted, one queue for the device, ZeroGPU or not."""

import importlib.util
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING

import numpy as np

from hdr_demo.errors import WeightsError
from hdr_demo.io import Picture
from hdr_demo.ui.job import Job
from hdr_demo.ui.turns import TakesTurns, Turns, handing_on

if TYPE_CHECKING:
    from hdr_demo.photo import ExpandedPhoto, PhotoExpander

Load = Callable[[], "PhotoExpander"]

WARM_UP_SIDE = 256  # more than a tile of a CPU


def on_gpu(function: Callable, seconds: Callable[..., int] | None = None) -> Callable:
    """Let a function have a GPU while it runs, where the package `spaces` is present and ZeroGPU lends one.

    Args:
        function: A function, or a generator.
        seconds: Estimates how long it needs the GPU, from the same arguments; without it, what ZeroGPU gives.
    """
    if importlib.util.find_spec("spaces") is None:
        return function
    import spaces

    return spaces.GPU(function) if seconds is None else spaces.GPU(function, duration=seconds)


def uses_zero_gpu() -> bool:
    """Whether this is a Hugging Face Space that lends a GPU for each call, in another process."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "true")


class Network:
    """A photo expander that many visitors share."""

    def __init__(self, load: Load, turns: Turns | None = None) -> None:
        """Note how the expander is loaded; nothing heavy happens before `start`.

        Args:
            load: Loads the expander.
            turns: Shared with the networks that work on the same device.
        """
        self._load, self.turns = load, turns or Turns()
        self._loaded: Future[PhotoExpander] = Future()
        self._starting, self._wanted = threading.Lock(), threading.Event()
        self._call = on_gpu(self._call_expander)

    def start(self) -> None:
        """Load in the background, once; torch is imported here and not before."""
        self._wanted.set()
        if self._starting.acquire(blocking=False):
            threading.Thread(target=self._run, daemon=True, name="load the network").start()

    def await_wish(self, seconds: float) -> None:
        """Wait until somebody wants the network, at most so long."""
        self._wanted.wait(seconds)

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

    @property
    def failed(self) -> bool:
        """Whether it could not be loaded."""
        return self.ready and self._loaded.exception() is not None

    @property
    def has_gpu(self) -> bool:
        """Whether it is known to compute on something faster than a CPU."""
        if uses_zero_gpu():
            return True
        return self.ready and not self.failed and self._loaded.result().expander.device.type != "cpu"

    def preview(self, picture: Picture, scale: str) -> "ExpandedPhoto":
        """Expand a reduced copy of a photo, ahead of all long passes."""
        self.expander()
        with self.turns.first():
            return self._call("preview", picture, scale)

    def expand(
        self,
        picture: Picture,
        scale: str,
        *,
        progress: Callable[[int, int], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
        **settings: object,
    ) -> "ExpandedPhoto":
        """Expand a photo at its full size, as `PhotoExpander.expand` does, which may be asked for a draft.

        Raises:
            Stopped: If `should_stop` said so.
            DeviceError: If the device has too little memory.
        """
        self.expander()
        if uses_zero_gpu():  # the call goes to another process, where callbacks cannot follow; it takes a second
            return self._call("expand", picture, scale, **settings)

        with self.turns.line_up() as hand_on:
            stop = handing_on(hand_on, should_stop)
            return self._call("expand", picture, scale, progress=progress, should_stop=stop, **settings)

    def in_turns(self) -> TakesTurns:
        """Give what asks the network about frames of a clip and takes turns with everybody else."""
        return TakesTurns(self.expander(), self.turns)

    def new_pass(self, picture: Picture, scale: str) -> "Job[ExpandedPhoto]":
        """Make the job that expands a photo at its full size; `Job.follow` runs it."""
        return Job(lambda note, stop: self.expand(picture, scale, progress=note, should_stop=stop))

    def _call_expander(self, method: str, picture: Picture, scale: str, **others: object) -> "ExpandedPhoto":
        """Call the expander by the name of a method: ZeroGPU sends the arguments to a process that has the network."""
        return getattr(self._loaded.result(), method)(picture, scale=scale, **others)

    def _run(self) -> None:
        try:
            expander = self._load()
            if not uses_zero_gpu():  # the first call of a network is slower than the others
                expander.expander.expand(np.full((WARM_UP_SIDE, WARM_UP_SIDE, 3), 0.5, np.float32))
            self._loaded.set_result(expander)
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for it
            self._loaded.set_exception(error)


class Networks:
    """The checkpoints that visitors may choose from. Each is loaded when somebody first wants it, and then stays."""

    def __init__(self, loads: Mapping[str, Load]) -> None:
        """Note how each checkpoint is loaded.

        Args:
            loads: By the names that visitors read; the first is the default.
        """
        self._loads, self._turns = dict(loads), Turns()
        self._networks: dict[str, Network] = {}
        self._lock = threading.Lock()

    @property
    def names(self) -> list[str]:
        """What there is to choose from."""
        return list(self._loads)

    def of(self, name: str | None = None) -> Network:
        """Get a network; one that could not be loaded is tried again.

        Args:
            name: One of `names`; without it, the default.

        Raises:
            WeightsError: If there is none of that name.
        """
        name = name or self.names[0]
        if name not in self._loads:
            raise WeightsError(f"{name} is not offered here; choose one of {', '.join(self._loads)}.")
        with self._lock:
            network = self._networks.get(name)
            if network is None or network.failed:
                network = self._networks[name] = Network(self._loads[name], self._turns)
            return network
