"""Archives: thousands of photos and clips, worked on by several processes or computers, gone on with at any time."""

from hdr_demo.archive.jobs import ArchiveSettings, Job
from hdr_demo.archive.listing import list_jobs
from hdr_demo.archive.places import PLACES
from hdr_demo.archive.records import RECORDS_NAME, Record
from hdr_demo.archive.run import run_archive

__all__ = ["PLACES", "RECORDS_NAME", "ArchiveSettings", "Job", "Record", "list_jobs", "run_archive"]
