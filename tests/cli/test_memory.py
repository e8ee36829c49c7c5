"""A 24-megapixel photograph, and a bracket of 12, fit into a laptop's memory."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.cli.bench_machine import synthetic_photo
from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.io import write_sdr

ROOT = Path(__file__).parents[2]
LIMIT_BYTES, BRACKET_LIMIT_BYTES = 2_000_000_000, 3_000_000_000

# VmHWM, read by the process itself, is its own peak; what wait4 reports includes the parent's at the fork.
MEASURED_RUN = """
import sys
from hdr_demo.cli import main
code = main(sys.argv[1:])
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print("peak", int(peak.split()[1]) * 1024)
sys.exit(code)
"""


def run_measured(*words: object) -> int:
    """Run a command in a process of its own: its peak, in bytes."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED_RUN, *map(str, words)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split("peak ")[1])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_24_megapixels_stay_under_2_gigabytes(tmp_path: Path) -> None:
    quarter = synthetic_photo(2000, 3000)
    photograph = write_sdr(tmp_path / "large.jpg", np.tile(quarter, (2, 2, 1)))
    del quarter
    words = [photograph, "--offline", "--device", "cpu", "--tone_map", "reinhard", "--exposures", "-2"]
    peak = run_measured("expand", *words)
    assert (tmp_path / "large_prediction.hdr").stat().st_size > 24e6
    assert peak < LIMIT_BYTES


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_a_bracket_of_12_megapixels_stays_under_3_gigabytes(tmp_path: Path) -> None:
    light = decode_srgb(np.tile(synthetic_photo(1500, 2000), (2, 2, 1)))
    for number, (time, shift) in enumerate(((0.25, 9), (1, 0), (4, -14))):
        moved = np.roll(light, (shift, -shift), axis=(0, 1))
        write_sdr(tmp_path / f"{number}.jpg", encode_srgb(np.minimum(moved * np.float32(time), 1)))
    photos = sorted(tmp_path.glob("*.jpg"))
    words = [*photos, "--times", "0.25,1,4", "--out", tmp_path / "scene.exr", "--device", "cpu"]
    peak = run_measured("merge", *words)
    assert (tmp_path / "scene.exr").stat().st_size > 12e6
    assert peak < BRACKET_LIMIT_BYTES
