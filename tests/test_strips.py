"""Strips: what a large image gives a few rows at a time is what it gives at once."""

import platform
import subprocess
import sys
import threading

import numpy as np
import pytest

from hdr_demo.color import luminance
from hdr_demo.strips import STRIP_PIXELS, in_strips, over_strips

SHAPES = [(1, 1, 3), (300, 257, 3), (2, STRIP_PIXELS + 1, 3), (3 * STRIP_PIXELS, 1, 3)]


@pytest.mark.parametrize("shape", SHAPES)
def test_strips_equal_the_whole(shape):
    image = np.random.default_rng(0).random(shape, np.float32)
    plane = image[..., 0]
    assert np.array_equal(in_strips(lambda rgb, y: rgb * y[..., None], image, plane), image * plane[..., None])
    assert np.array_equal(in_strips(luminance, image), luminance(image))
    bright = in_strips(lambda rgb: rgb[..., 0] > 0.5, image)
    assert bright.dtype == bool
    assert np.array_equal(bright, plane > 0.5)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_result_may_replace_the_image(shape):
    image = np.random.default_rng(0).random(shape, np.float32)
    doubled = 2 * image
    assert in_strips(lambda rgb: 2 * rgb, image, out=image) is image
    assert np.array_equal(image, doubled)


@pytest.mark.parametrize("shape", SHAPES)
def test_answers_come_from_the_top_to_the_bottom(shape):
    image = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    first = over_strips(lambda rows: rows.flat[0], image)
    assert first == sorted(first)
    assert sum(over_strips(np.size, image)) == image.size


def test_a_large_image_is_worked_on_by_several_threads_and_a_small_one_by_the_caller():
    image = np.zeros((40, STRIP_PIXELS), np.float32)
    assert threading.get_ident() not in over_strips(lambda _: threading.get_ident(), image)
    assert over_strips(lambda _: threading.get_ident(), image[:1]) == [threading.get_ident()]


def test_an_error_in_a_strip_is_not_swallowed():
    image = np.ones((300, 400, 3), np.float32)
    image[250] = 2

    def fail(rgb: np.ndarray) -> np.ndarray:
        if rgb.max() > 1:
            raise ValueError("too bright")
        return rgb

    with pytest.raises(ValueError, match="too bright"):
        in_strips(fail, image)


FREED_IN_A_THREAD = """
import threading
import numpy as np
from hdr_demo.strips import give_back_memory
def resident():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
def work():
    kept, freed = [], []
    for _ in range(400):  # what is kept lies between what is freed, so that no heap ends with free memory
        freed.append(np.ones(100_000, np.uint8))
        kept.append(np.ones(1_000, np.uint8))
    freed.clear()
    lists.append(kept)
lists = []
thread = threading.Thread(target=work)
thread.start()
thread.join()
before = resident()
give_back_memory()
print(before - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the heaps of glibc")
def test_memory_that_was_freed_in_a_thread_goes_back_to_the_system(root):
    run = subprocess.run(
        [sys.executable, "-c", FREED_IN_A_THREAD], cwd=root, capture_output=True, text=True, check=True
    )
    assert float(run.stdout) > 20  # MB, of the 40 that were freed; without the call nothing is given back
