"""What a person chooses for a clip."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hdr_demo.color import REFERENCE_WHITE_NITS

# What HDR programmes are commonly graded for.
PEAK_NITS = 1000.0
# What a clip becomes where nobody says more: one file that plays everywhere, one that is HDR.
DEFAULT_OUTPUTS = ("sdr", "hdr10_av1")
# The largest frames, in millions of pixels: cinema's 4K, 4096×2160.
MAX_MEGAPIXELS = 8.9


@dataclass(frozen=True)
class ClipSettings:
    """The choices.

    Attributes:
        scale: "calibrated" or "radiometric" of `calibration.SCALES`.
        operator: A name from `TONE_MAPPERS`, for SDR files.
        parameters: Its parameters by name; those left out take their defaults.
        stops: Exposure change before tone mapping.
        draft: Whether the network reads a reduced frame, and a local linear model carries its answer up.
        start: Where to begin, in seconds from the clip's first frame.
        end: Where to end, exclusive, likewise; None is the clip's end.
        max_side: Frames whose longer side has more pixels are reduced to it; None keeps them.
        white_nits: The luminance of the clip's white in HDR files, cd/m².
        peak_nits: The luminance that HDR files do not exceed, cd/m².
        smooth: Whether what flickers is smoothed; off only to show what it is good for.
    """

    scale: str = "calibrated"
    operator: str = "reinhard"
    parameters: Mapping[str, float] = field(default_factory=dict)
    stops: float = 0.0
    draft: bool = False
    start: float = 0.0
    end: float | None = None
    max_side: int | None = None
    white_nits: float = REFERENCE_WHITE_NITS
    peak_nits: float = PEAK_NITS
    smooth: bool = True
