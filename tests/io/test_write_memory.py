"""Writing a large picture takes less memory beside it than a second one of floats would."""

import subprocess
import sys
from pathlib import Path

import pytest

HEIGHT, WIDTH = 2000, 3000
FLOATS = 12  # bytes of a pixel in three float32
BANDS = 30  # MiB for everything that does not grow with the picture

MEASURE = """
import sys
from pathlib import Path
import numpy as np
from hdr_demo.io import write_hdr
path, height, width = Path(sys.argv[1]), *map(int, sys.argv[2:])
def resident(field):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(field)) / 1024
hdr = np.random.default_rng(0).random((height, width, 3), np.float32)
base = {"sdr": hdr} if path.suffix == ".jpg" else {}
write_hdr(path, hdr[:64].copy(), **{name: image[:64] for name, image in base.items()})  # libraries and caches
Path("/proc/self/clear_refs").write_text("5")
before = resident("VmRSS")
write_hdr(path, 4 * hdr, **base)
print(resident("VmHWM") - before - hdr.nbytes / 2**20)  # without the argument itself
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from /proc")
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".exr", ".hdr"])
def test_a_writer_holds_less_than_another_copy_in_floats(tmp_path: Path, root: Path, suffix: str) -> None:
    command = [sys.executable, "-c", MEASURE, str(tmp_path / f"large{suffix}"), str(HEIGHT), str(WIDTH)]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert float(run.stdout) < HEIGHT * WIDTH * FLOATS / 2**20 + BANDS
