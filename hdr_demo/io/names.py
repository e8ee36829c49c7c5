"""What files to share are called."""

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
