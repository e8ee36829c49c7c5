"""Two small skies with a sun, and a plan to learn from them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.io import write_hdr
from hdr_demo.training.plan import Plan


@pytest.fixture(scope="session")
def skies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two panoramas, as OpenEXR and Radiance files."""
    folder = tmp_path_factory.mktemp("skies")
    rows, columns = np.mgrid[0:64, 0:128]
    for number, suffix in enumerate((".exr", ".hdr")):
        sun = np.hypot(rows - 24, columns - 40 - 30 * number) < 5
        sky = 0.1 + 0.2 * np.stack((rows / 64, columns / 128, np.full(rows.shape, 0.5)), axis=-1)
        sky[sun] = (30, 20, 10)
        write_hdr(folder / f"sky{number}{suffix}", sky.astype(np.float32))
    return folder


@pytest.fixture
def make_plan(skies: Path) -> Callable[..., Plan]:
    """Plans of four small steps, changed by keyword."""
    return lambda **changes: Plan(
        **({"data": skies, "steps": 4, "batch_size": 2, "crops": 2, "crop_size": 32} | changes)
    )
