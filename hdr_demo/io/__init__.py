"""Pictures in and out: one module for each format and direction, chosen from tables."""

from hdr_demo.io.archive import write_zip
from hdr_demo.io.hdr import HDR_FORMATS, read_hdr, write_hdr
from hdr_demo.io.ldr import Picture, read_ldr
from hdr_demo.io.refusal import MAX_MEGAPIXELS
from hdr_demo.io.sdr import SDR_FORMATS, srgb_profile, write_sdr

__all__ = [
    "HDR_FORMATS",
    "MAX_MEGAPIXELS",
    "SDR_FORMATS",
    "Picture",
    "read_hdr",
    "read_ldr",
    "srgb_profile",
    "write_hdr",
    "write_sdr",
    "write_zip",
]
