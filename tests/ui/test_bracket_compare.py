"""The pictures of a comparison: one exposure for all, and a map that everybody can read."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hdr_demo.bracket import open_bracket
from hdr_demo.color import decode_srgb, luminance
from hdr_demo.io import read_ldr
from hdr_demo.ui.bracket_compare import GHOST_COLORS, describe_wipe, draw_comparison, draw_ghost_legend, paint_ghosts
from hdr_demo.ui.bracket_work import COMPARED, BracketWork, Merge, expand_merged
from hdr_demo.ui.network import Networks

from .brackets import write_bracket


def test_the_map_is_grey_where_photos_agree_and_brighter_the_more_they_do_not() -> None:
    reference = np.full((2, 64, 3), 0.5, np.float32) * np.float32([1, 0.5, 0.2])
    ghosts = np.stack([np.linspace(0, 1, 64, dtype=np.float32), np.zeros(64, np.float32)])
    painted = paint_ghosts(reference, ghosts)
    assert painted.dtype == np.float32 and np.ptp(painted[1], axis=-1).max() < 1e-6
    assert np.allclose(painted[0, -1], GHOST_COLORS[-1])
    # Once the colour covers the grey, luminance alone tells how much, whatever colours somebody can see.
    light = luminance(decode_srgb(painted[0]))
    assert (np.diff(light[16:]) > 0).all() and light[-1] > 5 * light[0]


def test_white_is_no_ghost() -> None:
    painted = paint_ghosts(np.ones((1, 1, 3), np.float32), np.zeros((1, 1), np.float32))
    assert luminance(decode_srgb(painted)).max() < luminance(decode_srgb(GHOST_COLORS[2])) / 2


def test_the_legend_shows_the_colours_of_the_map() -> None:
    legend = draw_ghost_legend("en")
    last = ",".join(str(round(255 * float(channel))) for channel in GHOST_COLORS[-1])
    assert legend.count("<i ") == 48 and f"rgb({last})" in legend.split("<i ")[-1]
    assert "a fifth of all codes" in legend and "五分之一" in draw_ghost_legend("zh")


@pytest.fixture
def merge(tmp_path: Path) -> tuple[Merge, dict]:
    from hdr_demo.merge.run import merge_bracket

    bracket = open_bracket(write_bracket(tmp_path))
    merged = merge_bracket(bracket, "triangle")
    merge = Merge(expand_merged(bracket, merged), merged, bracket, "fill", 0, 1.0)
    job = BracketWork(Networks({"none": lambda: None})).new_comparison(merge)
    for _ in job.follow():
        pass
    return merge, job.result


def test_every_result_every_photo_and_the_map_are_drawn_in_one_size(merge: tuple[Merge, dict], tmp_path: Path) -> None:
    folder = tmp_path / "drawn"
    folder.mkdir()
    pictures = draw_comparison(folder, *merge, "en")
    assert {each.key for each in pictures} == {*COMPARED, "ghosts", "photo-0", "photo-1", "photo-2"}
    assert {Image.open(each.file).size for each in pictures} == {(128, 96)}
    wipe = describe_wipe(pictures, *merge, "en")
    assert (wipe["left"], wipe["right"], wipe["width"], wipe["height"]) == ("debevec", "triangle", 128, 96)
    assert all(each["url"].startswith("gradio_api/file=") for each in wipe["pictures"])


def test_merges_that_agree_are_drawn_alike(merge: tuple[Merge, dict], tmp_path: Path) -> None:
    """The reference alone has lost the lamp; everywhere else it is drawn as the merge is, not brighter or darker."""
    folder = tmp_path / "drawn"
    folder.mkdir()
    drawn = {each.key: read_ldr(each.file).ldr for each in draw_comparison(folder, *merge, "en")}
    clipped = merge[0].merged.reference.max(axis=-1) > 250
    apart = np.abs(drawn["triangle"] - drawn["reference"])[~clipped]
    assert clipped.mean() > 0.01 and np.median(apart) < 0.01
