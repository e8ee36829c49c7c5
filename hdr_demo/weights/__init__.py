"""Checkpoints: the table of those known by name, and how one is found, fetched, verified, read, saved and published.

A checkpoint is asked for by a name of the table, by `owner/name[@revision]` on the Hugging Face Hub, or by the path of
a `.safetensors` or a published `.pth` file; by argument, else by the environment variable `HDR_DEMO_WEIGHTS`, else it
is the default.
"""

from hdr_demo.weights.bracket import read_bracket_tensors
from hdr_demo.weights.files import Checkpoint, load_model, read_metadata, save_checkpoint, save_tensors
from hdr_demo.weights.find import find_checkpoint
from hdr_demo.weights.table import BRACKET_WEIGHTS, DEFAULT_WEIGHTS, WEIGHTS, KnownCheckpoint

__all__ = [
    "BRACKET_WEIGHTS",
    "DEFAULT_WEIGHTS",
    "WEIGHTS",
    "Checkpoint",
    "KnownCheckpoint",
    "find_checkpoint",
    "load_model",
    "read_bracket_tensors",
    "read_metadata",
    "save_checkpoint",
    "save_tensors",
]
