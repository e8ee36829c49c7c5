"""The door to a clip's file: what it may be, what is said when it cannot be opened, and how its frames come out."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from hdr_demo.errors import VideoError
from hdr_demo.io.refusal import shown_name

# Containers that stand for themselves. Others make FFmpeg open what they name, on the disk or in the network, whatever
# suffix the file has: HLS and DASH play lists, concat scripts.
_FORMATS = (
    "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,av1,ivf,obu,flv,asf,ogg,mxf,gxf,dv,rm,nut,"
    "yuv4mpegpipe,gif,apng,mp3,aac,flac,wav"
)
_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}

# How files begin that are clips or sound, so that one which cannot be opened must be damaged.
_HEADS = {
    4: (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"),
    0: (b"\x1aE\xdf\xa3", b"RIFF", b"OggS", b"FLV", b"0&\xb2u", b"\0\0\1\xba", b"\0\0\1\xb3", b"GIF8", b"ID3"),
}


def damaged(name: str) -> VideoError:
    """Refuse a clip none of whose frames can be decoded."""
    return VideoError(f"{name} is damaged or cut off: copy or download it again.")


def too_large_for_memory(name: str) -> VideoError:
    """Refuse a clip whose frames are larger than the memory."""
    return VideoError(f"{name} does not fit into this computer's memory: make it smaller.")


@contextmanager
def open_source(path: Path) -> Iterator[av.container.InputContainer]:
    """Open a clip's file, and close it after the body.

    Nothing else is opened, whatever the file names.

    Args:
        path: The file.

    Yields:
        The open container; what its tags say in no known encoding is replaced.

    Raises:
        VideoError: If the file is missing, a folder, may not be read, or is no clip; or if the body raised an error of
            FFmpeg's.
    """
    name = shown_name(path)
    head = _read_head(path, name)
    try:
        with av.open(f"file:{os.path.abspath(path)}", options=_OPTIONS, metadata_errors="replace") as container:
            yield container
    except av.error.EOFError as error:
        raise VideoError(f"{name} holds no frame: record or export it again.") from error
    except (av.error.FFmpegError, UnicodeError) as error:
        raise (damaged(name) if _is_media(head) else _unknown(name)) from error
    except MemoryError as error:
        raise too_large_for_memory(name) from error


def decode_pictures(
    container: av.container.InputContainer, stream: av.VideoStream, pixels: int
) -> Iterator[av.VideoFrame]:
    """Decode a stream from where the container stands; what cannot be decoded is left out.

    Args:
        container: As `open_source` gives it.
        stream: One of its streams.
        pixels: What a frame is expected to have. One that turns out to have far more is left out, before memory is
            taken for it.

    Yields:
        Frames in the order in which they are shown.
    """
    stream.thread_type = "AUTO"
    # Decoders also make working copies that are somewhat larger than the frame.
    stream.codec_context.options = {"max_pixels": str(2 * pixels + 1_000_000)}
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            packet = None
        try:
            # The last packet of a whole file is empty and brings out what the decoder still holds.
            yield from stream.decode(packet)
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            pass
        if packet is None:
            return


def _unknown(name: str) -> VideoError:
    return VideoError(f"{name} is not a clip that can be opened: choose an MP4, MOV, MKV, WebM or AVI.")


def _is_media(head: bytes) -> bool:
    return any(head.startswith(starts, offset) for offset, starts in _HEADS.items())


def _read_head(path: Path, name: str) -> bytes:
    try:
        kind = os.stat(path).st_mode
        if stat.S_ISDIR(kind):
            raise VideoError(f"{name} is a folder: choose a clip in it.")
        if not stat.S_ISREG(kind):
            raise VideoError(f"{name} is not a file with contents: choose a clip.")
        with open(path, "rb") as file:
            return file.read(16)
    except (FileNotFoundError, ValueError) as error:  # ValueError: a zero byte inside the name
        raise VideoError(f"{name} does not exist: check its name and folder.") from error
    except PermissionError as error:
        raise VideoError(f"{name} may not be read: change its permissions, or copy it elsewhere.") from error
    except OSError as error:
        reason = error.strerror or error
        raise VideoError(f"{name} cannot be read ({reason}): check its name and its disk.") from error
