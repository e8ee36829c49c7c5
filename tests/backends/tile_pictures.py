"""Pictures, their pieces, and what the network says of them as a whole."""

import numpy as np
import torch

from hdr_demo.backends import Piece, Region, cut_piece, tiles
from hdr_demo.model import ExpandNet


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * 1000 + width).random((height, width, 3), dtype=np.float32)


def whole_image(model: ExpandNet, ldr: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return model(torch.from_numpy(ldr).permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()


def pieces_of(ldr: np.ndarray, tile: int, bias: float = 0.0) -> list[Piece]:
    height, width = ldr.shape[:2]
    numbers = np.full(64, bias, np.float32)
    return [cut_piece(ldr, region, numbers) for region in tiles(Region(0, height, 0, width), tile)]
