"""The example photographs clip, as CREDITS.md says, and say where they come from."""

import re
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.color import decode_srgb, luminance
from hdr_demo.io import read_hdr, read_ldr
from hdr_demo.metrics import clipped_mask, dynamic_range_stops

FOLDER = Path(__file__).resolve().parents[1] / "examples"
PHOTOS = sorted(FOLDER.glob("*.jpg"))
SCENES = sorted((FOLDER / "scenes").glob("*.exr"))
ROW = re.compile(r"^\| `(\S+\.jpg)` \| ([\d.]+) % \|.*\| (.*) \|$", re.MULTILINE)
CREDITS = {name: (float(share), licence) for name, share, licence in ROW.findall((FOLDER / "CREDITS.md").read_text())}

JPEG_CODES = 3 / 255  # what quality 92 changes in a smooth picture, at the median


def test_every_photo_is_credited_and_every_credit_has_its_photo():
    assert [path.name for path in PHOTOS] == sorted(CREDITS)
    assert len(PHOTOS) >= 6


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.stem)
def test_photo_clips_as_its_credit_says(path: Path):
    share = 100 * clipped_mask(read_ldr(path).ldr).mean()
    assert share == pytest.approx(CREDITS[path.name][0], abs=0.051)
    assert 0.5 < share < 30


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.stem)
def test_photo_may_be_passed_on(path: Path):
    licence = CREDITS[path.name][1]
    assert re.match(r"\[CC0 1\.0\]|\[CC BY 4\.0\]|\[CC BY-SA 4\.0\]|public domain", licence)


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.stem)
def test_photo_is_small_enough_for_a_page(path: Path):
    assert path.stat().st_size < 350_000
    assert max(read_ldr(path).ldr.shape) <= 1600


def test_the_truth_is_what_the_camera_photographed():
    ldr, truth = read_ldr(FOLDER / "chapel.jpg").ldr, read_hdr(FOLDER / "truth" / "chapel.exr")
    assert truth.shape == ldr.shape
    seen = truth.max(axis=-1) < 0.9
    assert np.median(np.abs(decode_srgb(ldr)[seen] - truth[seen])) < JPEG_CODES
    assert truth[clipped_mask(ldr)].max() > 100  # the lamps
    # What is white in the photograph was brighter than white in the scene, save for JPEG's errors.
    assert (truth.max(axis=-1)[clipped_mask(ldr)] > 0.9).mean() > 0.95


def test_every_scene_is_credited_with_its_page():
    credits = (FOLDER / "CREDITS.md").read_text()
    for path in SCENES:
        assert f"| `scenes/{path.name}` |" in credits and f"https://polyhaven.com/a/{path.stem}>" in credits
    assert len(re.findall(r"^\| `scenes/", credits, re.MULTILINE)) == len(SCENES) >= 3


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_scene_is_a_small_panorama_with_more_light_than_a_photo_holds(path: Path):
    light = read_hdr(path)
    assert light.shape == (512, 1024, 3) and np.isfinite(light).all()
    assert dynamic_range_stops(light) > 9  # an 8-bit photo holds some nine
    assert path.stat().st_size < 1_000_000


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_scene_is_the_panorama_that_it_is_made_of(path: Path, shared: Path):
    light, source = (luminance(np.maximum(read_hdr(each), 1e-4)) for each in (path, shared / "hdr" / "val" / path.name))
    assert np.abs(np.log2(light / source)).mean() < 0.015  # DWAA keeps a hundredth of a stop
