"""Several exposures of one scene: read, timed, sorted and checked, whatever camera and order they come from."""

from hdr_demo.bracket.estimate import estimate_times
from hdr_demo.bracket.exposure import Exposure, read_exposure, read_time
from hdr_demo.bracket.files import open_bracket
from hdr_demo.bracket.photos import FEWEST, MOST, Bracket, choose_reference, make_bracket
from hdr_demo.bracket.response import RESPONSE_NAMES

__all__ = [
    "FEWEST",
    "MOST",
    "RESPONSE_NAMES",
    "Bracket",
    "Exposure",
    "choose_reference",
    "estimate_times",
    "make_bracket",
    "open_bracket",
    "read_exposure",
    "read_time",
]
