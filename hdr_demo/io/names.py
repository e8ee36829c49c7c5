"""What files to share are called."""

from pathlib import Path

from hdr_demo.io.hdr_formats import HDR_FORMATS

# An HDR file with the suffix of an ordinary picture tells by its name what it is; others need no word.
_WORDS = {".jpg": "_hdr", ".jpeg": "_hdr", ".png": "_pq", ".avif": "_pq", ".jxl": "_pq"}


def delivered_name(name: str, suffix: str) -> str:
    """Name the HDR file that is made of a picture.

    Args:
        name: The picture's, without folder and suffix.
        suffix: The format's, a key of `HDR_FORMATS`.

    Returns:
        Such as "beach_hdr.jpg", "beach_pq.avif" and "beach.exr".
    """
    return f"{name}{_WORDS.get(suffix.lower(), '')}{suffix}"


def name_before(path: Path) -> str:
    """Find the name of the picture of which a file so called would have been made by `delivered_name`.

    Args:
        path: The file.

    Returns:
        The name without folder and suffix; empty where the file is not called so.
    """
    suffix = path.suffix.lower()
    if suffix not in HDR_FORMATS:
        return ""
    word = _WORDS.get(suffix, "")
    return path.stem.rpartition(word)[0] if word else path.stem
