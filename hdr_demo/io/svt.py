"""The encoder SVT-AV1, through PyAV: one still picture, in silence."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import numpy as np

from hdr_demo.errors import OutputError

_TEMPORAL_DELIMITER = b"\x12\x00"
_FULL_RANGE = 2  # AVCOL_RANGE_JPEG of libavutil
_KIND = "yuv420p10le"
# The environment belongs to the whole process.
_SILENCE = threading.Lock()
_THREADS = Path("/proc/self/task")  # of Linux


def encode_still(
    planes: list[np.ndarray], *, primaries: int, transfer: int, matrix: int, crf: int, preset: int
) -> tuple[bytes, bytes]:
    """Code one picture as AV1, 10 bits, 4:2:0, full range.

    Args:
        planes: Y', Cb and Cr, uint16, [0, 1023]; the two others have half the height and width, rounded up.
        primaries: ColourPrimaries of ITU-T H.273.
        transfer: TransferCharacteristics.
        matrix: MatrixCoefficients.
        crf: From 1 (best) to 63.
        preset: From 0 (slowest) to 13.

    Returns:
        The coded picture, and the contents of the box `av1C`.

    Raises:
        OSError: If the encoder fails.
        OutputError: If there is none.
    """
    import av  # loads FFmpeg, which pages and commands that write no AVIF do without

    if "libsvtav1" not in av.codecs_available:
        raise OutputError(
            "AVIF cannot be written, because this PyAV has no libsvtav1: install it as requirements.txt says, or "
            "choose another format."
        )
    height, width = planes[0].shape
    encoder = av.CodecContext.create("libsvtav1", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, _KIND
    encoder.time_base = Fraction(1)
    encoder.options = {"preset": str(preset), "crf": str(crf), "svtav1-params": "avif=1"}
    frame = av.VideoFrame(width, height, _KIND)
    frame.pts = 0
    for tagged in (encoder, frame):
        tagged.color_primaries, tagged.color_trc, tagged.colorspace = primaries, transfer, matrix
        tagged.color_range = _FULL_RANGE
    for plane, codes in zip(frame.planes, planes, strict=True):
        rows = np.frombuffer(plane, np.uint16).reshape(-1, plane.line_size // 2)
        rows[: codes.shape[0], : codes.shape[1]] = codes
    try:
        with quiet_svt():
            encoder.open()
        with quiet_svt():
            coded = b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))
    except av.FFmpegError as error:
        raise OSError(f"SVT-AV1: {error}") from error
    if not coded:
        raise OSError("SVT-AV1 gave no picture")
    coded = coded.removeprefix(_TEMPORAL_DELIMITER)
    return coded, _configuration(coded)


def _configuration(coded: bytes) -> bytes:
    """Sum up what a decoder has to be able to (AV1 in ISOBMFF, section 2.3.3): 10 bits, 4:2:0, and the level.

    The level stands behind the first five bits of a still picture's sequence header (AV1, section 5.5.1).
    """
    level = (coded[2] & 0x07) << 2 | coded[3] >> 6
    return bytes([0x81, level, 0x4C, 0x00])


@contextmanager
def quiet_svt() -> Iterator[None]:
    """Open SVT-AV1 so that it neither reports nor takes the computer.

    It writes to stderr by itself, and is told not to by the environment alone. If the program runs as root, as in most
    containers, it gives its threads and the one that opens it real-time priority over everything else on the
    computer, for good; child processes (a browser, say) would inherit it. What became real-time in the `with` is made
    ordinary again.
    """
    with _SILENCE:
        before = os.environ.get("SVT_LOG")
        os.environ["SVT_LOG"] = "0"
        real_time = _real_time_threads()
        try:
            yield
        finally:
            for thread in _real_time_threads() - real_time:
                with suppress(OSError):  # it may have ended
                    os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))
            if before is None:
                del os.environ["SVT_LOG"]
            else:
                os.environ["SVT_LOG"] = before


def _real_time_threads() -> set[int]:
    """List this process's threads with real-time priority; none where the system does not tell."""
    if not _THREADS.is_dir():
        return set()
    found = set()
    for thread in map(int, os.listdir(_THREADS)):
        with suppress(OSError):
            if os.sched_getscheduler(thread) in (os.SCHED_FIFO, os.SCHED_RR):
                found.add(thread)
    return found
