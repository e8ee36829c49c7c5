"""Zip archives of finished pictures."""

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

from hdr_demo.io.output import replacing

_COMPRESSED_ALREADY = frozenset({".png", ".jpg", ".jpeg", ".webp", ".avif", ".exr", ".mp4", ".zip"})


def write_zip(path: str | os.PathLike[str], files: Mapping[str, Path | bytes]) -> Path:
    """Bundle files into a zip archive; it appears whole or not at all.

    Args:
        path: The archive. One that exists is replaced.
        files: What each name inside the archive holds: a file to be read, or bytes. Pictures are stored as they are,
            other kinds are compressed.

    Returns:
        The archive.

    Raises:
        OutputError: If it cannot be written, or one of the files cannot be read.
    """
    path = Path(path)
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, content in files.items():
            stored = Path(name).suffix.lower() in _COMPRESSED_ALREADY
            method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            if isinstance(content, bytes):
                archive.writestr(name, content, method)
            else:
                archive.write(content, name, method)
    return path
