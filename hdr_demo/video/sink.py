"""Where frames go: one output, written frame by frame, that appears whole or not at all."""

import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from hdr_demo.video.hdr_frame import HdrFrame
from hdr_demo.video.light_level import LightLevel


@dataclass(frozen=True)
class Finished:
    """An output that is there.

    Attributes:
        path: The file or folder. It may have another suffix than was asked for; a note then says why.
        notes: Sentences about what a person should know of it.
        light: The content light level that it states, if it does.
    """

    path: Path
    notes: tuple[str, ...] = ()
    light: LightLevel | None = None


@dataclass(frozen=True)
class End:
    """What a writer gets after the last frame.

    Attributes:
        stopped: Whether the source goes on, so that its sound has to end with the last frame.
    """

    stopped: bool


# A writer is a generator: frames are sent to it, then an `End`, upon which it returns. Whatever it opens it opens in a
# `with`, so that an error, a Ctrl-C and `close` all clear away what there is.
Writer = Generator[None, HdrFrame | End, Finished]


class Sink:
    """Takes the frames of one output. Nothing is seen under the output's name before `finish` has ended well."""

    def __init__(self, writer: Writer) -> None:
        """Open the output.

        Raises:
            OutputError: If it cannot be written.
        """
        self._writer = writer
        self._finished: Finished | None = None
        next(writer)

    def write(self, frame: HdrFrame) -> None:
        """Write a frame; after an error nothing is left behind.

        Raises:
            OutputError: If it cannot be written.
        """
        self._writer.send(frame)

    def finish(self, *, stopped: bool = False) -> Finished:
        """Let the output appear.

        Args:
            stopped: Whether the source goes on, so that its sound has to end with the last frame that was written.

        Returns:
            What there is now.

        Raises:
            OutputError: If it cannot be written; nothing is left behind then.
        """
        try:
            self._writer.send(End(stopped))
        except StopIteration as end:
            self._finished = end.value
            return end.value
        raise RuntimeError("a writer went on after the end")

    def abort(self) -> None:
        """Leave nothing behind, not even what was finished; without effect after an error."""
        self._writer.close()
        if self._finished:
            if self._finished.path.is_dir():
                shutil.rmtree(self._finished.path, ignore_errors=True)
            else:
                self._finished.path.unlink(missing_ok=True)
            self._finished = None
