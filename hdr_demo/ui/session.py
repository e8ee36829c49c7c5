"""What the app knows of each visitor: photo and result, clip, bracket, running jobs, and the folder of their files.

Nothing of this lies in a module: the app holds one `Visitors`, and a visitor is found by the key of their browser tab.
"""

import itertools
import secrets
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
import numpy as np

from hdr_demo.calibration import SCALES
from hdr_demo.evaluation import Shot
from hdr_demo.io import Picture
from hdr_demo.scenes import Scene
from hdr_demo.ui.job import Job
from hdr_demo.ui.pictures import View
from hdr_demo.ui.shares import Shares

if TYPE_CHECKING:
    from hdr_demo.expanded import ExpandedPhoto
    from hdr_demo.merge.run import MergedBracket
    from hdr_demo.ui.batch_work import BatchRun
    from hdr_demo.ui.bracket_photos import GivenBracket
    from hdr_demo.ui.bracket_work import Merge, MergeRun
    from hdr_demo.ui.clip_work import ClipRun, TriedFrame
    from hdr_demo.video.clip import Clip

KEEP_SECONDS = 3600.0  # since the visitor's last step
KEEP_CLOSED_SECONDS = 300.0  # since the tab was closed; a phone may only have gone to sleep
SWEEP_EVERY_SECONDS = 30.0
KEPT_PIXELS = 250_000_000  # of all visitors together; a pixel of a photo and its HDR image takes 24 bytes
KEPT_FOLDERS = 4  # a browser may still be fetching the last ones


@dataclass(frozen=True)
class Shown:
    """What all tabs show: a photo with its HDR image, first the preview, then the exact one.

    Attributes:
        photo: The photo and its HDR image.
        view: Both, no larger than a screen.
        exact: Whether it is the whole answer: of the photo's own size, and no draft.
    """

    photo: "ExpandedPhoto"
    view: View
    exact: bool


@dataclass(frozen=True)
class Lesson:
    """A photo that the virtual camera took, and what was made of it.

    Attributes:
        shot: The photo and the truth.
        hdr: What the network made of it: linear RGB, float32, (H, W, 3), [0, inf).
        scale: One of `calibration.SCALES`.
        checkpoint: One of `Networks.names`.
    """

    shot: Shot
    hdr: np.ndarray
    scale: str
    checkpoint: str


@dataclass
class Visitor:
    """One visitor: one tab of a browser, or one client of the named endpoints.

    Attributes:
        folder: Where their results lie.
        picture: The photo that they gave.
        opened: The same with the light that it brought, if it is HDR already.
        example: The name of the example that it is; empty for their own.
        linked: What the link that they came by names, until it is opened.
        scale: One of `calibration.SCALES`.
        checkpoint: One of `Networks.names`; empty for the default.
        shown: What their tabs show.
        viewed: What the viewer was given of it, as `viewer.prepare_viewer` gives it.
        job: The full-size pass, waiting, running or over.
        operator: The tone mapper chosen, and its parameters.
        stops: The exposures chosen.
        preview_seconds: What the preview took, from the upload.
        scene: What they let the virtual camera look at.
        lesson: The last photo that it took.
        clip: The clip that they gave.
        tried: Its frame on which they try operators.
        run: The conversion of a clip, waiting or running.
        batch: Many photos, waiting or running.
        bracket: The photos of a bracket that they gave.
        merging: A merge of it, waiting or running.
        merge: What came of the last one.
        comparison: The merges by other methods to compare it with, running or over.
        version: Grows whenever there is something new to draw.
    """

    folder: Path
    picture: Picture | None = None
    opened: "ExpandedPhoto | None" = None
    example: str = ""
    linked: str = ""
    scale: str = SCALES[0]
    checkpoint: str = ""
    shown: Shown | None = None
    viewed: dict | None = None
    job: "Job[ExpandedPhoto] | None" = None
    operator: str = "reinhard"
    parameters: dict[str, float] = field(default_factory=dict)
    stops: tuple[float, ...] = ()
    preview_seconds: float = 0.0
    scene: Scene | None = None
    lesson: Lesson | None = None
    clip: "Clip | None" = None
    tried: "TriedFrame | None" = None
    run: "ClipRun | None" = None
    batch: "BatchRun | None" = None
    bracket: "GivenBracket | None" = None
    merging: "MergeRun | None" = None
    merge: "Merge | None" = None
    comparison: "Job[dict[str, MergedBracket]] | None" = None
    version: int = 0
    seen: float = field(default_factory=time.monotonic)
    closed: float | None = None
    _folders: dict[str, list[tuple[Path, float]]] = field(default_factory=dict)
    _numbers: itertools.count = field(default_factory=itertools.count)
    _turns: dict[str, int] = field(default_factory=dict)

    def begin(self, what: str = "photo") -> int:
        """Begin with another photo, lesson or setting; what was begun of that before is no longer wanted."""
        self._turns[what] = self._turns.get(what, 0) + 1
        return self._turns[what]

    def turn_of(self, what: str = "photo") -> int:
        """Give the turn that is current, for work that is only of use as long as nothing else is begun."""
        return self._turns.get(what, 0)

    def is_current(self, turn: int, what: str = "photo") -> bool:
        """Whether nothing of that was begun after it."""
        return turn == self.turn_of(what)

    @property
    def shows_own_light(self) -> bool:
        """Whether the tabs show a file's own light, and nothing of the network."""
        return self.opened is not None and self.shown is not None and self.shown.photo is self.opened

    def show(self, shown: Shown) -> None:
        """Put another result in all tabs."""
        self.shown = shown
        self.version += 1

    def new_folder(self, kind: str, keep: int = KEPT_FOLDERS) -> Path:
        """Make an empty folder for drawings or files; of each kind only the last few are kept."""
        path = self.folder / f"{kind}-{next(self._numbers)}"
        path.mkdir(parents=True)
        kept = self._folders.setdefault(kind, [])
        kept.append((path, time.monotonic()))
        while len(kept) > keep:
            shutil.rmtree(kept.pop(0)[0], ignore_errors=True)
        return path

    def stay(self, *kinds: str) -> None:
        """Keep the visitor and their folders of some kinds for another hour, because work for them goes on."""
        self.seen = time.monotonic()
        for kind in kinds:
            self._folders[kind] = [(path, self.seen) for path, _ in self._folders.get(kind, [])]

    def drop_old_files(self, now: float) -> None:
        """Delete what was made more than an hour ago, also while the visitor is still here."""
        for kept in self._folders.values():
            while kept and now - kept[0][1] > KEEP_SECONDS:
                shutil.rmtree(kept.pop(0)[0], ignore_errors=True)

    @property
    def pixels(self) -> int:
        """How many pixels their photo, their scene and their bracket have."""
        photo = 0 if self.picture is None else self.picture.ldr[..., 0].size
        merged = 0 if self.merge is None or self.merge.photo is self.opened else self.merge.photo.ldr[..., 0].size
        return photo + merged + (0 if self.scene is None else self.scene.light[..., 0].size)

    def stop(self) -> None:
        """Stop whatever is running."""
        if self.job is not None:
            self.job.stop()
        if self.run is not None:
            self.run.job.stop()
        if self.batch is not None:
            self.batch.job.stop()
        if self.merging is not None:
            self.merging.job.stop()
        self.drop_comparison()

    def drop_job(self) -> None:
        """Stop the running job because something else takes its place: it has nothing more to say on the page."""
        job, self.job = self.job, None
        if job is not None:
            job.stop()

    def drop_run(self) -> None:
        """Stop the conversion of a clip likewise."""
        run, self.run = self.run, None
        if run is not None:
            run.job.stop()

    def drop_comparison(self) -> None:
        """Stop merging by other methods likewise."""
        job, self.comparison = self.comparison, None
        if job is not None:
            job.stop()

    def drop_pictures(self) -> None:
        """Keep nothing that takes memory, and stop what would bring more."""
        self.drop_job()
        self.drop_comparison()
        self.picture = self.opened = self.shown = self.viewed = self.scene = self.lesson = self.tried = None
        self.merge = None

    def forget(self) -> None:
        """Stop everything and delete every file."""
        self.stop()
        self.drop_pictures()
        self.clip = self.bracket = None
        shutil.rmtree(self.folder, ignore_errors=True)


