"""What is learned from and measured on: HDR scenes in folders, and photographs whose light was measured."""

from hdr_demo.scenes.brackets import KINDS, draw_bracket
from hdr_demo.scenes.folder import Scene, Scenes, find_files
from hdr_demo.scenes.light import LARGEST_PANORAMA, LARGEST_SIDE, accept_light, has_panorama_shape, reduce_to_side
from hdr_demo.scenes.pairs import Pair, Pairs

__all__ = [
    "KINDS",
    "LARGEST_PANORAMA",
    "LARGEST_SIDE",
    "Pair",
    "Pairs",
    "Scene",
    "Scenes",
    "accept_light",
    "draw_bracket",
    "find_files",
    "has_panorama_shape",
    "reduce_to_side",
]
