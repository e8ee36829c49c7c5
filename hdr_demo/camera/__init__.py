"""A virtual camera: from an HDR scene to the photograph that an ordinary camera takes of it.

Training, evaluation, the examples and the app's lesson all take their pictures here, so that what is learned is what
is measured.
"""

from hdr_demo.camera.moving import Hand, Layer, TakenBracket, take_bracket
from hdr_demo.camera.response import (
    RESPONSES,
    UNKNOWN_RESPONSES,
    Response,
    anchor_to_photo,
    choose_response,
)
from hdr_demo.camera.sensor import TYPICAL_NOISE, add_sensor_noise, photograph
from hdr_demo.camera.view import (
    choose_window,
    expose_to_clip,
    exposure_to_clip,
    tint_scene,
    view_panorama,
    view_photograph,
)

__all__ = [
    "RESPONSES",
    "Hand",
    "Layer",
    "TYPICAL_NOISE",
    "UNKNOWN_RESPONSES",
    "Response",
    "TakenBracket",
    "add_sensor_noise",
    "anchor_to_photo",
    "choose_response",
    "choose_window",
    "expose_to_clip",
    "exposure_to_clip",
    "photograph",
    "take_bracket",
    "tint_scene",
    "view_panorama",
    "view_photograph",
]
