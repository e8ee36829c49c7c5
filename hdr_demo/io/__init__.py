"""Pictures in and out: one module for each format and direction, chosen from tables."""

from hdr_demo.io.archive import write_zip
from hdr_demo.io.exif import numbers_of
from hdr_demo.io.exif_numbers import read_exif_numbers
from hdr_demo.io.hdr import hdr_kind, read_hdr, read_hdr_picture, write_hdr
from hdr_demo.io.hdr_formats import GAIN_MAP_JPEG, GAIN_MAPS, HDR_FORMATS, HdrFormat, writable_formats
from hdr_demo.io.hdr_picture import Delivery, HdrPicture
from hdr_demo.io.ldr import LDR_SUFFIXES, Picture, read_ldr
from hdr_demo.io.losses import Loss, describe_losses, find_losses
from hdr_demo.io.refusal import MAX_MEGAPIXELS
from hdr_demo.io.scene import SCENE_SUFFIXES, read_scene
from hdr_demo.io.sdr import SDR_FORMATS, srgb_profile, write_sdr

__all__ = [
    "GAIN_MAPS",
    "GAIN_MAP_JPEG",
    "HDR_FORMATS",
    "Delivery",
    "HdrFormat",
    "HdrPicture",
    "LDR_SUFFIXES",
    "Loss",
    "MAX_MEGAPIXELS",
    "SCENE_SUFFIXES",
    "SDR_FORMATS",
    "Picture",
    "describe_losses",
    "find_losses",
    "hdr_kind",
    "numbers_of",
    "read_exif_numbers",
    "read_hdr",
    "read_hdr_picture",
    "read_ldr",
    "read_scene",
    "srgb_profile",
    "writable_formats",
    "write_hdr",
    "write_sdr",
    "write_zip",
]
