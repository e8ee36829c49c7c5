"""Many photos at once: read and written by processes of their own, so that the network is kept busy."""

from hdr_demo.batch.contact_sheet import MOST_CELLS, write_contact_sheet
from hdr_demo.batch.naming import number_names
from hdr_demo.batch.report import REPORT_FORMATS, write_report
from hdr_demo.batch.run import run_batch
from hdr_demo.batch.settings import BASES, BatchProgress, BatchSettings, FileReport, Rendition
from hdr_demo.batch.thumbnails import Thumbnails

__all__ = [
    "BASES",
    "MOST_CELLS",
    "REPORT_FORMATS",
    "BatchProgress",
    "BatchSettings",
    "FileReport",
    "Rendition",
    "Thumbnails",
    "number_names",
    "run_batch",
    "write_contact_sheet",
    "write_report",
]
