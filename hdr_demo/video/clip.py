"""What a clip's header says, and one frame of it."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

# What counts as a clip without being asked for; what is in the file decides how it is read.
VIDEO_SUFFIXES = (
    ".mp4",
    ".mov",
    ".m4v",
    ".mkv",
    ".webm",
    ".avi",
    ".mts",
    ".m2ts",
    ".ts",
    ".mpg",
    ".mpeg",
    ".3gp",
    ".wmv",
    ".flv",
    ".ogv",
    ".mxf",
)


@dataclass(frozen=True)
class Clip:
    """A clip whose header was read and found usable.

    Attributes:
        path: The file.
        height: Of a frame as it is shown, in pixels: the rotation is applied, the pixel aspect is not.
        width: Likewise.
        rotation: By how many degrees counter-clockwise the stored frames are turned to be shown: 0, 90, 180 or 270.
        pixel_aspect: Width of a shown pixel over its height.
        rate: Frames a second on the average.
        time_base: The unit of the video stream's time stamps, in seconds.
        seconds: How long the clip is, if the header says so.
        frame_count: How many frames it has: what the header says, or an estimate from length and rate, or None.
        bits: Of a sample.
        matrix: "bt709", "bt601", "bt2020", "smpte240m" or "rgb": how colour is coded; resolved where the header says
            nothing.
        primaries: "bt709", "bt601-525", "bt601-625", "p3" or "bt2020".
        full_range: Whether black is code 0 and white the highest code.
        audio: The codec of each sound track.
        subtitles: The codec of each subtitle track.
        notes: Sentences about what a person should know of the input, such as a guessed colour matrix.
        stream: The number of the video stream in the file.
        first_pts: When the first frame is shown, in units of `time_base`.
        mirrored: Whether the stored frames are exchanged left and right before they are turned.
        interlaced: Whether a stored frame holds two moments, one in the even and one in the odd rows.
    """

    path: Path
    height: int
    width: int
    rotation: int
    pixel_aspect: Fraction
    rate: Fraction
    time_base: Fraction
    seconds: float | None
    frame_count: int | None
    bits: int
    matrix: str
    primaries: str
    full_range: bool
    audio: tuple[str, ...] = ()
    subtitles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stream: int = 0
    first_pts: int = 0
    mirrored: bool = False
    interlaced: bool = False

    def size(self, max_side: int | None = None) -> tuple[int, int]:
        """Tell the height and width of the frames that are read.

        Args:
            max_side: The most pixels that the longer side may have; None is no limit.

        Returns:
            Height and width, each at least 1, the aspect kept.
        """
        longer = max(self.height, self.width)
        if max_side is None or longer <= max_side:
            return self.height, self.width
        return max(1, round(self.height * max_side / longer)), max(1, round(self.width * max_side / longer))


@dataclass(frozen=True)
class Frame:
    """One frame of a clip.

    Attributes:
        index: 0, 1, 2 …, counted from the first frame that was asked for.
        pts: When it is shown, in units of the clip's time base, as in the source.
        duration: How long, in the same units; at least 1.
        codes: Display-encoded sRGB, uint8 or uint16, (H, W, 3): as it is shown, with the clip's own depth.
    """

    index: int
    pts: int
    duration: int
    codes: np.ndarray

    @property
    def ldr(self) -> np.ndarray:
        """Display-encoded sRGB, float32, (H, W, 3), [0, 1]; made anew at each call."""
        return self.codes * np.float32(1 / np.iinfo(self.codes.dtype).max)
