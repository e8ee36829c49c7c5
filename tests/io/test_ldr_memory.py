"""A large photo costs its 8-bit pixels and one copy in floats, no more."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MEGAPIXELS = 12
DECODED = 4  # bytes of a pixel as Pillow holds it
FLOATS = 12  # bytes of a pixel in three float32
BANDS = 60  # megabytes for everything that does not grow with the picture

MEASURE = """
import resource, sys
from hdr_demo.io import read_ldr
read_ldr(sys.argv[2])  # libraries and caches
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
picture = read_ldr(sys.argv[1])
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux only")
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_jpeg_peaks_at_its_pixels_and_one_copy_in_floats(tmp_path: Path, root: Path, orientation: int) -> None:
    y, x = np.mgrid[0:3000, 0:4000]
    image = Image.fromarray(np.stack([x % 256, y % 256, (x + y) % 256], -1).astype(np.uint8))
    tags = Image.Exif()
    tags[274] = orientation
    image.save(tmp_path / "large.jpg", exif=tags)
    image.crop((0, 0, 64, 64)).save(tmp_path / "small.jpg", exif=tags)
    command = [sys.executable, "-c", MEASURE, str(tmp_path / "large.jpg"), str(tmp_path / "small.jpg")]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert float(run.stdout) < MEGAPIXELS * (DECODED + FLOATS) * 1e6 / 2**20 + BANDS
