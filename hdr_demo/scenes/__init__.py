"""What is learned from and measured on: HDR scenes in folders, and photographs whose light was measured."""

from hdr_demo.scenes.folder import LARGEST_SIDE, Scene, Scenes, find_files, read_scenes
from hdr_demo.scenes.pairs import Pair, Pairs

__all__ = ["LARGEST_SIDE", "Pair", "Pairs", "Scene", "Scenes", "find_files", "read_scenes"]
