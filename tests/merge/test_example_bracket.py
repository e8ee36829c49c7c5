"""The example bracket, whose light is known: what is shown in lectures is so."""

from pathlib import Path

import pytest

from hdr_demo.bracket import open_bracket
from hdr_demo.evaluation.bracket_measures import measure_merge
from hdr_demo.io import read_hdr
from hdr_demo.merge.run import merge_bracket

FOLDER = Path(__file__).parents[2] / "examples" / "bracket"


@pytest.fixture(scope="module")
def scores() -> dict[str, float]:
    """PSNR-T of some methods, in dB."""
    bracket = open_bracket(sorted(FOLDER.glob("*.jpg")))
    truth = read_hdr(FOLDER / "truth.exr")
    ldr = bracket.photos[bracket.reference] / 255
    ratio = bracket.times[bracket.reference] / bracket.times[0]
    return {
        method: measure_merge(merge_bracket(bracket, method).hdr, truth, ldr.astype("float32"), ratio)["mu_psnr"]
        for method in ("selector", "we", "triangle", "debevec", "reference")
    }


def test_its_times_come_from_exif():
    bracket = open_bracket(sorted(FOLDER.glob("*.jpg"), reverse=True))
    assert bracket.times_from == "EXIF" and bracket.notes == () and bracket.reference == 1
    assert [time / bracket.times[1] for time in bracket.times] == pytest.approx([60 / 500, 1, 60 / 8])


def test_ours_comes_nearest_to_the_truth(scores: dict[str, float]):
    assert scores["selector"] > 41
    assert scores["selector"] > scores["debevec"] + 10
    assert scores["selector"] > scores["triangle"] + 2
    assert scores["selector"] > scores["reference"] + 5
    assert scores["selector"] > scores["we"]
