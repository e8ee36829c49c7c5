"""Many photos at once: read and written by processes of their own, so that the network is kept busy."""

from hdr_demo.batch.naming import number_names
from hdr_demo.batch.run import run_batch
from hdr_demo.batch.settings import (
    BASES,
    BatchProgress,
    BatchSettings,
    FileReport,
    Rendition,
    Thumbnails,
)

__all__ = [
    "BASES",
    "BatchProgress",
    "BatchSettings",
    "FileReport",
    "Rendition",
    "Thumbnails",
    "number_names",
    "run_batch",
]
