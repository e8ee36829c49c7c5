"""Where frames go: one output, written frame by frame, that appears whole or not at all."""

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


# A writer is a generator: frames are sent to it, then an `End`, upon which it does all that can fail, in temporary
# files; resumed once more it gives them their name and returns. Whatever it opens it opens in a `with`, so that an
# error, a Ctrl-C and `close` all clear away what there is.
Writer = Generator[None, HdrFrame | End | None, Finished]


class Sink:
    """Takes the frames of one output. Under the output's name nothing changes before `publish`.

    Several outputs of one clip are all finished before the first is published, so that a failure of one leaves what
    an earlier run made of the others.
    """

    def __init__(self, writer: Writer) -> None:
        """Open the output.

        Raises:
            OutputError: If it cannot be written.
        """
        self._writer = writer
        next(writer)

    def write(self, frame: HdrFrame) -> None:
        """Write a frame; after an error nothing is left behind.

        Raises:
            OutputError: If it cannot be written.
        """
        self._writer.send(frame)

    def finish(self, *, stopped: bool = False) -> None:
        """Complete the output, which is not seen yet.

        Args:
            stopped: Whether the source goes on, so that its sound has to end with the last frame that was written.

        Raises:
            OutputError: If it cannot be written; nothing is left behind then.
        """
        self._writer.send(End(stopped))

    def publish(self) -> Finished:
        """Let the finished output appear, in the place of what has its name.

        Returns:
            What there is now.

        Raises:
            OutputError: If it cannot be renamed; nothing is left behind then.
        """
        try:
            next(self._writer)
        except StopIteration as end:
            return end.value
        raise RuntimeError("a writer went on after the end")

    def abort(self) -> None:
        """Leave nothing behind; without effect after an error, and on what is published."""
        self._writer.close()
