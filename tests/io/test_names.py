"""Files to share are called by one rule, and found again by it."""

from pathlib import Path

import pytest

from hdr_demo.io import HDR_FORMATS, LDR_SUFFIXES
from hdr_demo.io.names import delivered_name, name_before


@pytest.mark.parametrize("suffix", HDR_FORMATS)
def test_the_name_before_is_found_again(suffix: str) -> None:
    assert name_before(Path("folder") / delivered_name("a.b_hdr", suffix)) == "a.b_hdr"
    assert delivered_name("x", suffix.upper()).lower() == delivered_name("x", suffix)


@pytest.mark.parametrize("suffix", [suffix for suffix in HDR_FORMATS if suffix in LDR_SUFFIXES and "tif" not in suffix])
def test_an_hdr_file_with_an_ordinary_suffix_has_a_word_for_it(suffix: str) -> None:
    assert delivered_name("beach", suffix) != f"beach{suffix}"
    assert name_before(Path(f"beach{suffix}")) == ""


def test_the_names_are_those_that_people_know() -> None:
    given = {suffix: delivered_name("beach", suffix) for suffix in (".jpg", ".avif", ".png", ".exr", ".hdr", ".tif")}
    assert set(given.values()) == {
        "beach_hdr.jpg",
        "beach_pq.avif",
        "beach_pq.png",
        "beach.exr",
        "beach.hdr",
        "beach.tif",
    }
    assert name_before(Path("notes.txt")) == ""