class Visitors:
    """Everybody who is here.

    Attributes:
        shares: The photos that some of them made a link to.
    """

    def __init__(self, folder: Path) -> None:
        """Note where the visitors' folders are to be made."""
        self._folder = folder
        self.shares = Shares()
        self._visitors: dict[str, Visitor] = {}
        self._lock = threading.Lock()

    def of(self, request: gr.Request) -> Visitor:
        """Find the visitor behind a request, or welcome a new one."""
        # A bare call of the API has no key and is a visitor for this one call.
        key = request.session_hash or secrets.token_urlsafe()
        with self._lock:
            if key not in self._visitors:
                # The name is a secret: whoever knows the path of a result may read it.
                self._visitors[key] = Visitor(self._folder / secrets.token_urlsafe())
            visitor = self._visitors[key]
        visitor.seen, visitor.closed = time.monotonic(), None
        return visitor

    def leave(self, request: gr.Request) -> None:
        """Stop the jobs of a visitor whose tab was closed; a while later they are forgotten."""
        visitor = self._visitors.get(request.session_hash)
        if visitor is not None:
            visitor.stop()
            visitor.closed = time.monotonic()

    def make_room(self, newest: Visitor) -> None:
        """Drop the photos of those who have been idle longest when all together are too much for the memory."""
        with self._lock:
            waiting = sorted((each for each in self._visitors.values() if each is not newest), key=lambda one: one.seen)
            pixels = newest.pixels + sum(visitor.pixels for visitor in waiting)
            for visitor in waiting:
                if pixels <= KEPT_PIXELS:
                    break
                pixels -= visitor.pixels
                visitor.drop_pictures()

    def sweep(self, now: float | None = None) -> None:
        """Forget the visitors who left, or did nothing for an hour, and delete their files."""
        now = time.monotonic() if now is None else now
        with self._lock:
            over = [
                key
                for key, visitor in self._visitors.items()
                if now - visitor.seen > KEEP_SECONDS
                or (visitor.closed is not None and now - visitor.closed > KEEP_CLOSED_SECONDS)
            ]
            forgotten = [self._visitors.pop(key) for key in over]
            staying = list(self._visitors.values())
        for visitor in forgotten:
            visitor.forget()
        for visitor in staying:
            visitor.drop_old_files(now)
        self.shares.drop_old(now)

    def sweep_forever(self) -> None:
        """Sweep now and then, in the background, as long as the program runs."""

        def run() -> None:
            while True:
                time.sleep(SWEEP_EVERY_SECONDS)
                self.sweep()

        threading.Thread(target=run, daemon=True, name="sweep results").start()

    def forget_all(self) -> None:
        """Forget everybody, when the program ends."""
        self.sweep(now=float("inf"))
