"""Synthetic HDR images for the tests of tone mapping."""

import numpy as np

DEGENERATE = {
    "black": np.zeros((24, 32, 3)),
    "grey": np.full((24, 32, 3), 0.18),
    "white": np.ones((24, 32, 3)),
    "a million": np.full((24, 32, 3), 1e6),
    "pure blue": np.full((24, 32, 3), [0.0, 0.0, 5.0]),
    "faint": np.full((24, 32, 3), 1e-30),
    "one bright pixel": np.pad(np.full((1, 1, 3), 1e6), ((11, 12), (15, 16), (0, 0))),
    "up to a million": np.geomspace(1e-6, 1e6, 24 * 32 * 3).reshape(24, 32, 3),
    "1x1": np.full((1, 1, 3), 0.5),
    "1x1 black": np.zeros((1, 1, 3)),
    "2x2": np.array([[[0.0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]),
    "1xN": np.linspace(0, 3, 1500 * 3).reshape(1, 1500, 3),
    "Nx1": np.linspace(0, 3, 1500 * 3).reshape(1500, 1, 3),
    "negative": np.full((24, 32, 3), -1.0),
    "not a number": np.full((24, 32, 3), np.nan),
    "infinite": np.full((24, 32, 3), np.inf),
    "partly not finite": np.tile([0.2, np.nan, np.inf, -np.inf, -3.0, 7.0], 24 * 16).reshape(24, 32, 3),
}
DEGENERATE = {name: image.astype(np.float32) for name, image in DEGENERATE.items()}


def street(height: int = 800, width: int = 1200) -> np.ndarray:
    """A sky that fades, houses with hard edges and texture, a few lamps of 200 times white; a few pixels are black."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    y, x = (y + 0.5) / height, (x + 0.5) / width
    rng = np.random.default_rng(7)
    scene = np.stack([0.6 + 2 * (1 - y), 0.8 + 2 * (1 - y), 1.2 + 2.2 * (1 - y)], -1)
    for left, right, roof, color in (
        (0.05, 0.3, 0.4, (0.08, 0.06, 0.05)),
        (0.35, 0.6, 0.25, (0.30, 0.12, 0.06)),
        (0.65, 0.95, 0.5, (0.02, 0.03, 0.02)),
    ):
        house = (x > left) & (x < right) & (y > roof)
        texture = 1 + 0.3 * np.sin(x * 90) * np.sin(y * 70)
        scene[house] = (texture[..., None] * np.array(color, np.float32))[house]
    scene[y > 0.8] = np.float32([0.15, 0.14, 0.13])
    for _ in range(6):
        lamp_x, lamp_y = rng.random(2)
        scene[(x - lamp_x) ** 2 + ((y - lamp_y) * height / width) ** 2 < 0.01**2] = np.float32([220, 200, 150])
    scene[-2:] = 0
    return scene.astype(np.float32)


def grey_ramp(lowest: float, highest: float, columns: int = 256, rows: int = 16) -> np.ndarray:
    """Grey light that grows from left to right by equal ratios."""
    row = np.geomspace(lowest, highest, columns, dtype=np.float32)
    return np.repeat(np.tile(row, (rows, 1))[..., None], 3, axis=2)
