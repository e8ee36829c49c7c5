"""Tone mapping: HDR images rendered for ordinary displays, by ten operators in one table."""

from hdr_demo.tonemap.apply import check_parameters, measure, tone_map
from hdr_demo.tonemap.metering import has_light
from hdr_demo.tonemap.table import TONE_MAPPERS, Parameter, ToneMapper

__all__ = ["TONE_MAPPERS", "Parameter", "ToneMapper", "check_parameters", "has_light", "measure", "tone_map"]
