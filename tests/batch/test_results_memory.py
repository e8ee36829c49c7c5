"""Rendering a photo's light for a file takes no third image of floats beside the two."""

import subprocess
import sys
from pathlib import Path

import pytest

HEIGHT, WIDTH = 2000, 3000
CODES = 8  # bytes of a pixel in 8 bits, as numpy holds it and as Pillow does, with room for the encoders
BANDS = 40  # MiB for everything that does not grow with the picture

MEASURE = """
import sys
from pathlib import Path
import numpy as np
from hdr_demo.batch.settings import BatchSettings, Rendition
from hdr_demo.batch.tasks import Task, write_results
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.io import Picture
folder, operator, height, width = Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])
def resident(field):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(field)) / 1024
rendition = Rendition("_shown.jpg", operator)
settings = BatchSettings(formats=(), renditions=(rendition,), thumbnails=False)
task = Task(Path("photo.jpg"), {rendition.ending: folder / "shown.jpg"}, settings)
ldr = np.random.default_rng(0).random((height, width, 3), np.float32)
hdr = 4 * ldr
small = ldr[:64].copy()
write_results(task, ExpandedPhoto(Picture(small, None, "photo", 8), 4 * small, "calibrated", 1.0))  # libraries
Path("/proc/self/clear_refs").write_text("5")
before = resident("VmRSS")
report = write_results(task, ExpandedPhoto(Picture(ldr, None, "photo", 8), hdr, "calibrated", 1.0))
assert not report.error and len(report.files) == 1
print(resident("VmHWM") - before)
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from /proc")
@pytest.mark.parametrize("operator", ["exposure", "reinhard"])
def test_a_rendition_exists_in_codes_only(tmp_path: Path, root: Path, operator: str) -> None:
    command = [sys.executable, "-c", MEASURE, str(tmp_path), operator, str(HEIGHT), str(WIDTH)]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert float(run.stdout) < HEIGHT * WIDTH * CODES / 2**20 + BANDS
