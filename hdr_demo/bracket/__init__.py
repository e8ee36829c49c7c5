"""Several exposures of one scene: read, timed, sorted and checked, whatever camera and order they come from."""

from hdr_demo.bracket.estimate import estimate_times
from hdr_demo.bracket.exposure import Exposure, read_exposure, read_time, read_time_text
from hdr_demo.bracket.files import decide_times, open_bracket
from hdr_demo.bracket.photos import FEWEST, MOST, Bracket, check_sizes, choose_reference, make_bracket
from hdr_demo.bracket.response import RESPONSE_NAMES

__all__ = [
    "FEWEST",
    "MOST",
    "RESPONSE_NAMES",
    "Bracket",
    "Exposure",
    "check_sizes",
    "choose_reference",
    "decide_times",
    "estimate_times",
    "make_bracket",
    "open_bracket",
    "read_exposure",
    "read_time",
    "read_time_text",
]
