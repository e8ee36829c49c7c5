"""What computes the tiles of a photo: one contract, a row for each library that can."""

from hdr_demo.backends.choice import choose_backend
from hdr_demo.backends.folded import FoldedNetwork, fold
from hdr_demo.backends.pieces import HALO, Piece, Region, cut_piece, tiles
from hdr_demo.backends.table import BACKENDS, Backend, find_backend

__all__ = [
    "BACKENDS",
    "HALO",
    "Backend",
    "FoldedNetwork",
    "Piece",
    "Region",
    "choose_backend",
    "cut_piece",
    "find_backend",
    "fold",
    "tiles",
]
