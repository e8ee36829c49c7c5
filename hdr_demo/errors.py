"""The mistakes that a person can make, each with a sentence that says what to do about it.

Programming mistakes stay `ValueError` and `TypeError`. Everything below is shown to people as it is, on one line,
by the command line (exit code 1) and by the app (a red notice)::

    HdrDemoError
    ├── ImageError      a picture that cannot be read or used
    ├── BracketError    exposures that cannot be merged
    ├── VideoError      a clip that cannot be read or used
    ├── WeightsError    a checkpoint that cannot be found, fetched, verified or loaded
    ├── DeviceError     a device that is not there or has too little memory
    ├── OutputError     a file that cannot be written
    ├── DataError       training or validation data that cannot be used
    └── Stopped         the person asked for the work to stop
"""


class HdrDemoError(Exception):
    """Anything that a user can cause; its text is one sentence made for that user."""


class ImageError(HdrDemoError):
    """A picture cannot be read or used. The text names the file and says what to do."""


class BracketError(HdrDemoError):
    """Exposures cannot be merged: too few, of different sizes, of equal exposures. The text names the photos."""


class VideoError(HdrDemoError):
    """A clip cannot be read or used. The text names the file and says what to do."""


class WeightsError(HdrDemoError):
    """A checkpoint cannot be found, fetched, verified or loaded."""


class DeviceError(HdrDemoError):
    """The device asked for is not there, or its memory does not hold even the smallest tile."""


class OutputError(HdrDemoError):
    """A file cannot be written: a full disk, a folder without permission, an unknown suffix."""


class DataError(HdrDemoError):
    """A folder of training or validation data is missing, empty or unreadable."""


class Stopped(HdrDemoError):
    """The person asked for the work to stop; nothing was written."""

    def __init__(self, message: str = "Stopped.") -> None:
        super().__init__(message)
