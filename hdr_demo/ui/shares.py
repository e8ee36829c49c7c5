"""Photos that visitors made a link to: each is found by an unguessable key, for an hour."""

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hdr_demo.ui.pictures import make_view

if TYPE_CHECKING:
    from hdr_demo.expanded import ExpandedPhoto
    from hdr_demo.io import Picture
    from hdr_demo.ui.job import Job
    from hdr_demo.ui.session import Shown, Visitor

SHARED_SECONDS = 3600.0
SHARED_PIXELS = 100_000_000  # of all links together; a pixel of a photo and its HDR image takes 24 bytes


@dataclass(frozen=True)
class Share:
    """A photo and its result, as they were when the link to it was made.

    Attributes:
        picture: The photo.
        opened: The same with its own light, if it is HDR already.
        shown: What was made of it.
        job: The full-size pass that went on then, whose result is as good.
        scale: One of `calibration.SCALES`.
        checkpoint: One of `Networks.names`; empty for the default.
        made: When, in seconds of the monotonic clock.
    """

    picture: "Picture"
    opened: "ExpandedPhoto | None"
    shown: "Shown"
    job: "Job[ExpandedPhoto] | None"
    scale: str
    checkpoint: str
    made: float = field(default_factory=time.monotonic)

    def best(self) -> "Shown":
        """Give the exact result where there is one by now, else the preview."""
        if self.shown.exact or self.job is None or not self.job.done:
            return self.shown
        return type(self.shown)(self.job.result, make_view(self.job.result), exact=True)


class Shares:
    """All links that are still good. They outlive the visitors who made them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._shares: dict[str, Share] = {}
        self._lock = threading.Lock()

    def add(self, visitor: "Visitor") -> str:
        """Keep what a visitor looks at, and give the key to it; the same one as long as they look at the same.

        Raises:
            ValueError: If they look at nothing.
        """
        shown, picture = visitor.shown, visitor.picture
        if shown is None or picture is None:
            raise ValueError("there is nothing to share")
        share = Share(picture, visitor.opened, shown, visitor.job, visitor.scale, visitor.checkpoint)
        with self._lock:
            known = (key for key, each in self._shares.items() if each.shown is shown)
            key = next(known, None) or secrets.token_urlsafe(16)
            self._shares.pop(key, None)
            self._shares[key] = share
            self._make_room()
        return key

    def find(self, key: str) -> Share | None:
        """Find what a key belongs to; None where it is none, or no longer."""
        self.drop_old(time.monotonic())
        with self._lock:
            return self._shares.get(key)

    def drop_old(self, now: float) -> None:
        """Drop what was shared more than an hour ago."""
        with self._lock:
            for key in [key for key, share in self._shares.items() if now - share.made > SHARED_SECONDS]:
                del self._shares[key]

    def _make_room(self) -> None:
        pixels = sum(share.picture.ldr[..., 0].size for share in self._shares.values())
        for key, share in list(self._shares.items())[:-1]:
            if pixels <= SHARED_PIXELS:
                break
            pixels -= share.picture.ldr[..., 0].size
            del self._shares[key]
