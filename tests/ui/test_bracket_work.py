"""Merges that the tab Bracket asks for."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.errors import BracketError, ImageError, Stopped
from hdr_demo.ui import bracket_work
from hdr_demo.ui.bracket_photos import ESTIMATED, GivenBracket, lay_out, read_photo
from hdr_demo.ui.bracket_results import draw_summary
from hdr_demo.ui.bracket_work import COMPARED, BracketWork, Merge, MergeSettings
from hdr_demo.ui.job import Job
from hdr_demo.ui.network import Networks

from .brackets import make_light, write_bracket

MEGAPIXELS = 5.0
SETTINGS = MergeSettings("triangle", "srgb", "fill", MEGAPIXELS)
CODE = 0.02  # of light, near white: the step between two of 256 codes and what JPEG adds


def give(folder: Path, **others: object) -> GivenBracket:
    own = folder / "given"
    own.mkdir()
    photos = []
    for number, path in enumerate(write_bracket(folder, **others)):
        copy = own / str(number) / path.name
        copy.parent.mkdir()
        photos.append(read_photo(path, shutil.copy(path, copy), MEGAPIXELS))
    return lay_out(photos)


@pytest.fixture
def work() -> BracketWork:
    return BracketWork(Networks({"none": lambda: None}))


def finish(job: Job) -> object:
    for _ in job.follow():
        pass
    return job.result


@pytest.fixture
def merge(work: BracketWork, tmp_path: Path) -> Merge:
    return finish(work.new_run(give(tmp_path), SETTINGS, 3).job)


def test_a_still_bracket_gives_the_scene(merge: Merge) -> None:
    light = make_light()
    assert np.abs(merge.photo.hdr - light)[light < 1].max() < 3 * CODE
    assert merge.photo.hdr[32, 64].min() == pytest.approx(light.max(), rel=0.03)  # the lamp, which the reference lost
    assert merge.disagreement == 0 and max(merge.merged.moved) < 0.5


def test_what_the_tabs_show_is_the_reference_with_the_merged_light(merge: Merge) -> None:
    photo = merge.photo
    assert photo.is_merged and photo.origin == "bracket of 3 photos" and photo.name == "middle"
    assert photo.ldr.dtype == photo.hdr.dtype == np.float32 and photo.ldr.shape == photo.hdr.shape
    assert np.array_equal(np.rint(255 * photo.ldr), merge.merged.reference) and photo.picture.bits == 8
    assert photo.picture.exif is not None and merge.turn == 3


def test_the_reference_that_was_chosen_gives_the_unit(work: BracketWork, tmp_path: Path) -> None:
    given = give(tmp_path)
    merge = finish(work.new_run(replace(given, reference=given.photos[0].key), SETTINGS, 0).job)
    assert merge.photo.name == "short"
    light = make_light()
    assert np.median(merge.photo.hdr[light > 0.1] / light[light > 0.1]) == pytest.approx(1 / 4, rel=0.03)


@pytest.mark.parametrize("response", ["gamma 2.2", "calibrated"])
def test_another_response_gives_16_bits(work: BracketWork, tmp_path: Path, response: str) -> None:
    merge = finish(work.new_run(give(tmp_path), replace(SETTINGS, response=response), 0).job)
    assert merge.photo.picture.bits == 16 and np.isfinite(merge.photo.hdr).all()


def test_estimated_exposures_are_told_of(work: BracketWork, tmp_path: Path) -> None:
    merge = finish(work.new_run(give(tmp_path, exif=False), SETTINGS, 0).job)
    assert merge.bracket.times_from == ESTIMATED
    assert "estimated from the pictures" in draw_summary(merge, "en")


def test_all_methods_are_compared_in_one_frame(merge: Merge, work: BracketWork) -> None:
    merged = finish(work.new_comparison(merge))
    assert sorted(merged) == sorted({"triangle", *COMPARED})
    assert {each.hdr.shape for each in merged.values()} == {merge.photo.hdr.shape}
    assert np.array_equal(merged["triangle"].hdr, merge.merged.hdr)


def test_what_is_compared_fits_a_screen(work: BracketWork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bracket_work, "VIEW_PIXELS", 3072)
    merge = finish(work.new_run(give(tmp_path), SETTINGS, 0).job)
    assert merge.photo.hdr.shape == (96, 128, 3)
    assert {photo.shape for photo in merge.bracket.photos} == {(48, 64, 3)}
    assert np.median(merge.bracket.photos[1]) == pytest.approx(np.median(merge.merged.reference), abs=3)


def test_a_stop_leaves_nothing(work: BracketWork, tmp_path: Path) -> None:
    run = work.new_run(give(tmp_path), SETTINGS, 0)
    run.job.stop()
    with pytest.raises(Stopped):
        finish(run.job)
    assert not run.job.done


def test_photos_that_are_gone_or_the_same_get_a_sentence(work: BracketWork, tmp_path: Path) -> None:
    given = give(tmp_path)
    same = replace(given, photos=tuple(replace(photo, time=1.0) for photo in given.photos))
    with pytest.raises(BracketError, match="the same exposure"):
        finish(work.new_run(same, SETTINGS, 0).job)
    shutil.rmtree(tmp_path / "given")
    with pytest.raises(ImageError, match=r"short\.jpg"):
        finish(work.new_run(given, SETTINGS, 0).job)


def test_a_cropped_merge_says_so(work: BracketWork, tmp_path: Path) -> None:
    merge = finish(work.new_run(give(tmp_path), replace(SETTINGS, border="crop"), 0).job)
    assert "Cropped to the" in draw_summary(merge, "en")


def test_exposure_fusion_is_not_called_light(work: BracketWork, tmp_path: Path) -> None:
    merge = finish(work.new_run(give(tmp_path), replace(SETTINGS, method="mertens"), 0).job)
    assert "there is no HDR here" in draw_summary(merge, "en")
