"""What a file says of itself as a panorama: Google's Photo Sphere XMP metadata (GPano)."""

import re
from typing import BinaryIO

# In a JPEG XMP data stand before the picture; a search for their words finds them in every format, packed or not.
_SEARCHED_BYTES = 1 << 20
_VALUE = rb'GPano:%s\s*(?:=\s*["\']|>)\s*([\w.]+)'
_PROJECTION = re.compile(_VALUE % b"ProjectionType")
_WIDTHS = [re.compile(_VALUE % name) for name in (b"CroppedAreaImageWidthPixels", b"FullPanoWidthPixels")]


def says_panorama(file: BinaryIO) -> bool | None:
    """Read whether a file says that it is an equirectangular panorama all round.

    Args:
        file: Open, anywhere.

    Returns:
        False for another projection and for a part of a panorama, None where nothing is said.
    """
    file.seek(0)
    head = file.read(_SEARCHED_BYTES)
    projection = _PROJECTION.search(head)
    if projection is None:
        return None
    widths = [found[1] for pattern in _WIDTHS if (found := pattern.search(head))]
    return projection[1].lower() == b"equirectangular" and len(set(widths)) < 2
