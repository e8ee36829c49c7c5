"""A contact sheet shows every photo of a batch, and says of each what became of it."""

import io
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hdr_demo.batch import FileReport, Thumbnails, write_contact_sheet
from hdr_demo.batch.contact_sheet import COLUMNS, ROWS
from hdr_demo.batch.thumbnails import MOST_PIXELS, make_thumbnails
from hdr_demo.errors import OutputError
from hdr_demo.figure.fonts import writes_chinese
from hdr_demo.io import read_ldr
from hdr_demo.tonemap import tone_map

JPEG = 0.03


def thumbnails(value: float = 0.5) -> Thumbnails:
    ldr = np.full((300, 400, 3), value, np.float32)
    return make_thumbnails(ldr, ldr * 4, "reinhard", {})


def report(name: str = "photo.jpg", **said: object) -> FileReport:
    return FileReport(Path(name), (Path("x.exr"),), 400, 300, 1.0, stops_gained=2.34, thumbnails=thumbnails(), **said)


def test_thumbnails_show_photo_and_result(rng: np.random.Generator) -> None:
    ldr = np.full((301, 1203, 3), 0.5, np.float32)
    hdr = np.tile(np.linspace(0, 4, 1203, dtype=np.float32)[None, :, None], (301, 1, 3))
    small = make_thumbnails(ldr, hdr, "aces", {"stops": 1.0})
    before, after = (np.asarray(Image.open(io.BytesIO(data)), np.float32) / 255 for data in (small.before, small.after))
    assert before.shape == after.shape == (60, MOST_PIXELS, 3)
    assert np.abs(before - 0.5).max() < JPEG
    expected = tone_map(hdr, "aces", stops=1.0)[150, 2::5][:MOST_PIXELS]
    assert np.abs(after[30] - expected).mean() < JPEG


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_each_photo_has_its_place(tmp_path: Path, suffix: str) -> None:
    pages = write_contact_sheet(tmp_path / f"sheet{suffix}", [report(f"{number}.jpg") for number in range(4)])
    assert pages == [tmp_path / f"sheet{suffix}"]
    sheet = read_ldr(pages[0]).ldr
    pictures = np.abs(sheet - 0.5).max(axis=-1) < 0.05
    assert pictures.sum() >= 4 * 180 * 240
    assert sheet.shape[1] > COLUMNS * 2 * MOST_PIXELS
    assert pictures[:, :260].any() and pictures[:, 1030:1270].any()
    assert not pictures[260:, 500:].any()  # the fourth stands alone in the second row


def test_hundreds_become_pages(tmp_path: Path) -> None:
    reports = [report(f"{number}.jpg") for number in range(2 * COLUMNS * ROWS + 1)]
    pages = write_contact_sheet(tmp_path / "sheet.png", reports)
    assert [page.name for page in pages] == ["sheet.png", "sheet-2.png", "sheet-3.png"]
    heights = [Image.open(page).height for page in pages]
    assert heights[0] == heights[1] > 10 * heights[2]


def test_what_failed_is_red_and_its_reason_takes_the_room_it_needs(tmp_path: Path) -> None:
    failed = FileReport(Path("broken.jpg"), error="broken.jpg is damaged.")
    long = FileReport(Path("long.jpg"), error="It is a long story. " * 100)
    sheets = [read_ldr(write_contact_sheet(tmp_path / "sheet.png", [one])[0]).ldr for one in (report(), failed, long)]
    red = [int(((sheet[..., 0] > 0.6) & (sheet[..., 1] < 0.3)).sum()) for sheet in sheets]
    assert red[0] == 0 and 0 < red[1] < red[2]
    assert sheets[1].shape[0] < sheets[2].shape[0] < 300


@pytest.mark.parametrize("name", ["中文照片.jpg", "x" * 300 + ".jpg", "a b\n\x00.jpg", "emoji \N{GRINNING FACE}.jpg"])
def test_any_name_can_be_drawn(tmp_path: Path, name: str) -> None:
    shapes = {
        read_ldr(write_contact_sheet(tmp_path / "sheet.png", [report(given)])[0]).ldr.shape
        for given in (name, "plain.jpg")
    }
    assert len(shapes) == 1


@pytest.mark.skipif(not writes_chinese(), reason="no font has Chinese letters")
def test_chinese_names_can_be_told_apart(tmp_path: Path) -> None:
    names = ("海滩.jpg", "山路.jpg")
    one, other = (read_ldr(write_contact_sheet(tmp_path / "sheet.png", [report(name)])[0]).ldr for name in names)
    assert (one[:30] != other[:30]).any() and (one[40:] == other[40:]).all()


def test_photos_without_pictures_and_no_photos_at_all_are_no_mistake(tmp_path: Path) -> None:
    bare = FileReport(Path("skipped.jpg"), (Path("skipped.exr"),))
    assert math.isnan(bare.stops_gained)
    assert write_contact_sheet(tmp_path / "sheet.png", [bare])[0].exists()
    assert write_contact_sheet(tmp_path / "empty.png", [])[0].exists()


def test_a_suffix_that_is_no_picture_is_refused_with_the_choices(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"sheet\.pdf cannot be written.*\.png"):
        write_contact_sheet(tmp_path / "sheet.pdf", [report()])
